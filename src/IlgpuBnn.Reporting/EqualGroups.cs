namespace IlgpuBnn.Reporting;

/// <summary>Groups of about equally many rows by the value of a column, for model-free dependence.</summary>
internal static class EqualGroups
{
    private const int MaxGroups = 10, MinRows = 5;

    /// <summary>Row indices of at most ten groups, in the order of the column; equal values are in the same group.</summary>
    /// <param name="column">Finite.</param>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<double> column)
    {
        int groups = Math.Clamp(column.Count / MinRows, 1, MaxGroups);
        var first = new Dictionary<double, int>();
        return
        [
            .. Enumerable.Range(0, column.Count).OrderBy(row => column[row])
                .Select((row, rank) => (row, rank: first.TryAdd(column[row], rank) ? rank : first[column[row]]))
                .GroupBy(pair => (int)((long)pair.rank * groups / column.Count), pair => pair.row).Select(group => group.ToArray()),
        ];
    }

    /// <summary>Fraction of the variance of values explained by the groups of a column, adjusted for chance (epsilon squared); 0 to 1.</summary>
    /// <remarks>Unlike a correlation, it detects links that are not monotonic.</remarks>
    public static double Link(IReadOnlyList<double> column, IReadOnlyList<double> values)
    {
        IReadOnlyList<int[]> groups = Of(column);
        int free = values.Count - groups.Count;
        double mean = values.DefaultIfEmpty(0).Average(), total = values.Sum(value => (value - mean) * (value - mean));
        if (free < 1 || groups.Count < 2 || total == 0)
        {
            return 0;
        }

        double within = groups.Sum(group =>
        {
            double centre = group.Average(row => values[row]);
            return group.Sum(row => (values[row] - centre) * (values[row] - centre));
        });
        return Math.Max(0, 1 - (within / free / (total / (values.Count - 1))));
    }
}
