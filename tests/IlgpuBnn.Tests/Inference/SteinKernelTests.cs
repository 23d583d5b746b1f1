using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Tests.Devices;
using Xunit;

namespace IlgpuBnn.Tests.Inference;

/// <summary>The inverse multiquadric kernel and annealing, each on what it is made for.</summary>
public sealed class SteinKernelTests
{
    private const int Iterations = 1500;

    [Theory]
    [InlineData(20, 10, 1.6)]
    [InlineData(40, 40, 2.5)]
    public void Of_many_dimensions_the_inverse_multiquadric_keeps_more_of_the_variance(int particles, int parameters, double atLeast)
    {
        // A standard normal distribution, of which SVGD with few particles is known to keep a fraction.
        double Variance(SteinKernel kernel) => Run(Draw(particles, parameters, 0), value => -value, new TrainingOptions { SteinKernel = kernel })
            .SelectMany(own => own).Average(value => value * value);
        double gaussian = Variance(SteinKernel.Gaussian), multiquadric = Variance(SteinKernel.InverseMultiquadric);
        Assert.InRange(multiquadric, atLeast * gaussian, 1);
    }

    [Theory]
    [InlineData(SteinKernel.Gaussian)]
    [InlineData(SteinKernel.InverseMultiquadric)]
    public void Annealed_particles_reach_the_mode_that_none_of_them_started_at(SteinKernel kernel)
    {
        // Two normal distributions around -4 and 4, eight standard deviations apart; all particles start at the second.
        double Gradient(double value) => -(value - 4) + (-8 / (1 + Math.Exp(8 * value)));
        double ShareOfTheOther(int cycles) => Run(
            Draw(20, 1, 4), Gradient, new TrainingOptions { SteinKernel = kernel, Annealing = new AnnealingOptions(cycles) }).Average(own => own[0] < 0 ? 1.0 : 0);
        Assert.Equal(0, ShareOfTheOther(0));
        Assert.InRange(ShareOfTheOther(3), 0.05, 0.85);
    }

    [Fact]
    public void Networks_of_the_inverse_multiquadric_have_more_of_the_posteriors_spread()
    {
        double Ratio(SteinKernel kernel) => BayesianNetwork.Fit(
            Runs.Smooth(40), new TrainingOptions { Method = InferenceMethod.Svgd, Particles = 20, Hidden = [8], Iterations = 1500, HeldOutShare = 0, SteinKernel = kernel })
            .Report.History[^1].CollapseRatio;
        double gaussian = Ratio(SteinKernel.Gaussian), multiquadric = Ratio(SteinKernel.InverseMultiquadric);
        Assert.InRange(multiquadric, 1.5 * gaussian, 1.2);
    }

    [Fact]
    public void Networks_spread_further_while_a_training_is_annealed()
    {
        IReadOnlyList<StepInfo> History(int cycles) => BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions
        {
            Method = InferenceMethod.Svgd,
            Particles = 10,
            Hidden = [6],
            Iterations = 200,
            HeldOutShare = 0,
            Annealing = new AnnealingOptions(cycles),
        }).Report.History;
        IReadOnlyList<StepInfo> annealed = History(1), plain = History(0);
        Assert.Equal(25, annealed[0].Iteration);
        Assert.InRange(annealed[0].Spread / plain[0].Spread, 1.1, 100);
    }

    [Fact]
    public void Held_out_rows_are_not_looked_at_before_gradients_count_whole()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(60), new TrainingOptions
        {
            Method = InferenceMethod.Svgd,
            Particles = 4,
            Hidden = [4],
            Iterations = 200,
            Patience = 10,
            Annealing = new AnnealingOptions(2),
        });
        Assert.All(model.Report.History, step => Assert.Equal(step.Iteration < 100, double.IsNaN(step.HeldOutScore)));
        Assert.InRange(model.Report.KeptIteration, 100, 200);
    }

    [Fact]
    public void Gradients_start_from_nothing_in_every_cycle_and_count_whole_afterwards()
    {
        var annealing = new AnnealingOptions(4, 0.5);
        Assert.Equal([0.04, 0.96, 0.0, 0.04], new[] { 1, 24, 25, 26 }.Select(iteration => annealing.GradientWeight(iteration, 200)), Close);
        Assert.All(Enumerable.Range(100, 101), iteration => Assert.Equal(1, annealing.GradientWeight(iteration, 200)));
        Assert.All(Enumerable.Range(1, 200), iteration => Assert.Equal(1, new AnnealingOptions().GradientWeight(iteration, 200)));
    }

    [Theory]
    [InlineData(-1, 0.5, "Annealing has -1 cycles")]
    [InlineData(1, 0, "Annealing takes a share of 0")]
    [InlineData(1, double.NaN, "Annealing takes a share of NaN")]
    [InlineData(201, 0.5, "Annealing has 201 cycles in 2000 iterations; each takes at least 10.")]
    public void Annealing_out_of_range_is_refused(int cycles, double share, string message)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new TrainingOptions { Method = InferenceMethod.Svgd, Annealing = new AnnealingOptions(cycles, share) }.Validate());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-12;

    private static double[][] Draw(int particles, int parameters, double around) =>
        [.. Enumerable.Range(0, particles).Select(_ => new double[parameters])
            .Select((own, s) => Case.Vector(new Random(s), own.Length, 0.5).Select(value => around + value).ToArray())];

    /// <summary>SVGD on the default device, the density's gradient of every parameter computed here.</summary>
    private static double[][] Run(double[][] start, Func<double, double> gradient, TrainingOptions options)
    {
        Device device = DeviceCatalog.Default;
        int count = start.Length, parameters = start[0].Length;
        var shape = new ParticleShape(count, parameters, ParameterLayout.PadToVectors(parameters));
        using DeviceBuffer particles = device.Allocate(count * shape.Stride), gradients = device.Allocate(particles.Length), phi = device.Allocate(particles.Length);
        using DeviceBuffer first = device.Allocate(particles.Length), second = device.Allocate(particles.Length);
        using DeviceBuffer distances = device.AllocateDistances(count), bandwidth = device.Allocate(1);
        particles.Upload(Case.Pack(start, shape.Stride));
        for (int iteration = 1; iteration <= Iterations; iteration++)
        {
            double[][] now = Case.Unpack(particles.ToArray(), parameters, shape.Stride);
            gradients.Upload(Case.Pack([.. now.Select(own => own.Select(gradient).ToArray())], shape.Stride));
            device.PairwiseSquaredDistances(particles, shape, distances);
            device.Bandwidth(distances, count, BandwidthRule.MedianDistance, bandwidth);
            var term = new SteinTerm(options.SteinKernel, (float)options.Annealing.GradientWeight(iteration, Iterations));
            device.SteinDirection(particles, gradients, shape, distances, bandwidth, term, phi);
            double step = 0.05 * new AdamOptions().ShareOfStep(iteration, Iterations);
            device.AdamStep(particles, phi, first, second, shape, new AdamStep(
                (float)step, 0.9f, 0.999f, 1e-8f, (float)(1 / (1 - Math.Pow(0.9, iteration))), (float)(1 / (1 - Math.Pow(0.999, iteration)))));
        }

        return Case.Unpack(particles.ToArray(), parameters, shape.Stride);
    }
}
