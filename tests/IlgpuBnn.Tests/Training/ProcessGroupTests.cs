namespace IlgpuBnn.Tests.Training;

[Long]
public sealed class ProcessGroupTests
{
    private static readonly Dataset _data = Runs.Smooth(60);

    // Nothing to learn: budgets end early, and another prior is tried.
    private static readonly Dataset _noise = Runs.Of(60, 3, 5, (random, _) => [random.NextDouble()]);

    private static readonly TrainingOptions _plain = new()
    {
        HiddenUnits = [4],
        Method = new AnchoredEnsemble { Particles = 7, Folds = 3 },
        MaxIterations = 110,
        BatchSize = 14,
        Seed = 3,
    };

    private static readonly Dictionary<string, (Dataset Data, TrainingOptions Options)> _cases = new()
    {
        ["given iterations"] = (_data, _plain),
        ["budgets and a candidate"] = (_noise, _plain with { MaxIterations = null, BatchSize = null }),
        ["principal components"] = (_data, _plain with { Components = new PrincipalComponents(), EvaluationInterval = 7 }),
        ["classes"] = (Runs.Classes(50).Data, _plain),
        ["svgd"] = (_data, _plain with { Method = new Svgd { Particles = 7 } }),
        ["svgd of classes"] = (Runs.Classes(50).Data, _plain with { Method = new Svgd { Particles = 5, Kernel = SteinKernel.InverseMultiquadric, Bandwidth = BandwidthRule.LiuWang } }),
        ["svgd that stops early"] = (_noise, _plain with { MaxIterations = 400, Method = new Svgd { Particles = 6, EarlyStopping = new EarlyStopping(Patience: 50) } }),
        ["independent particles"] = (_data, _plain with { Method = new IndependentParticles { Particles = 7 } }),
        ["no folds"] = (_data, _plain with { Method = new AnchoredEnsemble { Particles = 5, Folds = 0 } }),
    };

    public static TheoryData<string, int> Cases
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (string name in _cases.Keys)
            {
                all.Add(name, 2);
            }

            foreach (int size in new[] { 1, 3, 4 })
            {
                all.Add("given iterations", size);
                all.Add("svgd", size);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Processes_together_give_the_bits_of_one(string name, int size)
    {
        (Dataset data, TrainingOptions options) = _cases[name];
        BayesianNetwork alone = BayesianNetwork.Fit(data, options);
        BayesianNetwork[] together = ThreadGroup.Results(size, group => Fit(group, data, options));
        Assert.Equal(size, together.Length);
        Assert.All(together, model =>
        {
            if (data.Classes is null)
            {
                SameModel.Assert(alone, model, data);
            }
            else
            {
                Assert.Equal(alone.Model.Ensemble.Particles, model.Model.Ensemble.Particles);
                Assert.Equal(alone.PredictClasses(data).Probabilities, model.PredictClasses(data).Probabilities);
            }
        });
        if (name.StartsWith("budgets", StringComparison.Ordinal) || name.EndsWith("early", StringComparison.Ordinal))
        {
            Assert.Equal(StopReason.ValidationScore, alone.Report.StopReason);
        }
    }

    /// <summary>A GPU's Stein kernels know all particles or none; sums over rows are cut by the number of particles here.</summary>
    [Fact]
    public void Processes_with_gpus_train_svgd_together_but_for_rounding()
    {
        Device device = TestDevices.Open(TestDevices.SmallestGroups);
        TrainingOptions options = _plain with { MaxIterations = 12, EvaluationInterval = 5, Method = new Svgd { Particles = 7 } };
        double[,,] alone = BayesianNetwork.Fit(_data, options, device).Predict(_data).ParticleOutputs;
        BayesianNetwork[] together = ThreadGroup.Results(3, group => BayesianNetwork.FitInGroup(group, _data, options, device));
        Assert.All(together, model => Assert.Equal(
            alone.Cast<double>(), model.Predict(_data).ParticleOutputs.Cast<double>(), (a, b) => Math.Abs(a - b) < 1e-3 * (1 + Math.Abs(a))));
    }

    [Theory]
    [InlineData("given iterations", 2, 3)]
    [InlineData("given iterations", 3, 1)]
    [InlineData("given iterations", 1, 2)]
    [InlineData("svgd", 2, 3)]
    [InlineData("svgd", 3, 1)]
    [InlineData("independent particles", 1, 2)]
    public void A_training_that_is_killed_goes_on_with_another_number_of_processes(string name, int before, int after)
    {
        TrainingOptions options = _cases[name].Options;

        // After the two trials of relevances, if there are any, and a state of the training.
        var store = new MemoryStore { WritesLeft = options.Method is AnchoredEnsemble ? 4 : 2 };
        var checkpoints = new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 };
        (BayesianNetwork? Result, Exception? Failure)[] killed = ThreadGroup.Run(before, group => Fit(group, _data, options, checkpoints));
        Assert.IsType<KilledException>(killed[0].Failure);
        Assert.All(killed.Skip(1), end => Assert.IsAssignableFrom<OperationCanceledException>(end.Failure));
        store.WritesLeft = int.MaxValue;
        var iterations = new List<int>();
        BayesianNetwork[] models = ThreadGroup.Results(after, group => Fit(
            group, _data, options, checkpoints, group.Rank == 0 ? new Relay<TrainingProgress>(progress => iterations.Add(progress.Completed)) : null));
        Assert.InRange(iterations[0], 50, 110);
        Assert.All(models, model => SameModel.Assert(BayesianNetwork.Fit(_data, options), model, _data));
    }

