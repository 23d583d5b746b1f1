namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>What only larger groups, larger ensembles or other paths through the launches show.</summary>
public sealed class LargeShapesTests
{
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

        foreach (string name in TestDevices.IlgpuNames.Intersect(TestDevices.WithoutLayers))
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
        Case given = Case.Common(new() { Activation = activation, Method = new Svgd { Particles = 3 } });
        double[] expected = Outputs(TestDevices.Open("cpu-256"), given);
        foreach (string name in TestDevices.IlgpuNames.Except(TestDevices.WithoutLayers))
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
}
