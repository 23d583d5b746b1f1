namespace IlgpuBnn.Tests.Prediction;

public sealed class ClassPredictionsTests
{
    private static readonly string[] _names = ["a", "b", "c"];

    /// <summary>Two networks, sure of different classes in the first row, and alike in the second.</summary>
    private static readonly double[,,] _logits = new double[2, 2, 3]
    {
        { { Math.Log(2), Math.Log(1), Math.Log(1) }, { 0, 0, Math.Log(2) } },
        { { Math.Log(1), Math.Log(8), Math.Log(1) }, { 0, 0, Math.Log(2) } },
    };

    [Fact]
    public void Probabilities_are_averaged_over_networks_not_logits()
    {
        var predictions = new ClassPredictions(_names, _logits, scale: 1, temperature: 1);
        double[] expected = [(0.5 + 0.1) / 2, (0.25 + 0.8) / 2, (0.25 + 0.1) / 2];
        Assert.All(expected.Index(), own => Assert.Equal(own.Item, predictions.Probabilities[0, own.Index], 1e-12));
        Assert.Equal([1, 2], predictions.PredictedClass);
        Assert.Equal("b", predictions.PredictedLabel(0));
    }

    [Fact]
    public void Entropy_is_the_sum_of_the_networks_own_and_of_what_they_disagree_by()
    {
        var predictions = new ClassPredictions(_names, _logits, scale: 1, temperature: 1);
        double own = (Entropy(0.5, 0.25, 0.25) + Entropy(0.1, 0.8, 0.1)) / 2, all = Entropy(0.3, 0.525, 0.175);
        Assert.Equal(own, predictions.ExpectedEntropy[0], 1e-12);
        Assert.Equal(all, predictions.Entropy[0], 1e-12);
        Assert.Equal(all - own, predictions.MutualInformation[0], 1e-12);
        Assert.Equal(0, predictions.MutualInformation[1], 1e-12);

        static double Entropy(params double[] probabilities) => -probabilities.Sum(p => p * Math.Log(p));
    }

    [Fact]
    public void Temperature_divides_logits_and_the_scale_moves_networks_about_their_mean()
    {
        var cold = new ClassPredictions(_names, _logits, scale: 0, temperature: 2);

        // Mean logits: ln of sqrt(2), sqrt(8), 1; their square roots.
        double[] odds = [Math.Pow(2, 0.25), Math.Pow(8, 0.25), 1];
        Assert.All(odds.Index(), own => Assert.Equal(own.Item / odds.Sum(), cold.Probabilities[0, own.Index], 1e-12));
        Assert.Equal(0, cold.MutualInformation[0], 1e-12);
    }

    [Fact]
    public void One_output_is_the_log_odds_of_the_second_of_two_classes_however_large()
    {
        var predictions = new ClassPredictions(["no", "yes"], new double[1, 3, 1] { { { Math.Log(3) }, { 800 }, { -800 } } }, scale: 1, temperature: 1);
        Assert.Equal(0.75, predictions.Probabilities[0, 1], 1e-12);
        Assert.Equal([1.0, 0.0], [predictions.Probabilities[1, 1], predictions.Probabilities[2, 1]]);
        Assert.All(predictions.Entropy, entropy => Assert.True(double.IsFinite(entropy)));
    }

    [Fact]
    public void Scores_are_those_worked_out_by_hand()
    {
        var predictions = new ClassPredictions(["no", "yes"], new double[1, 4, 1] { { { Math.Log(3) }, { Math.Log(3) }, { -Math.Log(4) }, { 0.1 } } }, scale: 1, temperature: 1);
        Dataset data = Dataset.OfClasses(new double[4, 1], ["yes", "no", "no", null]);
        var scores = ClassScores.Evaluate(predictions, data);
        Assert.Equal(3, scores.Rows);
        Assert.Equal(2.0 / 3, scores.Accuracy, 1e-12);
        Assert.Equal(-(Math.Log(0.75) + Math.Log(0.25) + Math.Log(0.8)) / 3, scores.LogLoss, 1e-12);
        Assert.Equal(2 * ((0.25 * 0.25) + (0.75 * 0.75) + (0.2 * 0.2)) / 3, scores.Brier, 1e-12);

        // Two rows of 0.75, one right; one of 0.8, right.
        Assert.Equal((Math.Abs(1.5 - 1) + 0.2) / 3, scores.ExpectedCalibrationError, 1e-12);
        Assert.Equal(new[,] { { 1, 1 }, { 0, 1 } }, scores.Confusion);
        Assert.Equal(2.0 / 3, scores.MostFrequent, 1e-12);
        Assert.Equal([(2, 0.5), (1, 1.0)], scores.Reliability.Select(bin => (bin.Rows, bin.Accuracy)));
    }

    [Fact]
    public void Labels_are_matched_by_name_and_an_unknown_one_is_refused()
    {
        var predictions = new ClassPredictions(["no", "yes"], new double[1, 3, 1] { { { 5 }, { 5 }, { -5 } } }, scale: 1, temperature: 1);
        Assert.Equal(1, ClassScores.Evaluate(predictions, Dataset.OfClasses(new double[3, 1], ["yes", "yes", "no"])).Accuracy);
        var problem = Assert.Throws<DataException>(() => ClassScores.Evaluate(predictions, Dataset.OfClasses(new double[3, 1], ["yes", "perhaps", "yes"])));
        Assert.Contains("\"perhaps\" is none of the classes", problem.Message);
        Assert.Throws<ArgumentException>(() => ClassScores.Evaluate(predictions, new Dataset(new double[3, 1], new double[3])));
    }
}
