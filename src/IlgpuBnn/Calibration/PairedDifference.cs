namespace IlgpuBnn.Calibration;

/// <summary>Mean difference of two scores of the same rows, and its standard error.</summary>
/// <param name="StandardError">Standard deviation of the differences over the root of their number; NaN of fewer than two.</param>
internal readonly record struct PairedDifference(double Mean, double StandardError)
{
    /// <param name="scores">[row]; NaN where there is none.</param>
    /// <param name="others">Of the same rows.</param>
    public static PairedDifference Of(IReadOnlyList<double> scores, IReadOnlyList<double> others)
    {
        double[] differences = [.. scores.Zip(others, (score, other) => score - other).Where(double.IsFinite)];
        double mean = differences.DefaultIfEmpty(double.NaN).Average();
        double squares = differences.Sum(own => (own - mean) * (own - mean));
        return new PairedDifference(mean, Math.Sqrt(squares / (differences.Length - 1.0) / differences.Length));
    }

    /// <summary>Whether the mean is not below a value by more than its standard error.</summary>
    public bool MayBeAbove(double value) => Mean + StandardError > value;
}
