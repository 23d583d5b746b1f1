using IlgpuBnn.Calibration;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Calibration;

public sealed class SpreadCalibrationTests
{
    private const int Rows = 4000;
    private const int Particles = 40;

    private static readonly AnchoredEnsemble _method = new() { Particles = Particles };

    [Fact]
    public void Noise_is_found_where_particles_agree()
    {
        var random = new Random(1);
        double[] residuals = Case.Vector(random, Rows, 0.3);
        SpreadCalibration found = Fit(residuals, new double[Rows]);
        Assert.InRange(Math.Sqrt(found.NoiseStandardDeviations(Particles).Average(deviation => deviation * deviation)), 0.27, 0.34);
        Assert.InRange(found.DegreesOfFreedom ?? double.PositiveInfinity, 10, double.PositiveInfinity);
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
        SpreadCalibration found = Fit(residuals, variances);
        Assert.InRange(found.NoiseScale, 0, 0.05);
        Assert.InRange(Math.Sqrt(found.CommonVariance), common - 0.15, common + 0.15);
        Assert.Equal(Math.Sqrt((found.CommonVariance * found.Widths(50).Average(width => width * width)) + 0.02), found.EpistemicScale(50), 1e-12);
    }

    [Fact]
    public void Intervals_hold_what_they_promise_where_errors_have_heavy_tails()
    {
        double[] residuals = StudentsTWithTwoDegrees(new Random(3));
        SpreadCalibration found = Fit(residuals, new double[Rows]);
        double[] deviations = found.NoiseStandardDeviations(Particles);
        Assert.InRange(Held(0.95), 0.95, 0.975);
        Assert.InRange(Held(0.5), 0.48, 0.6);

        double Held(double level)
        {
            double upper = new GaussianMixture(new double[Particles], deviations).Quantile((1 + level) / 2);
            return residuals.Count(e => Math.Abs(e) <= upper) / (double)Rows;
        }
    }

    [Fact]
    public void Heavy_tails_make_errors_that_no_training_row_had_likelier_than_a_Gaussian_does()
    {
        var random = new Random(4);
        SpreadCalibration found = Fit(StudentsTWithTwoDegrees(random), new double[Rows]);
        double[] fresh = StudentsTWithTwoDegrees(random), one = [Math.Sqrt(fresh.Average(e => e * e))];
        double gaussian = fresh.Average(e => new GaussianMixture([0], one).LogDensity(e));
        double[] deviations = found.NoiseStandardDeviations(Particles);
        double own = fresh.Average(e => new GaussianMixture(new double[Particles], deviations).LogDensity(e));
        Assert.InRange(own, gaussian + 0.3, double.PositiveInfinity);
    }

