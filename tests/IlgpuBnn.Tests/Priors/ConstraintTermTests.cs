namespace IlgpuBnn.Tests.Priors;

/// <summary>What constraints add to the log density and its gradient.</summary>
public sealed class ConstraintTermTests
{
    private static readonly string[] _targets = ["a", "b", "c"];

    private static readonly ConstraintPrior _prior = new(
        [
            new Monotone("a", "x1"), new Monotone("b", "x1", Rising: false), new Monotone("c", "x3", Rising: false),
            new FixedSum([new SumTerm("a"), new SumTerm("c", -2)], 0.5), new Limits("a", -0.3), new Limits("c", -0.2, 0.4),
        ], Margin: 0.1, Tolerance: 0.3);

    private static readonly Device _device = TestDevices.Open("cpu-256");

    public static TheoryData<string> Networks => ["dense(9,silu) dense(6,tanh)", "dense(7,relu) skip", "linear", "fourier(4,kappa=1) dense(5,silu)"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_and_log_density_are_the_oracles(string network)
    {
        Setting setting = new(network);
        foreach (int iteration in (int[])[1, 2, 300])
        {
            (double[][] gradients, double[] densities) = setting.Added(iteration);
            for (int s = 0; s < gradients.Length; s++)
            {
                (double density, double[] gradient) = setting.Oracle(iteration, s);
                Assert.True(density < -1, "Nothing is violated: the test would say nothing.");
                double largest = gradient.Max(Math.Abs);

                // Differences of outputs, in single precision, divided by a fiftieth.
                new Tolerance(2e-4 * largest, 1e-3).AssertClose(gradient, [.. gradients[s].Take(gradient.Length)], $"gradient of particle {s}");
                Assert.All(gradients[s].Skip(gradient.Length), own => Assert.Equal(0, own));
                Numbers.AssertClose(density, densities[s], absolute: 1e-3, relative: 1e-4);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_is_that_of_the_log_density(string network)
    {
        Setting setting = new(network);
        double[] theta = setting.Given.Particles[0];
        (double[][] gradients, _) = setting.Added(1);
        (_, double[] oracle) = setting.Oracle(1, 0);
        double largest = oracle.Max(Math.Abs);
        for (int p = 0; p < oracle.Length; p++)
        {
            // By the oracle's log density, as single precision has too few digits for differences of it.
            const double Step = 1e-5;
            double[] above = [.. theta], below = [.. theta];
            (above[p], below[p]) = (theta[p] + Step, theta[p] - Step);
            double expected = (setting.Oracle(1, above).LogDensity - setting.Oracle(1, below).LogDensity) / (2 * Step);
            Numbers.AssertClose(expected, gradients[0][p], absolute: 3e-4 * largest, relative: 2e-3);
        }
    }

    [Fact]
    public void Points_lie_all_over_the_box_and_pairs_differ_in_one_input()
    {
        Setting setting = new("linear");
        double[][] rows = setting.RowsOf(1, 256);
        for (int i = 0; i < 3; i++)
        {
            double[] values = [.. rows.Select(row => row[i])];

            // The range from -1 to 2 and a tenth more, in tenths.
            double[] counts = [.. Enumerable.Range(0, 10).Select(k => (double)values.Count(value => (int)((value + 1.3) / 0.36) == k) / values.Length)];
            Assert.All(counts, count => Assert.InRange(count, 0.09, 0.11));
            Assert.Equal(-1.3, values.Min(), 1e-2);
            Assert.Equal(2.3, values.Max(), 1e-2);
        }

        (int Input, double Step)[] differences =
            [.. rows.Chunk(2).SelectMany(pair => Enumerable.Range(0, 3).Where(i => pair[0][i] != pair[1][i]).Select(i => (i, pair[1][i] - pair[0][i])))];
        Assert.Equal(rows.Length / 2, differences.Length);
        Assert.Equal([0, 2], differences.Select(own => own.Input).Distinct().Order());
        Assert.All(differences, own => Assert.Equal(0.06, own.Step, 1e-5));
    }

    /// <summary>Three inputs from -1 to 2, three targets.</summary>
    private sealed class Setting
    {
        private readonly Standardisation _targetScaling = new([0.1, -0.2, 0.3], [0.5, 2, 1.5]);
        private readonly TableEncoding _encoding;
        private readonly Dictionary<int, double[][]> _points = [];

        public Setting(string network)
        {
            Given = new Case(new TrainingOptions { Layers = NetworkDescription.Parse(network), Method = new IndependentParticles { Particles = 2 } }, 3, 3, 21, seed: 5, particleScale: 1);
            var data = new Dataset(new double[3, 3] { { -1, 2, -1 }, { 2, -1, 2 }, { 0, 0, 0 } }, new double[3, 3], ["x1", "x2", "x3"], _targets);
            _encoding = TableEncoding.Plain(data);
        }

        public Case Given { get; }

        /// <summary>Gradients and log densities with the term, less those without.</summary>
        public (double[][] Gradients, double[] Densities) Added(int iteration)
        {
            float[] packed = Given.Packed();
            using DeviceBuffer particles = _device.Allocate(packed.Length);
            particles.Upload(packed);
            using DeviceRows rows = Given.Upload(_device);
            (double[][] Gradients, double[] Densities)[] both = [.. new[] { true, false }.Select(Evaluate)];
            return ([.. both[0].Gradients.Zip(both[1].Gradients, (own, without) => own.Zip(without, (a, b) => a - b).ToArray())],
                [.. both[0].Densities.Zip(both[1].Densities, (own, without) => own - without)]);

            (double[][] Gradients, double[] Densities) Evaluate(bool constrained)
            {
                using LogPosterior target = new(
                    _device, Given.Layout, Given.Options.UsedLikelihood, Given.Options.Method.GradientOfPrior(_device, Given.Layout, packed), null, 2, rows.Stride,
                    constrained ? Rows() : null);
                target.Gradient(particles, Case.All(rows), iteration);
                return (Case.Unpack(target.Gradients.ToArray(), Given.Layout.ParameterCount, Given.Layout.Stride), target.LogDensity(particles));
            }
        }

        public (double LogDensity, double[] Gradient) Oracle(int iteration, int particle) => Oracle(iteration, Given.Particles[particle]);

        public (double LogDensity, double[] Gradient) Oracle(int iteration, double[] theta)
        {
            double[][] points = _points.TryGetValue(iteration, out double[][]? known) ? known : _points[iteration] = RowsOf(iteration);
            var x = new double[points.Length, 3];
            List<ReferenceConstraint> all = [];
            double strength = 21 / (0.3 * 0.3);

            // The sum is of 0.5 and -3 standardised outputs; what a unit too much of it takes from the two.
            double total = 0.5 - 0.1 + (2 * 0.3), size = (0.5 * 0.5) + (3 * 3);
            (int, double)[] a = [(0, 1 - (0.25 / size)), (2, 1.5 / size)], c = [(0, 1.5 / size), (2, 1 - (9 / size))];
            double ofA = 0.5 * total / size, ofC = -3 * total / size;
            for (int n = 0; n < points.Length; n++)
            {
                (x[n, 0], x[n, 1], x[n, 2]) = (points[n][0], points[n][1], points[n][2]);
                double weight = strength / points.Length;
                all.Add(ReferenceConstraint.AtLeast(weight, n, a, ((-0.3 - 0.1) / 0.5) - ofA));
                all.Add(ReferenceConstraint.AtLeast(weight, n, c, ((-0.2 - 0.3) / 1.5) - ofC));
                all.Add(ReferenceConstraint.AtMost(weight, n, c, ((0.4 - 0.3) / 1.5) - ofC));
                if (n % 2 == 0)
                {
                    bool byFirst = points[n][0] != points[n + 1][0];
                    int pairs = Enumerable.Range(0, points.Length / 2).Count(p => points[2 * p][0] != points[(2 * p) + 1][0] == byFirst);
                    all.AddRange((byFirst ? [(a, 1), ([(1, 1)], -1)] : new[] { (c, -1) }).Select(own => ReferenceConstraint.Slope(strength / pairs, n, n + 1, own.Item1, own.Item2, 0.02)));
                }
            }

            return ReferenceConstraint.Of(all, Given.Posterior.Network, theta, x);
        }

        /// <summary>Points of some iterations.</summary>
        public double[][] RowsOf(int first, int count = 1)
        {
            using ConstraintRows rows = Rows();
            return
            [
                .. Enumerable.Range(first, count).SelectMany(iteration =>
                {
                    (DeviceRows data, RowRange range, _) = rows.Of(iteration);
                    float[] inputs = data.Inputs.ToArray();
                    return Enumerable.Range(range.Start, range.Count).Select(n => Enumerable.Range(0, 3).Select(i => (double)inputs[(i * data.Stride) + n]).ToArray());
                }),
            ];
        }

        private ConstraintRows Rows() => new(_device, _prior, _encoding, _targets, Standardisation.None(3), _targetScaling, 21, seed: 7);
    }
}