    [Fact]
    public void Whichever_process_is_asked_to_stop_all_stop_in_the_same_iteration()
    {
        using var source = new CancellationTokenSource();
        (BayesianNetwork? Result, Exception? Failure)[] ends = ThreadGroup.Run(3, group => Fit(
            group, _data, _plain, progress: new Relay<TrainingProgress>(progress =>
            {
                if (group.Rank == 2 && progress.Completed >= 50)
                {
                    source.Cancel();
                }
            }), cancellation: group.Rank == 2 ? source.Token : default));
        Assert.All(ends, end => Assert.Equal(50, Assert.IsType<TrainingCancelledException>(end.Failure).Model!.Report.Iterations));
    }

    [Theory]
    [InlineData("given iterations")]
    [InlineData("svgd")]
    public void A_network_that_diverges_anywhere_is_named_everywhere(string name)
    {
        TrainingOptions options = _cases[name].Options with { Adam = new AdamOptions { StepSize = 1e30 }, SelectEncodings = false };
        int alone = Assert.Throws<TrainingDivergedException>(() => BayesianNetwork.Fit(_data, options)).Particle;
        (BayesianNetwork? Result, Exception? Failure)[] ends = ThreadGroup.Run(3, group => Fit(group, _data, options));
        Assert.All(ends, end => Assert.Equal(alone, Assert.IsType<TrainingDivergedException>(end.Failure).Particle));
    }

    [Fact]
    public void Processes_that_differ_are_refused_by_number()
    {
        Refused("Process 1 has other data or options than process 0", group => Fit(group, _data, _plain with { Seed = group.Rank }));
        Refused("Process 1 has other data or options than process 0", group => Fit(group, group.Rank == 0 ? _data : Runs.Smooth(61), _plain));
        Refused("Process 1 computes on another device than process 0, which rounds differently (", group =>
        {
            Device device = group.Rank == 0 ? DeviceCatalog.Default : Devices.TestDevices.Open("cpu-scalar");
            return BayesianNetwork.FitInGroup(group, _data, _plain, device);
        });
    }

    [Fact]
    public void More_processes_than_networks_are_refused() => Refused(
        "There are 2 processes for 1 networks. Start at most 1", group => Fit(group, _data, _plain with { Method = new AnchoredEnsemble { Particles = 1 } }));

    private static void Refused(string message, Func<IProcessGroup, BayesianNetwork> fit) => Assert.All(
        ThreadGroup.Run(2, fit), end => Assert.Contains(message, Assert.IsAssignableFrom<ArgumentException>(end.Failure).Message, StringComparison.Ordinal));

    private static BayesianNetwork Fit(
        IProcessGroup group, Dataset data, TrainingOptions options, Checkpoints? checkpoints = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using Device device = DeviceCatalog.OpenCpu(1);
        return BayesianNetwork.FitInGroup(group, data, options, device, progress, checkpoints, cancellation);
    }
}
