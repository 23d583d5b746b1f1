namespace IlgpuBnn.Tests.Networks;

public sealed class FourierFeaturesTests
{
    private static readonly Dataset _data = Runs.Smooth(40);

    public static TheoryData<InferenceMethod> Methods => new()
    {
        new AnchoredEnsemble { Particles = 4, Folds = 2 },
        new Svgd { Particles = 4, EarlyStopping = new EarlyStopping(0) },
        new IndependentParticles { Particles = 4, EarlyStopping = new EarlyStopping(0) },
        new Deterministic { EarlyStopping = new EarlyStopping(0) },
    };

    [Fact]
    public void Frequencies_have_the_sd_kappa_in_every_particle()
    {
        const double kappa = 3;
        const int frequencies = 500;
        var options = new TrainingOptions { Layers = [new FourierFeatures(frequencies, kappa)], Method = new Svgd { Particles = 3 } };
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(2, 1), training: true);
        float[] theta = options.Method.DrawAll(layout, 7);
        ParameterBlock block = layout.Network.FrozenBlocks[0], phase = layout.Network.FrozenBlocks[1];
        float[][] drawn = [.. Enumerable.Range(0, 3).Select(s => theta.AsSpan((s * layout.Stride) + block.Offset, block.Count).ToArray())];
        Assert.All(drawn, own =>
        {
            for (int i = 0; i < 2; i++)
            {
                float[] cosines = own[(2 * i * frequencies)..((2 * i * frequencies) + frequencies)], sines = own[(((2 * i) + 1) * frequencies)..((2 * i * frequencies) + (2 * frequencies))];
                Assert.Equal(cosines, sines);

                // The sd of 500 draws errs by 3 %.
                Assert.Equal(2 * Math.PI * kappa, Math.Sqrt(cosines.Average(b => (double)b * b)), 2 * Math.PI * kappa * 0.12);
            }
        });
        Assert.Equal(3, drawn.Select(own => own[0]).Distinct().Count());
        Assert.All(Enumerable.Range(0, phase.Count), k => Assert.Equal(k < frequencies ? MathF.PI / 2 : 0, theta[phase.Offset + k]));
    }

    /// <summary>Other seeds, other frequencies; they are no parameters of the network, and no step moves them.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void Frequencies_are_drawn_from_the_seed_and_stay(InferenceMethod method)
    {
        var options = new TrainingOptions { Layers = [new FourierFeatures(6, 0.5), new Dense(5)], Method = method, MaxIterations = 40, Seed = 2, SelectEncodings = false };
        BayesianNetwork model = BayesianNetwork.Fit(_data, options);
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(2, 2), training: true);
        float[] drawn = method.DrawAll(layout, options.Seed);
        ParameterBlock block = layout.Network.FrozenBlocks[0];
        float[] expected = [.. Enumerable.Range(0, method.Particles).SelectMany(s => drawn.AsSpan((s * layout.Stride) + block.Offset, block.Count).ToArray())];
        Assert.Equal(expected, Frequencies(model));
        Assert.NotEqual(expected, Frequencies(BayesianNetwork.Fit(_data, options with { Seed = 3 })));

        // 12 features to 5 units to 2 outputs, with biases, and what the method learns besides.
        int besides = method is HierarchicalMethod ? 3 : 0;
        Assert.Equal((13 * 5) + (6 * 2) + besides, model.ParameterCount);
        Assert.Equal(expected, Frequencies(model.Resume(_data, 60)));
    }

    [Fact]
    public void Precisions_per_layer_are_those_of_trained_layers()
    {
        var method = new Svgd { Particles = 2, Prior = new HierarchicalPrior(WeightPrecision: WeightPrecision.PerLayer) };
        var options = new TrainingOptions { Layers = [new FourierFeatures(3), new Dense(4)], Method = method };
        NetworkShape shape = options.LayoutOf(options.BuildNetwork(2, 1), training: true).Shape;
        Assert.Equal([new WeightGroup(0, 7 * 4), new WeightGroup(7 * 4, 5)], shape.WeightGroups);
    }

    [Fact]
    public void Model_files_say_what_older_versions_cannot_read()
    {
        using var folder = new TemporaryFolder();
        foreach ((Layer first, string version) in new (Layer, string)[] { (new FourierFeatures(2), "4"), (new Sine(3, 2), "4"), (new Dense(3), "2") })
        {
            var options = new TrainingOptions { Layers = [first], Method = new Deterministic(), MaxIterations = 3 };
            BayesianNetwork.Fit(_data, options).Save(folder.File("m"));
            Assert.Contains($"\"format_version\":\"{version}\"", File.ReadAllText(folder.File("m")), StringComparison.Ordinal);
            Assert.Equal([first], BayesianNetwork.Load(folder.File("m")).Options.Layers);
        }
    }

    [Fact]
    public void Settings_out_of_range_are_refused() => Assert.All(
        new Layer[] { new FourierFeatures(0), new FourierFeatures(3, 0), new FourierFeatures(3, 2000), new FourierFeatures(3, double.NaN), new Sine(0), new Sine(3, -1) },
        layer => Assert.StartsWith("Hidden layer 1: ", Assert.Throws<ArgumentException>(() => new TrainingOptions { Layers = [layer] }.Validate()).Message, StringComparison.Ordinal));

    private static IReadOnlyList<float> Frequencies(BayesianNetwork model) => model.Parameters().Single(own => own.Name == "layers.0.frequency").Values;
}
