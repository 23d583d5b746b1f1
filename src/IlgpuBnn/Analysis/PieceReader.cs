using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>Reads what a model predicts from, a piece of a table after the other. A table of series is read whole, as a window reaches back into earlier pieces.</summary>
internal sealed class PieceReader(BayesianNetwork model, CsvTableReader reader)
{
    private readonly SeriesDescription? _series = model.Model.SeriesIn(reader.ColumnNames);
    private CsvTable? _whole;
    private SeriesTable? _windows;
    private int _at;

    /// <summary>Of a table of series; otherwise 0.</summary>
    public int RowsInMemory => _whole?.RowCount ?? 0;

    /// <returns>Rows of the table, and which of them can be predicted; null after the last.</returns>
    /// <exception cref="DataException">The table lacks a column, or a cell cannot be used.</exception>
    public (CsvTable Table, PredictableRows Rows)? Next(int maxRows)
    {
        if (_series is null)
        {
            return reader.ReadWithProblems(maxRows) is { } table ? Checked(table, model.ReadRows(table)) : null;
        }

        _whole ??= reader.ReadWithProblems(int.MaxValue)!; // a table without rows has thrown
        _windows ??= SeriesTable.Of(_whole, _series);
        int first = _at, count = Math.Min(maxRows, _whole.RowCount - first);
        _at += count;
        return count == 0 ? null : Checked(_whole.Rows(first, count), PredictableRows.Read(_windows, first, count, model.Model.Encoding));
    }

    private (CsvTable Table, PredictableRows Rows) Checked(CsvTable table, PredictableRows found)
    {
        model.Model.Encoding.RequireDomain(found.Inputs, table.SourceName, row => table.LineNumber(found.Rows[row]));
        return (table, found);
    }
}
