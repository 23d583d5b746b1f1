using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using IlgpuBnn.Reference;
using IlgpuBnn.Tests.Devices;
using Xunit;

namespace IlgpuBnn.Tests.Inference;

/// <summary>End to end: a linear model with known precisions has an exact Gaussian posterior.</summary>
public sealed class LinearPosteriorTests
{
    private const double NoisePrecision = 4;
    private const double WeightPrecision = 2;
    private const int Particles = 150;

    // Priors this narrow hold the precisions at their known values.
    private const double Pin = 1e6;

    [Theory]
    [InlineData(InferenceMethod.Svgd)]
    [InlineData(InferenceMethod.IndependentParticles)]
    public void Particles_have_the_exact_mean_and_svgd_the_exact_covariance(InferenceMethod method)
    {
        Case given = Given(method);
        (double[][] particles, double residual, double collapse) = Converge(given);
        Assert.True(residual < 0.05, $"phi is still {residual} long: not converged");

        // The pinned precisions have no spread to lose: three of five parameters count.
        Assert.InRange(collapse, method == InferenceMethod.Svgd ? 0.5 : -0.01, method == InferenceMethod.Svgd ? 1.1 : 0.01);

        int weights = given.Layout.WeightCount;
        LinearGaussianPosterior exact = LinearGaussianPosterior.Of(given.Inputs, given.Targets, [NoisePrecision], WeightPrecision);
        double[] mean = [.. Enumerable.Range(0, weights).Select(p => particles.Average(theta => theta[p]))];
        for (int p = 0; p < weights; p++)
        {
            double sd = Math.Sqrt(exact.Covariance[p, p]);
            Assert.True(Math.Abs(mean[p] - exact.Mean[p]) < 0.05 * sd, $"mean of weight {p}: {mean[p]}, exact {exact.Mean[p]} +- {sd}");
            for (int q = 0; q < weights; q++)
            {
                double covariance = particles.Average(theta => (theta[p] - mean[p]) * (theta[q] - mean[q]));
                double scale = Math.Sqrt(exact.Covariance[p, p] * exact.Covariance[q, q]);
                double error = (covariance - exact.Covariance[p, q]) / scale;
                if (method == InferenceMethod.Svgd)
                {
                    // 150 particles of a kernel of one bandwidth: some percent too narrow in the tails.
                    Assert.True(Math.Abs(error) < 0.15, $"covariance [{p}, {q}]: {covariance}, exact {exact.Covariance[p, q]}");
                }
                else if (p == q)
                {
                    Assert.True(error < -0.99, $"particles without repulsion should all end at the mode; variance {p} is {covariance}");
                }
            }
        }
    }

    [Fact]
    public void Anchored_particles_are_samples_of_the_exact_posterior()
    {
        Case given = Given(InferenceMethod.AnchoredEnsemble);
        double[][] particles = ConvergeAnchored(given);

        // Means and variances of 600 draws: standard errors of 0.04 deviations and of 6 %.
        int weights = given.Layout.WeightCount;
        LinearGaussianPosterior exact = LinearGaussianPosterior.Of(given.Inputs, given.Targets, [NoisePrecision], WeightPrecision);
        double[] mean = [.. Enumerable.Range(0, weights).Select(p => particles.Average(theta => theta[p]))];
        for (int p = 0; p < weights; p++)
        {
            double sd = Math.Sqrt(exact.Covariance[p, p]);
            Assert.True(Math.Abs(mean[p] - exact.Mean[p]) < 0.15 * sd, $"mean of weight {p}: {mean[p]}, exact {exact.Mean[p]} +- {sd}");
            for (int q = 0; q < weights; q++)
            {
                double covariance = particles.Average(theta => (theta[p] - mean[p]) * (theta[q] - mean[q]));
                double error = (covariance - exact.Covariance[p, q]) / Math.Sqrt(exact.Covariance[p, p] * exact.Covariance[q, q]);
                Assert.True(Math.Abs(error) < 0.2, $"covariance [{p}, {q}]: {covariance}, exact {exact.Covariance[p, q]}");
            }
        }
    }

