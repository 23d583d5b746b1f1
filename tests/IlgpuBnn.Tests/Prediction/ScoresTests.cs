using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Prediction;

public class ScoresTests
{
    private const double Missing = double.NaN;

    [Fact]
    public void Scores_of_a_small_table_are_those_by_hand()
    {
        // One Gaussian of sd 2 per row; the errors are 0 and 2, the third row is missing.
        Scores scores = Scores.Evaluate(
            new(["a"], new double[,,] { { { 1 }, { 2 }, { 3 } } }, new double[,] { { 4 } }), new double[,] { { 1 }, { 4 }, { Missing } });

        TargetScores a = Assert.Single(scores.PerTarget);
        Assert.Equal(3, scores.Rows);
        AssertClose(Math.Sqrt(2), a.Rmse);
        AssertClose(1, a.Mae);
        AssertClose(1 - 4 / 4.5, a.R2);
        AssertClose(-Math.Log(2) - 0.5 * Math.Log(2 * Math.PI) - 0.25, a.LogScore);
        // Gneiting and Raftery 2007, Eq. 21, at z = 0 and z = 1.
        AssertClose((2 * 0.2336949772551139 + 2 * 0.6024413576276163) / 2, a.Crps);
        AssertClose(1, a.Coverage95);
        AssertClose(4 * 1.959963984540054, a.Width95);
        Assert.Equal(a, scores.Overall);
    }

    [Fact]
    public void Target_without_observations_has_no_scores_and_no_part_in_the_overall_ones()
    {
        Scores scores = Scores.Evaluate(
            new(["none", "a", "b"], new double[,,] { { { 0, 1, 5 }, { 0, 2, 5 } } }, new double[,] { { 1, 1, 1 } }),
            new double[,] { { Missing, 2, 5 }, { Missing, 4, 5 } });

        Assert.Equal(new TargetScores(Missing, Missing, Missing, Missing, Missing, Missing, Missing), scores.PerTarget[0]);
        AssertClose(Math.Sqrt(2.5), scores.PerTarget[1].Rmse);
        Assert.Equal(0, scores.PerTarget[2].Rmse);
        AssertClose(Math.Sqrt(2.5) / 2, scores.Overall.Rmse);
        // Target b does not vary: only a has an R2.
        AssertClose(1 - 5 / 2.0, scores.Overall.R2);
    }

    [Fact]
    public void R2_is_undefined_where_equal_targets_do_not_average_to_themselves()
    {
        // 0.1 + 0.1 + 0.1 is not 0.3: the squared deviation comes out as 1e-34 and not as 0.
        Scores scores = Scores.Evaluate(
            new(["a"], new double[,,] { { { 1 }, { 2 }, { 3 } } }, new double[,] { { 4 } }), new double[,] { { 0.1 }, { 0.1 }, { 0.1 } });
        Assert.Equal(double.NaN, scores.PerTarget[0].R2);
    }

    [Fact]
    public void Single_point_scores_its_absolute_error_and_claims_no_calibration()
    {
        PredictiveDistribution prediction = new(["a"], new double[,,] { { { 1 }, { 2 } } }, new double[1, 1]);
        TargetScores a = Scores.Evaluate(prediction, new double[,] { { 1.5 }, { 1 } }).PerTarget[0];
        Assert.Equal(0.75, a.Mae);
        Assert.Equal(0.75, a.Crps);
        Assert.Equal(0, a.Width95);
        Assert.Equal(double.NaN, a.LogScore);
        Assert.Equal(double.NaN, a.Coverage95);
        CalibrationCurve curve = CalibrationCurve.Evaluate(prediction, new double[,] { { 1.5 }, { 1 } });
        Assert.All(curve.PooledShares, share => Assert.Equal(double.NaN, share));
    }

    [Fact]
    public void Order_of_the_particles_changes_nothing()
    {
        (PredictiveDistribution prediction, double[,] targets) = Calibrated(seed: 3, rows: 41, noiseScale: 1, order: [0, 1, 2]);
        (PredictiveDistribution permuted, _) = Calibrated(seed: 3, rows: 41, noiseScale: 1, order: [2, 0, 1]);
        TargetScores expected = Scores.Evaluate(prediction, targets).Overall, actual = Scores.Evaluate(permuted, targets).Overall;
        AssertClose(expected.Rmse, actual.Rmse);
        AssertClose(expected.R2, actual.R2);
        AssertClose(expected.LogScore, actual.LogScore);
        AssertClose(expected.Crps, actual.Crps);
        AssertClose(expected.Coverage95, actual.Coverage95);
        AssertClose(expected.Width95, actual.Width95);
    }

