using IlgpuBnn.Equations;
using IlgpuBnn.Tests.Equations;

namespace IlgpuBnn.Tests.Devices;

/// <summary>Equations in the GPU's kernels against the double precision of the CPU.</summary>
[Long]
public sealed class EquationDeviceTests
{
    private static readonly string[] Networks =
    [
        "dense(4,tanh) dense(3,silu)", "dense(17,sigmoid) skip dense(5,cos)", "sine(5,kappa=2.5) dense(4,sin)", "fourier(3,kappa=0.3) dense(4,tanh)", "dense(4,identity)",
    ];

    public static TheoryData<string> Descriptions => [.. Networks];

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Log_densities_and_gradients_agree_with_the_processor(string description)
    {
        foreach (string name in OfKernels(description == Networks[0] ? TestDevices.WithLargerGroups.ForWholeSteps() : TestDevices.WithoutLayers))
        {
            AssertAgrees(EquationCase.Everything(description, points: 5), 3, name);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(67)]
    [InlineData(300)]
    public void Points_fill_groups_and_chunks_or_not(int points)
    {
        foreach (string name in OfKernels(TestDevices.WithoutLayers).ForManyShapes())
        {
            AssertAgrees(EquationCase.Everything("dense(7,tanh)", points), 2, name);
        }
    }

    // Adam divides by the gradient's own size, so that rounding is seen where gradients are nearly 0.
    [Theory]
    [InlineData(1, 5e-6)]
    [InlineData(10, 1e-3)]
    [InlineData(40, 1e-2)]
    public void Particles_of_a_short_training_agree_with_the_processor(int iterations, double tolerance)
    {
        (EquationProblem problem, Network[] networks, EquationSystem[] systems) = Burgers();
        var adam = new AdamOptions();
        using var processor = new ProcessorGradients(systems, new ParallelOptions());
        Climb(processor);
        double[][] expected = processor.Parameters();
        foreach (string name in OfKernels(TestDevices.WithoutLayers))
        {
            using var device = new DeviceGradients(TestDevices.Open(name), problem, networks, systems);
            Climb(device);
            new Tolerance(tolerance, 1e-4).AssertClose(expected, device.Parameters(), $"particles on {name}");
            Assert.Equal(processor.Squares(), device.Squares(), (a, b) => Math.Abs(a - b) < 1e-2 * (1 + a));
        }

        void Climb(EquationGradients gradients)
        {
            for (int iteration = 1; iteration <= iterations; iteration++)
            {
                gradients.Step(adam, 0.01, iteration);
            }
        }
    }

    [Fact]
    public void The_same_device_gives_the_same_bits()
    {
        (EquationProblem problem, Network[] networks, EquationSystem[] systems) = Burgers();
        foreach (string name in OfKernels(TestDevices.WithoutLayers))
        {
            Assert.Equal(Gradients(), Gradients());

            double[][] Gradients()
            {
                using var device = new DeviceGradients(TestDevices.Open(name), problem, networks, systems);
                return device.GradientsNow();
            }
        }
    }

    [Fact]
    public void Ensembles_with_a_learnt_precision_agree_with_the_processor()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(20, 0.05, seed: 5);
        EquationProblem problem = EquationCase.Burgers(points, values, 0.05) with { Equations = [EquationTerm.Of<EquationCase.BurgersEquation>(12, EquationPrecision.Learnt(0.3))] };
        var options = new EquationOptions { Particles = 2, AdamSteps = 60, Adam = new AdamOptions(StepSize: 0.02), Seed = 2 };
        EquationEnsemble expected = EquationEnsemble.Fit(problem, options, TestDevices.OpenWithThreads(1)), found = EquationEnsemble.Fit(problem, options, TestDevices.Open(TestDevices.SmallestGroups));
        Assert.Equal(expected.Unknowns.Cast<double>(), found.Unknowns.Cast<double>(), (a, b) => Math.Abs(Math.Log(a / b)) < 0.02);
        Assert.Equal(expected.EquationDeviations.Cast<double>(), found.EquationDeviations.Cast<double>(), (a, b) => Math.Abs(a - b) < 0.01 * a);
        Assert.All(expected.EquationDeviations.Cast<double>(), own => Assert.NotEqual(0.3, own, 0.01));
        Assert.Equal(expected.Predict(points).Cast<double>(), found.Predict(points).Cast<double>(), (a, b) => Math.Abs(a - b) < 0.02);
        Assert.All(found.Outcomes, own => Assert.Equal(60, own.Steps));
    }

