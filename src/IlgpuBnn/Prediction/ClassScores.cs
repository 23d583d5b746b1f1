using IlgpuBnn.Data;

namespace IlgpuBnn.Prediction;

/// <summary>How good predictions of classes are, over rows with a known label.</summary>
/// <param name="ClassNames">[class].</param>
/// <param name="Rows">Rows with a label.</param>
/// <param name="Accuracy">Fraction of rows whose most probable class is theirs.</param>
/// <param name="LogLoss">Mean of -ln p of the rows' own classes; 0 is best, and ln K that of K equal probabilities.</param>
/// <param name="Brier">Mean over rows of the sum over classes of (p - 1{own class})^2 (Brier 1950); 0 is best, 2 worst. With two classes twice what is often given.</param>
/// <param name="CalibrationError">
/// Expected calibration error: mean over rows of the difference of accuracy and mean highest probability in each of ten equal bins of the latter (Guo et al. 2017).
/// </param>
/// <param name="MajorityAccuracy">Accuracy of always naming the most frequent class of these rows.</param>
/// <param name="FrequencyLogLoss">Log loss of these rows' class frequencies, for every row alike.</param>
/// <param name="Confusion">[own class, most probable class]: numbers of rows.</param>
/// <param name="Bins">Of the highest probability, rising; those without rows are left out.</param>
public sealed record ClassScores(
    IReadOnlyList<string> ClassNames, int Rows, double Accuracy, double LogLoss, double Brier, double CalibrationError, double MajorityAccuracy, double FrequencyLogLoss,
    int[,] Confusion, IReadOnlyList<ReliabilityBin> Bins)
{
    private const int BinCount = 10;

    /// <summary>Scores predictions.</summary>
    /// <param name="prediction">Of all rows.</param>
    /// <param name="data">The same rows, with labels; a missing one does not count.</param>
    /// <exception cref="ArgumentException">The rows or classes are not those of the prediction.</exception>
    /// <exception cref="DataException">No row has a label.</exception>
    public static ClassScores Evaluate(ClassPredictions prediction, Dataset data)
    {
        if (data.Classes is null || prediction.RowCount != data.RowCount || !data.Classes.SequenceEqual(prediction.ClassNames))
        {
            throw new ArgumentException(
                $"The prediction has {prediction.RowCount} rows of {ColumnSelection.List(prediction.ClassNames)}; {data.SourceName} has {data.RowCount} rows of "
                    + $"{(data.Classes is null ? "numbers" : ColumnSelection.List(data.Classes))}. Give the rows that were predicted, with the model's classes.", nameof(data));
        }

        int classes = prediction.ClassNames.Count;
        (int Row, int Label)[] rows = [.. Enumerable.Range(0, data.RowCount).Where(row => !double.IsNaN(data.Targets[row, 0])).Select(row => (row, (int)data.Targets[row, 0]))];
        if (rows.Length == 0)
        {
            throw new DataException(data.SourceName, "no row has a label to compare with. Give rows with known classes.", column: data.TargetNames[0]);
        }

        var confusion = new int[classes, classes];
        double logLoss = 0, brier = 0;
        foreach ((int row, int label) in rows)
        {
            confusion[label, prediction.PredictedClass[row]]++;
            logLoss -= ClassProbabilities.Log(prediction.Probabilities[row, label]) / rows.Length;
            for (int k = 0; k < classes; k++)
            {
                brier += Math.Pow(prediction.Probabilities[row, k] - (k == label ? 1 : 0), 2) / rows.Length;
            }
        }

        double[] frequencies = [.. Enumerable.Range(0, classes).Select(k => rows.Count(own => own.Label == k) / (double)rows.Length)];
        ReliabilityBin[] bins = [.. BinsOf(rows.Select(own => (Top(own.Row), prediction.PredictedClass[own.Row] == own.Label)))];
        return new ClassScores(
            prediction.ClassNames, rows.Length, Enumerable.Range(0, classes).Sum(k => confusion[k, k]) / (double)rows.Length, logLoss, brier,
            bins.Sum(bin => bin.Rows * Math.Abs(bin.Observed - bin.Predicted)) / rows.Length, frequencies.Max(), ClassProbabilities.Entropy(frequencies), confusion, bins);

        double Top(int row) => prediction.Probabilities[row, prediction.PredictedClass[row]];
    }

    /// <summary>One class against all others: how often it is the row's own, by its probability.</summary>
    /// <param name="prediction">Of all rows.</param>
    /// <param name="data">The same rows, with labels.</param>
    /// <param name="own">Index of the class.</param>
    public static IReadOnlyList<ReliabilityBin> ReliabilityOf(ClassPredictions prediction, Dataset data, int own) => [.. BinsOf(
        Enumerable.Range(0, data.RowCount).Where(row => !double.IsNaN(data.Targets[row, 0])).Select(row => (prediction.Probabilities[row, own], data.Targets[row, 0] == own)))];

    private static IEnumerable<ReliabilityBin> BinsOf(IEnumerable<(double Probability, bool IsTrue)> rows) => rows
        .GroupBy(row => Math.Min(BinCount - 1, (int)(BinCount * row.Probability))).OrderBy(bin => bin.Key)
        .Select(bin => new ReliabilityBin(bin.Average(row => row.Probability), bin.Average(row => row.IsTrue ? 1.0 : 0), bin.Count()));
}

/// <summary>Rows of similar probability.</summary>
/// <param name="Predicted">Mean probability.</param>
/// <param name="Observed">Fraction of rows in which it came true.</param>
/// <param name="Rows">Number of rows, at least 1.</param>
public sealed record ReliabilityBin(double Predicted, double Observed, int Rows);
