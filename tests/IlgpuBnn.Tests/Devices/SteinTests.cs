namespace IlgpuBnn.Tests.Devices;

/// <summary>Distances, bandwidth, Stein direction and whole steps of every device against the oracle.</summary>
[Long]
public sealed class SteinTests
{
    // Single precision over some thousand terms.
    private static readonly Tolerance Single = new(1e-5, 3e-5);

    // Then around the larger tiles of processors and GPUs; and more than a tile of particles, than one group can sort, than one group sums up.
    [Theory]
    [InlineData(1, 3, true)]
    [InlineData(2, 1, true)]
    [InlineData(5, 17, true)]
    [InlineData(18, 40, true)]
    [InlineData(130, 5, true)]
    [InlineData(4, 300, true)]
    [InlineData(3, 16, false)]
    [InlineData(31, 40, false)]
    [InlineData(33, 129, false)]
    [InlineData(70, 7, false)]
    [InlineData(150, 5, false)]
    [InlineData(4, 4100, false)]
    public void Distances_and_direction_agree(int particles, int parameters, bool slow)
    {
        IEnumerable<string> all = particles == 18 ? TestDevices.WithLargerGroups : TestDevices.WithoutLayers;
        bool many = particles > 130 || particles == 70 || parameters > 4000;
        CheckDirection(particles, parameters, slow ? all.ForManyShapes() : many ? all.ForLargeShapes() : all.ForLargeShapes().ForManyShapes());
    }

    [Fact]
    public void Numbers_too_small_for_their_format_become_0_on_a_processor()
    {
        foreach (string name in TestDevices.Processors)
        {
            Device device = TestDevices.Open(name);
            var shape = new ParticleShape(1, 16, 16);
            float[] tiny = [.. Enumerable.Repeat(1e-40f, 15), 0.25f];
            using DeviceBuffer theta = device.Allocate(16), phi = device.Allocate(16), first = device.Allocate(16), second = device.Allocate(16);
            phi.Clear();
            theta.Upload(tiny);
            first.Upload(tiny);
            second.Upload(tiny);
            device.AdamStep(theta, phi, first, second, shape, new AdamStep(0.01f, 0.9f, 0.999f, 1e-8f, 1, 1));
            Assert.All(new[] { theta, first, second }, buffer => Assert.All(buffer.ToArray()[..15], value => Assert.Equal(0f, value)));
            Assert.Equal([0.225f, 0.24975f], new[] { first.ToArray()[15], second.ToArray()[15] });
        }
    }

