using IlgpuBnn.Analysis;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace IlgpuBnn.Tests.Analysis;

[Long]
public sealed class ParameterCalibrationTests
{
    // Awkward on purpose: more parameters than observations, and unequal errors.
    private static readonly double[,] _a = { { 1, 0.5, -0.3, 0.2 }, { 0.1, -1.2, 0.4, 0.7 }, { 0.8, 0.3, 0.9, -0.5 } };
    private static readonly double[] _sd = [0.5, 0.3, 0.8];
    private static readonly double[] _z = [0.9, -1.1, 0.4];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Posterior_of_a_linear_simulator_is_the_exact_one(int seed)
    {
        ParameterCalibration result = Calibrate(_z, seed);
        (Vector<double> mean, Matrix<double> covariance, double evidence) = Exact(_z);
        for (int i = 0; i < 4; i++)
        {
            double exact = Math.Sqrt(covariance[i, i]);

            // Four runs of 1,024 draws.
            Assert.Equal(mean[i], result.Parameters[i].Mean, 0.05 * exact);
            Assert.Equal(exact, result.Parameters[i].StandardDeviation, 0.03 * exact);
            Assert.Equal(mean[i] + (exact * Normal.InvCDF(0, 1, 0.05)), result.Quantile(i, 0.05), 0.08 * exact);
            Assert.InRange(result.Parameters[i].RHat, 1, 1.01);
            Assert.InRange(result.Parameters[i].EffectiveSampleSize, 4000, 200_000);
        }

        Assert.Equal(covariance[0, 1] / Math.Sqrt(covariance[0, 0] * covariance[1, 1]), result.Correlation[0, 1], 0.04);
        Assert.Equal(evidence, result.LogEvidence, Math.Max(4 * result.LogEvidenceError, 0.05));
        Assert.InRange(result.LogEvidenceError, 0, 0.1);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void Networks_covariance_and_noise_and_their_correlations_widen_the_posterior_as_they_should()
    {
        // Three particles that differ by constants, and noise of correlation 0.8 between outputs.
        double[,] shifts = { { 0.4, 0.2, 0 }, { -0.4, -0.2, 0 }, { 0, 0, 0 } };
        double[] noise = [0.3, 0.6, 0.2];
        double[,] correlation = { { 1, 0.8, 0 }, { 0.8, 1, 0 }, { 0, 0, 1 } };
        Surrogate surrogate = Linear(shifts, noise, correlation);
        ParameterCalibration result = Calibrate(surrogate, _z, 3);
        Matrix<double> own = DenseMatrix.Create(3, 3, (a, b) =>
            (Enumerable.Range(0, 3).Sum(s => shifts[s, a] * shifts[s, b]) / 3) + (correlation[a, b] * noise[a] * noise[b]));
        (Vector<double> mean, Matrix<double> covariance, double evidence) = Exact(_z, own);
        for (int i = 0; i < 4; i++)
        {
            double exact = Math.Sqrt(covariance[i, i]);
            Assert.Equal(mean[i], result.Parameters[i].Mean, 0.05 * exact);
            Assert.Equal(exact, result.Parameters[i].StandardDeviation, 0.03 * exact);
        }

        Assert.Equal(evidence, result.LogEvidence, Math.Max(4 * result.LogEvidenceError, 0.05));
    }

    [Fact]
    public void Ranks_of_true_parameters_among_draws_are_uniform()
    {
        // Simulation-based calibration (Talts et al. 2018): 40 truths from the prior, 5 bins, chi-squared with 4 degrees of freedom.
        var counts = new int[4, 5];
        for (int k = 0; k < 40; k++)
        {
            var random = new Random(1000 + k);
            double[] truth = [.. Enumerable.Range(0, 4).Select(_ => Normal.Sample(random, 0, 1))];
            double[] z = [.. Enumerable.Range(0, 3).Select(j => Enumerable.Range(0, 4).Sum(i => _a[j, i] * truth[i]) + (_sd[j] * Normal.Sample(random, 0, 1)))];
            ParameterCalibration result = Calibrate(z, k, draws: 128);
            for (int i = 0; i < 4; i++)
            {
                int draws = result.Draws.GetLength(0);
                counts[i, Math.Min(4, 5 * Enumerable.Range(0, draws).Count(n => result.Draws[n, i] < truth[i]) / draws)]++;
            }
        }

        for (int i = 0; i < 4; i++)
        {
            double statistic = Enumerable.Range(0, 5).Sum(bin => Math.Pow(counts[i, bin] - 8, 2) / 8);
            Assert.True(1 - ChiSquared.CDF(4, statistic) > 0.001, $"parameter {i}: {string.Join(' ', Enumerable.Range(0, 5).Select(bin => counts[i, bin]))}");
        }
    }

    [Fact]
    public void Both_modes_of_a_posterior_are_found()
    {
        Surrogate square = Of(1, new Uniform(-2, 2), [x => x[0] * x[0]]);
        ParameterCalibration result = Calibrate(square, [1], 0, [0.02]);
        int draws = result.Draws.GetLength(0);
        Assert.InRange(Enumerable.Range(0, draws).Count(n => result.Draws[n, 0] > 0) / (double)draws, 0.45, 0.55);
        Assert.All(Enumerable.Range(0, draws), n => Assert.InRange(Math.Abs(result.Draws[n, 0]), 0.94, 1.06));
        Assert.InRange(Math.Abs(result.Best.Inputs[0]), 0.999, 1.001);
        Assert.InRange(result.Parameters[0].RHat, 1, 1.02);
    }

    [Fact]
    public void Where_errors_are_large_the_posterior_is_the_prior()
    {
        Surrogate surrogate = Of(2, new LogUniform(0.1, 10), [x => x[0] + x[1]]);
        ParameterCalibration result = Calibrate(surrogate, [3], 0, [1e6]);
        Assert.Equal(0, result.Parameters[0].Shrinkage, 0.03);
        Assert.Equal(1, result.Quantile(0, 0.5), 0.05);
        Assert.InRange(result.Parameters[1].ShareNearEnds, 0.015, 0.025);
    }

    [Fact]
    public void The_same_seed_gives_the_same_draws_and_another_one_others()
    {
        double[,] first = Calibrate(_z, 5, draws: 128).Draws;
        Assert.Equal(first, Calibrate(_z, 5, draws: 128).Draws);
        Assert.NotEqual(first, Calibrate(_z, 6, draws: 128).Draws);
    }

    [Fact]
    public void What_is_observed_twice_with_the_same_error_counts_once()
    {
        Surrogate surrogate = Linear();
        Observation[] once = [new("y0", _z[0], _sd[0]), new("y1", _z[1], _sd[1])];
        double[,] correlation = { { 1, 0, 1 }, { 0, 1, 0 }, { 1, 0, 1 } };
        var single = ParameterCalibration.Of(surrogate, new Observations(once), new CalibrationOptions());
        var twice = ParameterCalibration.Of(surrogate, new Observations([.. once, once[0]], correlation), new CalibrationOptions());
        var independent = ParameterCalibration.Of(surrogate, new Observations([.. once, once[0]]), new CalibrationOptions());
        Assert.Equal(single.Parameters[0].StandardDeviation, twice.Parameters[0].StandardDeviation, 0.02);
        Assert.True(independent.Parameters[0].StandardDeviation < single.Parameters[0].StandardDeviation - 0.03);
    }

    [Fact]
    public void A_discrepancy_can_be_estimated()
    {
        // Eight outputs that all are x, observed far apart: only a discrepancy explains them.
        Surrogate surrogate = Of(1, new Gaussian(0, 1), [.. Enumerable.Repeat<Func<double[], double>>(x => x[0], 8)]);
        double[] z = [-1, 1, -0.8, 0.8, -1.2, 1.2, -0.9, 0.9], sd = [.. Enumerable.Repeat(0.05, 8)];
        ParameterCalibration given = Calibrate(surrogate, z, 0, sd), estimated = Calibrate(surrogate, z, 0, sd, new CalibrationOptions { DiscrepancyPrior = 1 });
        Assert.Contains(given.Warnings, text => text.Contains("No inputs agree", StringComparison.Ordinal));
        Assert.DoesNotContain(estimated.Warnings, text => text.Contains("No inputs agree", StringComparison.Ordinal));
        Assert.InRange(estimated.Discrepancy!.Value.Mean, 0.7, 1.4);
        Assert.True(estimated.Parameters[0].StandardDeviation > 5 * given.Parameters[0].StandardDeviation);
    }

    [Fact]
    public void Fixed_inputs_keep_their_value()
    {
        var inputs = new InputDistributions(["x0", "x1"], [new Fixed(0.25), new Uniform(0, 1)]);
        Surrogate surrogate = Of(inputs, [x => x[0] + x[1]]);
        ParameterCalibration result = Calibrate(surrogate, [1], 0, [0.01]);
        Assert.Equal("x1", Assert.Single(result.Parameters).Name);
        Assert.Equal(0.75, result.Parameters[0].Mean, 0.002);
        Assert.Equal(0.25, result.Draws[17, 0]);
    }

    [Fact]
    public void What_the_simulator_cannot_give_is_told_in_standard_deviations()
    {
        ParameterCalibration result = Calibrate(Of(1, new Uniform(0, 1), [x => x[0]]), [2], 0, [0.1]);
        Assert.Contains(result.Warnings, text => text.Contains("The observed y0, 2, lies 10.0 standard deviations from anything", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, text => text.Contains("presses against the ends of x0", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, text => text.Contains("single network", StringComparison.Ordinal));
        Assert.InRange(result.Predicted[0].Probability, 0, 1e-6);
    }

    [Fact]
    public void Wrong_arguments_are_told()
    {
        Surrogate surrogate = Linear();
        var observations = new Observations([new("y0", 1, 0.1)]);
        Assert.Contains("power of two", Assert.Throws<ArgumentException>(() => ParameterCalibration.Of(surrogate, observations, new CalibrationOptions { Draws = 1000 })).Message, StringComparison.Ordinal);
        Assert.Contains("\"z\", which is no target", Assert.Throws<ArgumentException>(
            () => ParameterCalibration.Of(surrogate, new Observations([new("z", 1, 0.1)]), new CalibrationOptions())).Message, StringComparison.Ordinal);
        Surrogate known = Of(new InputDistributions(["x0"], [new Fixed(1)]), [x => x[0]]);
        Assert.Contains("nothing to calibrate", Assert.Throws<ArgumentException>(() => ParameterCalibration.Of(known, observations, new CalibrationOptions())).Message, StringComparison.Ordinal);
        Assert.Contains("agrees with no parameters", Assert.Throws<ArgumentException>(() => new Observations([new("y0", 1, 0)])).Message, StringComparison.Ordinal);
        Assert.Contains("must be finite", Assert.Throws<ArgumentException>(() => new Observations([new("y0", double.NaN, 1)])).Message, StringComparison.Ordinal);
        Assert.Contains("negative variance", Assert.Throws<ArgumentException>(() => new Observations(
            [new("y0", 1, 1), new("y1", 1, 1), new("y2", 1, 1)], new double[,] { { 1, 0.9, -0.9 }, { 0.9, 1, 0.9 }, { -0.9, 0.9, 1 } })).Message, StringComparison.Ordinal);
    }

    private static ParameterCalibration Calibrate(double[] z, int seed, int draws = 1024) => Calibrate(Linear(), z, seed, null, new CalibrationOptions { Draws = draws });

    private static ParameterCalibration Calibrate(Surrogate surrogate, double[] z, int seed, double[]? sd = null, CalibrationOptions? options = null) => ParameterCalibration.Of(
        surrogate, new Observations([.. z.Select((value, j) => new Observation($"y{j}", value, (sd ?? _sd)[j]))]), (options ?? new CalibrationOptions()) with { Seed = seed });

    /// <summary>y = A x + a shift of each particle, x standard normal.</summary>
    private static Surrogate Linear(double[,]? shifts = null, double[]? noise = null, double[,]? correlation = null)
    {
        int particles = shifts?.GetLength(0) ?? 2;
        return new Surrogate(
            new InputDistributions(["x0", "x1", "x2", "x3"], [.. Enumerable.Repeat(new Gaussian(0, 1), 4)]), ["y0", "y1", "y2"], particles,
            rows => Filled(particles, rows, 3, (s, x, j) => Enumerable.Range(0, 4).Sum(i => _a[j, i] * x[i]) + (shifts?[s, j] ?? 0)),
            (rows, _) =>
            {
                var result = new double[rows.GetLength(0), 3];
                for (int k = 0; k < result.Length && noise is not null; k++)
                {
                    result[k / 3, k % 3] = noise[k % 3] * noise[k % 3];
                }

                return result;
            },
            correlation: correlation);
    }

    private static Surrogate Of(int inputs, InputDistribution distribution, Func<double[], double>[] outputs) => Of(
        new InputDistributions([.. Enumerable.Range(0, inputs).Select(i => $"x{i}")], [.. Enumerable.Repeat(distribution, inputs)]), outputs);

    /// <summary>One particle, without noise.</summary>
    private static Surrogate Of(InputDistributions inputs, Func<double[], double>[] outputs) => new(
        inputs, [.. outputs.Select((_, j) => $"y{j}")], 1, rows => Filled(1, rows, outputs.Length, (_, x, j) => outputs[j](x)), (rows, _) => new double[rows.GetLength(0), outputs.Length]);

    private static double[,,] Filled(int particles, double[,] rows, int outputs, Func<int, double[], int, double> value)
    {
        var result = new double[particles, rows.GetLength(0), outputs];
        Parallel.For(0, rows.GetLength(0), n =>
        {
            double[] x = [.. Enumerable.Range(0, rows.GetLength(1)).Select(i => rows[n, i])];
            for (int s = 0; s < particles; s++)
            {
                for (int j = 0; j < outputs; j++)
                {
                    result[s, n, j] = value(s, x, j);
                }
            }
        });
        return result;
    }

    /// <summary>Of the linear simulator: P = (I + A^T S^-1 A)^-1, mean P A^T S^-1 z, and ln N(z; 0, A A^T + S).</summary>
    private static (Vector<double> Mean, Matrix<double> Covariance, double LogEvidence) Exact(double[] z, Matrix<double>? surrogate = null)
    {
        var a = DenseMatrix.OfArray(_a);
        Matrix<double> sigma = DenseMatrix.Create(3, 3, (i, j) => i == j ? _sd[i] * _sd[i] : 0) + (surrogate ?? new DenseMatrix(3, 3));
        Matrix<double> covariance = (DenseMatrix.CreateIdentity(4) + (a.Transpose() * sigma.Inverse() * a)).Inverse(), all = (a * a.Transpose()) + sigma;
        Vector<double> value = DenseVector.OfArray(z);
        return (covariance * (a.Transpose() * (sigma.Inverse() * value)), covariance, -0.5 * ((3 * Math.Log(2 * Math.PI)) + Math.Log(all.Determinant()) + (value * all.Inverse() * value)));
    }
}
