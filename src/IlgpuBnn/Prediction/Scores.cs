namespace IlgpuBnn.Prediction;

/// <summary>Scores of a prediction against observed targets that were not trained on.</summary>
public sealed class Scores
{
    // [target].
    private readonly bool[] _constant;

    private Scores(int rows, IReadOnlyList<string> targetNames, IReadOnlyList<TargetScores> perTarget, bool[] constant)
    {
        _constant = constant;
        Rows = rows;
        TargetNames = targetNames;
        PerTarget = perTarget;
        Overall = new TargetScores(
            MeanOver(scores => scores.Rmse),
            MeanOver(scores => scores.Mae),
            MeanOver(scores => scores.R2),
            MeanOver(scores => scores.LogScore),
            MeanOver(scores => scores.Crps),
            MeanOver(scores => scores.Coverage95),
            MeanOver(scores => scores.Width95));
    }

    /// <summary>Rows of the prediction, with missing targets too.</summary>
    public int Rows { get; }

    /// <summary>[target]: column names.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>[target]; all NaN if no row has the target.</summary>
    public IReadOnlyList<TargetScores> PerTarget { get; }

    /// <summary>
    /// Each score's mean over the targets where it is defined; NaN if it is for none. A target that never varied in training, and is predicted as one value without
    /// any doubt, does not count.
    /// </summary>
    /// <remarks>Of targets in different units, compare only R2 and coverage this way.</remarks>
    public TargetScores Overall { get; }

    /// <summary>Scores a prediction against observed values.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="targets">Observed values, [row, target], raw units; NaN if missing.</param>
    /// <exception cref="ArgumentException"><paramref name="targets"/> is not [row, target].</exception>
    public static Scores Evaluate(PredictiveDistribution prediction, double[,] targets)
    {
        double[,] pit = prediction.Pit(targets);
        int rows = prediction.RowCount, targetCount = prediction.TargetNames.Count;
        double[,] logDensity = new double[rows, targetCount];
        double[,] crps = new double[rows, targetCount];
        double[,] width = new double[rows, targetCount];
        (double[,] lower, double[,] upper) = prediction.Interval(0.95);
        prediction.ForEachMixture((row, target, mixture) =>
        {
            double y = targets[row, target];
            if (double.IsNaN(y)) return;
            logDensity[row, target] = mixture.LogDensity(y);
            crps[row, target] = mixture.Crps(y);
            width[row, target] = upper[row, target] - lower[row, target];
        });

        TargetScores[] perTarget = new TargetScores[targetCount];
        for (int target = 0; target < targetCount; target++)
        {
            int[] present = Enumerable.Range(0, rows).Where(row => !double.IsNaN(targets[row, target])).ToArray();
            double[] Column(double[,] table) => Array.ConvertAll(present, row => table[row, target]);
            perTarget[target] = Summarise(
                Column(targets),
                Column(prediction.Mean),
                Column(logDensity),
                Column(crps),
                CalibrationCurve.Share(Column(pit), 0.95),
                Column(width));
        }

        return new Scores(rows, prediction.TargetNames, perTarget, [.. perTarget.Select((_, target) => prediction.IsConstant(target))]);
    }

    private static TargetScores Summarise(
        double[] observed, double[] predicted, double[] logDensity, double[] crps, double coverage, double[] width)
    {
        double mean = MeanOf(observed), squaredError = 0, absoluteError = 0, squaredDeviation = 0;
        for (int i = 0; i < observed.Length; i++)
        {
            double error = observed[i] - predicted[i], deviation = observed[i] - mean;
            squaredError += error * error;
            absoluteError += Math.Abs(error);
            squaredDeviation += deviation * deviation;
        }

        return new TargetScores(
            Math.Sqrt(squaredError / observed.Length),
            absoluteError / observed.Length,
            // For equal values rounding of the mean may leave a squared deviation above 0.
            Array.TrueForAll(observed, value => value == observed[0]) ? double.NaN : 1 - squaredError / squaredDeviation,
            MeanOf(logDensity),
            MeanOf(crps),
            coverage,
            MeanOf(width));
    }

    private double MeanOver(Func<TargetScores, double> score) =>
        MeanOf(PerTarget.Where((_, target) => !_constant[target]).Select(score).Where(value => !double.IsNaN(value)).ToArray());

    /// <summary>NaN for no values.</summary>
    private static double MeanOf(double[] values) => values.Sum() / values.Length;
}