    [Fact]
    public void What_a_device_cannot_do_is_told_before_the_first_step()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(20, 0.05, seed: 5);
        EquationProblem good = EquationCase.Burgers(points, values, 0.05);
        Device device = TestDevices.Open(TestDevices.SmallestGroups);
        var options = new EquationOptions { Particles = 2, AdamSteps = 1 };
        AssertTold<ArgumentException>("AdamSteps is 0: Levenberg and Marquardt's method needs double precision and runs on the CPU", good, options with { AdamSteps = 0 });
        AssertTold<ArgumentException>("AdamSteps is -1", good, options with { AdamSteps = -1 });
        AssertTold<ArgumentException>("StepSize is 0", good, options with { Adam = new AdamOptions(StepSize: 0) });
        AssertTold<DeviceException>("cannot compile Unportable: ", good with { Equations = [EquationTerm.Of<Unportable>(10, 1)] }, options);
        AssertTold<ArgumentException>("The residual of Pole is not finite at x = 0, t = 0.5", good with { Equations = [EquationTerm.Of<Pole>(new double[,] { { 0, 0.5 } }, 1)] }, options);
        AssertTold<ArgumentException>("second derivatives, and Relu has none", good with { Networks = [new([new("u")], [new Dense(5, Activation.Relu)])] }, options);
        AssertTold<ArithmeticException>("Particle 1 is not finite after 3 steps of Adam, in single precision on ", good, options with { AdamSteps = 3, Adam = new AdamOptions(StepSize: 1e30) });

        void AssertTold<TException>(string text, EquationProblem problem, EquationOptions own)
            where TException : Exception =>
            Assert.Contains(text, Assert.Throws<TException>(() => EquationEnsemble.Fit(problem, own, device)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> OfKernels(IEnumerable<string> names) => names.Except(TestDevices.Processors);

    private static (EquationProblem Problem, Network[] Networks, EquationSystem[] Systems) Burgers()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(30, 0.05, seed: 5);
        EquationProblem problem = EquationCase.Burgers(points, values, 0.05) with { Equations = [EquationTerm.Of<EquationCase.BurgersEquation>(40, 0.1)] };
        Network[] networks = EquationSystem.NetworksOf(problem);
        return (problem, networks, [.. Enumerable.Range(0, 2).Select(s => EquationSystem.Of(problem, networks, 3, s, 0))]);
    }

    private static void AssertAgrees(EquationProblem problem, int particles, string name)
    {
        problem.Validate();
        Network[] networks = EquationSystem.NetworksOf(problem);
        EquationSystem[] systems = [.. Enumerable.Range(0, particles).Select(s => EquationSystem.Of(problem, networks, 3, s, 0))];
        using var device = new DeviceGradients(TestDevices.Open(name), problem, networks, systems);

        double[][] gradients = device.GradientsNow(), parameters = device.Parameters();
        double[] squares = device.Squares();
        for (int s = 0; s < particles; s++)
        {
            double[] residuals = new double[systems[s].ResidualCount], expected = new double[systems[s].ParameterCount];
            systems[s].Gradient(parameters[s], residuals, expected);
            double largest = expected.Max(Math.Abs);
            for (int p = 0; p < expected.Length; p++)
            {
                Assert.True(
                    Math.Abs(gradients[s][p] + expected[p]) < 2e-4 + (4e-6 * largest) + (2e-5 * Math.Abs(expected[p])),
                    $"Parameter {p} of particle {s} on {name}: {gradients[s][p]}, expected {-expected[p]}, largest {largest}");
            }

            int terms = systems[s].Offsets.Count - 1;
            for (int t = 0; t < terms; t++)
            {
                double own = residuals.Skip(systems[s].Offsets[t]).Take(systems[s].Offsets[t + 1] - systems[s].Offsets[t]).Sum(residual => residual * residual);
                Assert.Equal(own, squares[(s * terms) + t], 1e-5 + (2e-5 * own));
            }
        }
    }

    /// <summary>Calls what no GPU has.</summary>
    private readonly struct Unportable : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Value(0) - Math.BitDecrement(at.At(0));
    }

    private readonly struct Pole : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Value(0) / at.At(0);
    }
}
