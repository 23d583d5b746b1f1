using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Reference;

public class ReferencePosteriorTests
{
    // Central differences of step 1e-5: rounding of log p (up to 1e3) leaves 1e-8, truncation less.
    private static readonly Tolerance Differences = new(1e-6, 1e-6);
    private static readonly Tolerance Rounding = new(1e-12, 1e-12);

    public static TheoryData<ReferenceActivation, int[], bool, bool, bool> Cases()
    {
        TheoryData<ReferenceActivation, int[], bool, bool, bool> cases = [];
        int[][] shapes = [[3, 2], [3, 5, 2], [2, 4, 1, 3, 3]];
        foreach (ReferenceActivation activation in Enum.GetValues<ReferenceActivation>())
            foreach (int[] shape in shapes)
                for (int flags = 0; flags < 8; flags++)
                    cases.Add(activation, shape, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradient_agrees_with_central_differences(
        ReferenceActivation activation, int[] layerSizes, bool sharedNoise, bool sharedWeightPrecision, bool squaredErrorOnly)
    {
        ReferencePosterior posterior = new(new(layerSizes, activation), sharedNoise, sharedWeightPrecision)
        {
            // No two alike, and none at its default: a mix-up of the four shows.
            WeightPrecisionShape = 1.7,
            WeightPrecisionRate = 0.4,
            NoisePrecisionShape = 2.3,
            NoisePrecisionRate = 0.9,
            SquaredErrorOnly = squaredErrorOnly,
        };
        RandomNumbers numbers = new(seed: 11);
        double[] theta = numbers.Vector(posterior.ParticleLength);
        (double[,] x, double[,] y) = (numbers.Table(7, layerSizes[0]), numbers.Table(7, layerSizes[^1]));
        y[0, 1] = y[4, 0] = double.NaN;

        Differences.AssertClose(
            CentralDifference.Gradient(at => posterior.LogDensity(at, x, y, totalRows: 40), theta, 1e-5),
            posterior.Gradient(theta, x, y, totalRows: 40));
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(2.5, false)]
    [InlineData(30.0, false)]
    public void Gradient_with_heavy_tails_agrees_with_central_differences(double degreesOfFreedom, bool sharedNoise)
    {
        ReferencePosterior posterior = new(new([3, 5, 2], ReferenceActivation.Tanh), sharedNoise, sharedWeightPrecision: true)
        {
            DegreesOfFreedom = degreesOfFreedom,
        };
        AssertGradientIsThatOfTheLogDensity(posterior, seed: 12);
    }

    [Theory]
    [InlineData(ReferenceClasses.Bernoulli)]
    [InlineData(ReferenceClasses.Categorical)]
    public void Gradient_of_classes_agrees_with_central_differences(ReferenceClasses classes)
    {
        ReferencePosterior posterior = new(new([3, 5, 2], ReferenceActivation.Tanh), sharedNoise: false, sharedWeightPrecision: false) { Classes = classes };
        AssertGradientIsThatOfTheLogDensity(posterior, seed: 13);
    }

    [Fact]
    public void Likelihood_of_classes_is_that_of_the_class()
    {
        double[] odds = [Math.Log(3), -Math.Log(4)], logits = [Math.Log(2), Math.Log(3), Math.Log(5)];
        Assert.Equal(Math.Log(3.0 / 4) + (2 * Math.Log(4.0 / 5)), ReferenceClassLikelihood.LogLikelihood(ReferenceClasses.Bernoulli, odds, [1, -2]), 1e-12);
        Assert.Equal(Math.Log(0.5), ReferenceClassLikelihood.LogLikelihood(ReferenceClasses.Categorical, logits, [0, 0, 1]), 1e-12);
    }

    [Fact]
    public void Likelihood_with_heavy_tails_is_that_of_Students_t_distribution()
    {
        ReferencePosterior posterior = new(new([1, 1], ReferenceActivation.Identity), true, true) { DegreesOfFreedom = 3 };
        double Own(double residual) => posterior.LogLikelihood(Math.Log(4), residual) - posterior.LogLikelihood(Math.Log(4), 0);
        foreach (double residual in new[] { 0.1, 1, 10 })
        {
            double expected = StudentT.PDFLn(0, 0.5, 3, residual) - StudentT.PDFLn(0, 0.5, 3, 0);
            Assert.Equal(expected, Own(residual), 1e-10);
        }
    }

    [Fact]
    public void Log_density_of_one_weight_matches_the_sum_by_hand()
    {
        ReferencePosterior posterior = new(new([1, 1], ReferenceActivation.Identity), sharedNoise: true, sharedWeightPrecision: true);
        double[] theta = [2, 0.5, Math.Log(4), Math.Log(3)];

        // Outputs 2.5 and -3.5, residuals 0.5 and -0.5; one batch of 2 rows out of 6.
        double likelihood = 3 * (2 * 0.5 * Math.Log(4) - 0.5 * 4 * (0.25 + 0.25));
        double weights = 2 * 0.5 * Math.Log(3) - 0.5 * 3 * (4 + 0.25);
        double precisions = Math.Log(3) - 0.1 * 3 + Math.Log(4) - 0.1 * 4;
        Rounding.AssertClose(
            likelihood + weights + precisions,
            posterior.LogDensity(theta, new double[,] { { 1 }, { -2 } }, new double[,] { { 3 }, { -4 } }, totalRows: 6));
    }

    [Theory]
    [InlineData(new[] { 0.3 }, new[] { 0.7 })]
    [InlineData(new[] { 0.3, -0.2 }, new[] { 0.7 })]
    [InlineData(new[] { 0.3 }, new[] { 0.7, -0.5 })]
    [InlineData(new[] { 0.3, -0.2 }, new[] { 0.7, -0.5 })]
    public void Each_precision_has_its_prior_once(double[] logNoise, double[] logWeight)
    {
        ReferencePosterior posterior = new(new([1, 2, 2], ReferenceActivation.Tanh), logNoise.Length == 1, logWeight.Length == 1);

        // Weights and targets of 0: log p is the logarithms of 3 rows, 4 + 6 parameters and the precisions' priors.
        double expected = 0.5 * 3 * (logNoise[0] + logNoise[^1]) + 0.5 * (4 * logWeight[0] + 6 * logWeight[^1])
            + logNoise.Concat(logWeight).Sum(value => value - 0.1 * Math.Exp(value));
        Rounding.AssertClose(
            expected,
            posterior.LogDensity([.. new double[10], .. logNoise, .. logWeight], new double[3, 1], new double[3, 2], totalRows: 3));
    }

    [Fact]
    public void Missing_target_leaves_no_trace()
    {
        ReferencePosterior posterior = new(new([2, 3, 2], ReferenceActivation.Tanh), sharedNoise: false, sharedWeightPrecision: true);
        RandomNumbers numbers = new(seed: 5);
        double[] theta = numbers.Vector(posterior.ParticleLength);
        (double[,] x, double[,] y) = (numbers.Table(3, 2), numbers.Table(3, 2));
        double whole = posterior.LogDensity(theta, x, y, totalRows: 3);
        double residual = y[1, 0] - posterior.Network.Forward(theta, x)[1, 0];
        double logGamma = theta[posterior.LogNoisePrecisionIndex(0)];

        y[1, 0] = double.NaN;

        Rounding.AssertClose(
            whole - 0.5 * logGamma + 0.5 * Math.Exp(logGamma) * residual * residual,
            posterior.LogDensity(theta, x, y, totalRows: 3));
    }

    [Fact]
    public void Gradients_of_equal_batches_average_to_that_of_all_rows()
    {
        ReferencePosterior posterior = new(new([2, 3, 2], ReferenceActivation.Sin), sharedNoise: false, sharedWeightPrecision: false);
        RandomNumbers numbers = new(seed: 6);
        double[] theta = numbers.Vector(posterior.ParticleLength);
        (double[,] x, double[,] y) = (numbers.Table(6, 2), numbers.Table(6, 2));

        double[] average = new double[posterior.ParticleLength];
        for (int first = 0; first < 6; first += 2)
        {
            double[] batch = posterior.Gradient(theta, Rows(x, first, 2), Rows(y, first, 2), totalRows: 6);
            for (int p = 0; p < average.Length; p++)
                average[p] += batch[p] / 3;
        }
        Rounding.AssertClose(posterior.Gradient(theta, x, y, totalRows: 6), average);
    }

    [Fact]
    public void Squared_error_has_no_prior_and_leaves_the_precisions_alone()
    {
        ReferencePosterior posterior = new(new([1, 1], ReferenceActivation.Identity), sharedNoise: true, sharedWeightPrecision: true)
        {
            SquaredErrorOnly = true,
        };
        double[] theta = [2, 0.5, 7, -7];
        (double[,] x, double[,] y) = (new double[,] { { 1 }, { -2 } }, new double[,] { { 3 }, { -4 } });

        Rounding.AssertClose(-3 * 0.5 * (0.25 + 0.25), posterior.LogDensity(theta, x, y, totalRows: 6));
        Rounding.AssertClose([3 * (0.5 * 1 + -0.5 * -2), 0, 0, 0], posterior.Gradient(theta, x, y, totalRows: 6));
    }

    [Theory]
    [InlineData(true, true, 25 + 1 + 1)]
    [InlineData(false, true, 25 + 2 + 1)]
    [InlineData(true, false, 25 + 1 + 3)]
    [InlineData(false, false, 25 + 2 + 3)]
    public void Particle_ends_with_noise_then_weight_precisions(bool sharedNoise, bool sharedWeightPrecision, int length)
    {
        ReferencePosterior posterior = new(new([3, 2, 3, 2], ReferenceActivation.Relu), sharedNoise, sharedWeightPrecision);

        Assert.Equal(8 + 9 + 8, posterior.Network.ParameterCount);
        Assert.Equal(length, posterior.ParticleLength);
        Assert.Equal(25 + (sharedNoise ? 0 : 1), posterior.LogNoisePrecisionIndex(1));
        Assert.Equal(posterior.ParticleLength - 1, posterior.LogWeightPrecisionIndex(2));
    }

    private static double[,] Rows(double[,] table, int first, int count)
    {
        double[,] rows = new double[count, table.GetLength(1)];
        for (int row = 0; row < count; row++)
            for (int column = 0; column < table.GetLength(1); column++)
                rows[row, column] = table[first + row, column];
        return rows;
    }

    /// <summary>Of seven rows, two of them with a missing target.</summary>
    private static void AssertGradientIsThatOfTheLogDensity(ReferencePosterior posterior, int seed)
    {
        RandomNumbers numbers = new(seed);
        double[] theta = numbers.Vector(posterior.ParticleLength);
        (double[,] x, double[,] y) = (numbers.Table(7, 3), numbers.Table(7, 2));
        y[0, 1] = y[4, 0] = double.NaN;
        Differences.AssertClose(
            CentralDifference.Gradient(at => posterior.LogDensity(at, x, y, totalRows: 40), theta, 1e-5),
            posterior.Gradient(theta, x, y, totalRows: 40));
    }
}
