using IlgpuBnn.Calibration;

namespace IlgpuBnn.Tests.Calibration;

public sealed class BoundSearchTests
{
    private const int Rows = 40;

    private static readonly Folds _folds = new([Rows], wanted: 2, particles: 4, seed: 0);

    [Fact]
    public void A_bound_that_out_of_fold_rows_are_predicted_better_with_is_kept()
    {
        // Half of the rows lie at 0, where two particles say -1 and -3.
        OutputBounds found = Find(n => n % 2 == 0 ? 0 : n, n => n % 2 == 0 ? -2 : n + 0.5, 1);
        Assert.Equal(new OutputBounds(0, double.PositiveInfinity), found);
        Assert.Equal(new OutputBounds(double.NegativeInfinity, 0), Find(n => n % 2 == 0 ? 0 : -n, n => n % 2 == 0 ? 2 : -n + 0.5, 1));
    }

    [Fact]
    public void An_extreme_does_not_vouch_for_itself()
    {
        // Foreseen a little too high: with its own value as the bound, the largest would be predicted the better for it.
        Assert.Equal(OutputBounds.None, Find(n => n == 7 ? 100 : n % 5, n => n == 7 ? 110 : n % 5, 0));
    }

    [Fact]
    public void A_better_prediction_that_may_be_chance_is_not_enough()
    {
        // One row of forty in the way that bounds would have it: half a percent of the squares.
        OutputBounds Of(double one) => Find(n => n % 4, n => n == 3 ? 3 + one : (n % 4) + (n % 2 == 0 ? 0.4 : -0.4), 0);
        Assert.Equal(OutputBounds.None, Of(0.9));
        Assert.Equal(new OutputBounds(double.NegativeInfinity, 3), Of(9));
    }

    [Fact]
    public void Missing_and_constant_targets_have_no_bounds()
    {
        Assert.Equal(OutputBounds.None, Find(_ => double.NaN, n => n, 1));
        Assert.Equal(OutputBounds.None, Find(_ => 5, _ => 5, 0));
        Assert.Equal(OutputBounds.None, Find(_ => 5, _ => 5.01, 0.001));
        Assert.Equal(new OutputBounds(0, double.PositiveInfinity), Find(n => n == 1 ? double.NaN : n % 2 == 0 ? 0 : n, n => n % 2 == 0 ? -2 : n + 0.5, 1));
    }

    [Fact]
    public void Out_of_fold_rows_are_bounded_by_the_others()
    {
        // 30 and 20 at the end of one fold and of the other.
        int first = Enumerable.Range(0, Rows).First(n => _folds.Of(n) == 0), second = Enumerable.Range(0, Rows).First(n => _folds.Of(n) == 1);
        double Target(int n) => n == first ? 30 : n == second ? 20 : n % 10;
        (double[,,] outputs, double[,] targets, int[] folds) = Table(Target, n => n == first || n == second ? Target(n) : n % 3 == 0 ? 50 : Target(n), 0);
        var extremes = new TargetExtremes(targets, _folds);
        var outOfFold = new OutOfFold(outputs);
        OutputBounds[] bounds = outOfFold.FindBounds(targets, extremes, folds);
        Assert.Equal(new OutputBounds(double.NegativeInfinity, 30), bounds[0]);
        OutOfFold bounded = outOfFold.Bounded(bounds, extremes, folds);
        PredictiveDistribution prediction = bounded.Predict(
            ["y"], new OutputCalibration([1], [0], bounds, null, [1], [0]), new double[4, 1], [new VarianceFunction(0, 1, 0)], bounded.Moderation);
        Assert.All(Enumerable.Range(0, Rows).Where(n => n != first && n != second && n % 3 == 0), n =>
            Assert.Equal(_folds.Of(n) == 0 ? 20 : 30, prediction.Mean[n, 0], 1e-9));
    }

    private static OutputBounds Find(Func<int, double> target, Func<int, double> predicted, double apart)
    {
        (double[,,] outputs, double[,] targets, int[] folds) = Table(target, predicted, apart);
        return BoundSearch.Find(outputs, targets, new TargetExtremes(targets, _folds), folds)[0];
    }

    private static (double[,,] Outputs, double[,] Targets, int[] Folds) Table(Func<int, double> target, Func<int, double> predicted, double apart)
    {
        double[,,] outputs = new double[2, Rows, 1];
        double[,] targets = new double[Rows, 1];
        for (int n = 0; n < Rows; n++)
        {
            (outputs[0, n, 0], outputs[1, n, 0], targets[n, 0]) = (predicted(n) - apart, predicted(n) + apart, target(n));
        }

        return (outputs, targets, [.. Enumerable.Range(0, Rows).Select(_folds.Of)]);
    }
}
