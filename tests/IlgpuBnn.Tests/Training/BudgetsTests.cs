namespace IlgpuBnn.Tests.Training;

/// <summary>An anchored ensemble doubles its training budget as long as out-of-fold rows grow likelier.</summary>
public sealed class BudgetsTests
{
    private static readonly TrainingOptions _small = new() { HiddenUnits = [12], Method = new AnchoredEnsemble { Particles = 12, Folds = 4 }, Seed = 3 };

    [Theory]
    [InlineData(10, 1, 4800)]
    [InlineData(320, 1, 4800)]
    [InlineData(321, 2, 4800)]
    [InlineData(7373, 29, 4800)]
    [InlineData(41_157, 161, 9600)]
    public void Budgets_double_until_rows_have_been_seen_often_enough(int rows, int batches, int last)
    {
        var options = new TrainingOptions();
        IReadOnlyList<int> budgets = options.BudgetsFor(rows);
        Assert.Equal((batches, 300, last, last), (options.BatchesFor(rows), budgets[0], budgets[^1], options.IterationsFor(rows)));
        Assert.All(budgets.Zip(budgets.Skip(1)), pair => Assert.Equal(2 * pair.First, pair.Second));
    }

    [Fact]
    public void There_is_one_budget_where_nothing_can_tell_budgets_apart()
    {
        var options = new TrainingOptions();
        Assert.Equal([50], (options with { MaxIterations = 50 }).BudgetsFor(300));
        Assert.Equal([1200], (options with { Method = new AnchoredEnsemble { Folds = 0 } }).BudgetsFor(300));
        TrainingOptions svgd = options with { Method = new Svgd() };
        Assert.Equal([4000], svgd.BudgetsFor(7373));
        Assert.Equal([1, 2, 10], new[] { 1000, 1001, 7373 }.Select(svgd.BatchesFor));
    }

    [Fact]
    public void A_budget_that_makes_out_of_fold_rows_less_likely_is_undone()
    {
        // Targets that have nothing to do with the inputs: the more is learnt, the more is wrong.
        Dataset noise = Data(60, 5, (random, _) => Case.Gaussian(random));
        TrainingOptions unshrunk = _small with { Method = ((AnchoredEnsemble)_small.Method) with { Shrinkage = false, SelectPrior = false } };
        BayesianNetwork model = BayesianNetwork.Fit(noise, unshrunk);
        Assert.Equal((600, 300, StopReason.ValidationScore), (model.Report.Iterations, model.Report.KeptIteration, model.Report.StopReason));

        StepInfo[] scored = [.. model.Report.History.Where(step => !double.IsNaN(step.ValidationScore))];
        Assert.Equal([300, 600], scored.Select(step => step.Iteration));
        Assert.True(scored[1].ValidationScore < scored[0].ValidationScore);
        Assert.Equal(scored[0].ValidationScore, scored[1].BestValidationScore);

        // What is kept is the state after the first budget, calibrated as if there had been no other.
        BayesianNetwork first = BayesianNetwork.Fit(noise, unshrunk with { MaxIterations = 300 });
        Assert.Equal(first.Predict(noise).Mean, model.Predict(noise).Mean);
        Assert.Equal(first.EpistemicScales, model.EpistemicScales);
    }

    [Theory]
    [InlineData(5, 1200)]
    [InlineData(2, 600)]
    public void A_budget_that_may_be_worse_by_chance_has_another_decide(int seed, int iterations)
    {
        // After 600 iterations rows are less likely, with the first seed by less than the standard error, with the second by more.
        Dataset noisy = Data(60, seed, (random, x) => Math.Sin(2 * x[0]) + x[1] + (0.3 * Case.Gaussian(random)));
        TrainingOptions options = _small with { Method = ((AnchoredEnsemble)_small.Method) with { SelectPrior = false } };
        BayesianNetwork model = BayesianNetwork.Fit(noisy, options);
        Assert.Equal((iterations, 300), (model.Report.Iterations, model.Report.KeptIteration));

        // Also where the training was stopped in between.
        using var stop = new CancellationTokenSource();
        var checkpoints = new Checkpoints(new MemoryStore()) { Interval = TimeSpan.FromDays(1) };
        Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(noisy, options, null, StopAt(iterations - 25, stop), checkpoints, stop.Token));
        SameModel.Assert(model, BayesianNetwork.Fit(noisy, options, checkpoints: checkpoints), noisy);
    }

    [Fact]
    public void What_can_be_learnt_is_learnt_for_longer()
    {
        Dataset smooth = Data(80, 6, (_, x) => Math.Sin(3 * x[0]) + (x[1] * x[2]));
        BayesianNetwork brief = BayesianNetwork.Fit(smooth, _small with { MaxIterations = 300 }), model = BayesianNetwork.Fit(smooth, _small);
        Assert.InRange(model.Report.KeptIteration, 1200, 4800);
        double Error(BayesianNetwork network) =>
            IlgpuBnn.Prediction.Scores.Evaluate(network.PredictOutOfFold(smooth), smooth.Targets).PerTarget[0].Rmse;
        Assert.InRange(Error(model), 0, 0.7 * Error(brief));
    }

    [Fact]
    public void Stopped_on_request_a_later_budget_leaves_the_best_before_it()
    {
        using var stop = new CancellationTokenSource();
        Dataset smooth = Data(80, 6, (_, x) => Math.Sin(3 * x[0]) + (x[1] * x[2]));
        TrainingReport report = Assert.Throws<TrainingCancelledException>(
            () => BayesianNetwork.Fit(smooth, _small, null, StopAt(325, stop), cancellation: stop.Token)).Model!.Report;
        Assert.Equal((325, 300, StopReason.Cancelled), (report.Iterations, report.KeptIteration, report.StopReason));
    }

    [Fact]
    public void The_step_falls_at_the_end_of_a_budget_and_starts_anew()
    {
        var adam = new AdamOptions(DecayFraction: 0.4);
        Assert.Equal([1, 1, 0.25], new[] { 1, 60, 91 }.Select(iteration => adam.StepFactor(iteration, 100)));
        Assert.Equal(1, (adam with { DecayFraction = 0 }).StepFactor(100, 100));
        var anchored = new AnchoredEnsemble();
        Assert.Equal([0.01, 0.02, 0.5], [adam.StepSizeFor(new Svgd()), adam.StepSizeFor(anchored), new AdamOptions(0.5).StepSizeFor(anchored)]);

        using var stop = new CancellationTokenSource();
        TrainingOptions options = _small with { Adam = new AdamOptions(DecayFraction: 1), EvaluationInterval = 1 };
        IReadOnlyList<StepInfo> history = Assert.Throws<TrainingCancelledException>(
            () => BayesianNetwork.Fit(Data(20, 7, (_, x) => x[0]), options, null, StopAt(302, stop), cancellation: stop.Token)).Model!.Report.History;

        // A three hundredth of the step in the iteration that ends the first budget, all of it in the next.
        // Log densities are those before an iteration's step.
        double Moved(int iteration) => Math.Abs(history[iteration].MeanLogDensity - history[iteration - 1].MeanLogDensity);
        Assert.InRange(Moved(301) / Moved(300), 30, 3000);
    }

    private static Dataset Data(int rows, int seed, Func<Random, double[], double> target) => Runs.Of(rows, 3, seed, (random, x) => [target(random, x)]);

    private static Relay<TrainingProgress> StopAt(int iteration, CancellationTokenSource stop) => new(value =>
    {
        if (value.Step.Iteration == iteration)
        {
            stop.Cancel();
        }
    });
}
