using IlgpuBnn.Devices;
using IlgpuBnn.Devices.Ilgpu;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reference;
using Xunit;

namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>What only larger groups, larger ensembles or other paths through the launches show.</summary>
public sealed class LargeShapesTests
{
    private static readonly Tolerance Single = new(2e-4, 3e-5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Groups_of_sixteen_threads_give_the_same_gradient_and_direction(bool fused)
    {
        using IlgpuDevice device = TestDevices.OpenIlgpuCpu(4, 4, fused);
        var given = new Case(new TrainingOptions { Hidden = [9, 5], Activation = Activation.Tanh, Particles = 3 }, 4, 3, 37);
        double[][] expected = [.. given.Particles.Select(theta => given.Posterior.Gradient(theta, given.Inputs, given.Targets, given.Rows))];
        using DeviceRows rows = given.Upload(device);
        using var state = new ParticleState(device, given.Layout, 3);
        using NetworkWorkspace workspace = device.CreateWorkspace(given.Layout, 3, rows.Stride);
        state.Particles.Upload(given.Packed());
        new PosteriorGradient(given.Layout, given.Options.Priors, false).Compute(
            workspace, new NetworkBuffers(given.Layout, state.Particles, state.Gradients, state.Statistics, null), rows, new RowRange(0, rows.Stride), 1, 1);
        Single.AssertClose(expected, Unpack(state.Gradients, given), "gradient");

        device.PairwiseSquaredDistances(state.Particles, state.Shape, state.Distances);
        device.Bandwidth(state.Distances, 3, BandwidthRule.MedianDistance, state.Bandwidth);
        device.SteinDirection(state.Particles, state.Gradients, state.Shape, state.Distances, state.Bandwidth, SteinTerm.Plain, state.Direction);
        double h = ReferenceStein.MedianBandwidth(ReferenceStein.SquaredDistances(given.Particles));
        Single.AssertClose(ReferenceStein.Direction(given.Particles, expected, h), Unpack(state.Direction, given), "phi");
    }

    [Theory]
    [InlineData(129)]
    [InlineData(138)]
    public void Bandwidth_of_many_particles_is_exact(int particles)
    {
        // Of one exponent, most of them alike in many bits, some equal: every pass has to decide.
        var random = new Random(particles);
        var distances = new double[particles, particles];
        for (int i = 0; i < particles; i++)
        {
            for (int j = i + 1; j < particles; j++)
            {
                distances[i, j] = distances[j, i] = (float)(1 + (random.Next(3000) * 1e-6));
            }
        }

        foreach (string name in TestDevices.IlgpuNames)
        {
            Device device = TestDevices.Open(name);
            using DeviceBuffer buffer = device.Allocate(particles * particles), bandwidth = device.Allocate(1);
            buffer.Upload([.. distances.Cast<double>().Select(value => (float)value)]);
            var exact = new Tolerance(0, 2e-7);
            device.Bandwidth(buffer, particles, BandwidthRule.MedianDistance, bandwidth);
            exact.AssertClose(ReferenceStein.MedianBandwidth(distances), bandwidth.ToArray()[0], $"median on {name}");
            device.Bandwidth(buffer, particles, BandwidthRule.LiuWang, bandwidth);
            exact.AssertClose(ReferenceStein.LiuWangBandwidth(distances), bandwidth.ToArray()[0], $"Liu and Wang on {name}");
        }
    }

    [Theory]
    [InlineData(Activation.Sin)]
    [InlineData(Activation.Relu)]
    public void Predictions_agree_with_the_cpu(Activation activation)
    {
        var given = new Case(new TrainingOptions { Hidden = [9, 7], Activation = activation, Particles = 3 }, 4, 3, 37);
        double[] expected = Outputs(TestDevices.Open("cpu-256"), given);
        foreach (string name in TestDevices.IlgpuNames)
        {
            new Tolerance(1e-5, 1e-5).AssertClose(expected, Outputs(TestDevices.Open(name), given), $"outputs on {name}");
        }
    }

    private static double[] Outputs(Device device, Case given)
    {
        using DeviceRows rows = given.Upload(device);
        using DeviceBuffer particles = device.Allocate(given.Packed().Length);
        particles.Upload(given.Packed());
        using var outputs = new EnsembleOutputs(device, given.Layout, particles, 3, given.Rows);
        outputs.Compute(rows);
        return [.. Enumerable.Range(0, 9).SelectMany(at => outputs.Of(at / 3, at % 3)[..given.Rows].ToArray().Select(value => (double)value))];
    }

    private static double[][] Unpack(DeviceBuffer buffer, Case given) => Case.Unpack(buffer.ToArray(), given.Layout.ParameterCount, given.Layout.Stride);
}
