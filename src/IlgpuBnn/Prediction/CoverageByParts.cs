namespace IlgpuBnn.Prediction;

/// <summary>How often intervals held observed values in one part of the rows.</summary>
/// <param name="From">Smallest key of the part.</param>
/// <param name="To">Largest key.</param>
/// <param name="Count">Observed values.</param>
/// <param name="Coverage">Share of them inside their intervals.</param>
/// <param name="Lower">Lower end of the exact 95 % interval of that share.</param>
/// <param name="Upper">Upper end.</param>
public sealed record PartCoverage(double From, double To, int Count, double Coverage, double Lower, double Upper);

/// <summary>
/// Whether intervals that hold what they promise on the whole do so everywhere: coverage in parts of the rows, by whatever may matter, such as the
/// predicted value or the distance from the training rows.
/// </summary>
/// <remarks>
/// The interval of a share is Clopper and Pearson's. Values of one group may be alike: then it is that of so many fewer independent values as the share
/// varies more (Korn and Graubard, Survey Methodology 24 (1998) 193-201), at most one per group where all or none are inside.
/// </remarks>
public static class CoverageByParts
{
    private const int MinCount = 10;
    private const double Confidence = 0.95;

    /// <summary>Parts of equally many values, in the order of a key; values with the same key are never apart.</summary>
    /// <param name="pit">As of <see cref="PredictiveDistribution.Pit"/>; NaN is left out.</param>
    /// <param name="keys">One per value, finite.</param>
    /// <param name="groups">A number per value, the same for values of one group. Null (default) where all are independent.</param>
    /// <param name="level">Of the central intervals; default 0.95.</param>
    /// <param name="parts">At most so many; fewer where there would be fewer than 10 values in each. Default 4.</param>
    /// <exception cref="ArgumentException">There are not as many keys or groups as values.</exception>
    public static IReadOnlyList<PartCoverage> ByKey(
        IReadOnlyList<double> pit, IReadOnlyList<double> keys, IReadOnlyList<int>? groups = null, double level = 0.95, int parts = 4)
    {
        Require(pit, keys.Count, nameof(keys));
        Require(pit, groups?.Count ?? pit.Count, nameof(groups));
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        int[] sorted = [.. Present(pit).OrderBy(i => keys[i])];
        int count = Math.Clamp(sorted.Length / MinCount, 1, parts);
        var first = new Dictionary<double, int>();
        return
        [
            .. sorted.Select((i, rank) => (Value: i, Rank: first.TryAdd(keys[i], rank) ? rank : first[keys[i]]))
                .GroupBy(pair => (int)((long)pair.Rank * count / sorted.Length), pair => pair.Value)
                .Select(part => Part(pit, keys, [.. part], groups, level)),
        ];
    }

    /// <summary>A part per group, in the order of their numbers, which are its key.</summary>
    /// <param name="pit">As of <see cref="PredictiveDistribution.Pit"/>; NaN is left out.</param>
    /// <param name="groups">A number per value, the same for values of one group.</param>
    /// <param name="rows">Numbers of the values' rows where a row has several targets. Null (default) for one value per row.</param>
    /// <param name="level">Of the central intervals; default 0.95.</param>
    /// <exception cref="ArgumentException">There are not as many groups or rows as values.</exception>
    public static IReadOnlyList<PartCoverage> ByGroup(
        IReadOnlyList<double> pit, IReadOnlyList<int> groups, IReadOnlyList<int>? rows = null, double level = 0.95)
    {
        Require(pit, groups.Count, nameof(groups));
        Require(pit, rows?.Count ?? pit.Count, nameof(rows));
        double[] keys = [.. groups.Select(group => (double)group)];
        return [.. Present(pit).GroupBy(i => groups[i]).OrderBy(part => part.Key).Select(part => Part(pit, keys, [.. part], rows, level))];
    }

    private static IEnumerable<int> Present(IReadOnlyList<double> pit) => Enumerable.Range(0, pit.Count).Where(i => !double.IsNaN(pit[i]));

    private static PartCoverage Part(IReadOnlyList<double> pit, IReadOnlyList<double> keys, int[] part, IReadOnlyList<int>? groups, double level)
    {
        bool[] inside = Array.ConvertAll(part, i => CalibrationCurve.IsInside(pit[i], level));
        double share = (double)inside.Count(held => held) / part.Length;
        double independent = Independent(inside, share, Clusters.Of(part.Length, groups is null ? null : Array.ConvertAll(part, i => groups[i])));
        (double lower, double upper) = Binomials.ExactInterval(share * independent, independent, Confidence);
        return new PartCoverage(part.Min(i => keys[i]), part.Max(i => keys[i]), part.Length, share, lower, upper);
    }

    /// <summary>As how many independent values these are worth.</summary>
    private static double Independent(bool[] inside, double share, Clusters clusters)
    {
        if (clusters.AreSingle || share is 0 or 1)
        {
            return clusters.Count;
        }

        double between = clusters.Sums(1, (i, _) => (inside[i] ? 1 : 0) - share).Sum(sum => sum[0] * sum[0]);
        return inside.Length / Math.Max(between / (inside.Length * share * (1 - share)), 1);
    }

    private static void Require(IReadOnlyList<double> pit, int count, string name)
    {
        if (count != pit.Count)
        {
            throw new ArgumentException($"There are {pit.Count} values and {count} {name}. Give one per value.", name);
        }
    }
}
