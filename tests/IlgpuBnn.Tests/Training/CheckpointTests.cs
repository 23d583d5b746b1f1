using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Training;

public sealed class CheckpointTests
{
    private static readonly Dataset _data = Runs.Smooth(60);

    private static readonly Dictionary<string, TrainingOptions> _cases = new()
    {
        ["anchored ensemble with a candidate"] = new() { HiddenUnits = [4], Method = new AnchoredEnsemble { Particles = 6, Folds = 3 }, Seed = 3 },
        ["anchored ensemble, minibatches"] = new() { HiddenUnits = [4], Method = new AnchoredEnsemble { Particles = 6, Folds = 3 }, MaxIterations = 900, BatchSize = 14 },
        ["anchored ensemble, output layer solved for"] = new() { HiddenUnits = [4], LastActivation = Activation.Tanh, Method = new AnchoredEnsemble { Particles = 6, Folds = 3, SolveOutputLayer = true }, Seed = 3 },
        ["principal components, chosen"] = new()
        {
            HiddenUnits = [4],
            Method = new AnchoredEnsemble { Particles = 6, Folds = 3 },
            MaxIterations = 600,
            Components = new PrincipalComponents(),
        },
        ["SVGD, minibatches, early stopping"] = new()
        {
            HiddenUnits = [5],
            Likelihood = new StudentTLikelihood(5),
            Method = new Svgd { Particles = 9, EarlyStopping = new EarlyStopping(0.2, 400), Annealing = new AnnealingOptions(2) },
            MaxIterations = 1500,
            BatchSize = 16,
        },
        ["independent particles"] = new() { HiddenUnits = [5], Method = new IndependentParticles { Particles = 4 }, MaxIterations = 1500 },
        ["Fourier features, kappa chosen"] = new()
        {
            Layers = [new FourierFeatures(4, null), new Dense(5, Activation.Tanh)],
            Method = new AnchoredEnsemble { Particles = 6, Folds = 3 },
            MaxIterations = 300,
        },
        ["gradient descent with momentum"] = new()
        {
            HiddenUnits = [4],
            Method = new AnchoredEnsemble { Particles = 6, Folds = 3 },
            MaxIterations = 900,
            BatchSize = 14,
            GradientDescent = new GradientDescent(),
        },
        ["deterministic"] = new() { HiddenUnits = [5], Method = new Deterministic(), MaxIterations = 1500, BatchSize = 20 },
    };

    private static readonly TrainingOptions _trying = new() { HiddenUnits = [4], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, MaxIterations = 60, BatchSize = 40 };

    private static readonly Dataset _skewed = SkewedRows.Make();

