using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Training;

public sealed class ShardTests : IDisposable
{
    private static readonly Dataset _data = Runs.Smooth(60);

    private static readonly TrainingOptions _plain = new()
    {
        HiddenUnits = [4],
        Method = new AnchoredEnsemble { Particles = 7, Folds = 3 },
        MaxIterations = 60,
        BatchSize = 14,
        Seed = 3,
    };

    private static readonly Dictionary<string, (Dataset Data, TrainingOptions Options)> _cases = new()
    {
        ["minibatches"] = (_data, _plain),
        ["all rows, and an end between two evaluations"] = (_data, _plain with { BatchSize = null, MaxIterations = 33 }),
        ["no folds"] = (_data, _plain with { Method = new AnchoredEnsemble { Particles = 5, Folds = 0 } }),
        ["Student's t"] = (_data, _plain with { Likelihood = new StudentTLikelihood(4) }),
        ["principal components"] = (_data, _plain with { Components = new PrincipalComponents(2) }),
        ["a network for each target"] = (_data, _plain with { ApartTargets = ["y2", "y1"] }),
        ["classes"] = (Runs.Classes(50).Data, _plain),
        ["transforms and categories that are chosen"] = (SkewedRows.Make(), _plain),
        ["kappa that is chosen"] = (_data, _plain with { Layers = [new FourierFeatures(3, null), new Dense(4, Activation.Tanh)] }),
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Cases => [.. _cases.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Shards_that_are_merged_are_the_model_of_one_process_bit_for_bit(string name)
    {
        (Dataset data, TrainingOptions options) = _cases[name];
        BayesianNetwork whole = BayesianNetwork.Fit(data, options);
        BayesianNetwork merged = EnsembleShard.Merge([.. Shards(data, options, 3).Reverse()], data);
        AssertSame(whole, merged);
        if (name.StartsWith("transforms", StringComparison.Ordinal))
        {
            Assert.Contains(new LogTransform(), merged.TargetTransforms);
        }
    }

    [Theory]
    [InlineData("cpu-512")]
    [InlineData("cpu-scalar")]
    [InlineData("ilgpu-cpu-2x1x2")]
    public void And_on_other_devices(string name)
    {
        Device device = Devices.TestDevices.Open(name);
        TrainingOptions options = _plain with { MaxIterations = 6, SelectEncodings = false };
        Dataset data = Runs.Smooth(30);
        EnsembleShard[] shards = [.. Enumerable.Range(0, 2).Select(index => EnsembleShard.Fit(data, options, index, 2, device))];
        AssertSame(BayesianNetwork.Fit(data, options, device), EnsembleShard.Merge(shards, data, device));
    }

    [Fact]
    public void One_shard_is_all()
    {
        EnsembleShard all = EnsembleShard.Fit(_data, _plain, 0, 1);
        AssertSame(BayesianNetwork.Fit(_data, _plain), EnsembleShard.Merge([all], _data));
    }

    [Fact]
    public void A_shard_that_is_killed_again_and_again_ends_with_the_same_bits()
    {
        var store = new MemoryStore();
        EnsembleShard? shard = null;
        int kills = 0;
        while (shard is null)
        {
            store.WritesLeft = 20;
            try
            {
                shard = EnsembleShard.Fit(_data, _plain, 1, 2, checkpoints: new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 });
            }
            catch (KilledException)
            {
                kills++;
            }
        }

        Assert.InRange(kills, 2, 100);
        AssertSame(BayesianNetwork.Fit(_data, _plain), EnsembleShard.Merge([EnsembleShard.Fit(_data, _plain, 0, 2), shard], _data));

        // Another shard does not take its checkpoint for its own.
        Assert.Contains("shard 1/2, and this is 0/2", Assert.Throws<ModelFileException>(() => EnsembleShard.Fit(_data, _plain, 0, 2, checkpoints: new Checkpoints(store))).Message);
        Assert.Contains(
            "shard 1/2, and this is of all networks", Assert.Throws<ModelFileException>(() => BayesianNetwork.Fit(_data, _plain, checkpoints: new Checkpoints(store))).Message);
    }

    [Fact]
    public void A_cancelled_shard_goes_on_from_its_checkpoint()
    {
        var store = new MemoryStore();
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => EnsembleShard.Fit(
            _data, _plain, 0, 2, progress: new Relay<TrainingProgress>(_ => source.Cancel()), checkpoints: new Checkpoints(store), cancellation: source.Token));
        int first = 0;
        EnsembleShard shard = EnsembleShard.Fit(
            _data, _plain, 0, 2, progress: new Relay<TrainingProgress>(step => first = first == 0 ? step.Completed : first), checkpoints: new Checkpoints(store));
        Assert.Equal(50, first);
        AssertSame(BayesianNetwork.Fit(_data, _plain), EnsembleShard.Merge([EnsembleShard.Fit(_data, _plain, 1, 2), shard], _data));
    }

