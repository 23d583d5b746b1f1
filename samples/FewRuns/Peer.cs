using IlgpuBnn.Data;

namespace FewRuns;

/// <summary>Another kind of surrogate on the same table, as peers.py measured it.</summary>
/// <param name="Line">Its scores, under ours.</param>
internal sealed record Peer(string Line)
{
    private static readonly string[] _scores = ["R2", "CRPS/sd", "log score", "coverage 90 %", "coverage 95 %", "seconds"];

    // Of the columns that Program.cs prints.
    private static readonly (int Width, string Format)[] _columns = [(5, "F3"), (8, "F4"), (9, "F3"), (13, "F3"), (13, "F3"), (7, "F2")];

    /// <summary>Those with as many training rows and targets.</summary>
    public static IEnumerable<Peer> Of(Dataset data, int targets, int rows)
    {
        CsvTable table = CsvTable.Read(Path.Combine(AppContext.BaseDirectory, "data", "peers.csv"));
        List<string> names = [.. table.ColumnNames];
        int Column(string name) => names.IndexOf(name);
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.Cell(row, Column("table")) == Path.GetFileName(data.SourceName) && table.Number(row, Column("targets")) == targets
                && table.Number(row, Column("rows")) == rows)
            {
                string[] cells = [.. _scores.Select((score, k) => table.Number(row, Column(score)).ToString(_columns[k].Format).PadLeft(_columns[k].Width))];
                yield return new Peer($"       {string.Join("  ", cells)}  {table.Cell(row, Column("model"))}, {table.Cell(row, Column("seeds"))} seeds");
            }
        }
    }
}
