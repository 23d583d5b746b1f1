using IlgpuBnn.Prediction;
using IlgpuBnn.Tests.Devices;
using Xunit;

namespace IlgpuBnn.Tests.Prediction;

public sealed class SpreadCalibrationTests
{
    private const int Rows = 4000;

    [Fact]
    public void Noise_is_found_where_particles_agree()
    {
        var random = new Random(1);
        double[] residuals = Case.Vector(random, Rows, 0.3);
        Assert.InRange(SpreadCalibration.Fit(residuals, new double[Rows], 4).NoiseStandardDeviation, 0.27, 0.34);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Common_error_is_found_where_there_is_no_noise(double common)
    {
        // Variances that differ from row to row: a noise of one size could not take their place.
        var random = new Random(2);
        double[] variances = [.. Enumerable.Range(0, Rows).Select(_ => Math.Exp(2 * Case.Gaussian(random)) / 10)];
        double[] residuals = [.. variances.Select(v => Math.Sqrt(v * ((common * common) + 0.25)) * Case.Gaussian(random))];
        SpreadCalibration found = SpreadCalibration.Fit(residuals, variances, 4);
        Assert.InRange(found.NoiseStandardDeviation, 0.01, 0.05);
        Assert.InRange(Math.Sqrt(found.CommonVariance), common - 0.15, common + 0.15);
        Assert.Equal(Math.Sqrt(found.CommonVariance + 0.02), found.SpreadFactor(50), 1e-12);
    }

    [Fact]
    public void Intervals_hold_what_they_promise_also_where_errors_have_heavy_tails()
    {
        // Of Student's t with 2 degrees of freedom the sharpest normal prediction by CRPS alone covers too little.
        var random = new Random(3);
        double[] residuals =
        [
            .. Enumerable.Range(0, Rows).Select(_ => 0.1 * Case.Gaussian(random)
                / Math.Sqrt((Math.Pow(Case.Gaussian(random), 2) + Math.Pow(Case.Gaussian(random), 2)) / 2)),
        ];
        double sigma = SpreadCalibration.Fit(residuals, new double[Rows], 4).NoiseStandardDeviation;
        Assert.InRange(residuals.Count(e => Math.Abs(e) <= 1.96 * sigma) / (double)Rows, 0.95, 0.975);
    }
}
