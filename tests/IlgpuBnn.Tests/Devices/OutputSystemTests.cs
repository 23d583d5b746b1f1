namespace IlgpuBnn.Tests.Devices;

/// <summary>Output layers that are solved for, on every device: the oracle's gradient by their weights is then zero.</summary>
[Long]
public sealed class OutputSystemTests
{
    [Fact]
    public void The_output_layer_moves_to_its_most_probable_weights()
    {
        Check(new() { HiddenUnits = [9, 6], SkipConnection = true }, 4, 3, 37, TestDevices.Names);
        Check(new() { HiddenUnits = [5] }, 4, 3, 18, TestDevices.Others);
    }

    [Theory]
    [InlineData(new[] { 1 }, 1, 1, 15)]
    [InlineData(new[] { 5, 4, 3 }, 2, 6, 18)]
    [InlineData(new[] { 7, 19 }, 3, 17, 130)]
    public void It_does_for_awkward_shapes(int[] hidden, int inputs, int outputs, int rows) => Check(
        new() { HiddenUnits = hidden, LastActivation = Activation.Tanh }, inputs, outputs, rows,
        TestDevices.WithoutLayers.ForManyShapes().Where(name => rows < 65 || !TestDevices.IsSlow(name)));

    // More rows than a processor's tile has.
    [Fact]
    public void It_does_over_several_tiles_of_rows() => Check(new() { HiddenUnits = [60, 40] }, 3, 2, 700, TestDevices.Processors);

    /// <summary>Inputs that hardly differ: rounding must not turn steps around.</summary>
    [Fact]
    public void Steps_from_weights_far_off_do_not_diverge()
    {
        var method = new AnchoredEnsemble { Particles = 2, Prior = new(NoiseSd: 0.02), SolveOutputLayer = true };
        var given = new Case(new() { HiddenUnits = [4, 60], Method = method }, 2, 2, 300, missingFraction: 0);
        Device device = TestDevices.Open(TestDevices.Processors.First());
        float[] anchors = given.Packed();
        using DeviceRows data = Upload(device, given, given.Targets, 2);
        using LogPosterior target = Target(device, given, method, anchors, data);
        using DeviceBuffer theta = device.Allocate(anchors.Length);
        theta.Upload([.. anchors.Select(value => value + 0.5f)]);
        double before = double.NegativeInfinity;
        for (int k = 1; k <= 20; k++)
        {
            target.Gradient(theta, Case.All(data), k);
            double density = target.LogDensity(theta).Sum();
            Assert.True(density > before - (1e-3 * Math.Abs(before)) || k == 1, $"Solution {k}: {density} after {before}");
            before = density;
        }
    }

    [Fact]
    public void The_log_density_that_is_reported_is_that_of_the_solved_weights()
    {
        var method = new AnchoredEnsemble { Particles = 2, Prior = new(NoiseSd: 0.3), SolveOutputLayer = true };
        var given = new Case(new() { HiddenUnits = [5, 4], Method = method }, 3, 2, 40, missingFraction: 0);
        Device device = TestDevices.Open(TestDevices.Processors.First());
        double[][] anchors = Case.Vectors(new Random(4), 2, given.Layout.ParameterCount, 0.6);
        double[] precision = [.. method.Prior.Moments(given.Layout).StandardDeviation.Select(deviation => 1 / (deviation * deviation))];
        using DeviceRows data = Upload(device, given, given.Targets, 2);
        using ISampler sampler = method.Start(
            Target(device, given, method, Case.Pack(anchors, given.Layout.Stride), data), device, [.. given.Packed().Select(value => value + 0.5f)], new AdamOptions());
        using LogPosterior target = Target(device, given, method, Case.Pack(anchors, given.Layout.Stride), data);
        using DeviceBuffer at = device.Allocate(sampler.Particles.Length);
        at.CopyFrom(sampler.Particles);
        target.SolveOutputs(at, Case.All(data));
        sampler.Step(Case.All(data), 0.07, 1, isEvaluated: true);
        double expected = Case.Unpack(at.ToArray(), given.Layout.ParameterCount, given.Layout.Stride).Select((theta, s) =>
            new ReferenceAnchoredPosterior(given.Posterior, -2 * Math.Log(0.3), anchors[s], precision).LogDensity(theta, given.Inputs, given.Targets, 40)).Average();
        Assert.Equal(expected, sampler.Measure(withSpread: false).MeanLogDensity, 1e-4 * Math.Abs(expected));
    }