    [Fact]
    public void Missing_doubled_and_foreign_shards_are_named()
    {
        EnsembleShard[] shards = Shards(_data, _plain, 3);
        Refused<ArgumentException>("A shard is missing: 1/3.", shards[0], shards[2]);
        Refused<ArgumentException>("2 shards are missing: 0/3, 1/3.", shards[2]);
        Refused<ArgumentException>($"Shard 1/3 is there twice: {_folder.File("1")} and {_folder.File("1")}.", shards[0], shards[1], shards[2], shards[1]);
        Refused<ArgumentException>("There is no shard to merge.");
        Refused<ModelFileException>("Shard 1/2: does not belong to", shards[0], EnsembleShard.Fit(_data, _plain, 1, 2), shards[2]);
        Refused<ModelFileException>("a training in 2 shards, and", shards[0], EnsembleShard.Fit(_data, _plain, 1, 2), shards[2]);
        Refused<ModelFileException>("other options (seed: 4 there, 3 here)", shards[0], EnsembleShard.Fit(_data, _plain with { Seed = 4 }, 1, 3), shards[2]);
        Refused<ModelFileException>("a training on 59 rows", shards[0], EnsembleShard.Fit(_data.SelectRows([.. Enumerable.Range(0, 59)]), _plain, 1, 3), shards[2]);

        string message = Assert.Throws<DataException>(() => EnsembleShard.Merge(shards, _data.SelectRows([.. Enumerable.Range(0, 60).Reverse()]))).Message;
        Assert.Contains($"{_folder.File("0")} is of a training on other values. Give the same table", message, StringComparison.Ordinal);

        void Refused<T>(string expected, params EnsembleShard[] own)
            where T : Exception => Assert.Contains(expected, Assert.Throws<T>(() => EnsembleShard.Merge(own, _data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_all_networks_decide_together_is_refused_with_what_to_give()
    {
        Refused("Give MaxIterations", _plain with { MaxIterations = null });
        Refused("Use an anchored ensemble", _plain with { Method = new Svgd { Particles = 7 } });
        Refused("Use an anchored ensemble", _plain with { Method = new IndependentParticles { Particles = 7 } });
        Refused("8 shards are more than the 7 networks", _plain, 0, 8);
        Refused("the first is 0/n and the last n-1/n", _plain, 3, 3);
        Refused("the first is 0/n and the last n-1/n", _plain, -1, 3);

        static void Refused(string expected, TrainingOptions options, int index = 0, int count = 2) =>
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => EnsembleShard.Fit(_data, options, index, count)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_diverges_is_named_by_its_place_in_the_ensemble()
    {
        TrainingOptions options = _plain with { Adam = new AdamOptions { StepSize = 1e30 }, SelectEncodings = false };
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() => EnsembleShard.Fit(_data, options, 2, 3));
        Assert.Equal(2, diverged.Particle);
    }

    [Fact]
    public void A_model_is_no_shard_and_a_shard_no_model()
    {
        Shards(_data, _plain, 2);
        Assert.Contains("is a part of an ensemble", Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(_folder.File("0"))).Message, StringComparison.Ordinal);
        BayesianNetwork.Fit(_data, _plain).Save(_folder.File("model"));
        Assert.Contains("is not a shard", Assert.Throws<ModelFileException>(() => EnsembleShard.Load(_folder.File("model"))).Message, StringComparison.Ordinal);
    }

    /// <summary>Through files.</summary>
    private EnsembleShard[] Shards(Dataset data, TrainingOptions options, int count) =>
    [
        .. Enumerable.Range(0, count).Select(index =>
        {
            string path = _folder.File($"{index}");
            EnsembleShard.Fit(data, options, index, count).Save(path);
            return EnsembleShard.Load(path);
        }),
    ];

    /// <summary>All but times.</summary>
    private void AssertSame(BayesianNetwork whole, BayesianNetwork merged)
    {
        SafetensorsFile one = Parts(whole, "one"), other = Parts(merged, "other");
        Assert.Equal(one.Tensors.Keys, other.Tensors.Keys);
        foreach ((string name, SafetensorsTensor tensor) in one.Tensors)
        {
            Assert.Equal(tensor.Shape, other.Tensors[name].Shape);
            Assert.Equal(tensor.Values, other.Tensors[name].Values);
        }

        Assert.Equal(one.Metadata, other.Metadata);
        Assert.NotEmpty(whole.Report.History);
    }

    private SafetensorsFile Parts(BayesianNetwork model, string name)
    {
        TrainingReport report = model.Report;
        StepInfo[] history = [.. report.History.Select(step => step with { Elapsed = TimeSpan.Zero })];
        new BayesianNetwork(model.Model with { Report = report with { Elapsed = TimeSpan.Zero, History = history } }).Save(_folder.File(name));
        return SafetensorsFile.Read(_folder.File(name));
    }
}
