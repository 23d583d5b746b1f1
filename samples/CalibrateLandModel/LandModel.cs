using IlgpuBnn.Analysis;
using IlgpuBnn.Data;

namespace CalibrateLandModel;

/// <summary>The simulator: 1,000 runs of a simplified E3SM land model, of which the first 900 can be "run", by looking them up, and the last 100 stand for truths.</summary>
internal sealed class LandModel
{
    public const int FirstTruth = 901, LastTruth = 1000, MaxRuns = 400;

    private const int Inputs = 8, Truths = 100;

    private readonly Dataset _pool;
    private readonly SortedSet<int> _free;

    public LandModel()
    {
        CsvTable table = CsvTable.Read(Path.Combine(AppContext.BaseDirectory, "data", "selm-usmoz.csv"));
        All = Dataset.FromTable(table, [.. table.ColumnNames.Skip(Inputs)], [.. table.ColumnNames.Take(Inputs)]);
        (_pool, Unseen) = All.SplitLast(Truths);
        _free = [.. Enumerable.Range(0, _pool.RowCount)];
        Ranges = new InputDistributions(
            All.InputNames, [.. Enumerable.Range(0, Inputs).Select(i => new Uniform(Column(All.Inputs, i).Min(), Column(All.Inputs, i).Max()))]);
    }

    public Dataset All { get; }

    /// <summary>Runs that no surrogate is trained on.</summary>
    public Dataset Unseen { get; }

    /// <summary>Uniform between the smallest and the largest value of the runs.</summary>
    public InputDistributions Ranges { get; }

    /// <summary>Inputs that can be run and were not yet: [row, input].</summary>
    public double[,] Available => _pool.SelectRows([.. _free]).Inputs;

    /// <summary>Runs the model as near as can be to points of a design, each at a place of its own.</summary>
    /// <returns>Indices of the runs.</returns>
    public int[] RunNear(double[,] points) => [.. Enumerable.Range(0, points.GetLength(0)).Select(n => Take(_free.MinBy(row => Distance(row, points, n))))];

    /// <summary>Runs the model at some of <see cref="Available"/>.</summary>
    /// <returns>Indices of the runs.</returns>
    public int[] Run(IEnumerable<int> available)
    {
        int[] free = [.. _free];
        return [.. available.Select(index => Take(free[index]))];
    }

    /// <summary>The table of runs made.</summary>
    public Dataset Table(IEnumerable<int> runs) => _pool.SelectRows([.. runs]);

    public static IEnumerable<double> Column(double[,] table, int column) => Enumerable.Range(0, table.GetLength(0)).Select(row => table[row, column]);

    private int Take(int row)
    {
        _free.Remove(row);
        return row;
    }

    /// <summary>Squared, in widths of the ranges.</summary>
    private double Distance(int row, double[,] points, int n) => Enumerable.Range(0, Inputs).Sum(i =>
    {
        var range = (Uniform)Ranges.Distributions[i];
        return Math.Pow((_pool.Inputs[row, i] - points[n, i]) / (range.High - range.Low), 2);
    });
}