    /// <summary>At a jump networks err by many times what they disagree on, and elsewhere by little.</summary>
    [Fact]
    public void Common_errors_have_heavy_tails_too()
    {
        var random = new Random(6);
        double[] variances = [.. Enumerable.Range(0, Rows).Select(_ => 0.01 * Math.Exp(Case.Gaussian(random)))];
        double[] common = [.. StudentsTWithTwoDegrees(random).Zip(variances, (t, v) => 10 * t * Math.Sqrt(v))];
        SpreadCalibration found = Fit([.. common.Zip(variances, (error, v) => error + (Math.Sqrt(v / 4) * Case.Gaussian(random)))], variances);
        Assert.Equal(2, found.DegreesOfFreedom);
        Assert.InRange(found.NoiseScale, 0, 0.02);

        // Of S particles: disagreement makes each one's Gaussian wider, in proportion to its noise.
        double[] noise = found.NoiseStandardDeviations(Particles);
        double meanNoise = noise.Average(own => own * own), scale = found.EpistemicScale(Particles);
        Assert.InRange(Held(0.95), 0.945, 0.975);
        Assert.InRange(Held(0.5), 0.46, 0.56);

        double Held(double level) => Enumerable.Range(0, Rows).Count(row =>
        {
            (double times, double plus) = MixtureTable.Widening(1, scale * scale * variances[row], meanNoise);
            double[] deviations = [.. noise.Select(own => Math.Sqrt((times * own * own) + plus))];
            return Math.Abs(common[row]) <= new GaussianMixture(new double[Particles], deviations).Quantile((1 + level) / 2);
        }) / (double)Rows;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Particles_noise_together_has_Students_t_distribution(double degreesOfFreedom)
    {
        double[] deviations = new SpreadCalibration(0.2, 1, degreesOfFreedom).NoiseStandardDeviations(Particles);
        foreach (double x in new[] { 0.02, 0.1, 0.2, 0.4, 0.8 })
        {
            double expected = StudentT.CDF(0, 0.2, degreesOfFreedom, x);
            Assert.Equal(expected, new GaussianMixture(new double[Particles], deviations).Cdf(x), 0.008);
        }
    }

    [Fact]
    public void Few_particles_have_a_width_each_and_Gaussian_noise_has_one_width()
    {
        Assert.Equal(4, new SpreadCalibration(0.2, 1, 2).NoiseStandardDeviations(4).Distinct().Count());
        Assert.All(new SpreadCalibration(0.2, 1, null).NoiseStandardDeviations(4), deviation => Assert.Equal(0.2, deviation));
    }

    [Fact]
    public void What_few_rows_cannot_tell_stays_near_what_was_assumed()
    {
        // Two rows that happen to be hit: many rows like them would mean next to no noise.
        double[] hit = [1e-4, -1e-4];
        Assert.InRange(Fit(hit, new double[2]).NoiseScale, 0.005, 0.05);
        Assert.InRange(Fit([.. Enumerable.Repeat(hit, 300).SelectMany(e => e)], new double[600]).NoiseScale, 0, 0.0031);
    }

    [Theory]
    [InlineData(0.45)]
    [InlineData(-0.8)]
    [InlineData(0.0)]
    public void A_slope_of_the_noise_is_found(double slope)
    {
        var random = new Random(9);
        double[] positions = [.. Enumerable.Range(0, Rows).Select(_ => Math.Clamp(Case.Gaussian(random), -2, 2))];
        double[] residuals = [.. positions.Select(t => 0.1 * Math.Exp(slope * t) * Case.Gaussian(random))];
        SpreadCalibration found = Fit(residuals, new double[Rows], positions, _method);
        Assert.InRange(found.NoiseSlope, slope - 0.1, slope + 0.1);
        Assert.InRange(found.NoiseScale, 0.08, 0.12);
        Assert.Equal(0, Fit(residuals, new double[Rows], positions, _method with { HeteroscedasticNoise = false }).NoiseSlope);
    }

    [Fact]
    public void Few_rows_do_not_make_a_slope()
    {
        // The two larger residuals happen to be those of the larger predictions.
        double[] residuals = [0.04, -0.05, 0.06, -0.07], positions = [-1, -0.5, 0.5, 1];
        Assert.InRange(Fit(residuals, new double[4], positions, _method).NoiseSlope, -0.35, 0.35);
    }

    /// <summary>Rows are judged by the few particles that left them out; what counts is how the whole ensemble would predict them.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void The_score_is_that_of_the_whole_ensemble(double common)
    {
        const double noise = 0.05;
        var random = new Random(8);
        double[] residuals = new double[Rows], variances = new double[Rows];
        double expected = 0;
        for (int n = 0; n < Rows; n++)
        {
            double spread = 0.1 + (0.3 * random.NextDouble()), error = (common * spread * Case.Gaussian(random)) + (noise * Case.Gaussian(random));
            double[] particles = [.. Enumerable.Range(0, Particles).Select(_ => spread * Case.Gaussian(random))];
            residuals[n] = error - particles[..4].Average();
            variances[n] = particles[..4].Select(p => Math.Pow(p - particles[..4].Average(), 2)).Sum() / 3;
            double all = error - particles.Average(), variance = (((common * common) + (1.0 / Particles)) * spread * spread) + (noise * noise);
            expected += -0.5 * (Math.Log(2 * Math.PI * variance) + (all * all / variance)) / Rows;
        }

        // The spread of four particles is not the spread they were drawn from: what is predicted by it is a little less likely.
        Assert.InRange(SpreadCalibration.Fit(RowsOf(residuals, variances, new double[Rows]), 4, _method).Score - expected, -0.25, 0.02);
    }

    [Fact]
    public void Rows_at_a_bound_do_not_make_noise_small()
    {
        var random = new Random(11);
        double[] residuals = Case.Vector(random, 200, 0.1);
        SpreadFit alone = SpreadCalibration.Fit(RowsOf(residuals, new double[200], new double[200]), 4, _method);
        OutOfFoldRow[] atBound = [.. Enumerable.Repeat(new OutOfFoldRow(0, 0, 0, true), 800)];
        SpreadFit found = SpreadCalibration.Fit([.. atBound, .. RowsOf(residuals, new double[200], new double[200])], 4, _method);
        Assert.Equal(alone.Calibration, found.Calibration);

        // Each keeps its place.
        Assert.Equal(alone.LogDensities, found.LogDensities[800..], (a, b) => Math.Abs(a - b) < 1e-12);

        // Where they are predicted, they are likelier than the others.
        Assert.InRange(found.Score - alone.Score, 0.2, 1);
        Assert.InRange(Fit([.. residuals, .. new double[800]], new double[1000]).NoiseScale, 0, 0.012);
    }

    [Fact]
    public void Targets_of_one_noise_count_by_their_values_and_rows_have_means()
    {
        // The second target is missing in half of the rows, and harder to predict.
        var random = new Random(12);
        var outputs = new double[4, 60, 2];
        var targets = new double[60, 2];
        for (int n = 0; n < 60; n++)
        {
            (targets[n, 0], targets[n, 1]) = (0.05 * Case.Gaussian(random), n % 2 == 0 ? double.NaN : Case.Gaussian(random));
            for (int k = 0; k < 4; k++)
            {
                (outputs[k, n, 0], outputs[k, n, 1]) = (0.02 * Case.Gaussian(random), 0.02 * Case.Gaussian(random));
            }
        }

        TargetTransform[] none = [new IdentityTransform(), new IdentityTransform()];
        SpreadFit fit = new OutOfFold(outputs).Calibrate(targets, new Standardisation([0, 0], [1, 1]), shared: true, none, _method)[0]!;
        Assert.Equal(60, fit.LogDensities.Length);

        // Rows of two values have the mean of both, and count twice in the score.
        double one = Enumerable.Range(0, 30).Average(n => fit.LogDensities[2 * n]), two = Enumerable.Range(0, 30).Average(n => fit.LogDensities[(2 * n) + 1]);
        Assert.InRange(one - two, 0.3, 10);
        Assert.Equal((one + (2 * two)) / 3, fit.Score, 1e-9);
    }

    private static SpreadCalibration Fit(double[] residuals, double[] variances) => Fit(residuals, variances, new double[residuals.Length], _method);

    private static SpreadCalibration Fit(double[] residuals, double[] variances, double[] positions, AnchoredEnsemble method) =>
        SpreadCalibration.Fit(RowsOf(residuals, variances, positions), 4, method).Calibration;

    private static OutOfFoldRow[] RowsOf(double[] residuals, double[] variances, double[] positions) =>
        [.. residuals.Select((residual, n) => new OutOfFoldRow(residual, variances[n], positions[n]))];

    private static double[] StudentsTWithTwoDegrees(Random random) =>
    [
        .. Enumerable.Range(0, Rows).Select(_ => 0.1 * Case.Gaussian(random)
            / Math.Sqrt((Math.Pow(Case.Gaussian(random), 2) + Math.Pow(Case.Gaussian(random), 2)) / 2)),
    ];
}
