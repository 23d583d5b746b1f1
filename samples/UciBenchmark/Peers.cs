using IlgpuBnn.Data;

namespace UciBenchmark;

/// <summary>Other kinds of surrogates on the same splits, as samples/FewRuns/peers.py measured them.</summary>
internal static class Peers
{
    private static readonly Lazy<CsvTable> _table = new(() => CsvTable.Read(Path.Combine(AppContext.BaseDirectory, "data", "uci-peers.csv")));

    /// <summary>Their means of a score, to stand beside ours; nothing for other sets.</summary>
    public static string Beside(SetResult result, string score, int digits)
    {
        CsvTable table = _table.Value;
        List<string> names = [.. table.ColumnNames];
        int set = names.IndexOf("set"), model = names.IndexOf("model"), own = names.IndexOf(score);
        string[] columns =
        [
            .. Enumerable.Range(0, table.RowCount).Where(row => table.Cell(row, set) == result.Name)
                .Select(row => $"{table.Cell(row, model)} {table.Number(row, own).ToString($"F{digits}")}"),
        ];
        return columns.Length == 0 ? "" : $"   measured: {string.Join(", ", columns)}";
    }
}