    [Fact]
    public void Sample_of_the_prediction_itself_is_covered_as_often_as_said()
    {
        (PredictiveDistribution prediction, double[,] targets) = Calibrated(seed: 17, rows: 20_000, noiseScale: 1, order: [0, 1, 2]);
        // Four standard errors of a share of 20,000 rows: 4 sqrt(p (1 - p) / 20,000).
        Numbers.AssertClose(0.95, Scores.Evaluate(prediction, targets).PerTarget[0].Coverage95, absolute: 0.0062, relative: 0);
        CalibrationCurve curve = CalibrationCurve.Evaluate(prediction, targets);
        foreach ((double level, double share) in curve.NominalLevels.Zip(curve.PooledShares))
            Numbers.AssertClose(level, share, absolute: 4 * Math.Sqrt(level * (1 - level) / 20_000), relative: 0);
    }

    [Fact]
    public void Coverage_agrees_with_the_interval()
    {
        (PredictiveDistribution prediction, double[,] targets) = Calibrated(seed: 23, rows: 500, noiseScale: 0.5, order: [0, 1, 2]);
        (double[,] lower, double[,] upper) = prediction.Interval(0.95);
        int inside = Enumerable.Range(0, 500).Count(row => targets[row, 0] >= lower[row, 0] && targets[row, 0] <= upper[row, 0]);
        AssertClose(inside / 500.0, Scores.Evaluate(prediction, targets).PerTarget[0].Coverage95);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    public void Wrong_noise_scores_worse_than_the_true_one(double noiseScale)
    {
        (PredictiveDistribution truth, double[,] targets) = Calibrated(seed: 29, rows: 5_000, noiseScale: 1, order: [0, 1, 2]);
        (PredictiveDistribution wrong, _) = Calibrated(seed: 29, rows: 5_000, noiseScale, order: [0, 1, 2]);
        TargetScores best = Scores.Evaluate(truth, targets).Overall, worse = Scores.Evaluate(wrong, targets).Overall;
        Assert.True(worse.LogScore < best.LogScore);
        Assert.True(worse.Crps > best.Crps);
        Assert.Equal(noiseScale < 1, worse.Coverage95 < best.Coverage95);
        Assert.Equal(noiseScale < 1, worse.Width95 < best.Width95);
    }

    [Fact]
    public void Targets_of_another_shape_are_refused()
    {
        PredictiveDistribution prediction = new(["a"], new double[1, 2, 1], new double[1, 1]);
        string message = Assert.Throws<ArgumentException>(() => Scores.Evaluate(prediction, new double[1, 2])).Message;
        Assert.Contains("[1, 2] and the prediction is [2, 1]", message);
        Assert.Throws<ArgumentException>(() => CalibrationCurve.Evaluate(prediction, new double[2, 2]));
    }

    [Fact]
    public void Calibration_curve_counts_what_each_central_interval_holds()
    {
        // The standard normal's central interval reaches 1 at the level 0.683, and 3 at 0.997.
        CalibrationCurve curve = CalibrationCurve.Evaluate(
            new(["a", "none"], new double[1, 3, 2], new double[,] { { 1, 1 } }),
            new double[,] { { 0, Missing }, { 1, Missing }, { -3, Missing } });

        Assert.Equal(20, curve.NominalLevels.Count);
        Assert.Equal([0.05, 0.1, 0.15], curve.NominalLevels.Take(3));
        Assert.Equal([0.95, 0.99], curve.NominalLevels.Skip(18));
        for (int i = 0; i < 20; i++)
        {
            AssertClose(curve.NominalLevels[i] < 0.683 ? 1 / 3.0 : 2 / 3.0, curve.ObservedShares[i, 0]);
            Assert.Equal(double.NaN, curve.ObservedShares[i, 1]);
            Assert.Equal(curve.ObservedShares[i, 0], curve.PooledShares[i]);
        }
    }

    /// <summary>Three particles that disagree, and targets drawn from their mixture where noiseScale is 1.</summary>
    private static (PredictiveDistribution Prediction, double[,] Targets) Calibrated(int seed, int rows, double noiseScale, int[] order)
    {
        double[] noiseSd = [0.3, 0.5, 1.1];
        Random random = new(seed);
        double[,,] outputs = new double[3, rows, 1];
        double[,] noise = new double[3, 1];
        double[,] targets = new double[rows, 1];
        for (int s = 0; s < 3; s++) noise[order[s], 0] = Math.Pow(noiseScale * noiseSd[s], 2);
        for (int row = 0; row < rows; row++)
        {
            for (int s = 0; s < 3; s++) outputs[order[s], row, 0] = 10 + 2 * Normal.Sample(random, 0, 1);
            int drawn = random.Next(3);
            targets[row, 0] = Normal.Sample(random, outputs[order[drawn], row, 0], noiseSd[drawn]);
        }

        return (new(["a"], outputs, noise), targets);
    }

    private static void AssertClose(double expected, double actual) =>
        Numbers.AssertClose(expected, actual, absolute: 1e-14, relative: 1e-12);
}
