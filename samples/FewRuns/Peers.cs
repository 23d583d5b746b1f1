using IlgpuBnn.Data;

namespace FewRuns;

/// <summary>Other kinds of surrogates on the same table, as peers.py measured them.</summary>
internal static class Peers
{
    // Column of the file, and how Program.cs prints ours.
    private static readonly (string Name, int Width, string Format)[] _scores =
        [("R2", 5, "F3"), ("CRPS/sd", 8, "F4"), ("log score", 9, "F3"), ("coverage 90 %", 13, "F3"), ("coverage 95 %", 13, "F3"), ("seconds", 7, "F2")];

    /// <summary>Lines to stand under ours, of those with as many training rows and targets.</summary>
    public static IEnumerable<string> Lines(Dataset data, int rows)
    {
        CsvTable table = CsvTable.Read(Path.Combine(AppContext.BaseDirectory, "data", "peers.csv"));
        List<string> names = [.. table.ColumnNames];
        int Column(string name) => names.IndexOf(name);
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.Cell(row, Column("table")) == Path.GetFileName(data.SourceName) && table.Number(row, Column("targets")) == data.TargetCount
                && table.Number(row, Column("rows")) == rows)
            {
                string[] cells = [.. _scores.Select(score => table.Number(row, Column(score.Name)).ToString(score.Format).PadLeft(score.Width))];
                yield return $"       {string.Join("  ", cells)}  {table.Cell(row, Column("model"))}, {table.Cell(row, Column("seeds"))} seeds";
            }
        }
    }
}
