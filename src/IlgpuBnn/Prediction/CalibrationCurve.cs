namespace IlgpuBnn.Prediction;

/// <summary>
/// Observed coverage of central intervals against their level. On the diagonal a prediction is calibrated, below it overconfident, above it
/// underconfident.
/// </summary>
public sealed class CalibrationCurve
{
    private CalibrationCurve(IReadOnlyList<string> targetNames, double[] levels, double[,] observedShares, double[] pooledShares) =>
        (TargetNames, NominalLevels, ObservedShares, PooledShares) = (targetNames, levels, observedShares, pooledShares);

    /// <summary>[target]: column names.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>[level]: 0.05, 0.10, ... 0.95 and 0.99.</summary>
    public IReadOnlyList<double> NominalLevels { get; }

    /// <summary>Fraction of observed values inside, [level, target]; NaN for a target without observations or predicted as a single point.</summary>
    public double[,] ObservedShares { get; }

    /// <summary>Fraction over all targets, [level]; NaN without observations.</summary>
    public IReadOnlyList<double> PooledShares { get; }

    /// <summary>Compares the prediction's intervals with observed values.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="targets">Observed values, [row, target], raw units; NaN if missing.</param>
    /// <exception cref="ArgumentException"><paramref name="targets"/> is not [row, target].</exception>
    public static CalibrationCurve Evaluate(PredictiveDistribution prediction, double[,] targets)
    {
        double[,] pit = prediction.Pit(targets);
        double[] pooled = pit.Cast<double>().ToArray();
        double[] levels = [.. Enumerable.Range(1, 19).Select(i => i / 20.0), 0.99];
        double[,] shares = new double[levels.Length, prediction.TargetNames.Count];
        for (int target = 0; target < prediction.TargetNames.Count; target++)
        {
            double[] column = Enumerable.Range(0, prediction.RowCount).Select(row => pit[row, target]).ToArray();
            for (int i = 0; i < levels.Length; i++) shares[i, target] = Share(column, levels[i]);
        }

        return new CalibrationCurve(prediction.TargetNames, levels, shares, Array.ConvertAll(levels, level => Share(pooled, level)));
    }

    /// <summary>Fraction of the defined transforms inside the central interval; NaN if none is defined.</summary>
    internal static double Share(double[] pit, double level)
    {
        int defined = pit.Count(value => !double.IsNaN(value));
        return (double)pit.Count(value => IsInside(value, level)) / defined;
    }

    /// <summary>Whether a value lies in its central interval of that level, by its transform; NaN does not.</summary>
    internal static bool IsInside(double pit, double level)
    {
        double tail = (1 - level) / 2;
        return pit >= tail && pit <= 1 - tail;
    }
}
