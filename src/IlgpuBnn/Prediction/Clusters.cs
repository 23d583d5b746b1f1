namespace IlgpuBnn.Prediction;

/// <summary>Values that may be alike within a cluster: sums per cluster, and how many independent values they are worth.</summary>
internal sealed class Clusters
{
    private readonly int[]? _clusterOf;

    private Clusters(int values, int[]? clusterOf, int count) => (Values, _clusterOf, Count) = (values, clusterOf, count);

    /// <summary>Number of values.</summary>
    public int Values { get; }

    /// <summary>Number of clusters.</summary>
    public int Count { get; }

    /// <summary>Whether each value is a cluster of its own.</summary>
    public bool AreSingle => _clusterOf is null;

    /// <param name="ids">Of the cluster of each value; null where all are independent.</param>
    public static Clusters Of(int values, IReadOnlyList<int>? ids)
    {
        if (ids is null)
        {
            return new Clusters(values, null, values);
        }

        var numbers = new Dictionary<int, int>();
        int[] clusterOf = [.. ids.Select(id => numbers.TryAdd(id, numbers.Count) ? numbers.Count - 1 : numbers[id])];
        return new Clusters(values, numbers.Count == values ? null : clusterOf, numbers.Count);
    }

    /// <summary>Sums over each cluster, of several columns.</summary>
    /// <param name="value">Of a value and a column.</param>
    /// <returns>[cluster][column].</returns>
    public double[][] Sums(int columns, Func<int, int, double> value)
    {
        double[][] sums = [.. Enumerable.Range(0, Count).Select(_ => new double[columns])];
        for (int i = 0; i < Values; i++)
        {
            double[] own = sums[_clusterOf?[i] ?? i];
            for (int column = 0; column < columns; column++)
            {
                own[column] += value(i, column);
            }
        }

        return sums;
    }
}