    public static TheoryData<string> Cases => [.. _cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_training_that_is_killed_again_and_again_ends_with_the_same_bits(string name)
    {
        TrainingOptions options = _cases[name];
        using Device device = DeviceCatalog.Open("cpu");
        BayesianNetwork undisturbed = BayesianNetwork.Fit(_data, options, device);
        var store = new MemoryStore();
        (BayesianNetwork model, int kills) = Survive(store, checkpoints => BayesianNetwork.Fit(_data, options, device, checkpoints: checkpoints));
        Assert.InRange(kills, 3, 10000);
        SameModel.Assert(undisturbed, model, _data);
    }

    [Fact]
    public void A_training_that_continues_a_model_does_so_too()
    {
        TrainingOptions options = _cases["anchored ensemble, minibatches"];
        BayesianNetwork earlier = BayesianNetwork.Fit(_data, options with { MaxIterations = 30 });
        BayesianNetwork undisturbed = earlier.Resume(_data, 900);
        (BayesianNetwork model, _) = Survive(new MemoryStore(), checkpoints => earlier.Resume(_data, 900, checkpoints: checkpoints));
        SameModel.Assert(undisturbed, model, _data);

        // And is not mistaken for one of another model.
        MemoryStore store = StoppedEarly(checkpoints => earlier.Resume(_data, 900, checkpoints: checkpoints));
        BayesianNetwork another = BayesianNetwork.Fit(_data, options with { MaxIterations = 31 });
        Refused(store, "a training that continued from another model", checkpoints => another.Resume(_data, 900, checkpoints: checkpoints));
    }

    [Fact]
    public void Encodings_that_were_tried_are_not_tried_again()
    {
        // As it is, on two other scales, with a logarithm, and with a category; without relevances and with.
        const int trials = 7;
        BayesianNetwork undisturbed = BayesianNetwork.Fit(_skewed, _trying);
        Assert.Equal([new LogTransform()], undisturbed.TargetTransforms);
        var store = new MemoryStore();
        for (int kills = 1; kills <= trials; kills++)
        {
            store.WritesLeft = 1;
            Assert.Throws<KilledException>(() => BayesianNetwork.Fit(_skewed, _trying, checkpoints: new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 }));
            Assert.Equal(kills, TrialsIn(store));
        }

        // The next checkpoint is the first of the training itself: no trial was left.
        store.WritesLeft = 1;
        Assert.Throws<KilledException>(() => BayesianNetwork.Fit(_skewed, _trying, checkpoints: new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 }));
        Assert.Equal(0, TrialsIn(store));
        store.WritesLeft = int.MaxValue;
        SameModel.Assert(undisturbed, BayesianNetwork.Fit(_skewed, _trying, checkpoints: new Checkpoints(store)), _skewed);
    }

    [Fact]
    public void A_training_that_is_cancelled_while_encodings_are_tried_keeps_the_trials_before()
    {
        var store = new MemoryStore();
        using var source = new CancellationTokenSource();
        store.Written = () =>
        {
            if (TrialsIn(store) == 2)
            {
                source.Cancel();
            }
        };
        TrainingCancelledException cancelled = Assert.Throws<TrainingCancelledException>(
            () => BayesianNetwork.Fit(_skewed, _trying, checkpoints: new Checkpoints(store) { Share = 0 }, cancellation: source.Token));
        Assert.Null(cancelled.Model);
        Assert.Equal(2, TrialsIn(store));
        store.Written = null;
        SameModel.Assert(BayesianNetwork.Fit(_skewed, _trying), BayesianNetwork.Fit(_skewed, _trying, checkpoints: new Checkpoints(store)), _skewed);
    }

    [Fact]
    public void Trials_that_were_too_quick_to_write_are_written_when_it_is_cancelled()
    {
        List<int> written = [];
        var checkpoints = new Checkpointing("memory", null, TimeSpan.Zero, int.MaxValue, checkpoint =>
        {
            written.Add(checkpoint.Trials.Count);
            Thread.Sleep(1);
        });
        checkpoints.Begin((trials, stage) => new Checkpoint(TimeSpan.Zero, null, [], [.. trials], stage, null));
        var trials = new EncodingTrials(1, [], checkpoints);
        for (int k = 0; k < 3; k++)
        {
            trials.Next(() => new EncodingTrial([0], [0]));
        }

        Assert.Equal([1], written);
        Assert.Throws<OperationCanceledException>(() => trials.Next(() => throw new OperationCanceledException()));
        Assert.Equal([1, 3], written);
    }

    [Fact]
    public void A_training_that_goes_on_on_another_device_says_so()
    {
        TrainingOptions options = _cases["independent particles"] with { MaxIterations = 50 };
        MemoryStore store = StoppedEarly(checkpoints => BayesianNetwork.Fit(_data, options, checkpoints: checkpoints));
        byte[] bytes = store.Content!;
        string here = $"{DeviceCatalog.Default.Description.Name} ({DeviceCatalog.Default.Description.Backend})";
        Assert.Empty(NotesOf(here));
        Assert.Contains("written on a Cray\\u001b (Vector4096)", Assert.Single(NotesOf("a Cray\\u001b (Vector4096)")), StringComparison.Ordinal);

        // Also when it is stopped once more, and goes on here.
        var twice = new MemoryStore { Content = Changed("a PDP-11 (scalar)"), WritesLeft = 1 };
        Assert.Throws<KilledException>(() => BayesianNetwork.Fit(_data, options, checkpoints: new Checkpoints(twice) { Interval = TimeSpan.Zero, Share = 0 }));
        twice.WritesLeft = int.MaxValue;
        Assert.Contains("PDP-11", Assert.Single(BayesianNetwork.Fit(_data, options, checkpoints: new Checkpoints(twice)).Report.Notes), StringComparison.Ordinal);

        IReadOnlyList<string> NotesOf(string device) =>
            BayesianNetwork.Fit(_data, options, checkpoints: new Checkpoints(new MemoryStore { Content = Changed(device) })).Report.Notes;

        byte[] Changed(string device)
        {
            SafetensorsFile file = SafetensorsFile.Read(new MemoryStream(bytes), "memory");
            Assert.Equal(here, file.Metadata["device"]);
            var changed = new MemoryStream();
            SafetensorsFile.Write(changed, file.Tensors, new Dictionary<string, string>(file.Metadata) { ["device"] = device });
            return changed.ToArray();
        }
    }

    [Fact]
    public void A_cancelled_training_goes_on_from_where_it_was()
    {
        TrainingOptions options = _cases["SVGD, minibatches, early stopping"];
        var store = new MemoryStore();
        using var source = new CancellationTokenSource();
        var stop = new Relay<TrainingProgress>(progress =>
        {
            if (progress.Completed >= 300)
            {
                source.Cancel();
            }
        });
        var rare = new Checkpoints(store) { Interval = TimeSpan.FromDays(1) };
        Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(_data, options, null, stop, rare, source.Token));
        int first = 0;
        BayesianNetwork model = BayesianNetwork.Fit(
            _data, options, null, new Relay<TrainingProgress>(progress => first = first == 0 ? progress.Completed : first), checkpoints: rare);
        Assert.Equal(325, first);
        SameModel.Assert(BayesianNetwork.Fit(_data, options), model, _data);
    }

    [Fact]
    public void A_search_that_is_killed_again_and_again_goes_on_with_the_trainings_there_were()
    {
        // As long as it takes to exhaust the changes would be too long: it is told to stop after the fourth training.
        TrainingOptions options = _cases["anchored ensemble, minibatches"] with { MaxIterations = 300 };
        SearchResult undisturbed = Search(null);
        (SearchResult result, int kills) = Survive(new MemoryStore(), Search);
        Assert.InRange(kills, 3, 10000);
        Assert.Equal(undisturbed.Steps.Select(step => (step.Change, step.Score, step.IsBest)), result.Steps.Select(step => (step.Change, step.Score, step.IsBest)));
        SameModel.Assert(undisturbed.Model, result.Model, _data);

        SearchResult Search(Checkpoints? checkpoints)
        {
            using var source = new CancellationTokenSource();
            var stop = new Relay<SearchStep>(step =>
            {
                if (step.Change.StartsWith("training noise times", StringComparison.Ordinal))
                {
                    source.Cancel();
                }
            });
            return HyperparameterSearch.Run(_data, TimeSpan.FromHours(1), options, null, stop, checkpoints, source.Token);
        }
    }

    [Fact]
    public void A_checkpoint_of_another_training_is_refused_by_name()
    {
        TrainingOptions options = _cases["independent particles"];
        MemoryStore store = StoppedEarly(checkpoints => BayesianNetwork.Fit(_data, options, checkpoints: checkpoints));
        Other(_data, options with { Seed = 1 }, "other options (seed: 0 there, 1 here)");
        Other(_data, options with { Method = new IndependentParticles { Particles = 5 } }, "method.particles: 4 there, 5 here");
        Other(_data, options with { Method = new Svgd { Particles = 4 } }, "method.kind: independent-particles there, svgd here");
        Other(_data.SelectRows([.. Enumerable.Range(0, 50)]), options, "a training on 60 rows, and here are 50");
        Other(_data.SelectRows([.. Enumerable.Range(0, 60).Reverse()]), options, "a training on other values");
        Other(new Dataset(_data.Inputs, _data.Targets, ["u", "v"], _data.TargetNames), options, "other inputs or targets");
        Refused(store, "a training, and this is a search", checkpoints => HyperparameterSearch.Run(_data, TimeSpan.FromHours(1), checkpoints: checkpoints));

        void Other(Dataset data, TrainingOptions own, string message) =>
            Refused(store, message, checkpoints => BayesianNetwork.Fit(data, own, checkpoints: checkpoints));
    }

    [Fact]
    public void A_checkpoint_of_other_components_is_refused()
    {
        TrainingOptions options = _cases["anchored ensemble, minibatches"] with { Components = new PrincipalComponents(2) };
        MemoryStore store = StoppedEarly(checkpoints => BayesianNetwork.Fit(_data, options, checkpoints: checkpoints));
        Other(options with { Components = new PrincipalComponents(1) }, "components.count: 2 there, 1 here");
        Other(options with { Components = null }, "a training with other options (components: ");
        string text = System.Text.Encoding.Latin1.GetString(store.Content!);
        Assert.Contains("\"components\":\"2\"", text, StringComparison.Ordinal);
        byte[] changed = System.Text.Encoding.Latin1.GetBytes(text.Replace("\"components\":\"2\"", "\"components\":\"9\"", StringComparison.Ordinal));
        Refused(store with { Content = changed }, "there are 9 components of 2 targets", checkpoints => BayesianNetwork.Fit(_data, options, checkpoints: checkpoints));

        void Other(TrainingOptions own, string message) => Refused(store, message, checkpoints => BayesianNetwork.Fit(_data, own, checkpoints: checkpoints));
    }

    [Fact]
    public void A_damaged_or_newer_checkpoint_is_refused()
    {
        TrainingOptions options = _cases["independent particles"];
        MemoryStore store = StoppedEarly(checkpoints => BayesianNetwork.Fit(_data, options, checkpoints: checkpoints));
        byte[] bytes = store.Content!;
        Refused(store with { Content = bytes[..(bytes.Length / 2)] }, "memory", Fit);
        Refused(store with { Content = Replaced("\"format_version\":\"2\"", "\"format_version\":\"7\"") }, "is a checkpoint of format 7", Fit);
        Refused(store with { Content = Replaced("ilgpubnn-checkpoint", "ilgpubnn-chickpoint") }, "Use the version of ilgpubnn that wrote it", Fit);
        Refused(store with { Content = Replaced("\"notes\":\"[", "\"notes\":\"{") }, "is damaged", Fit);

        // Names of tensors that change places: other lengths.
        Refused(store with { Content = Replaced("sampler.1", "sampler.9") }, "its networks or iterations are not those of this training", Fit);

        // A weight that no training reaches, in the networks at hand and in the best ones.
        foreach (string name in new[] { "sampler.0", "best" })
        {
            SafetensorsFile file = SafetensorsFile.Read(new MemoryStream(bytes), "memory");
            file.Singles(name)[1] = -4.9e10f;
            using var changed = new MemoryStream();
            SafetensorsFile.Write(changed, file.Tensors, file.Metadata);
            Refused(store with { Content = changed.ToArray() }, "is damaged (a weight or precision of its networks is beyond what a training reaches)", Fit);
        }

        BayesianNetwork Fit(Checkpoints checkpoints) => BayesianNetwork.Fit(_data, options, checkpoints: checkpoints);

        byte[] Replaced(string old, string changed)
        {
            string text = System.Text.Encoding.Latin1.GetString(bytes);
            Assert.Contains(old, text, StringComparison.Ordinal);
            return System.Text.Encoding.Latin1.GetBytes(text.Replace(old, changed, StringComparison.Ordinal));
        }
    }

    private static int TrialsIn(MemoryStore store) =>
        SafetensorsFile.Read(new MemoryStream(store.Content!), "memory").Tensors.TryGetValue("trials", out SafetensorsTensor? trials) ? trials.Shape[0] : 0;

    private static void Refused<T>(MemoryStore store, string message, Func<Checkpoints, T> train)
    {
        ModelFileException refused = Assert.Throws<ModelFileException>(() => train(new Checkpoints(store)));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("memory: ", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Runs until nothing kills it any more: every run dies at its fortieth checkpoint, if it gets so far.</summary>
    private static (T Result, int Kills) Survive<T>(MemoryStore store, Func<Checkpoints, T> train)
    {
        for (int kills = 0; ; kills++)
        {
            store.WritesLeft = 40;
            try
            {
                return (train(new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 }), kills);
            }
            catch (KilledException)
            {
                // Goes on.
            }
        }
    }

    private static MemoryStore StoppedEarly<T>(Func<Checkpoints, T> train)
    {
        var store = new MemoryStore { WritesLeft = 2 };
        Assert.Throws<KilledException>(() => train(new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 }));
        return store;
    }
}
