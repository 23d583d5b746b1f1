namespace IlgpuBnn.Tests.Devices;

/// <summary>Anchors, relevances and targets of each particle's own, on every device against the oracle.</summary>
[Long]
public sealed class AnchoredGradientTests
{
    private static readonly Tolerance Single = new(2e-4, 2e-5);

    [Fact]
    public void Gradient_and_log_density_agree()
    {
        Check(new() { HiddenUnits = [9, 6], SkipConnection = true }, 4, 3, 37, TestDevices.Names);
        Check(new() { HiddenUnits = [5], SkipConnection = true }, 4, 3, 18, TestDevices.Others);
    }

    [Theory]
    [InlineData(new int[0], true, 3, 2, 17)]
    [InlineData(new[] { 1 }, true, 1, 1, 15)]
    [InlineData(new[] { 5, 4, 3 }, true, 2, 6, 18)]
    [InlineData(new[] { 33 }, false, 7, 3, 65)]
    [InlineData(new[] { 20, 17 }, true, 5, 4, 130)]
    public void Gradient_and_log_density_agree_for_awkward_shapes(int[] hidden, bool skipConnection, int inputs, int outputs, int rows) => Check(
        new() { HiddenUnits = hidden, SkipConnection = skipConnection }, inputs, outputs, rows,
        TestDevices.Names.ForManyShapes().Where(name => rows < 65 || !TestDevices.IsSlow(name)));

    [Theory]
    [InlineData(new[] { 5, 3 }, new[] { "y2" }, 4, 3, 37)]
    [InlineData(new[] { 9 }, new[] { "y1", "y2", "y4" }, 3, 5, 18)]
    [InlineData(new[] { 33, 18, 4 }, new[] { "y1", "y2" }, 2, 2, 15)]
    public void Gradient_and_log_density_agree_for_targets_apart(int[] hidden, string[] apart, int inputs, int outputs, int rows) => Check(
        new() { HiddenUnits = hidden, LastActivation = Activation.Tanh, ApartTargets = apart }, inputs, outputs, rows,
        hidden.Length == 2 ? TestDevices.Names : TestDevices.WithoutLayers.ForManyShapes());

    // More units than a gradient in one launch has shared memory for, or than a processor's tile of rows.
    [Theory]
    [InlineData(330, 17)]
    [InlineData(700, 333)]
    public void Gradient_and_log_density_agree_for_many_units(int units, int rows) => Check(
        new() { HiddenUnits = [units], SkipConnection = true }, 3, 2, rows, rows == 17 ? TestDevices.WithoutLayers.ForManyShapes() : TestDevices.Processors);

    [Fact]
    public void Gradient_and_log_density_agree_for_noise_with_heavy_tails() =>
        Check(new() { HiddenUnits = [9, 6], SkipConnection = true, Likelihood = new StudentTLikelihood(3) }, 4, 3, 37, TestDevices.Names);

    [Theory]
    [MemberData(nameof(GradientTests.OfClasses), MemberType = typeof(GradientTests))]
    public void Gradient_and_log_density_agree_for_classes(Likelihood likelihood) =>
        Check(new() { HiddenUnits = [9, 6], SkipConnection = true, Likelihood = likelihood }, 4, 3, 37, TestDevices.Names);

    [Fact]
    public void Anchors_pull_each_parameter_with_its_own_precision()
    {
        var random = new Random(4);
        var shape = new ParticleShape(3, 21, 32);
        double[][] particles = Case.Vectors(random, 3, 21, 1), anchors = Case.Vectors(random, 3, 21, 1), gradients = Case.Vectors(random, 3, 21, 5);
        double[] precision = [.. Case.Vectors(random, 1, 21, 3)[0].Select((value, p) => p % 4 == 2 ? 0 : Math.Abs(value))];
        double[][] expected = [.. gradients.Select((own, s) => own.Select((g, p) => g + (precision[p] * (anchors[s][p] - particles[s][p]))).ToArray())];
        foreach (string name in TestDevices.WithoutLayers)
        {
            Device device = TestDevices.Open(name);
            using DeviceBuffer theta = Case.Upload(device, particles), centres = Case.Upload(device, anchors), precisions = Case.Upload(device, [precision]);
            using DeviceBuffer result = Case.Upload(device, gradients);
            device.AnchorGradient(theta, centres, precisions, shape, result);
            new Tolerance(1e-6, 1e-6).AssertClose(expected, Case.Unpack(result.ToArray(), 21, 32), $"gradient on {name}");
        }
    }

    [Fact]
    public void Batches_of_rows_keep_each_particles_own_targets()
    {
        foreach (string name in TestDevices.WithoutLayers)
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

    private static void Check(TrainingOptions common, int inputs, int outputs, int rows, IEnumerable<string> devices)
    {
        const int Particles = 3;
        var method = new AnchoredEnsemble { Particles = Particles, Prior = new(NoiseSd: 0.7) };
        TrainingOptions options = common with { Method = method };
        double scale = options.HiddenUnits is [> 300] ? 0.1 : 0.6;
        var given = new Case(options, inputs, outputs, rows, missingFraction: 0);
        ParameterLayout layout = given.Layout;
        var random = new Random(5);
        double[] precision = [.. method.Prior.Moments(layout).StandardDeviation.Select(deviation => 1 / (deviation * deviation))];
        double[][] centres = Case.Vectors(random, Particles, layout.ParameterCount, scale), particles = Case.Vectors(random, Particles, layout.ParameterCount, scale);
        double[][,] targets = [.. Enumerable.Range(0, Particles).Select(_ => new Case(options, inputs, outputs, rows, random.Next()).Targets)];
        double logNoise = -2 * Math.Log(method.Prior.NoiseSd);
        var oracles = centres.Select(centre => new ReferenceAnchoredPosterior(given.Posterior, logNoise, centre, precision, given.Weighed)).ToArray();
        Assert.Equal(oracles[0].ParticleLength, layout.ParameterCount);
        double[][] expected = [.. oracles.Select((oracle, s) => oracle.Gradient(particles[s], given.Inputs, targets[s], 1.5 * rows))];
        double[] expectedDensity = [.. oracles.Select((oracle, s) => oracle.LogDensity(particles[s], given.Inputs, targets[s], 1.5 * rows))];
        var tolerance = new Tolerance(Single.Absolute + (1e-6 * expected.Max(g => g.Max(Math.Abs))), Single.Relative);

        foreach (string name in devices)
        {
            Device device = TestDevices.Open(name);
            using DeviceRows data = DeviceRows.UploadInputs(device, given.Inputs, outputs, missingTargets: true, Particles);
            using DeviceBuffer theta = device.Allocate(Particles * layout.Stride);
            using var target = new LogPosterior(
                device, layout, options.UsedLikelihood, method.GradientOfPrior(device, layout, Case.Pack(centres, layout.Stride)), method.NoiseLogPrecision,
                Particles, data.Stride);
            theta.Upload(Case.Pack(particles, layout.Stride));
            for (int s = 0; s < Particles; s++)
            {
                data.UploadTargets(s, targets[s]);
            }

            // Twice: the second must not add to the first.
            target.Gradient(theta, Case.All(data, 1.5), 1);
            target.Gradient(theta, Case.All(data, 1.5), 2);

            double[][] actual = Case.Unpack(target.Gradients.ToArray(), layout.ParameterCount, layout.Stride);
            tolerance.AssertClose(expected, actual, $"gradient on {name}");
            Single.AssertClose(expectedDensity, target.LogDensity(theta), $"log density on {name}");
            Assert.Null(target.Failure());
        }
    }
}
