using IlgpuBnn.Calibration;

namespace IlgpuBnn.Tests.Calibration;

/// <summary>Bounds of a target that out-of-fold rows show, on data that they are made for: a yield that most of the inputs' range lets die out.</summary>
public sealed class OutputBoundsTests
{
    private static readonly AnchoredEnsemble _method = new() { Particles = 20, Folds = 5, Shrinkage = false };
    private static readonly TrainingOptions _options = new() { HiddenUnits = [12], MaxIterations = 600, Method = _method };
    private static readonly TrainingOptions _without = _options with { Method = _method with { OutputBounds = false } };

    private static readonly Dataset _training = Yields(150, 1), _test = Yields(600, 2);
    private static readonly Lazy<BayesianNetwork> _bounded = new(() => BayesianNetwork.Fit(_training, _options));
    private static readonly Lazy<BayesianNetwork> _unbounded = new(() => BayesianNetwork.Fit(_training, _without));

    [Fact]
    public void A_floor_is_found_and_no_network_predicts_below_it()
    {
        BayesianNetwork model = _bounded.Value;
        Assert.Equal([new OutputBounds(0, double.PositiveInfinity), OutputBounds.None], model.OutputBounds);
        double Least(PredictiveDistribution prediction) => Enumerable.Range(0, prediction.RowCount).Min(n => prediction.Mean[n, 0]);
        Assert.InRange(Least(model.Predict(_test)), 0, 1);
        Assert.InRange(Least(model.PredictOutOfFold(_training)), 0, 1);
        Assert.InRange(Least(_unbounded.Value.Predict(_test)), double.NegativeInfinity, -1);
    }

    [Fact]
    public void New_rows_are_predicted_better_than_without()
    {
        TargetScores with = Scored(_bounded.Value), without = Scored(_unbounded.Value);
        Assert.InRange(with.Rmse / without.Rmse, 0, 0.985);
        Assert.InRange(with.Crps / without.Crps, 0, 0.93);
        Assert.InRange(with.LogScore - without.LogScore, 0.05, 2);
    }

    [Fact]
    public void Moments_have_the_bounds_of_the_distribution()
    {
        BayesianNetwork model = _bounded.Value;
        PredictiveMoments moments = model.PredictMoments(_test.Inputs);
        PredictiveDistribution distribution = model.Predict(_test);
        // Single precision, of a target that spans hundreds.
        new Tolerance(1e-4, 1e-5).AssertClose(distribution.Mean, moments.Mean, "mean");
        new Tolerance(1e-5, 1e-4).AssertClose(distribution.EpistemicVariance, moments.EpistemicVariance, "epistemic variance");
        new Tolerance(1e-9, 1e-5).AssertClose(distribution.AleatoricVariance, moments.AleatoricVariance, "aleatoric variance");
    }

    [Fact]
    public void A_row_at_a_bound_does_not_vouch_for_itself()
    {
        // The largest of the second target, which its particles foresee: with a bound there they may go as far as the other rows do.
        BayesianNetwork model = _bounded.Value;
        int top = Enumerable.Range(0, _training.RowCount).MaxBy(n => _training.Targets[n, 1]);
        Folds folds = _options.FoldsOf(_training);
        double others = new TargetExtremes(_training.Targets, folds).Without(folds.Of(top), 1).Upper;
        Assert.InRange(model.PredictOutOfFold(_training).Mean[top, 1], others + 0.1, double.PositiveInfinity);

        OutputBounds ceiling = OutputBounds.None with { Upper = _training.Targets[top, 1] };
        BayesianNetwork bounded = model.With(model.Model.Calibration with { Bounds = [OutputBounds.None, ceiling] });
        Assert.InRange(bounded.PredictOutOfFold(_training).Mean[top, 1], double.NegativeInfinity, others + 1e-9);
    }

    [Fact]
    public void There_are_none_that_are_not_asked_for_or_that_no_out_of_fold_rows_show()
    {
        Assert.All(_unbounded.Value.OutputBounds, bounds => Assert.Equal(OutputBounds.None, bounds));
        Assert.All(BayesianNetwork.Fit(_training, _options with { Method = _method with { Folds = 0 } }).OutputBounds, bounds => Assert.Equal(OutputBounds.None, bounds));
    }

    private static TargetScores Scored(BayesianNetwork model) => Scores.Evaluate(model.Predict(_test), _test.Targets).PerTarget[0];

    /// <summary>A yield that is never negative, and what it would be if it could be.</summary>
    private static Dataset Yields(int rows, int seed) => Runs.Of(rows, 4, seed, (random, x) =>
    {
        double yield = 100 * (x[0] + (2 * x[1]) + (3 * x[2]) + (4 * x[3]) - 6);
        return [Math.Max(0, yield), yield + Case.Gaussian(random)];
    });
}
