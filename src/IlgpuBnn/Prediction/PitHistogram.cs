namespace IlgpuBnn.Prediction;

/// <summary>
/// Probability integral transforms in equal bins, with a test of whether they are uniform, as those of a calibrated prediction are; and, where they are
/// not, in which way.
/// </summary>
/// <remarks>
/// Values of one group, such as runs of one site or targets of one row, may be alike. They then count as one cluster: the test is Pearson's, corrected
/// for the design effects of the bins (Rao and Scott 1981, second order, with the F reference of Thomas and Rao 1987), and nothing is assumed of how
/// alike they are.
/// </remarks>
public sealed class PitHistogram
{
    private const int MaxBins = 10, MinBins = 2, ExpectedPerBin = 5;
    private const double BandLevel = 0.95;

    private PitHistogram(double[] pit, Clusters clusters, int bins)
    {
        Count = pit.Length;
        GroupCount = clusters.Count;
        int[] counts = new int[bins];
        int[] binOf = Array.ConvertAll(pit, value => Math.Min((int)(value * bins), bins - 1));
        foreach (int bin in binOf)
        {
            counts[bin]++;
        }

        Counts = counts;
        (DesignEffect, double pValue) = UniformityTest.Evaluate(binOf, counts, clusters);

        // Fewer would leave too few expected values in a bin for the test.
        PValue = clusters.Count >= MinBins * ExpectedPerBin ? pValue : double.NaN;
        Band = ChanceBand();
        (Shift, SpreadRatio, Departures) = NormalScores.Evaluate(pit, DesignEffect);
    }

    /// <summary>Number of values in each bin; the bins divide [0, 1] equally.</summary>
    public IReadOnlyList<int> Counts { get; }

    /// <summary>Number of values, missing ones left out.</summary>
    public int Count { get; }

    /// <summary>Number of groups; of independent values as many as there are.</summary>
    public int GroupCount { get; }

    /// <summary>
    /// Counts that hold a bin's with 95 % probability if values are uniform: binomial quantiles, of <see cref="Count"/> / <see cref="DesignEffect"/>
    /// independent values.
    /// </summary>
    public (double Lower, double Upper) Band { get; }

    /// <summary>How many times more the bins' shares vary than those of independent values; 1 without groups, at least 1 with them.</summary>
    public double DesignEffect { get; }

    /// <summary>
    /// Probability of counts at least as uneven if values are uniform; NaN of fewer than 10 values or groups, which can tell nothing.
    /// </summary>
    public double PValue { get; }

    /// <summary>Mean of the normal scores: by how many predictive standard deviations observed values lie above what is predicted; best at 0.</summary>
    public double Shift { get; }

    /// <summary>Standard deviation of the normal scores about <see cref="Shift"/>: how many times as large errors are as predicted; best at 1.</summary>
    public double SpreadRatio { get; }

    /// <summary>In which ways values depart from uniform ones, the clearest first. Chance alone also makes some: see <see cref="PValue"/>.</summary>
    public IReadOnlyList<Miscalibration> Departures { get; }

    /// <summary>Counts values.</summary>
    /// <param name="pit">As of <see cref="PredictiveDistribution.Pit"/>, in [0, 1]; NaN is left out.</param>
    /// <param name="groups">A number per value, the same for values of one group. Null (default) where all are independent.</param>
    /// <param name="bins">Null (default) for 10, or fewer where there are fewer than 50 values or groups: five in each, at least 2.</param>
    /// <exception cref="ArgumentException">A value is outside [0, 1], or there are not as many groups as values.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 2.</exception>
    public static PitHistogram Of(IReadOnlyList<double> pit, IReadOnlyList<int>? groups = null, int? bins = null)
    {
        if (groups is not null && groups.Count != pit.Count)
        {
            throw new ArgumentException($"There are {pit.Count} values and {groups.Count} groups. Give a group per value.", nameof(groups));
        }

        if (pit.Any(value => value is < 0 or > 1))
        {
            throw new ArgumentException(
                $"A value is {pit.First(value => value is < 0 or > 1)}. Probability integral transforms lie in [0, 1].", nameof(pit));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(bins ?? MinBins, MinBins);
        int[] present = [.. Enumerable.Range(0, pit.Count).Where(i => !double.IsNaN(pit[i]))];
        var clusters = Clusters.Of(present.Length, groups is null ? null : Array.ConvertAll(present, i => groups[i]));
        return new PitHistogram(
            Array.ConvertAll(present, i => pit[i]), clusters, bins ?? Math.Clamp(clusters.Count / ExpectedPerBin, MinBins, MaxBins));
    }

    /// <summary>Counts the values of one target.</summary>
    /// <param name="pit">[row, target].</param>
    /// <param name="target">Which.</param>
    /// <param name="groups">A number per row, or null.</param>
    /// <param name="bins">As of the other.</param>
    public static PitHistogram OfTarget(double[,] pit, int target, IReadOnlyList<int>? groups = null, int? bins = null) =>
        Of([.. Enumerable.Range(0, pit.GetLength(0)).Select(row => pit[row, target])], groups, bins);

    /// <summary>Counts the values of all targets together; those of one row are a group, or part of the row's group.</summary>
    /// <param name="pit">[row, target].</param>
    /// <param name="groups">A number per row, or null.</param>
    /// <param name="bins">As of the other.</param>
    public static PitHistogram Pooled(double[,] pit, IReadOnlyList<int>? groups = null, int? bins = null) =>
        Of([.. pit.Cast<double>()], PerValue(pit, groups ?? [.. Enumerable.Range(0, pit.GetLength(0))]), bins);

    /// <summary>What there is of each row, for each value, row by row.</summary>
    internal static T[] PerValue<T>(double[,] values, IReadOnlyList<T> perRow) =>
        [.. Enumerable.Range(0, values.Length).Select(i => perRow[i / values.GetLength(1)])];

    private (double Lower, double Upper) ChanceBand()
    {
        if (Count == 0)
        {
            return (0, 0);
        }

        int independent = Math.Max((int)Math.Round(Count / DesignEffect), 1);
        (int lower, int upper) = Binomials.CentralRange(1.0 / Counts.Count, independent, BandLevel);
        double worth = (double)Count / independent;
        return (lower * worth, upper * worth);
    }
}
