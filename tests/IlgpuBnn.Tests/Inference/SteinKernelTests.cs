namespace IlgpuBnn.Tests.Inference;

/// <summary>The inverse multiquadric kernel and annealing, each on what it is made for.</summary>
public sealed class SteinKernelTests
{
    private const int Iterations = 1500;

    private static readonly EarlyStopping _never = new(ValidationFraction: 0);

    [Theory]
    [InlineData(20, 10, 1.6)]
    [InlineData(40, 40, 2.5)]
    public void Of_many_dimensions_the_inverse_multiquadric_keeps_more_of_the_variance(int particles, int parameters, double atLeast)
    {
        // A standard normal distribution, of which SVGD with few particles is known to keep a fraction.
        double Variance(SteinKernel kernel) => Run(Draw(particles, parameters, 0), value => -value, new Svgd { Kernel = kernel })
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
        double FractionAtTheOther(int cycles) => Run(
            Draw(20, 1, 4), Gradient, new Svgd { Kernel = kernel, Annealing = new AnnealingOptions(cycles) }).Average(own => own[0] < 0 ? 1.0 : 0);
        Assert.Equal(0, FractionAtTheOther(0));
        Assert.InRange(FractionAtTheOther(3), 0.05, 0.85);
    }

    [Fact]
    public void Networks_of_the_inverse_multiquadric_have_more_of_the_posteriors_spread()
    {
        double Ratio(SteinKernel kernel) => BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions
        {
            HiddenUnits = [8],
            MaxIterations = 1500,
            Method = new Svgd { Particles = 20, Kernel = kernel, EarlyStopping = _never },
        }).Report.History[^1].SteinIdentityRatio;
        double gaussian = Ratio(SteinKernel.Gaussian), multiquadric = Ratio(SteinKernel.InverseMultiquadric);
        Assert.InRange(multiquadric, 1.5 * gaussian, 1.2);
    }

    [Fact]
    public void Networks_spread_further_while_a_training_is_annealed()
    {
        IReadOnlyList<StepInfo> History(int cycles) => BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions
        {
            HiddenUnits = [6],
            MaxIterations = 200,
            Method = new Svgd { Particles = 10, EarlyStopping = _never, Annealing = new AnnealingOptions(cycles) },
        }).Report.History;
        IReadOnlyList<StepInfo> annealed = History(1), plain = History(0);
        Assert.Equal(25, annealed[0].Iteration);
        Assert.InRange(annealed[0].Spread / plain[0].Spread, 1.1, 100);
    }

    [Fact]
    public void Validation_rows_are_not_looked_at_before_gradients_count_whole()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(60), new TrainingOptions
        {
            HiddenUnits = [4],
            MaxIterations = 200,
            Method = new Svgd { Particles = 4, EarlyStopping = new EarlyStopping(Patience: 10), Annealing = new AnnealingOptions(2) },
        });
        Assert.All(model.Report.History, step => Assert.Equal(step.Iteration < 100, double.IsNaN(step.ValidationScore)));
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
    [InlineData(1, 0, "Annealing takes a fraction of 0")]
    [InlineData(1, double.NaN, "Annealing takes a fraction of NaN")]
    [InlineData(201, 0.5, "Annealing has 201 cycles in 2000 iterations; each takes at least 10.")]
    public void Annealing_out_of_range_is_refused(int cycles, double fraction, string message)
    {
        var options = new TrainingOptions { Method = new Svgd { Annealing = new AnnealingOptions(cycles, fraction) } };
        ArgumentException error = Assert.Throws<ArgumentException>(options.Validate);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-12;

    private static double[][] Draw(int particles, int parameters, double around) =>
        [.. Enumerable.Range(0, particles).Select(_ => new double[parameters])
            .Select((own, s) => Case.Vector(new Random(s), own.Length, 0.5).Select(value => around + value).ToArray())];

    /// <summary>SVGD on the default device, the density's gradient of every parameter computed here.</summary>
    private static double[][] Run(double[][] start, Func<double, double> gradient, Svgd method)
    {
        Device device = DeviceCatalog.Default;
        int count = start.Length, parameters = start[0].Length;
        var shape = new ParticleShape(count, parameters, Alignment.Pad(parameters));
        using DeviceBuffer particles = device.Allocate(count * shape.Stride), gradients = device.Allocate(particles.Length), phi = device.Allocate(particles.Length);
        using DeviceBuffer first = device.Allocate(particles.Length), second = device.Allocate(particles.Length);
        using DeviceBuffer distances = device.AllocateDistances(count), bandwidth = device.Allocate(1);
        particles.Upload(Case.Pack(start, shape.Stride));
        first.Clear();
        second.Clear();
        for (int iteration = 1; iteration <= Iterations; iteration++)
        {
            double[][] now = Case.Unpack(particles.ToArray(), parameters, shape.Stride);
            gradients.Upload(Case.Pack([.. now.Select(own => own.Select(gradient).ToArray())], shape.Stride));
            device.PairwiseSquaredDistances(particles, shape, distances);
            device.Bandwidth(distances, count, BandwidthRule.MedianDistance, bandwidth);
            var term = new SteinTerm(method.Kernel, (float)method.Annealing.GradientWeight(iteration, Iterations));
            device.SteinDirection(particles, gradients, shape, distances, bandwidth, term, phi);
            var adam = new AdamOptions();
            device.AdamStep(particles, phi, first, second, shape, adam.Step(0.05 * adam.StepFactor(iteration, Iterations), iteration));
        }

        return Case.Unpack(particles.ToArray(), parameters, shape.Stride);
    }
}
