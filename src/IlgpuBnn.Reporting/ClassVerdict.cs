using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>A summary of a class model's quality in a few sentences.</summary>
public static class ClassVerdict
{
    private const double Useless = 0.02, MinRecall = 0.5, Notable = 0.2;

    // Standard errors.
    private const double Clear = 2;

    /// <summary>Summarises predictions of rows that were not trained on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="unseen">Predictions of such rows.</param>
    /// <param name="data">The same rows, with labels.</param>
    /// <param name="scores">How good those predictions are.</param>
    public static IReadOnlyList<string> Sentences(BayesianNetwork model, ClassPredictions unseen, Dataset data, ClassScores scores) =>
    [
        .. Accuracy(scores), .. Weights(model), .. Calibration(unseen, data, scores), .. Confusions(scores), .. Uncertainty(unseen),
    ];

    private static IEnumerable<string> Accuracy(ClassScores scores)
    {
        yield return $"It names the right class for {Percent(scores.Accuracy)} of the rows that its networks had not seen; always naming the most frequent class would be right for "
            + $"{Percent(scores.MajorityAccuracy)}.";
        double gain = 1 - (scores.LogLoss / scores.FrequencyLogLoss);
        yield return gain < Useless
            ? "Its probabilities say no more of these rows than the frequencies of the classes do: the inputs tell next to nothing of the class, or rows are too few. Do not rely on it."
            : $"The log loss of its probabilities is {NumberText.Short(scores.LogLoss, 3)}; that of the classes' frequencies, which know no inputs, is {NumberText.Short(scores.FrequencyLogLoss, 3)}.";
    }

    private static IEnumerable<string> Weights(BayesianNetwork model)
    {
        if (model.Options.ClassWeights == ClassWeights.Balanced)
        {
            yield return "It was trained with balanced class weights: its probabilities are those of a table in which all classes are as frequent, so rare classes are named more often than they occur.";
        }
    }

    private static IEnumerable<string> Calibration(ClassPredictions unseen, Dataset data, ClassScores scores)
    {
        double confidence = 0, variance = 0;
        for (int row = 0; row < unseen.RowCount; row++)
        {
            if (!double.IsNaN(data.Targets[row, 0]))
            {
                double highest = unseen.Probabilities[row, unseen.PredictedClass[row]];
                (confidence, variance) = (confidence + (highest / scores.Rows), variance + (highest * (1 - highest) / scores.Rows / scores.Rows));
            }
        }

        double difference = scores.Accuracy - confidence;
        yield return $"It gives the class that it names a probability of {Percent(confidence)} on average, and {Percent(scores.Accuracy)} of these are right: "
            + (Math.Abs(difference) <= Clear * Math.Sqrt(variance) ? "its probabilities can be taken at their word."
                : difference < 0 ? "it is overconfident." : "it is underconfident.");
    }

    private static IEnumerable<string> Confusions(ClassScores scores)
    {
        int classes = scores.ClassNames.Count;
        int[] rows = [.. Enumerable.Range(0, classes).Select(k => Enumerable.Range(0, classes).Sum(other => scores.Confusion[k, other]))];
        string[] weak = [.. Enumerable.Range(0, classes).Where(k => rows[k] > 0 && scores.Confusion[k, k] < MinRecall * rows[k])
            .Select(k => $"{scores.ClassNames[k]} ({scores.Confusion[k, k]} of {rows[k]})")];
        if (weak.Length > 0)
        {
            yield return $"It misses most rows of {ColumnSelection.List(weak)}. More rows of such a class may help.";
        }

        (int own, int named) = (from k in Enumerable.Range(0, classes) from other in Enumerable.Range(0, classes) where k != other select (k, other))
            .MaxBy(pair => scores.Confusion[pair.k, pair.other]);
        if (scores.Confusion[own, named] > Notable * rows[own])
        {
            yield return $"Its commonest error is to name {ShownText.Of(scores.ClassNames[named])} where it is {ShownText.Of(scores.ClassNames[own])}: {scores.Confusion[own, named]} of {rows[own]} rows.";
        }
    }

    private static IEnumerable<string> Uncertainty(ClassPredictions unseen)
    {
        double entropy = unseen.Entropy.Average();
        if (entropy > 0)
        {
            yield return $"About {Percent(unseen.MutualInformation.Average() / entropy)} of its uncertainty (entropy) is epistemic, the networks' disagreement, which more rows reduce; the rest is "
                + "overlap of the classes as far as these inputs tell them apart.";
        }
    }

    private static string Percent(double fraction) => NumberText.Percent(Math.Round(fraction, 2));
}
