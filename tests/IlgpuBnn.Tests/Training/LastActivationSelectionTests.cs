namespace IlgpuBnn.Tests.Training;

/// <summary>An anchored ensemble that learns for long is trained again with tanh units, and out-of-fold rows choose.</summary>
public sealed class LastActivationSelectionTests
{
    private static readonly AnchoredEnsemble _method = new() { Particles = 12, Folds = 4, SelectPrior = false };
    private static readonly TrainingOptions _small = new() { HiddenUnits = [12], Method = _method, Seed = 3 };
    private static readonly TrainingOptions _tanh = _small with { LastActivation = Activation.Tanh };
    private static readonly Dataset _jumps = Table(150, 5, Jump);
    private static readonly TrainingOptions _never = _small with { Method = _method with { SelectLastActivation = false } };
    private static readonly Lazy<BayesianNetwork> _first = new(() => BayesianNetwork.Fit(_jumps, _never));

    [Fact]
    public void Tanh_is_kept_where_the_target_jumps()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_jumps, _small), first = _first.Value;
        Assert.InRange(first.Report.KeptIteration, 2400, 4800);
        Assert.Null(first.Options.LastActivation);
        Assert.Equal((Activation.Silu, Activation.Tanh), (model.Options.Activation, model.Options.LastActivation));
        Assert.Contains(model.Report.Notes, note => note.StartsWith("The last hidden layer has tanh units", StringComparison.Ordinal));
        Assert.True(OutOfFoldCrps(model, _jumps) < OutOfFoldCrps(first, _jumps));

        // It is the very model that its options ask for, and better on rows that nobody has seen.
        BayesianNetwork again = BayesianNetwork.Fit(_jumps, model.Options);
        Assert.Equal(_tanh, model.Options);
        Assert.Equal(again.Predict(_jumps).Mean, model.Predict(_jumps).Mean);
        Dataset test = Table(500, 6, Jump);
        Assert.InRange(Crps(model.Predict(test), test), 0, 0.97 * Crps(first.Predict(test), test));
    }

    [Fact]
    public void What_tanh_predicts_worse_stays_as_it_was()
    {
        Dataset bends = Table(150, 5, x => (3 * Math.Max(0, x[0] + x[1] - 1)) + x[2]);
        TrainingProgress? last = null, lastOfFirst = null;
        BayesianNetwork model = BayesianNetwork.Fit(bends, _small, null, new Relay<TrainingProgress>(value => last = value));
        BayesianNetwork first = BayesianNetwork.Fit(bends, _never, null, new Relay<TrainingProgress>(value => lastOfFirst = value));
        Assert.Equal(1, lastOfFirst!.Stage);
        Assert.InRange(first.Report.KeptIteration, 2400, 4800);
        Assert.True(OutOfFoldCrps(first, bends) < OutOfFoldCrps(BayesianNetwork.Fit(bends, _tanh), bends));
        Assert.Null(model.Options.LastActivation);
        Assert.Equal(first.Predict(bends).Mean, model.Predict(bends).Mean);
        Assert.Equal(first.Report.Iterations, model.Report.Iterations);
        Assert.Empty(model.Report.Notes);
        AssertTimeOfBoth(model.Report, last!);
    }

    public static TheoryData<TrainingOptions> Decided =>
    [
        _never, _small with { MaxIterations = 50 }, _small with { Method = _method with { Folds = 0 } }, _small with { HiddenUnits = [] },
        _small with { Activation = Activation.Tanh }, _small with { LastActivation = Activation.Silu }, _small with { Layers = [new Dense(12)] },
        _small with { Method = new Svgd { Particles = 12 } },
    ];

    [Theory]
    [MemberData(nameof(Decided))]
    public void There_is_one_training_where_there_is_nothing_to_choose_or_to_choose_by(TrainingOptions options)
    {
        Assert.True(Fitting.MaySelect(_small, 150));
        Assert.False(Fitting.MaySelect(options, 150));
    }

    [Fact]
    public void There_is_one_training_where_a_second_could_not_help()
    {
        var random = new Random(2);
        TrainingProgress? last = null;
        BayesianNetwork.Fit(Table(60, 5, _ => random.NextDouble()), _small, null, new Relay<TrainingProgress>(value => last = value));
        Assert.Equal(1, last!.Stage);
    }

    [Fact]
    public void Stopped_on_request_the_second_training_leaves_the_first()
    {
        using var stop = new CancellationTokenSource();
        TrainingProgress? last = null;
        var progress = new Relay<TrainingProgress>(value =>
        {
            last = value;
            if (value.Stage > 1)
            {
                stop.Cancel();
            }
        });
        BayesianNetwork left = Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(_jumps, _small, null, progress, cancellation: stop.Token)).Model!;
        Assert.Equal(_first.Value.Predict(_jumps).Mean, left.Predict(_jumps).Mean);
        Assert.NotEqual(StopReason.Cancelled, left.Report.StopReason);
        AssertTimeOfBoth(left.Report, last!);
    }

    [Fact]
    public void The_score_that_chooses_is_that_of_predictions_out_of_fold()
    {
        foreach (int particles in new[] { 12, 40 })
        {
            Dataset data = Runs.Smooth(80);
            BayesianNetwork model = BayesianNetwork.Fit(data, _small with { Method = _method with { Particles = particles }, MaxIterations = 200 });
            double[] scale = [.. Standardisation.Fit(data.Targets).Scale];
            double expected = Scores.Evaluate(model.PredictOutOfFold(data), data.Targets).PerTarget.Select((score, o) => score.Crps / scale[o]).Average();
            Assert.Equal(1, model.Model.OutOfFoldLoss(data, DeviceCatalog.Default) / expected, 0.01);
        }
    }

    /// <summary>One clock runs from the first training's start to the second's end, whatever the machine does meanwhile.</summary>
    private static void AssertTimeOfBoth(TrainingReport first, TrainingProgress last)
    {
        Assert.Equal(2, last.Stage);
        Assert.True(first.Elapsed >= first.History[^1].Elapsed + last.Step.Elapsed);
    }

    private static double OutOfFoldCrps(BayesianNetwork model, Dataset data) => Crps(model.PredictOutOfFold(data), data);

    private static double Crps(PredictiveDistribution prediction, Dataset data) => Scores.Evaluate(prediction, data.Targets).PerTarget[0].Crps;

    private static double Jump(double[] x) => (x[0] + x[1] > 1 ? 1 : 0) + (0.3 * x[2]);

    private static Dataset Table(int rows, int seed, Func<double[], double> target) => Runs.Of(rows, 3, seed, (_, x) => [target(x)]);
}