    /// <summary>Particles with scales of their inputs pinned at 1, each with an anchor and targets of its own.</summary>
    private static double[][] ConvergeAnchored(Case given)
    {
        const int Many = 600;
        Device device = DeviceCatalog.Default;
        TrainingOptions options = given.Options with { Particles = Many };
        ParameterLayout layout = BayesianNetwork.LayoutOf(options, 2, 1, inputScales: true);
        var random = new Random(8);
        var start = new float[Many * layout.Stride];
        var precisions = new float[layout.Stride];
        Array.Fill(precisions, (float)WeightPrecision, 0, layout.WeightCount);
        Array.Fill(precisions, 1e5f, layout.InputScaleOffset, layout.InputScaleCount);
        using DeviceRows rows = DeviceRows.UploadInputs(device, given.Inputs, 1, missingTargets: false, Many);
        for (int s = 0; s < Many; s++)
        {
            for (int p = 0; p < layout.WeightCount; p++)
            {
                start[(s * layout.Stride) + p] = (float)(Case.Gaussian(random) / Math.Sqrt(WeightPrecision));
            }

            start[(s * layout.Stride) + layout.NoiseOffset] = (float)Math.Log(NoisePrecision);
            var own = (double[,])given.Targets.Clone();
            for (int n = 0; n < given.Rows; n++)
            {
                own[n, 0] += Case.Gaussian(random) / Math.Sqrt(NoisePrecision);
            }

            rows.UploadTargets(s, own);
        }

        using var step = new TrainingStep(device, layout, options, rows.Stride, new Anchors(start, precisions), rounds: [3000]);
        step.State.Particles.Upload(start);
        for (int iteration = 0; iteration < 3000; iteration++)
        {
            step.Advance(rows, new RowRange(0, rows.Stride), 1);
        }

        return Case.Unpack(step.State.Particles.ToArray(), layout.ParameterCount, layout.Stride);
    }

    private static Case Given(InferenceMethod method) => new(
        new TrainingOptions
        {
            Hidden = [],
            Particles = Particles,
            Method = method,
            Priors = new GammaPriors(WeightPrecision * Pin, Pin, NoisePrecision * Pin, Pin),
        },
        inputs: 2, outputs: 1, rows: 12, missingShare: 0);

    /// <summary>Particles after steps that become smaller, and the root mean square length of phi over the weights, and the particle-collapse ratio.</summary>
    private static (double[][] Particles, double Residual, double CollapseRatio) Converge(Case given)
    {
        Device device = DeviceCatalog.Default;
        using DeviceRows rows = given.Upload(device);
        double[][] particles = [.. given.Particles.Select(theta => (double[])theta.Clone())];
        foreach (double[] theta in particles)
        {
            theta[given.Layout.NoiseOffset] = Math.Log(NoisePrecision);
            theta[given.Layout.WeightPrecisionOffset] = Math.Log(WeightPrecision);
        }

        float[] state = Case.Pack(particles, given.Layout.Stride);
        double residual = double.NaN, collapse = double.NaN;
        foreach (double stepSize in new[] { 0.05, 0.01, 0.002, 0.0004 })
        {
            TrainingOptions options = given.Options with { Adam = new AdamOptions(stepSize) };
            using var step = new TrainingStep(device, given.Layout, options, rows.Stride);
            step.State.Particles.Upload(state);
            for (int iteration = 0; iteration < 1500; iteration++)
            {
                step.Advance(rows, new RowRange(0, rows.Stride), 1);
            }

            state = step.State.Particles.ToArray();
            step.Advance(rows, new RowRange(0, rows.Stride), 1);
            collapse = step.Measure(state, state).CollapseRatio;
            DeviceBuffer direction = options.Method == InferenceMethod.Svgd ? step.State.Direction : step.State.Gradients;
            double[][] phi = Case.Unpack(direction.ToArray(), given.Layout.WeightCount, given.Layout.Stride);
            residual = Math.Sqrt(phi.Average(own => own.Sum(v => v * v)));
        }

        return (Case.Unpack(state, given.Layout.ParameterCount, given.Layout.Stride), residual, collapse);
    }
}
