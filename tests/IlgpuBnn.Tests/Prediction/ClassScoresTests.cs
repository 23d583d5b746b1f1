namespace IlgpuBnn.Tests.Prediction;

public sealed class ClassScoresTests
{
    private static readonly double _nine = Math.Log(9);

    /// <summary>Two networks of two classes: one row on which they agree, one on which they contradict each other.</summary>
    private static readonly ClassPredictions _two = new(["no", "yes"], new[, ,] { { { _nine }, { _nine } }, { { _nine }, { -_nine } } }, 1, 1);

    [Fact]
    public void Probabilities_are_averaged_over_networks_and_entropy_is_split()
    {
        new IlgpuBnn.Reference.Tolerance(1e-12, 1e-12).AssertClose([0.1, 0.9, 0.5, 0.5], [.. _two.Probabilities.Cast<double>()]);
        double own = -(0.9 * Math.Log(0.9)) - (0.1 * Math.Log(0.1));
        new IlgpuBnn.Reference.Tolerance(1e-12, 1e-12).AssertClose([own, Math.Log(2)], _two.Entropy);
        new IlgpuBnn.Reference.Tolerance(1e-12, 1e-12).AssertClose([own, own], _two.ExpectedEntropy);
        new IlgpuBnn.Reference.Tolerance(1e-12, 1e-12).AssertClose([0, Math.Log(2) - own], _two.MutualInformation);
        Assert.Equal("yes", _two.PredictedLabel(0));
    }

    [Fact]
    public void Deviations_are_scaled_and_logits_divided_by_the_temperature()
    {
        var scaled = new ClassPredictions(["a", "b", "c"], new[, ,] { { { 4.0, 0, -4 } }, { { 2.0, 0, -2 } } }, 0.5, 2);
        double[] Softmax(params double[] logits) => [.. logits.Select(own => Math.Exp(own) / logits.Sum(Math.Exp))];
        double[] expected = [.. Softmax(1.75, 0, -1.75).Zip(Softmax(1.25, 0, -1.25), (a, b) => (a + b) / 2)];
        new IlgpuBnn.Reference.Tolerance(1e-12, 1e-12).AssertClose(expected, [.. scaled.Probabilities.Cast<double>()]);
    }

    [Fact]
    public void Logits_beyond_any_exponential_give_probabilities()
    {
        var sure = new ClassPredictions(["a", "b", "c"], new[, ,] { { { 1e5, -1e5, 0 } } }, 1, 1);
        Assert.Equal([1, 0, 0], sure.Probabilities.Cast<double>());
        Assert.Equal(0, sure.Entropy[0]);
        Assert.Equal([0, 1], new ClassPredictions(["a", "b"], new[, ,] { { { 1e5 } } }, 1, 1).Probabilities.Cast<double>());
    }

    [Fact]
    public void Scores_are_those_by_hand()
    {
        ClassPredictions prediction = Of([0.95, 0.92, 0.3, 0.6]);
        Dataset labels = Labels("yes", "no", "no", "yes");
        ClassScores scores = ClassScores.Evaluate(prediction, labels);
        Assert.Equal(4, scores.Rows);
        Assert.Equal(0.75, scores.Accuracy);
        Assert.Equal(-(Math.Log(0.95) + Math.Log(0.08) + Math.Log(0.7) + Math.Log(0.6)) / 4, scores.LogLoss, 1e-12);
        Assert.Equal(2 * (0.0025 + 0.8464 + 0.09 + 0.16) / 4, scores.Brier, 1e-12);

        // Highest probabilities .95 (right) and .92 (wrong) in one bin, .7 and .6 (both right) in bins of their own.
        Assert.Equal(((2 * (0.935 - 0.5)) + 0.3 + 0.4) / 4, scores.CalibrationError, 1e-12);
        Assert.Equal([1, 1, 0, 2], scores.Confusion.Cast<int>());
        Assert.Equal(0.5, scores.MajorityAccuracy);
        Assert.Equal(Math.Log(2), scores.FrequencyLogLoss, 1e-12);
        Assert.Equal([(0.3, 0, 1), (0.6, 1, 1), (0.935, 0.5, 2)], ClassScores.ReliabilityOf(prediction, labels, 1).Select(bin => (Math.Round(bin.Predicted, 9), bin.Observed, bin.Rows)));
    }

    [Fact]
    public void Rows_without_a_label_do_not_count()
    {
        ClassScores scores = ClassScores.Evaluate(Of([0.9, 0.8, 0.3, 0.6]), Labels("yes", null, "no", "yes"));
        Assert.Equal((3, 1.0), (scores.Rows, scores.Accuracy));
        Assert.Throws<ArgumentException>(() => ClassScores.Evaluate(Of([0.9]), Labels("yes", "no", "no")));
        Assert.Throws<ArgumentException>(() => ClassScores.Evaluate(Of([0.9, 0.1]), new Dataset(new double[2, 1], new double[2, 1])));
    }

    /// <summary>One network, by the probability of "yes" in each row.</summary>
    private static ClassPredictions Of(double[] probabilities)
    {
        var logits = new double[1, probabilities.Length, 1];
        for (int n = 0; n < probabilities.Length; n++)
        {
            logits[0, n, 0] = Math.Log(probabilities[n] / (1 - probabilities[n]));
        }

        return new ClassPredictions(["no", "yes"], logits, 1, 1);
    }

    private static Dataset Labels(params string?[] labels) => Dataset.OfClasses(new double[labels.Length, 1], labels);
}
