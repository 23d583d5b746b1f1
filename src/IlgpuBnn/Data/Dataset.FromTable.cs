namespace IlgpuBnn.Data;

public sealed partial class Dataset
{
    private const int FewestRows = 3;
    private const int MostRowsListed = 10;

    /// <summary>Reads a CSV file of runs in the format of <see cref="CsvTableReader"/>.</summary>
    /// <inheritdoc cref="FromTable"/>
    public static Dataset ReadCsv(
        string path,
        IReadOnlyList<string> targets,
        IReadOnlyList<string>? inputs = null,
        IReadOnlyList<string>? exclude = null,
        IReadOnlyList<string>? groups = null) => FromTable(CsvTable.Read(path), targets, inputs, exclude, groups);

    /// <summary>Takes the numbers from a table that is in memory.</summary>
    /// <remarks>A row without any target (a failed run) is skipped, with a note in <see cref="Notes"/>.</remarks>
    /// <param name="table">One row per run.</param>
    /// <param name="targets">Columns to predict, in the order wanted. An empty cell is a missing target.</param>
    /// <param name="inputs">Columns to predict from. Default: every column that is neither a target, excluded nor of a group.</param>
    /// <param name="exclude">Columns to ignore, such as run numbers; not together with <paramref name="inputs"/>.</param>
    /// <param name="groups">
    /// Columns of numbers or text: rows that agree in all of them are related (<see cref="Groups"/>). They may also be named as inputs, or excluded.
    /// </param>
    /// <exception cref="ArgumentException">
    /// No target is named, a column is named twice or in two roles, or both inputs and columns to exclude are given.
    /// </exception>
    /// <exception cref="DataException">
    /// A named column is missing, no inputs remain, a cell is not a number, an input is missing, fewer than 3 rows have a target,
    /// or a target has fewer than 2 values.
    /// </exception>
    public static Dataset FromTable(
        CsvTable table,
        IReadOnlyList<string> targets,
        IReadOnlyList<string>? inputs = null,
        IReadOnlyList<string>? exclude = null,
        IReadOnlyList<string>? groups = null)
    {
        ColumnSelection columns = ColumnSelection.Choose(table, targets, inputs, exclude, groups);
        ILookup<bool, int> hasTarget = Enumerable.Range(0, table.RowCount)
            .ToLookup(row => columns.Targets.Any(column => table.Cell(row, column).Length > 0));
        int[] rows = [.. hasTarget[true]];
        int[] leftOut = [.. hasTarget[false]];
        if (rows.Length < FewestRows)
        {
            throw new DataException(table.SourceName,
                $"a target in only {rows.Length} of {table.RowCount} rows. "
                + $"At least {FewestRows} are needed: add runs, or check the target columns.");
        }
        const string inputRemedy = "Inputs cannot be missing: fix the cell, remove the row, or exclude the column.";
        var dataset = new Dataset(
            ReadCells(rows, columns.Inputs, (row, column) => table.RequiredNumber(row, column, inputRemedy)),
            ReadCells(rows, columns.Targets, table.Number),
            [.. columns.Inputs.Select(column => table.ColumnNames[column])],
            targets,
            table.SourceName,
            leftOut.Length == 0 ? [] : [LeftOutNote(table, leftOut)],
            Array.ConvertAll(rows, table.LineNumber),
            columns.Groups.Length == 0 ? null : ReadGroups(table, rows, columns.Groups),
            [.. columns.Groups.Select(column => table.ColumnNames[column])]);
        dataset.CheckTargetsPresent();
        return dataset;
    }

    /// <summary>Takes a model's inputs from a table, by name; other columns are ignored.</summary>
    /// <returns>[row, input], raw units, inputs in the order of <paramref name="inputNames"/>.</returns>
    /// <exception cref="DataException">The table lacks a column, or a cell is empty or not a number.</exception>
    public static double[,] ReadInputs(CsvTable table, IReadOnlyList<string> inputNames)
    {
        int[] columns = [.. inputNames.Select(name => ColumnSelection.IndexOf(table.ColumnNames, name))];
        ColumnSelection.RequireInputs(table.SourceName, inputNames, columns, table.ColumnNames);
        const string remedy = "A prediction needs every input: fix the cell, or remove the row.";
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        return ReadCells(rows, columns, (row, column) => table.RequiredNumber(row, column, remedy));
    }

    /// <summary>The same number for rows that agree in all columns, as text.</summary>
    internal static int[] ReadGroups(CsvTable table, int[] rows, int[] columns)
    {
        const string remedy = "A row without a group cannot be kept with its relatives: fill in the cell, or remove the row.";
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        return Array.ConvertAll(rows, row =>
        {
            string key = string.Join('\n', columns.Select(column => table.Cell(row, column) is { Length: > 0 } cell
                ? cell
                : throw new DataException(table.SourceName, $"an empty cell. {remedy}", table.LineNumber(row), table.ColumnNames[column])));
            return known.TryGetValue(key, out int group) ? group : known[key] = known.Count;
        });
    }

    private static double[,] ReadCells(int[] rows, int[] columns, Func<int, int, double> read)
    {
        var values = new double[rows.Length, columns.Length];
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < columns.Length; j++)
                values[i, j] = read(rows[i], columns[j]);
        return values;
    }

    private static string LeftOutNote(CsvTable table, int[] rows)
    {
        string lines = string.Join(", ", rows.Take(MostRowsListed).Select(table.LineNumber));
        if (rows.Length > MostRowsListed) lines += ", ...";
        return rows.Length == 1
            ? $"{ShownText.Path(table.SourceName)}: 1 row with no target present was left out (row {lines})."
            : $"{ShownText.Path(table.SourceName)}: {rows.Length} rows with no target present were left out (rows {lines}).";
    }

    private void CheckTargetsPresent()
    {
        for (int target = 0; target < TargetCount; target++)
        {
            int present = Enumerable.Range(0, RowCount).Count(row => !double.IsNaN(Targets[row, target]));
            if (present < 2)
            {
                throw new DataException(SourceName,
                    $"a value in only {present} of {RowCount} rows. "
                    + "A target needs at least 2: fill in cells, or leave the column out of the targets.",
                    column: TargetNames[target]);
            }
        }
    }
}
