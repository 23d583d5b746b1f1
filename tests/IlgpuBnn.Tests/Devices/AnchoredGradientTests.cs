using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using IlgpuBnn.Reference;
using Xunit;

namespace IlgpuBnn.Tests.Devices;

/// <summary>Anchors, input scales and targets of each particle's own, on every device against the oracle.</summary>
public sealed class AnchoredGradientTests
{
    private static readonly Tolerance Single = new(2e-4, 2e-5);

    public static TheoryData<string, int[], bool, int, int, int> Cases()
    {
        var data = new TheoryData<string, int[], bool, int, int, int>();
        foreach (string device in TestDevices.Names)
        {
            data.Add(device, [], true, 3, 2, 17);
            data.Add(device, [1], true, 1, 1, 15);
            data.Add(device, [33], false, 7, 3, 65);
            data.Add(device, [20, 17], true, 5, 4, 40);
            data.Add(device, [5, 4, 3], true, 2, 6, 130);

            // More units than a gradient in one launch has room for.
            data.Add(device, TestDevices.IsSlow(device) ? [330] : [700], true, 3, 2, TestDevices.IsSlow(device) ? 17 : 333);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradient_and_log_density_agree(string name, int[] hidden, bool linearPath, int inputs, int outputs, int rows)
    {
        const int Particles = 3;
        var options = new TrainingOptions { Hidden = hidden, LinearPath = linearPath, Activation = Activation.Silu, Particles = Particles };
        var given = new Case(options, inputs, outputs, rows, missingShare: 0, particleScale: hidden is [> 300] ? 0.1 : 0.6);
        var layout = new ParameterLayout(
            inputs, hidden, outputs, options.Activation, options.Noise, options.WeightPrecision, linearPath: linearPath, inputScales: true);
        var random = new Random(5);
        double[] precision = [.. Case.Vector(random, layout.ParameterCount, 1).Select(Math.Abs)];
        precision.AsSpan(layout.NoiseOffset, layout.InputScaleOffset - layout.NoiseOffset).Clear();
        double[][] centres = Draw(), particles = Draw();
        double[][,] targets = [.. Enumerable.Range(0, Particles).Select(_ => new Case(options, inputs, outputs, rows, random.Next()).Targets)];

        Device device = TestDevices.Open(name);
        using DeviceRows data = DeviceRows.UploadInputs(device, given.Inputs, outputs, missingTargets: true, Particles);
        using var state = new ParticleState(device, layout, Particles);
        using NetworkWorkspace workspace = device.CreateWorkspace(layout, Particles, data.Stride);
        var anchors = new Anchors(Case.Pack(centres, layout.Stride), Case.Pack([precision], layout.Stride));
        using var gradient = new AnchoredGradient(device, layout, anchors);
        var buffers = new NetworkBuffers(layout, gradient.Networks, state.Gradients, state.Statistics, null);
        state.Particles.Upload(Case.Pack(particles, layout.Stride));
        for (int s = 0; s < Particles; s++)
        {
            data.UploadTargets(s, targets[s]);
        }

        // Twice: the second must not add to the first.
        for (int repeat = 0; repeat < 2; repeat++)
        {
            gradient.Compute(state.Particles, workspace, buffers, data, new RowRange(0, data.Stride), 1.5, 1);
        }

        var oracles = centres.Select(centre => new ReferenceAnchoredPosterior(given.Posterior, centre, precision)).ToArray();
        Assert.Equal(oracles[0].ParticleLength, layout.ParameterCount);
        double[][] expected = [.. oracles.Select((oracle, s) => oracle.Gradient(particles[s], given.Inputs, targets[s], 1.5 * rows))];
        double largest = expected.Max(g => g.Max(Math.Abs));
        double[][] actual = Case.Unpack(state.Gradients.ToArray(), layout.ParameterCount, layout.Stride);
        new Tolerance(Single.Absolute + (1e-6 * largest), Single.Relative).AssertClose(expected, actual, $"gradient on {name}");

        double[] expectedDensity = [.. oracles.Select((oracle, s) => oracle.LogDensity(particles[s], given.Inputs, targets[s], 1.5 * rows))];
        Single.AssertClose(
            expectedDensity, gradient.LogDensity(Case.Pack(particles, layout.Stride), state.Statistics, 1.5), $"log density on {name}");

        double[][] Draw() => [.. Enumerable.Range(0, Particles).Select(_ => Case.Vector(random, layout.ParameterCount, hidden is [> 300] ? 0.1 : 0.6))];
    }

    [Fact]
    public void Batches_of_rows_keep_each_particles_own_targets()
    {
        foreach (string name in TestDevices.Names)
        {
            Device device = TestDevices.Open(name);
            double[,] inputs = new double[37, 1];
            for (int n = 0; n < 37; n++)
            {
                inputs[n, 0] = n;
            }

            using DeviceRows rows = DeviceRows.UploadInputs(device, inputs, 2, missingTargets: true, targetSets: 3);
            for (int s = 0; s < 3; s++)
            {
                var own = new double[37, 2];
                for (int n = 0; n < 37; n++)
                {
                    (own[n, 0], own[n, 1]) = (n + (100 * s), n % 5 == s ? double.NaN : n + (100 * s) + 1000);
                }

                rows.UploadTargets(s, own);
            }

            using var batches = new Batches(device, rows, 4, 0);
            (DeviceRows data, RowRange range, _) = batches.Next();
            float[] x = data.Inputs.ToArray(), y = data.Targets.ToArray();
            int checkedRows = 0;
            for (int n = range.Start; n < range.Start + range.Count; n++)
            {
                for (int s = 0; s < 3; s++)
                {
                    float first = y[(s * data.TargetParticleStride) + n], second = y[(s * data.TargetParticleStride) + data.Stride + n];
                    if (!float.IsNaN(first))
                    {
                        checkedRows++;
                        Assert.Equal(x[n] + (100 * s), first);
                        Assert.Equal(x[n] % 5 == s ? float.NaN : x[n] + (100 * s) + 1000, second);
                    }
                }
            }

            Assert.InRange(checkedRows, 27, 30);
        }
    }
}
