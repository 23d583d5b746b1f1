namespace IlgpuBnn.Tests.Devices;

/// <summary>Gradient and log density of every device against the oracle.</summary>
[Long]
public sealed class GradientTests
{
    // Sums over some hundred rows and units in single precision: errors grow with the root of their number.
    private static readonly Tolerance Single = new(2e-4, 2e-5);

    public static TheoryData<Activation> Activations => [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(Activations))]
    public void Gradient_agrees_for_every_activation(Activation activation) =>
        CheckGradient(Case.Common(new() { Activation = activation, Method = new Svgd { Particles = 2 } }));

    [Theory]
    [MemberData(nameof(Activations))]
    public void Gradient_agrees_where_the_last_hidden_layer_has_another_activation(Activation last)
    {
        var options = new TrainingOptions
        {
            Activation = last == Activation.Silu ? Activation.Tanh : Activation.Silu,
            LastActivation = last,
            Method = new Svgd { Particles = 2 },
        };
        CheckGradient(Case.Common(options), last is Activation.Silu or Activation.Relu ? TestDevices.Names : [.. TestDevices.Processors, TestDevices.SmallestGroups]);
        CheckGradient(new Case(options with { HiddenUnits = [5, 4, 3] }, 4, 3, 37), TestDevices.Processors);
        CheckGradient(new Case(options with { HiddenUnits = [7] }, 4, 3, 37), TestDevices.Processors);
    }

    public static TheoryData<Layer[]> FirstLayers => new()
    {
        new Layer[] { new FourierFeatures(5), new Dense(6, Activation.Tanh) },
        new Layer[] { new FourierFeatures(9), new SkipConnection(), new Dense(4, Activation.Silu), new SkipConnection() },
        new Layer[] { new Sine(9, 2.5), new Dense(6, Activation.Tanh) },
        new Layer[] { new Sine(7, 2.5), new SkipConnection(), new Dense(3, Activation.Relu) },
        new Layer[] { new Sine(5, 2.5), new SkipConnection(), new Dense(3, Activation.Relu), new SkipConnection() },
    };

    /// <summary>The third copies its inputs once more than a gradient in one launch can; 333 rows are more than a processor's tile of rows.</summary>
    [Theory]
    [MemberData(nameof(FirstLayers))]
    public void Gradient_agrees_for_every_first_layer(Layer[] layers)
    {
        var options = new TrainingOptions { Layers = layers, Method = new Svgd { Particles = 3 } };
        CheckGradient(new Case(options, 4, 3, 37), TestDevices.Names.ForManyShapes());
        CheckGradient(new Case(options, 2, 1, 333), TestDevices.Processors);
    }

    // More filters and channels than a tile of each product, fields narrower than the filter, mirrors that meet, and rows of one, two and four vectors.
    [Theory]
    [InlineData("field(3,4,5) conv2d(7,3,tanh) conv2d(6,3,reflect,stride=2) dense(5)", 37)]
    [InlineData("field(1,7,3) conv2d(13,5,periodic,relu) conv2d(1,2,silu) conv2d(9,1,sigmoid)", 65)]
    [InlineData("field(18,2,3) conv2d(19,3,periodic,silu) pool(2) dense(3,tanh)", 130)]
    [InlineData("field(2,9) conv1d(8,3,reflect,tanh) pool(2) conv1d(11,3,stride=3,sin)", 17)]
    [InlineData("field(1,2,2) dense(12,tanh) field(3,2,2) resize(2) conv2d(2,4,periodic,identity) field(2,4,4)", 333)]
    [InlineData("field(40,2,2) conv2d(33,3,tanh) conv2d(34,3,zero,tanh)", 16)]
    public void Gradient_agrees_for_fields(string network, int rows) => CheckFields(network, rows, TestDevices.Processors);

    // The same of the kernels of a GPU, around tiles of few threads.
    [Theory]
    [InlineData("field(3,2,3) conv2d(5,3,tanh) conv2d(2,3,reflect,stride=2,silu) dense(2)", 17)]
    [InlineData("field(2,5) conv1d(5,2,periodic,relu) pool(2) resize(2) conv1d(2,3,reflect,identity) field(2,6)", 7)]
    public void Gradient_agrees_for_fields_on_every_device(string network, int rows) =>
        CheckFields(network, rows, rows > 10 ? TestDevices.Names : TestDevices.Names.ForManyShapes().Concat(TestDevices.Others));

    private static void CheckFields(string network, int rows, IEnumerable<string> devices)
    {
        IReadOnlyList<Layer> layers = NetworkDescription.Parse(network);
        var options = new TrainingOptions { Layers = layers, Method = new Svgd { Particles = 2 } };
        int inputs = Network.FieldOfInputs(layers)!.Shape.Count, outputs = Network.FieldOfOutputs(layers)?.Shape.Count ?? 2;
        CheckGradient(new Case(options, inputs, outputs, rows, particleScale: 0.2), devices);
    }

    // Around the tiles of the smaller groups of threads: 2 x 1 to 4 x 4 threads of 4 x 4 sums, and 32 rows of a gradient in one launch.
    [Theory]
    [InlineData(new int[0], 1, 1, 1)]
    [InlineData(new int[0], 3, 2, 17)]
    [InlineData(new[] { 1 }, 2, 1, 15)]
    [InlineData(new[] { 4 }, 1, 5, 32)]
    [InlineData(new[] { 18, 2 }, 7, 3, 33)]
    [InlineData(new[] { 5, 4, 3 }, 2, 6, 34)]
    [InlineData(new[] { 17 }, 9, 1, 20)]
    public void Gradient_agrees_for_awkward_shapes(int[] hidden, int inputs, int outputs, int rows) =>
        CheckShape(hidden, inputs, outputs, rows, (hidden is [18, ..] ? TestDevices.WithLargerGroups : TestDevices.Names).ForManyShapes());

    /// <summary>The last around tiles of 16 x 16 threads.</summary>
    [Theory]
    [InlineData(new[] { 4 }, 1, 5, 64)]
    [InlineData(new[] { 33, 2 }, 7, 3, 65)]
    [InlineData(new[] { 5, 4, 3 }, 2, 6, 130)]
    [InlineData(new[] { 67, 66 }, 3, 2, 130)]
    public void Gradient_agrees_around_large_tiles(int[] hidden, int inputs, int outputs, int rows) => CheckShape(
        hidden, inputs, outputs, rows, hidden is [67, ..] ? TestDevices.Names.ForLargeShapes() : TestDevices.Names.ForLargeShapes().ForManyShapes());

    // More units than a gradient in one launch has shared memory for, or than a processor's tile of rows: gradients add up over tiles.
    [Theory]
    [InlineData(new[] { 330 }, 3, 2, 17)]
    [InlineData(new[] { 700 }, 3, 2, 333)]
    [InlineData(new[] { 701 }, 3, 1, 333)]
    public void Gradient_agrees_for_many_units(int[] hidden, int inputs, int outputs, int rows) =>
        CheckShape(hidden, inputs, outputs, rows, rows == 17 ? TestDevices.WithoutLayers.ForManyShapes() : TestDevices.Processors);

    // Weights that a processor copies tile by tile, the last tile with four outputs or fewer, and rows of one, two and four vectors.
    [Theory]
    [InlineData(new[] { 90, 101 }, 3, 2, 65)]
    [InlineData(new[] { 90, 100 }, 3, 2, 37)]
    [InlineData(new[] { 90, 97 }, 3, 2, 130)]
    [InlineData(new[] { 67, 96 }, 3, 2, 16)]
    public void Gradient_agrees_for_weights_that_are_packed(int[] hidden, int inputs, int outputs, int rows) =>
        CheckShape(hidden, inputs, outputs, rows, TestDevices.Processors);

    [Theory]
    [InlineData(NoisePrecision.Shared, WeightPrecision.Shared)]
    [InlineData(NoisePrecision.Shared, WeightPrecision.PerLayer)]
    [InlineData(NoisePrecision.PerOutput, WeightPrecision.Shared)]
    [InlineData(NoisePrecision.PerOutput, WeightPrecision.PerLayer)]
    public void Gradient_agrees_for_both_sharings_of_both_precisions(NoisePrecision noise, WeightPrecision weightPrecision)
    {
        var options = new TrainingOptions
        {
            Likelihood = new GaussianLikelihood(noise),
            Method = new Svgd { Particles = 2, Prior = new HierarchicalPrior(2.5, 0.3, 1.7, 0.2, weightPrecision) },
        };
        CheckGradient(Case.Common(options));
    }

    [Fact]
    public void Gradient_agrees_for_noise_with_heavy_tails()
    {
        var options = new TrainingOptions { Likelihood = new StudentTLikelihood(2.5), Method = new Svgd { Particles = 3 } };
        CheckGradient(Case.Common(options), totalRows: 111);
        CheckGradient(new Case(options with { HiddenUnits = [5] }, 4, 3, 18), TestDevices.Others, 111);
    }

    [Theory]
    [InlineData(2.5, 29, new[] { 7, 5 }, NoisePrecision.PerOutput)]
    [InlineData(4, 66, new[] { 6 }, NoisePrecision.Shared)]
    [InlineData(1, 17, new int[0], NoisePrecision.PerOutput)]
    [InlineData(30, 17, new[] { 330 }, NoisePrecision.PerOutput)]
    public void Gradient_agrees_for_noise_with_heavy_tails_in_awkward_shapes(double degreesOfFreedom, int rows, int[] hidden, NoisePrecision noise)
    {
        var options = new TrainingOptions
        {
            HiddenUnits = hidden,
            Likelihood = new StudentTLikelihood(degreesOfFreedom, noise),
            Method = new Svgd { Particles = 3 },
        };
        bool large = hidden is [> 60, ..];
        IEnumerable<string> devices = TestDevices.Names.ForManyShapes();
        CheckGradient(
            new Case(options, 3, 4, rows, particleScale: large ? 0.1 : 0.6), large ? devices.ForLargeShapes() : devices, totalRows: 3 * rows);
    }

    public static TheoryData<Likelihood> OfClasses => [new BernoulliLikelihood(), new CategoricalLikelihood()];

    /// <summary>Whole and layer by layer, over several chunks and tiles of rows, with one output and with many.</summary>
    [Theory]
    [MemberData(nameof(OfClasses))]
    public void Gradient_agrees_for_classes(Likelihood likelihood)
    {
        var options = new TrainingOptions { Likelihood = likelihood, Method = new Svgd { Particles = 3 } };
        CheckGradient(Case.Common(options), totalRows: 111);
        CheckGradient(new Case(options with { HiddenUnits = [5] }, 2, 1, 65), TestDevices.Names.ForManyShapes());
        CheckGradient(new Case(options with { HiddenUnits = [6, 7] }, 2, 19, 34, missingFraction: 0.02), TestDevices.Names.ForManyShapes());
        CheckGradient(new Case(options with { HiddenUnits = [330] }, 3, 4, 17, particleScale: 0.1), TestDevices.WithoutLayers.ForManyShapes());
        CheckGradient(new Case(options with { HiddenUnits = [700] }, 3, 2, 333, particleScale: 0.1), TestDevices.Processors);
    }

    /// <summary>exp of these outputs overflows, or is 0, in single precision.</summary>
    [Theory]
    [MemberData(nameof(OfClasses))]
    public void Gradient_agrees_for_classes_whose_outputs_are_large(Likelihood likelihood)
    {
        var given = new Case(new TrainingOptions { HiddenUnits = [], Likelihood = likelihood, Method = new Svgd { Particles = 2 } }, 3, 4, 37);
        foreach (double[] particle in given.Particles)
        {
            for (int p = 0; p < given.Layout.Network.WeightCount; p++)
            {
                particle[p] *= 64;
            }
        }

        CheckGradient(given, TestDevices.Names.ForManyShapes());
    }

    [Fact]
    public void Gradient_of_a_batch_is_scaled_to_all_rows()
    {
        CheckGradient(Case.Common(new() { Method = new Svgd { Particles = 2 } }), totalRows: 370);
    }

    [Fact]
    public void Gradient_of_a_deterministic_network_is_that_of_the_squared_error()
    {
        CheckGradient(Case.Common(new() { Method = new Deterministic() }));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e30f)]
    public void A_particle_whose_gradient_is_not_finite_is_named(float poison)
    {
        foreach (string name in TestDevices.Names.ForWholeSteps())
        {
            var given = Case.Common(new() { Method = new IndependentParticles { Particles = 4 } });
            Device device = TestDevices.Open(name);
            using DeviceRows rows = given.Upload(device);
            using ISampler sampler = given.Start(device, rows.Stride);
            sampler.Step(Case.All(rows), given.StepSize, 1);
            Assert.Null(sampler.Failure());

            float[] particles = given.Packed();
            particles[(2 * given.Layout.Stride) + given.Layout.Network.Blocks[^1].Offset] = poison;
            sampler.Particles.Upload(particles);
            sampler.Step(Case.All(rows), given.StepSize, 1);
            sampler.Step(Case.All(rows), given.StepSize, 1);
            Assert.Equal((2, 2), sampler.Failure());
        }
    }

    private static void CheckShape(int[] hidden, int inputs, int outputs, int rows, IEnumerable<string> devices)
    {
        foreach (bool skipConnection in new[] { false, true })
        {
            var options = new TrainingOptions
            {
                HiddenUnits = hidden,
                SkipConnection = skipConnection,
                Activation = Activation.Tanh,
                Method = new Svgd { Particles = 3 },
            };
            CheckGradient(
                new Case(options, inputs, outputs, rows, particleScale: hidden is [> 60, ..] ? 0.1 : 0.6),
                skipConnection || hidden is [] or [<= 4] ? devices : devices.ForLargeShapes());
        }
    }

    private static void CheckGradient(Case given, IEnumerable<string>? devices = null, double? totalRows = null)
    {
        double total = totalRows ?? given.Rows;
        double[][] expected = [.. given.Particles.Select(theta => given.Own(given.Posterior.Gradient(theta, given.Inputs, given.Targets, total)))];
        double[] expectedDensity = [.. given.Particles.Select(theta => given.Posterior.LogDensity(theta, given.Inputs, given.Targets, total))];
        var tolerance = new Tolerance(Single.Absolute + (1e-6 * expected.Max(g => g.Max(Math.Abs))), Single.Relative);
        foreach (string name in devices ?? TestDevices.Names)
        {
            Device device = TestDevices.Open(name);
            using DeviceRows rows = given.Upload(device);
            using LogPosterior target = given.Target(device, rows.Stride);
            using DeviceBuffer particles = device.Allocate(given.Packed().Length);
            particles.Upload(given.Packed());

            // Twice: the second must not add to the first.
            target.Gradient(particles, Case.All(rows, total / given.Rows), 1);
            target.Gradient(particles, Case.All(rows, total / given.Rows), 2);

            double[][] actual = Case.Unpack(target.Gradients.ToArray(), given.Layout.ParameterCount, given.Layout.Stride);
            tolerance.AssertClose(expected, actual, $"gradient on {name}");
            Single.AssertClose(expectedDensity, target.LogDensity(particles), $"log density on {name}");
            Assert.Null(target.Failure());
        }
    }
}
