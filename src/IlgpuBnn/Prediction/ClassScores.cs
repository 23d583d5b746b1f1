namespace IlgpuBnn.Prediction;

/// <summary>Scores of class probabilities against the labels of rows that were not trained on.</summary>
public sealed class ClassScores
{
    /// <summary>Number of bins of <see cref="Reliability"/>.</summary>
    public const int ReliabilityBins = 10;

    private ClassScores(ClassPredictions predictions, double[,] labels)
    {
        int classes = predictions.ClassNames.Count;
        (ClassNames, Confusion) = (predictions.ClassNames, new int[classes, classes]);
        (int Rows, double Probability, int Right)[] bins = new (int, double, int)[ReliabilityBins];
        double logLoss = 0, brier = 0;
        for (int row = 0; row < predictions.RowCount; row++)
        {
            if (double.IsNaN(labels[row, 0]))
            {
                continue;
            }

            int label = (int)labels[row, 0], predicted = predictions.PredictedClass[row];
            Rows++;
            Confusion[label, predicted]++;
            logLoss -= ClassProbabilities.Log(predictions.Probabilities[row, label]);
            brier += Enumerable.Range(0, classes).Sum(k => Math.Pow(predictions.Probabilities[row, k] - (k == label ? 1 : 0), 2));
            double probability = predictions.Probabilities[row, predicted];
            ref (int Rows, double Probability, int Right) bin = ref bins[Math.Min((int)(probability * ReliabilityBins), ReliabilityBins - 1)];
            bin = (bin.Rows + 1, bin.Probability + probability, bin.Right + (label == predicted ? 1 : 0));
        }

        int[] counts = [.. Enumerable.Range(0, classes).Select(k => Enumerable.Range(0, classes).Sum(other => Confusion[k, other]))];
        (LogLoss, Brier) = (logLoss / Rows, brier / Rows);
        Accuracy = bins.Sum(bin => (double)bin.Right) / Rows;
        MostFrequent = (double)counts.Max() / Rows;
        FrequencyLogLoss = -counts.Where(count => count > 0).Sum(count => (double)count / Rows * Math.Log((double)count / Rows));
        ExpectedCalibrationError = bins.Sum(bin => Math.Abs(bin.Probability - bin.Right)) / Rows;
        Reliability = [.. bins.Where(bin => bin.Rows > 0).Select(bin => new ReliabilityBin(bin.Rows, bin.Probability / bin.Rows, (double)bin.Right / bin.Rows))];
    }

    /// <summary>[class].</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Rows with a label, which are scored.</summary>
    public int Rows { get; }

    /// <summary>Fraction of rows whose most probable class is theirs; NaN without rows, as all scores.</summary>
    public double Accuracy { get; }

    /// <summary>Minus the mean logarithm of the probability given to a row's class, in nats; lower is better.</summary>
    public double LogLoss { get; }

    /// <summary>Mean over rows of the squared error of probabilities, summed over classes: 0 to 2; lower is better (Brier 1950).</summary>
    public double Brier { get; }

    /// <summary>
    /// How far the probability of the predicted class is from the fraction of rows where it is right: the mean over <see cref="ReliabilityBins"/> equal bins of that probability,
    /// weighted by their rows (Guo et al. 2017). Of few rows it is above 0 by chance.
    /// </summary>
    public double ExpectedCalibrationError { get; }

    /// <summary>Accuracy of always predicting the class that is most frequent in these rows.</summary>
    public double MostFrequent { get; }

    /// <summary>Log loss of predicting the frequencies of classes in these rows, whatever the inputs.</summary>
    public double FrequencyLogLoss { get; }

    /// <summary>[class of the row, predicted class]: numbers of rows.</summary>
    public int[,] Confusion { get; }

    /// <summary>Bins of the predicted class's probability that hold rows, rising.</summary>
    public IReadOnlyList<ReliabilityBin> Reliability { get; }

    /// <summary>Scores predictions.</summary>
    /// <param name="predictions">The predictions.</param>
    /// <param name="data">The same rows with labels (<see cref="Data.Dataset.Classes"/>): all of them the predictions' classes, in any order.</param>
    /// <exception cref="ArgumentException">The rows are not as many, or have no labels.</exception>
    /// <exception cref="Data.DataException">A label is none of the predictions' classes.</exception>
    public static ClassScores Evaluate(ClassPredictions predictions, Data.Dataset data)
    {
        if (data.Classes is null || data.RowCount != predictions.RowCount)
        {
            throw new ArgumentException(
                data.Classes is null
                    ? $"{data.SourceName} has targets of numbers. Give rows with class labels."
                    : $"{data.SourceName} has {data.RowCount} rows; {predictions.RowCount} are predicted. Give the same rows.",
                nameof(data));
        }

        return new ClassScores(predictions, data.WithClasses(predictions.ClassNames).Targets);
    }
}

/// <summary>Rows whose predicted class has about the same probability.</summary>
/// <param name="Rows">Their number.</param>
/// <param name="Probability">Mean of that probability.</param>
/// <param name="Accuracy">Fraction of them whose class it is.</param>
public readonly record struct ReliabilityBin(int Rows, double Probability, double Accuracy);
