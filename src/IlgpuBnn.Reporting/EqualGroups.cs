namespace IlgpuBnn.Reporting;

/// <summary>
/// Rows in groups of about the same size, by the value of one column: what a statistic depends on, without a model of how.
/// </summary>
internal static class EqualGroups
{
    private const int MostGroups = 10, FewestRows = 5;

    /// <summary>Indices of rows, groups in the order of the column, at most ten; rows with the same value are never apart.</summary>
    /// <param name="column">Finite.</param>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<double> column)
    {
        int groups = Math.Clamp(column.Count / FewestRows, 1, MostGroups);
        var first = new Dictionary<double, int>();
        return
        [
            .. Enumerable.Range(0, column.Count).OrderBy(row => column[row])
                .Select((row, rank) => (row, rank: first.TryAdd(column[row], rank) ? rank : first[column[row]]))
                .GroupBy(pair => (int)((long)pair.rank * groups / column.Count), pair => pair.row).Select(group => group.ToArray()),
        ];
    }

    /// <summary>Share of the variance of values that the groups of a column explain, adjusted for what chance would; 0 to 1.</summary>
    /// <remarks>Epsilon squared: unlike a correlation it sees links that rise and fall.</remarks>
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
