namespace IlgpuBnn.Tests.Inference;

/// <summary>End to end: a linear model with known precisions has an exact Gaussian posterior.</summary>
public sealed class LinearPosteriorTests
{
    private const double NoisePrecision = 4;
    private const double WeightPrecision = 2;
    private const int Weights = 3;

    // Priors this narrow hold the precisions at their known values.
    private const double Pin = 1e6;

    private static readonly HierarchicalPrior _pinned = new(WeightPrecision * Pin, Pin, NoisePrecision * Pin, Pin);
    private static readonly (double[,] Inputs, double[,] Targets) _table = Table();

    [Fact]
    public void Svgd_has_the_exact_mean_and_covariance()
    {
        (double[][] particles, double ratio) = Converge(new Svgd { Particles = 150, Prior = _pinned });

        // The pinned precisions have no spread to lose: three of five parameters count.
        Assert.InRange(ratio, 0.5, 1.1);

        // 150 particles of a kernel of one bandwidth: some percent too narrow in the tails.
        AssertMoments(Exact(_table.Inputs), particles, ofMean: 0.05, ofCovariance: 0.15);
    }

    [Fact]
    public void Independent_particles_all_end_at_the_mode()
    {
        (double[][] particles, double ratio) = Converge(new IndependentParticles { Particles = 150, Prior = _pinned });
        Assert.InRange(ratio, -0.01, 0.01);
        LinearGaussianPosterior exact = Exact(_table.Inputs);
        for (int p = 0; p < Weights; p++)
        {
            double mean = particles.Average(theta => theta[p]), sd = Math.Sqrt(exact.Covariance[p, p]);
            Assert.InRange(mean, exact.Mean[p] - (0.05 * sd), exact.Mean[p] + (0.05 * sd));
            Assert.InRange(particles.Average(theta => (theta[p] - mean) * (theta[p] - mean)), 0, 0.01 * sd * sd);
        }
    }

    [Fact]
    public void Anchored_particles_are_samples_of_the_exact_posterior()
    {
        const int Iterations = 3000;
        Device device = DeviceCatalog.Default;
        var prior = new AnchoredPrior(1 / Math.Sqrt(WeightPrecision), RelevanceSd: 0.003, 1 / Math.Sqrt(NoisePrecision));
        var method = new AnchoredEnsemble { Particles = 600, Folds = 0, Prior = prior };
        var options = new TrainingOptions { HiddenUnits = [], Method = method };
        Network network = options.BuildNetwork(2, 1);
        ParameterLayout layout = options.LayoutOf(network, training: true), model = options.LayoutOf(network, training: false);
        using DeviceRows rows = method.Upload(device, new GaussianLikelihood(), _table.Inputs, _table.Targets, new Folds([12], 0, method.Particles, seed: 0), seed: 0);
        using ISampler sampler = Start(device, options, layout, rows, method.DrawAll(layout, seed: 0));
        for (int iteration = 1; iteration <= Iterations; iteration++)
        {
            sampler.Step(Case.All(rows), 0.02 * options.Adam.StepFactor(iteration, Iterations), 1);
        }

        // The prior of a weight that an input's relevance is multiplied into is as many times narrower as there are inputs: as if inputs were smaller.
        double[][] particles = Case.Unpack(method.Finish(layout, model, sampler.Particles.ToArray()), Weights, model.Stride);
        Array.ForEach(particles, theta => (theta[0], theta[1]) = (2 * theta[0], 2 * theta[1]));
        var halved = (double[,])_table.Inputs.Clone();
        for (int n = 0; n < 12; n++)
        {
            (halved[n, 0], halved[n, 1]) = (halved[n, 0] / 2, halved[n, 1] / 2);
        }

        // Means and variances of 600 draws: standard errors of 0.04 deviations and of 6 %.
        AssertMoments(Exact(halved), particles, ofMean: 0.15, ofCovariance: 0.2);
    }

    private static LinearGaussianPosterior Exact(double[,] inputs) => LinearGaussianPosterior.Of(inputs, _table.Targets, [NoisePrecision], WeightPrecision);

    private static void AssertMoments(LinearGaussianPosterior exact, double[][] particles, double ofMean, double ofCovariance)
    {
        double[] mean = [.. Enumerable.Range(0, Weights).Select(p => particles.Average(theta => theta[p]))];
        for (int p = 0; p < Weights; p++)
        {
            double sd = Math.Sqrt(exact.Covariance[p, p]);
            Assert.True(Math.Abs(mean[p] - exact.Mean[p]) < ofMean * sd, $"mean of weight {p}: {mean[p]}, exact {exact.Mean[p]} +- {sd}");
            for (int q = 0; q < Weights; q++)
            {
                double covariance = particles.Average(theta => (theta[p] - mean[p]) * (theta[q] - mean[q]));
                double error = (covariance - exact.Covariance[p, q]) / Math.Sqrt(exact.Covariance[p, p] * exact.Covariance[q, q]);
                Assert.True(Math.Abs(error) < ofCovariance, $"covariance [{p}, {q}]: {covariance}, exact {exact.Covariance[p, q]}");
            }
        }
    }

    /// <summary>Particles after steps that become smaller, and their Stein-identity ratio.</summary>
    private static (double[][] Particles, double SteinIdentityRatio) Converge(HierarchicalMethod method)
    {
        Device device = DeviceCatalog.Default;
        var options = new TrainingOptions { HiddenUnits = [], Method = method };
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(2, 1), training: true);
        using DeviceRows rows = DeviceRows.Upload(device, _table.Inputs, _table.Targets);
        var random = new Random(1);
        double[] precisions = [Math.Log(NoisePrecision), Math.Log(WeightPrecision)];
        float[] state = Case.Pack(
            [.. Enumerable.Range(0, method.Particles).Select(_ => Case.Vector(random, Weights, 0.6).Concat(precisions).ToArray())], layout.Stride);
        double ratio = double.NaN;
        foreach (double stepSize in new[] { 0.05, 0.01, 0.002, 0.0004 })
        {
            using ISampler sampler = Start(device, options, layout, rows, state);
            while (sampler.Iteration < 1500)
            {
                sampler.Step(Case.All(rows), stepSize, 1);
            }

            state = sampler.Particles.ToArray();
            sampler.Step(Case.All(rows), stepSize, 1, isEvaluated: true);
            ratio = sampler.Measure(withSpread: false).SteinIdentityRatio;
        }

        return (Case.Unpack(state, layout.ParameterCount, layout.Stride), ratio);
    }

    private static ISampler Start(Device device, TrainingOptions options, ParameterLayout layout, DeviceRows rows, float[] particles)
    {
        InferenceMethod method = options.Method;
        var target = new LogPosterior(
            device, layout, new GaussianLikelihood(), method.GradientOfPrior(device, layout, particles), method.NoiseLogPrecision, method.Particles, rows.Stride);
        return method.Start(target, device, particles, options.Adam);
    }

    private static (double[,] Inputs, double[,] Targets) Table()
    {
        var random = new Random(1);
        double[,] inputs = new double[12, 2], targets = new double[12, 1];
        for (int n = 0; n < 12; n++)
        {
            (inputs[n, 0], inputs[n, 1], targets[n, 0]) = (Case.Gaussian(random), Case.Gaussian(random), Case.Gaussian(random));
        }

        return (inputs, targets);
    }
}
