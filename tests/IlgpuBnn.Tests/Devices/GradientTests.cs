using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using IlgpuBnn.Reference;
using Xunit;

namespace IlgpuBnn.Tests.Devices;

/// <summary>Gradient and log density of every device against the oracle.</summary>
public sealed class GradientTests
{
    // Sums over some hundred rows and units in single precision: errors grow with the root of their number.
    private static readonly Tolerance Single = new(2e-4, 2e-5);

    public static TheoryData<string, Activation> DevicesAndActivations()
    {
        var data = new TheoryData<string, Activation>();
        foreach (string device in TestDevices.Names)
        {
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                data.Add(device, activation);
            }
        }

        return data;
    }

    public static TheoryData<string, int[], int, int, int> Shapes()
    {
        var data = new TheoryData<string, int[], int, int, int>();
        foreach (string device in TestDevices.Names)
        {
            data.Add(device, [], 1, 1, 1);
            data.Add(device, [], 3, 2, 17);
            data.Add(device, [1], 2, 1, 15);
            data.Add(device, [4], 1, 5, 64);
            data.Add(device, [33, 2], 7, 3, 65);
            data.Add(device, [5, 4, 3], 2, 6, 130);
            data.Add(device, [17], 9, 1, 130);
            if (device.StartsWith("cpu-", StringComparison.Ordinal))
            {
                // Weights that are copied tile by tile, the last tile with four outputs or fewer, and rows of one, two and four vectors.
                data.Add(device, [90, 101], 3, 2, 65);
                data.Add(device, [90, 100], 3, 2, 37);
                data.Add(device, [90, 97], 3, 2, 130);
                data.Add(device, [67, 96], 3, 2, 16);
            }


            // Too many units for one tile of rows: gradients add up over tiles. On ILGPU's slow CPU accelerator, at least too many
            // for the shared memory of a gradient in one launch.
            data.Add(device, TestDevices.IsSlow(device) ? [330] : [700], 3, 2, TestDevices.IsSlow(device) ? 17 : 333);
            data.Add(device, TestDevices.IsSlow(device) ? [41] : [701], 3, 1, TestDevices.IsSlow(device) ? 17 : 333);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(DevicesAndActivations))]
    public void Gradient_agrees_for_every_activation(string device, Activation activation) =>
        CheckGradient(device, new Case(new TrainingOptions { Hidden = [9, 6], LinearPath = true, Activation = activation, Particles = 3 }, 4, 3, 37));

    [Theory]
    [MemberData(nameof(DevicesAndActivations))]
    public void Gradient_agrees_where_the_last_hidden_layer_has_another_activation(string device, Activation last)
    {
        foreach ((int[] hidden, bool linearPath) in new (int[], bool)[] { ([9, 6], true), ([5, 4, 3], false), ([7], false) })
        {
            var options = new TrainingOptions
            {
                Hidden = hidden,
                LinearPath = linearPath,
                Activation = last == Activation.Silu ? Activation.Tanh : Activation.Silu,
                LastActivation = last,
                Particles = 3,
            };
            CheckGradient(device, new Case(options, 4, 3, 37));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradient_agrees_for_awkward_shapes_with_and_without_a_linear_path(string device, int[] hidden, int inputs, int outputs, int rows)
    {
        foreach (bool linearPath in new[] { false, true })
        {
            CheckGradient(device, new Case(
                new TrainingOptions { Hidden = hidden, LinearPath = linearPath, Activation = Activation.Tanh, Particles = 5 }, inputs, outputs, rows,
                particleScale: hidden is [> 60, ..] ? 0.1 : 0.6));
        }
    }

    [Theory]
    [InlineData(NoisePrecision.Shared, WeightPrecision.Shared)]
    [InlineData(NoisePrecision.Shared, WeightPrecision.PerLayer)]
    [InlineData(NoisePrecision.PerOutput, WeightPrecision.Shared)]
    [InlineData(NoisePrecision.PerOutput, WeightPrecision.PerLayer)]
    public void Gradient_agrees_for_both_sharings_of_both_precisions(NoisePrecision noise, WeightPrecision weightPrecision)
    {
        foreach (string device in TestDevices.Names)
        {
            CheckGradient(device, new Case(
                new TrainingOptions
                {
                    Hidden = [7, 5],
                    Particles = 2,
                    Noise = noise,
                    WeightPrecision = weightPrecision,
                    Priors = new GammaPriors(2.5, 0.3, 1.7, 0.2),
                },
                3, 4, 29));
        }
    }

    [Theory]
    [InlineData(2.5, 29, new[] { 7, 5 }, NoisePrecision.PerOutput)]
    [InlineData(4, 130, new[] { 6 }, NoisePrecision.Shared)]
    [InlineData(1, 17, new int[0], NoisePrecision.PerOutput)]
    [InlineData(30, 17, new[] { 330 }, NoisePrecision.PerOutput)]
    public void Gradient_agrees_for_noise_with_heavy_tails(double degreesOfFreedom, int rows, int[] hidden, NoisePrecision noise)
    {
        foreach (string device in TestDevices.Names)
        {
            var options = new TrainingOptions { Hidden = hidden, Particles = 3, Noise = noise, DegreesOfFreedom = degreesOfFreedom };
            CheckGradient(device, new Case(options, 3, 4, rows, particleScale: hidden is [> 60, ..] ? 0.1 : 0.6), totalRows: 3 * rows);
        }
    }

    [Fact]
    public void Gradient_of_a_batch_is_scaled_to_all_rows()
    {
        foreach (string device in TestDevices.Names)
        {
            CheckGradient(device, new Case(new TrainingOptions { Hidden = [6], Particles = 2 }, 3, 2, 11), totalRows: 110);
        }
    }

    [Fact]
    public void Gradient_of_a_deterministic_network_is_that_of_the_squared_error()
    {
        foreach (string device in TestDevices.Names)
        {
            CheckGradient(device, new Case(
                new TrainingOptions { Hidden = [6], Particles = 1, Method = InferenceMethod.Deterministic }, 3, 2, 21));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e30f)]
    public void A_particle_whose_gradient_is_not_finite_is_named(float poison)
    {
        foreach (string name in TestDevices.Names)
        {
            var given = new Case(new TrainingOptions { Hidden = [3], Particles = 4, Method = InferenceMethod.IndependentParticles }, 2, 1, 9);
            Device device = TestDevices.Open(name);
            using DeviceRows rows = given.Upload(device);
            using var step = new TrainingStep(device, given.Layout, given.Options, rows.Stride);
            float[] particles = given.Packed();
            step.State.Particles.Upload(particles);
            step.Advance(rows, new RowRange(0, rows.Stride), 1);
            Assert.Null(step.Failure());

            particles[(2 * given.Layout.Stride) + given.Layout.Layers[1].BiasOffset] = poison;
            step.State.Particles.Upload(particles);
            step.Advance(rows, new RowRange(0, rows.Stride), 1);
            step.Advance(rows, new RowRange(0, rows.Stride), 1);
            Assert.Equal((2, 2), step.Failure());
        }
    }

    private static void CheckGradient(string name, Case given, double? totalRows = null)
    {
        Device device = TestDevices.Open(name);
        double total = totalRows ?? given.Rows;
        using DeviceRows rows = given.Upload(device);
        using var state = new ParticleState(device, given.Layout, given.Options.Particles);
        using NetworkWorkspace workspace = device.CreateWorkspace(given.Layout, given.Options.Particles, rows.Stride);
        state.Particles.Upload(given.Packed());
        bool deterministic = given.Options.Method == InferenceMethod.Deterministic;
        var gradient = new PosteriorGradient(given.Layout, given.Options.Priors, deterministic, given.Options.DegreesOfFreedom);
        var buffers = new NetworkBuffers(given.Layout, state.Particles, state.Gradients, state.Statistics, null);

        // Twice: the second must not add to the first.
        for (int repeat = 0; repeat < 2; repeat++)
        {
            gradient.Compute(workspace, buffers, rows, new RowRange(0, rows.Stride), total / given.Rows, 1);
        }

        double[][] expected = [.. given.Particles.Select(theta => given.Posterior.Gradient(theta, given.Inputs, given.Targets, total))];
        double largest = expected.Max(g => g.Max(Math.Abs));
        double[][] actual = Case.Unpack(state.Gradients.ToArray(), given.Layout.ParameterCount, given.Layout.Stride);
        new Tolerance(Single.Absolute + (1e-6 * largest), Single.Relative).AssertClose(expected, actual, $"gradient on {name}");

        double[] logDensity = LogDensity.OfParticles(
            given.Layout, given.Options.Priors, deterministic, given.Packed(), state.Statistics, total / given.Rows, given.Options.DegreesOfFreedom);
        double[] expectedDensity = [.. given.Particles.Select(theta => given.Posterior.LogDensity(theta, given.Inputs, given.Targets, total))];
        Single.AssertClose(expectedDensity, logDensity, $"log density on {name}");
    }
}
