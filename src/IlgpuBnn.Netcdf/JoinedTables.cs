using System.Globalization;
using IlgpuBnn.Data;

namespace IlgpuBnn.Netcdf;

/// <summary>Tables side by side: the rows of one run in each.</summary>
internal static class JoinedTables
{
    private const int MaxShown = 5;

    /// <param name="key">Column that says which rows belong together, and labels them then; null for rows in the same order.</param>
    /// <exception cref="DataException">A table lacks the key, or has a row twice; or numbers of rows differ.</exception>
    public static (TableSource Source, string Name) Of(IReadOnlyList<CsvTable> tables, string? key)
    {
        string name = string.Join(" + ", tables.Select(own => own.SourceName));
        List<string> notes = [];
        (int[][] rows, int[] keys) = key is null ? (InOrder(tables), []) : ByKey(tables, key, notes);
        List<(int Table, int Column)> columns =
        [
            .. keys.Take(1).Select(column => (0, column)),
            .. tables.SelectMany((own, t) => Enumerable.Range(0, own.ColumnNames.Count).Where(column => key is null || column != keys[t]).Select(column => (t, column))),
        ];
        string[] names = [.. columns.Select(own => tables[own.Table].ColumnNames[own.Column])], units = [.. columns.Select(own => tables[own.Table].Units[own.Column])];
        string Cell(int row, int column)
        {
            (int table, int own) = columns[column];
            return Plain(tables[table], rows[table][row], own);
        }

        return (TableSource.OfRows(new RowText(names, rows[0].Length, Cell), [.. units.Skip(keys.Length > 0 ? 1 : 0)], notes, key), name);
    }

    private static int[][] InOrder(IReadOnlyList<CsvTable> tables)
    {
        if (tables.FirstOrDefault(own => own.RowCount != tables[0].RowCount) is { } other)
        {
            throw new DataException(
                other.SourceName, $"{Rows(other.RowCount)}, and {ShownText.Path(tables[0].SourceName)} has {Rows(tables[0].RowCount)}. Name a column that both have, and that says which rows belong together, with --key.");
        }

        return [.. tables.Select(own => Enumerable.Range(0, own.RowCount).ToArray())];
    }

    private static (int[][] Rows, int[] Keys) ByKey(IReadOnlyList<CsvTable> tables, string key, List<string> notes)
    {
        int[] keys = [.. tables.Select(own => ColumnSelection.IndexOf(own.ColumnNames, key))];
        for (int t = 0; t < keys.Length; t++)
        {
            if (keys[t] < 0)
            {
                throw new DataException(
                    tables[t].SourceName, $"there is no column \"{ShownText.Of(key)}\" (key).{ColumnSelection.Suggestion(tables[t].ColumnNames, key)} The columns are "
                        + $"{ColumnSelection.List(tables[t].ColumnNames)}. Name a column that all files have with --key.");
            }

            ColumnSelection.RequireUnique(tables[t], [keys[t]]);
        }

        Dictionary<string, int>[] places = [.. tables.Select((own, t) => Places(own, keys[t]))];
        string[] common = [.. places[0].Keys.Where(own => places.All(other => other.ContainsKey(own)))];
        for (int t = 0; t < tables.Count; t++)
        {
            string[] alone = [.. places[t].Keys.Except(common)];
            if (alone.Length > 0)
            {
                notes.Add($"left out: {Rows(alone.Length)} of {ShownText.Path(tables[t].SourceName)} whose {ShownText.Of(key)} is not in all files: {ColumnSelection.List([.. alone.Take(MaxShown)])}"
                    + $"{(alone.Length > MaxShown ? ", ..." : "")}.");
            }
        }

        return common.Length > 0 ? ([.. places.Select(own => common.Select(value => own[value]).ToArray())], keys) : throw new DataException(
            tables[1].SourceName, $"no row has a \"{ShownText.Of(key)}\" of {ShownText.Path(tables[0].SourceName)}. Check that both mean the same.");
    }

    private static Dictionary<string, int> Places(CsvTable table, int column)
    {
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        for (int row = 0; row < table.RowCount; row++)
        {
            string value = table.ReadCell(row, column, out double number) is CellKind.Number or CellKind.CommaNumber ? number.ToString("R", CultureInfo.InvariantCulture) : table.Cell(row, column);
            if (!places.TryAdd(value, row))
            {
                throw new DataException(
                    table.SourceName, $"stands in row {table.LineNumber(places[value])} too, so that it does not say which rows belong together. Name another key, or remove one of the rows.",
                    table.LineNumber(row), table.ColumnNames[column], value);
            }
        }

        return places;
    }

    private static string Rows(int count) => count == 1 ? "1 row" : $"{count} rows";

    /// <summary>With a decimal point, as commas stand between cells.</summary>
    private static string Plain(CsvTable table, int row, int column) =>
        table.ReadCell(row, column, out double value) == CellKind.CommaNumber ? value.ToString("R", CultureInfo.InvariantCulture) : table.Cell(row, column);
}