    [Theory]
    [InlineData(BandwidthRule.MedianDistance, 28.114)]
    [InlineData(BandwidthRule.LiuWang, 15.533)]
    public void Bandwidth_of_four_known_particles_is_pinned(BandwidthRule rule, double expected)
    {
        double[][] theta = [[1, 2], [10, 5], [7, 3], [2, -1]];
        foreach (string name in TestDevices.WithoutLayers)
        {
            Assert.Equal(expected, BandwidthOf(TestDevices.Open(name), theta, rule), 5e-4);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(20)]
    public void Bandwidth_agrees_with_ties_and_both_parities(int particles)
    {
        // Few different values: most distances are tied, some are 0.
        var random = new Random(particles);
        double[][] theta = [.. Enumerable.Range(0, particles).Select(_ => new double[] { random.Next(3), random.Next(2) })];
        double[,] distances = ReferenceStein.SquaredDistances(theta);
        foreach (string name in TestDevices.WithoutLayers.ForManyShapes())
        {
            Device device = TestDevices.Open(name);
            Single.AssertClose(ReferenceStein.MedianBandwidth(distances), BandwidthOf(device, theta, BandwidthRule.MedianDistance), "median");
            Single.AssertClose(ReferenceStein.LiuWangBandwidth(distances), BandwidthOf(device, theta, BandwidthRule.LiuWang), "Liu and Wang");
        }
    }

    [Theory]
    [InlineData(90, 0)]
    [InlineData(91, 0)]
    [InlineData(90, 40)]
    [InlineData(91, 63)]
    [InlineData(128, 127)]
    public void Bandwidth_agrees_for_many_particles_in_groups_that_mislead_a_sample(int particles, int together)
    {
        // Some particles almost in one place, far from the others: few distances lie near the median.
        var random = new Random(particles);
        double[][] theta =
        [
            .. Enumerable.Range(0, particles).Select(s => Case.Vector(random, 3, s < together ? 1e-4 : 1).Select(v => s < together ? v + 50 : v).ToArray()),
        ];
        double[,] distances = ReferenceStein.SquaredDistances([.. theta.Select(t => t.Select(v => (double)(float)v).ToArray())]);
        foreach (string name in TestDevices.WithoutLayers.ForManyShapes().Where(name => particles < 91 || !TestDevices.IsSlow(name)))
        {
            Device device = TestDevices.Open(name);
            Single.AssertClose(ReferenceStein.MedianBandwidth(distances), BandwidthOf(device, theta, BandwidthRule.MedianDistance), "median");
            Single.AssertClose(ReferenceStein.LiuWangBandwidth(distances), BandwidthOf(device, theta, BandwidthRule.LiuWang), "Liu and Wang");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Bandwidth_of_particles_in_one_place_is_1(int particles)
    {
        double[][] theta = [.. Enumerable.Range(0, particles).Select(_ => new[] { 0.25, -3 })];
        foreach (string name in TestDevices.WithoutLayers.ForManyShapes())
        {
            Assert.Equal(1.0, BandwidthOf(TestDevices.Open(name), theta, BandwidthRule.MedianDistance));
            Assert.Equal(1.0, BandwidthOf(TestDevices.Open(name), theta, BandwidthRule.LiuWang));
        }
    }

    public static TheoryData<InferenceMethod> Methods => new()
    {
        new Svgd { Particles = 6 },
        new Svgd { Particles = 6, Bandwidth = BandwidthRule.LiuWang },
        new Svgd { Particles = 1 },
        new IndependentParticles { Particles = 6 },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void Whole_steps_agree(InferenceMethod method) => AssertSteps(
        () => Case.Common(new() { Activation = Activation.Tanh, Method = method }), TestDevices.Names.ForWholeSteps());

    /// <summary>Distances and directions are those of what is trained, over more parameters than a chunk of them; the rest keeps its bits.</summary>
    [Theory]
    [InlineData(SteinKernel.Gaussian)]
    [InlineData(SteinKernel.InverseMultiquadric)]
    public void Whole_steps_agree_beside_frequencies_that_are_not_trained(SteinKernel kernel)
    {
        var options = new TrainingOptions
        {
            Layers = [new FourierFeatures(11), new Dense(7, Activation.Tanh)],
            Method = new Svgd { Particles = 6, Kernel = kernel },
        };
        AssertSteps(() => new Case(options, 3, 2, 19), kernel == SteinKernel.Gaussian ? TestDevices.Names.ForManyShapes() : [], 3);
        foreach (string name in TestDevices.Names.ForManyShapes())
        {
            var given = new Case(options, 3, 2, 19);
            using DeviceRows rows = given.Upload(TestDevices.Open(name));
            using ISampler sampler = given.Start(TestDevices.Open(name), rows.Stride);
            sampler.Step(Case.All(rows), given.StepSize, 1);
            float[] before = given.Packed(), after = sampler.Particles.ToArray();
            int first = given.Layout.Network.FrozenBlocks[0].Offset, stride = given.Layout.Stride;
            Assert.All(Enumerable.Range(0, 6), s => Assert.Equal(before[((s * stride) + first)..((s + 1) * stride)], after[((s * stride) + first)..((s + 1) * stride)]));
            Assert.NotEqual(before[..first], after[..first]);
        }
    }

    private static void AssertSteps(Func<Case> make, IEnumerable<string> devices, int most = 10)
    {
        foreach (string name in devices)
        {
            Case given = make();
            Device device = TestDevices.Open(name);
            using DeviceRows rows = given.Upload(device);
            using ISampler sampler = given.Start(device, rows.Stride);
            double[][] expected = given.Particles;
            ReferenceSvgd reference = given.Reference();
            for (int iteration = 1; iteration <= (TestDevices.IsSlow(name) ? Math.Min(most, 3) : most); iteration++)
            {
                sampler.Step(Case.All(rows), given.StepSize, 1);
                reference.Step(expected, given.Inputs, given.Targets, given.Rows);

                // Ten Adam steps of 0.01: where a gradient is near 0, rounding decides more of its direction.
                new Tolerance(iteration == 1 ? 2e-6 : 2e-4, 1e-5).AssertClose(
                    [.. expected.Select(given.Own)], Case.Unpack(sampler.Particles.ToArray(), given.Layout.ParameterCount, given.Layout.Stride),
                    $"particles on {name} after {iteration}");
            }
        }
    }

    [Fact]
    public void Permuting_particles_permutes_phi()
    {
        foreach (string name in TestDevices.WithoutLayers.ForManyShapes())
        {
            Device device = TestDevices.Open(name);
            var random = new Random(8);
            double[][] theta = Case.Vectors(random, 9, 21, 1), gradients = Case.Vectors(random, 9, 21, 5);
            int[] order = [4, 8, 0, 2, 7, 1, 3, 6, 5];
            double[][] direct = Direction(device, theta, gradients);
            double[][] permuted = Direction(device, [.. order.Select(s => theta[s])], [.. order.Select(s => gradients[s])]);
            new Tolerance(1e-5, 1e-5).AssertClose([.. order.Select(s => direct[s])], permuted, $"phi on {name}");
        }
    }

    [Fact]
    public void Spread_grows_where_the_density_is_constant()
    {
        foreach (string name in TestDevices.WithoutLayers.ForManyShapes())
        {
            Device device = TestDevices.Open(name);
            double[][] theta = Case.Vectors(new Random(5), 12, 6, 1);
            double before = MeanSquaredDistance(theta);
            for (int iteration = 0; iteration < 20; iteration++)
            {
                double[][] phi = Direction(device, theta, [.. theta.Select(t => new double[t.Length])]);
                theta = [.. theta.Select((t, s) => t.Select((v, p) => v + (0.1 * phi[s][p])).ToArray())];
            }

            Assert.True(MeanSquaredDistance(theta) > 1.05 * before, $"{name}: {before} became {MeanSquaredDistance(theta)}");
        }
    }

    private static void CheckDirection(int particles, int parameters, IEnumerable<string> devices)
    {
        var random = new Random(3);
        double[][] theta = Case.Vectors(random, particles, parameters, 0.7), gradients = Case.Vectors(random, particles, parameters, 20);
        double[,] expectedDistances = ReferenceStein.SquaredDistances(theta);
        double h = ReferenceStein.MedianBandwidth(expectedDistances);
        SteinTerm[] terms =
        [
            new(SteinKernel.Gaussian, 1), new(SteinKernel.InverseMultiquadric, 1), new(SteinKernel.Gaussian, 0.25f), new(SteinKernel.InverseMultiquadric, 0),
        ];
        double[][][] directions =
        [
            .. terms.Select(term => ReferenceStein.Direction(
                theta, gradients, h, term.Kernel == SteinKernel.InverseMultiquadric, term.GradientWeight)),
        ];
        foreach (string name in devices)
        {
            SteinStep step = SteinStep.Of(TestDevices.Open(name), theta, gradients, BandwidthRule.MedianDistance, terms);
            if (step.Distances.Length > 0)
            {
                Single.AssertClose([.. expectedDistances.Cast<double>()], step.Distances, $"distances on {name}");
            }

            Single.AssertClose(h, step.Bandwidth, $"bandwidth on {name}");
            for (int k = 0; k < terms.Length; k++)
            {
                new Tolerance(1e-4, 1e-4).AssertClose(
                    directions[k], Case.Unpack(step.Phi[k], parameters, Alignment.Pad(parameters)), $"phi of {terms[k]} on {name}");
            }
        }
    }

    private static double MeanSquaredDistance(double[][] theta) => ReferenceStein.SquaredDistances(theta).Cast<double>().Average();

    private static double BandwidthOf(Device device, double[][] theta, BandwidthRule rule)
    {
        var shape = new ParticleShape(theta.Length, theta[0].Length, Alignment.Pad(theta[0].Length));
        using DeviceBuffer particles = Case.Upload(device, theta), distances = device.AllocateDistances(theta.Length), bandwidth = device.Allocate(1);
        device.PairwiseSquaredDistances(particles, shape, distances);
        device.Bandwidth(distances, theta.Length, rule, bandwidth);
        return bandwidth.ToArray()[0];
    }

    private static double[][] Direction(Device device, double[][] theta, double[][] gradients) => Case.Unpack(
        SteinStep.Of(device, theta, gradients, BandwidthRule.MedianDistance, SteinTerm.Plain).Phi[0], theta[0].Length, Alignment.Pad(theta[0].Length));
}
