namespace IlgpuBnn.Tests.Devices;

/// <summary>Mean and variance over particles on every device.</summary>
public sealed class MomentsTests
{
    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 48)]
    [InlineData(7, 1040)]
    public void Moments_agree_also_where_the_particles_nearly_do(int particles, int length)
    {
        // A mean of 100 and deviations of 0.01: mean of squares minus square of mean would keep no digit.
        var random = new Random(particles);
        double[][] outputs = [.. Enumerable.Range(0, particles).Select(_ => Case.Vector(random, length, 0.01).Select(v => (double)(float)(100 + v)).ToArray())];

        // A mean that is off by half a unit in the last place, 4e-6, adds its square; deviations of 0.01 are exact to 1e-3.
        Check(outputs, [float.NegativeInfinity], [float.PositiveInfinity], new Tolerance(0, 2e-7), new Tolerance(1e-10, 2e-3));
    }

    [Fact]
    public void What_lies_beyond_an_outputs_bounds_counts_as_the_bound()
    {
        // Three outputs of 32 rows: limits on both sides, on one, and on none.
        const int Particles = 5, Rows = 32;
        float[] least = [-0.3f, float.NegativeInfinity, float.NegativeInfinity], most = [0.4f, 0.1f, float.PositiveInfinity];
        var random = new Random(3);
        double[][] outputs = [.. Enumerable.Range(0, Particles).Select(_ => Case.Vector(random, least.Length * Rows, 1).Select(v => (double)(float)v).ToArray())];
        Check(outputs, least, most, new Tolerance(1e-7, 1e-6), new Tolerance(1e-7, 1e-5));

        // Whatever the bounds, NaN stays NaN.
        double[] missing = [.. Enumerable.Repeat(double.NaN, outputs[0].Length)];
        Check([missing], least, most, default, default);
    }

    /// <summary>Outputs of each particle, [particle][output, row], with bounds of each output.</summary>
    private static void Check(double[][] outputs, float[] least, float[] most, Tolerance ofMean, Tolerance ofVariance)
    {
        int length = outputs[0].Length, rows = length / least.Length;
        double Limited(double value, int n) => Math.Min(Math.Max(value, least[n / rows]), most[n / rows]);
        double[] mean = [.. Enumerable.Range(0, length).Select(n => outputs.Average(own => Limited(own[n], n)))];
        double[] variance = [.. Enumerable.Range(0, length).Select(n => outputs.Average(own => Math.Pow(Limited(own[n], n) - mean[n], 2)))];
        foreach (string name in TestDevices.WithoutLayers)
        {
            Device device = TestDevices.Open(name);
            using DeviceBuffer all = Case.Upload(device, outputs), means = device.Allocate(length), variances = device.Allocate(length);
            using DeviceBuffer lower = device.Allocate(least.Length), upper = device.Allocate(most.Length);
            lower.Upload(least);
            upper.Upload(most);
            device.Moments(all, outputs.Length, lower, upper, means, variances);
            ofMean.AssertClose(mean, means.ToArray(), $"mean on {name}");
            ofVariance.AssertClose(variance, variances.ToArray(), $"variance on {name}");
        }
    }

    public static TheoryData<InferenceMethod> Methods => new() { new AnchoredEnsemble { Particles = 4 }, new Svgd { Particles = 4 }, new Deterministic() };

    [Theory]
    [MemberData(nameof(Methods))]
    public void Moments_of_a_prediction_are_those_of_its_distribution(InferenceMethod method)
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions { HiddenUnits = [6], Method = method, MaxIterations = 60 });

        // More rows than are predicted at once.
        double[,] inputs = Runs.Smooth(2100, seed: 3).Inputs;
        PredictiveMoments moments = model.PredictMoments(inputs);
        PredictiveDistribution distribution = model.Predict(inputs);
        new Tolerance(1e-3, 1e-5).AssertClose(distribution.Mean, moments.Mean, "mean");
        new Tolerance(1e-3, 1e-4).AssertClose(distribution.EpistemicVariance, moments.EpistemicVariance, "epistemic variance");
        new Tolerance(1e-9, 1e-5).AssertClose(distribution.AleatoricVariance, moments.AleatoricVariance, "aleatoric variance");
    }
}