    private static void Check(TrainingOptions common, int inputs, int outputs, int rows, IEnumerable<string> devices)
    {
        const int Particles = 3;
        var method = new AnchoredEnsemble { Particles = Particles, Prior = new(NoiseSd: 0.3), SolveOutputLayer = true };
        var given = new Case(common with { Method = method }, inputs, outputs, rows, missingFraction: 0);
        ParameterLayout layout = given.Layout;
        OutputSystem system = layout.Network.SolvableOutputs!.Value;
        (int first, int end) = (system.Layer.WeightOffset, system.Layer.WeightOffset + system.Layer.ParameterCount);
        var random = new Random(6);
        double[][] centres = Case.Vectors(random, Particles, layout.ParameterCount, 0.6), particles = Case.Vectors(random, Particles, layout.ParameterCount, 0.6);
        double[] precision = [.. method.Prior.Moments(layout).StandardDeviation.Select(deviation => 1 / (deviation * deviation))];
        double[][,] targets = [.. Enumerable.Range(0, Particles).Select(s => WithoutEvery(given.Targets, 3 + s))];
        var oracles = centres.Select(centre => new ReferenceAnchoredPosterior(given.Posterior, -2 * Math.Log(method.Prior.NoiseSd), centre, precision)).ToArray();
        double[][] before = [.. particles.Select((own, s) => oracles[s].Gradient(own, given.Inputs, targets[s], rows))];

        foreach (string name in devices)
        {
            Device device = TestDevices.Open(name);
            using DeviceRows data = Upload(device, given, null, Particles);
            for (int s = 0; s < Particles; s++)
            {
                data.UploadTargets(s, targets[s]);
            }

            using LogPosterior target = Target(device, given, method, Case.Pack(centres, layout.Stride), data);
            using DeviceBuffer theta = device.Allocate(Particles * layout.Stride);
            theta.Upload(Case.Pack(particles, layout.Stride));

            // Twice: the second must not add to the sums of the first.
            target.SolveOutputs(theta, Case.All(data));
            target.SolveOutputs(theta, Case.All(data));
            double[][] after = Case.Unpack(theta.ToArray(), layout.ParameterCount, layout.Stride);
            for (int s = 0; s < Particles; s++)
            {
                double[] gradient = oracles[s].Gradient(after[s], given.Inputs, targets[s], rows);
                Assert.Equal(particles[s][..first], after[s][..first]);
                Assert.Equal(particles[s][end..], after[s][end..]);
                double most = before[s][first..end].Max(Math.Abs), left = gradient[first..end].Max(Math.Abs);
                Assert.True(left < 2e-4 * most, $"gradient of particle {s} on {name}: {left}, before {most}");
            }
        }
    }

    private static DeviceRows Upload(Device device, Case given, double[,]? targets, int particles)
    {
        DeviceRows data = DeviceRows.UploadInputs(device, given.Inputs, given.Targets.GetLength(1), missingTargets: true, particles);
        for (int s = 0; s < particles && targets is not null; s++)
        {
            data.UploadTargets(s, targets);
        }

        return data;
    }

    private static LogPosterior Target(Device device, Case given, AnchoredEnsemble method, float[] anchors, DeviceRows data) => new(
        device, given.Layout, given.Options.UsedLikelihood, method.GradientOfPrior(device, given.Layout, anchors), method.NoiseLogPrecision,
        method.Particles, data.Stride, outputs: method.SolvedOutputs(given.Layout.Network));

    /// <summary>All targets of every so many rows missing.</summary>
    private static double[,] WithoutEvery(double[,] targets, int step)
    {
        var own = (double[,])targets.Clone();
        for (int n = 0; n < own.GetLength(0); n += step)
        {
            for (int o = 0; o < own.GetLength(1); o++)
            {
                own[n, o] = double.NaN;
            }
        }

        return own;
    }
}
