namespace IlgpuBnn.Data;

public sealed partial class Dataset
{
    private const int FewestRows = 3;
    private const int MostRowsListed = 10;
    private const string InputRemedy = "Inputs cannot be missing: fix the cell, remove the row, or exclude the column.";

    /// <summary>Reads a CSV file of runs in the format of <see cref="CsvTableReader"/>.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="missing">As of <see cref="CsvTable.Read"/>.</param>
    /// <inheritdoc cref="FromTable(CsvTable, IReadOnlyList{string}, IReadOnlyList{string}?, IReadOnlyList{string}?, IReadOnlyList{string}?, MissingInputs, IReadOnlyList{string}?, bool)"/>
    public static Dataset ReadCsv(
        string path,
        IReadOnlyList<string> targets,
        IReadOnlyList<string>? inputs = null,
        IReadOnlyList<string>? exclude = null,
        IReadOnlyList<string>? groups = null,
        MissingInputs missingInputs = MissingInputs.Drop,
        IReadOnlyList<string>? missing = null,
        IReadOnlyList<string>? categories = null,
        bool classes = false) =>
        FromTable(CsvTable.ReadWithProblems(path, missing), targets, inputs, exclude, groups, missingInputs, categories, classes);

    /// <summary>Takes the numbers from a table that is in memory.</summary>
    /// <remarks>
    /// A row without any target (a failed run) is skipped, with a note in <see cref="Notes"/>. A list of columns may hold names, ranges in the order of the
    /// table ("first..last") and patterns ("GPP_*", "layer?"); of what ranges and patterns find, columns with another role are left out. An input of texts
    /// is a category, of at most 20 levels.
    /// </remarks>
    /// <param name="table">One row per run.</param>
    /// <param name="targets">Columns to predict, in the order wanted. An empty cell is a missing target.</param>
    /// <param name="inputs">Columns to predict from. Default: every column that is neither a target, excluded nor of a group.</param>
    /// <param name="exclude">Columns to ignore, such as run numbers; together with <paramref name="inputs"/> only where these are ranges or patterns.</param>
    /// <param name="groups">
    /// Columns of numbers or text: rows that agree in all of them are related (<see cref="Groups"/>). They may also be named as inputs, or excluded.
    /// </param>
    /// <param name="missingInputs">What becomes of rows with a missing input.</param>
    /// <param name="categories">Inputs of names, of which some look like numbers: where a cell is a text, all are. Others change nothing.</param>
    /// <param name="classes">Whether the one target is a column of class labels, texts or whole numbers (<see cref="Classes"/>).</param>
    /// <exception cref="ArgumentException">
    /// No target is named, or several are where they are classes; a column is named twice or in two roles, or both inputs and columns to exclude are given.
    /// </exception>
    /// <exception cref="DataException">
    /// A named column is missing, no inputs remain, a cell is not a number, fewer than 3 rows have a target and all inputs, or a target has fewer than
    /// 2 values. Problems of cells are reported together.
    /// </exception>
    public static Dataset FromTable(
        CsvTable table,
        IReadOnlyList<string> targets,
        IReadOnlyList<string>? inputs = null,
        IReadOnlyList<string>? exclude = null,
        IReadOnlyList<string>? groups = null,
        MissingInputs missingInputs = MissingInputs.Drop,
        IReadOnlyList<string>? categories = null,
        bool classes = false)
    {
        ColumnSelection columns = ColumnSelection.Choose(table, targets, inputs, exclude, groups, categories);
        return classes && columns.Targets.Length > 1
            ? throw new ArgumentException(
                $"{columns.Targets.Length} columns of classes are named: {ColumnSelection.List([.. columns.Targets.Select(column => table.ColumnNames[column])])}. A model learns the classes of one.")
            : new TableRows(table, columns).Read(missingInputs, null, classes);
    }

    /// <summary>Rows to score a model on: what it cannot predict is left out, with a note.</summary>
    internal static Dataset FromTable(CsvTable table, TableEncoding encoding, IReadOnlyList<string> targets) =>
        new TableRows(table, ColumnSelection.Choose(table, targets, encoding.InputNames, null)).Read(MissingInputs.Drop, encoding, encoding.Classes is not null);

    /// <summary>Takes a model's inputs from a table, by name; other columns are ignored.</summary>
    /// <returns>[row, input], raw units, inputs in the order of <paramref name="inputNames"/>.</returns>
    /// <exception cref="DataException">The table lacks a column, or a cell is empty or not a number.</exception>
    public static double[,] ReadInputs(CsvTable table, IReadOnlyList<string> inputNames)
    {
        int[] columns = InputColumns(table, inputNames);
        const string remedy = "A prediction needs every input: fix the cell, or remove the row.";
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        var problems = new TableProblems();
        problems.AddAll(table.Problems);
        var reader = new ColumnReader(table, rows, problems);
        double[][] values = Array.ConvertAll(columns, column => reader.Numbers(column, remedy));
        AddGaps(table, rows, columns, values, problems, remedy);
        problems.ThrowIfAny();
        return Joined(values, rows.Length);
    }

    /// <exception cref="DataException">The table lacks a column, or has two of its name.</exception>
    internal static int[] InputColumns(CsvTable table, IReadOnlyList<string> inputNames)
    {
        int[] columns = [.. inputNames.Select(name => ColumnSelection.IndexOf(table.ColumnNames, name))];
        ColumnSelection.RequireInputs(table.SourceName, inputNames, columns, table.ColumnNames);
        ColumnSelection.RequireUnique(table, columns);
        return columns;
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

    /// <summary>[row, column].</summary>
    internal static double[,] Joined(double[][] columns, int rows)
    {
        var values = new double[rows, columns.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns.Length; column++)
            {
                values[row, column] = columns[column][row];
            }
        }

        return values;
    }

    private static void AddGaps(CsvTable table, int[] rows, int[] columns, double[][] values, TableProblems problems, string remedy)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            for (int c = 0; c < columns.Length; c++)
            {
                if (double.IsNaN(values[c][i]) && table.IsMissing(rows[i], columns[c]))
                {
                    string text = table.Cell(rows[i], columns[c]);
                    problems.Add(() => text.Length == 0
                        ? new DataException(table.SourceName, $"the cell is empty. {remedy}", table.LineNumber(rows[i]), table.ColumnNames[columns[c]])
                        : new DataException(table.SourceName, $"means a missing value. {remedy}", table.LineNumber(rows[i]), table.ColumnNames[columns[c]], text));
                }
            }
        }
    }

    private Dataset WithWarnings(IEnumerable<string> warnings)
    {
        Dataset result = With([]);
        result.Warnings = [.. Warnings, .. warnings];
        return result;
    }

    /// <exception cref="DataException">A target has fewer than two values.</exception>
    internal void RequireTargetsPresent()
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

    /// <summary>Turns rows of a table into a dataset.</summary>
    private sealed class TableRows(CsvTable table, ColumnSelection columns)
    {
        private readonly List<string> _notes = [.. table.Notes];
        private readonly TableProblems _problems = new();
        private readonly string[] _inputNames = [.. columns.Inputs.Select(column => table.ColumnNames[column])];

        /// <param name="encoding">Of the model that the rows are for; null for a training.</param>
        /// <param name="isOfClasses">Whether the target is a column of labels.</param>
        public Dataset Read(MissingInputs rule, TableEncoding? encoding, bool isOfClasses)
        {
            _problems.AddAll(table.Problems);
            int[] rows = RowsWithTarget();
            var reader = new ColumnReader(table, rows, _problems);
            string?[]? labels = isOfClasses ? reader.Labels(columns.Targets[0]) : null;
            double[][] targets = labels is not null ? [new double[rows.Length]] : Array.ConvertAll(columns.Targets, column => reader.Numbers(column, CsvTable.TargetRemedy));
            InputColumn[] inputs = [.. columns.Inputs.Select((column, i) => encoding is null ? reader.Input(column, InputRemedy, columns.Categories.Contains(column))
                : encoding.Texts(i) is { } texts ? reader.Levels(column, texts) : new InputColumn(reader.Numbers(column, InputRemedy), null))];
            double[][] values = Array.ConvertAll(inputs, input => input.Values);
            if (rule == MissingInputs.Error)
            {
                AddGaps(table, rows, columns.Inputs, values, _problems, InputRemedy);
            }

            _problems.ThrowIfAny();
            AddNotes(reader);
            if (rule == MissingInputs.Mean)
            {
                FillIn(inputs);
            }

            int[] kept = Complete(rows, inputs);
            int[] keptRows = Array.ConvertAll(kept, i => rows[i]);
            string?[]? keptLabels = labels is null ? null : Array.ConvertAll(kept, i => labels[i]);
            IReadOnlyList<string>? classes = keptLabels is null ? null : ClassesOf(keptLabels, keptRows, encoding);
            FillValue[] fills = [.. Data.FillValues.Find(
                [
                    .. inputs.Select((input, c) => (_inputNames[c], input)).Where(own => own.input.Texts is null).Select(own => (own.Item1, Array.ConvertAll(kept, i => own.input.Values[i]))),
                    .. columns.Targets.Where(_ => labels is null).Select((column, c) => (table.ColumnNames[column], Array.ConvertAll(kept, i => targets[c][i]))),
                ],
                i => table.LineNumber(keptRows[i]))];
            var dataset = new Dataset(
                Joined(Array.ConvertAll(values, own => Array.ConvertAll(kept, i => own[i])), kept.Length),
                classes is null ? Joined(Array.ConvertAll(targets, own => Array.ConvertAll(kept, i => own[i])), kept.Length) : ClassLabels.IndicesOf(keptLabels!, classes),
                _inputNames,
                [.. columns.Targets.Select(column => table.ColumnNames[column])],
                table.SourceName,
                _notes,
                Array.ConvertAll(keptRows, table.LineNumber),
                columns.Groups.Length == 0 ? null : ReadGroups(table, keptRows, columns.Groups),
                [.. columns.Groups.Select(column => table.ColumnNames[column])])
            {
                InputTexts = [.. inputs.Select(input => input.Texts)],
                FillValues = fills,
                Units = columns.Inputs.Concat(columns.Targets).Where(column => table.Units[column].Length > 0).ToDictionary(column => table.ColumnNames[column], column => table.Units[column]),
                Classes = classes,
                Warnings = [.. fills.Select(fill => fill.Warning(table.SourceName))],
            };
            dataset.RequireTargetsPresent();
            return encoding is not null ? dataset
                : dataset.WithWarnings(classes is null
                    ? OtherOutputs.Warnings(dataset, columns)
                    : ClassLabels.Warnings(dataset.Targets, classes, table.SourceName, dataset.TargetNames[0]));
        }

        /// <summary>Those of the rows, or of a model, which must know every label.</summary>
        private IReadOnlyList<string> ClassesOf(string?[] labels, int[] rows, TableEncoding? encoding)
        {
            string column = table.ColumnNames[columns.Targets[0]];
            if (encoding?.Classes is not { } known)
            {
                return ClassLabels.ClassesOf(labels, table.SourceName, column);
            }

            int unknown = Array.FindIndex(labels, label => label is not null && !known.Names.Contains(label));
            return unknown < 0 ? known.Names : throw UnknownClass(table.SourceName, table.LineNumber(rows[unknown]), column, labels[unknown]!, known.Names);
        }

        private int[] RowsWithTarget()
        {
            ILookup<bool, int> hasTarget = Enumerable.Range(0, table.RowCount)
                .ToLookup(row => columns.Targets.Any(column => !table.IsMissing(row, column)));
            int[] rows = [.. hasTarget[true]], leftOut = [.. hasTarget[false]];
            if (rows.Length < FewestRows)
            {
                _problems.ThrowIfAny();
                throw new DataException(table.SourceName,
                    $"a target in only {rows.Length} of {table.RowCount} rows. "
                    + $"At least {FewestRows} are needed: add runs, or check the target columns.");
            }

            if (leftOut.Length > 0)
            {
                _notes.Add(LeftOut(leftOut, "with no target present"));
            }

            return rows;
        }

        private void AddNotes(ColumnReader reader)
        {
            if (columns.Empty.Length > 0)
            {
                _notes.Add($"{table.SourceName}: columns without any value are no inputs: {ColumnSelection.List([.. columns.Empty.Select(Name)])}.");
            }

            if (reader.WithCommas.Count > 0)
            {
                _notes.Add($"{table.SourceName}: commas are read as decimal marks in {ColumnSelection.List(reader.WithCommas)}.");
            }
        }

        private string Name(int column) => table.ColumnNames[column] is { Length: > 0 } name ? name : $"column {column + 1} (no name)";

        private void FillIn(InputColumn[] inputs)
        {
            List<string> filled = [];
            foreach ((int i, InputColumn input) in inputs.Index())
            {
                int gaps = input.Values.Count(double.IsNaN);
                if (input.Texts is null && gaps > 0 && gaps < input.Values.Length)
                {
                    double mean = input.Values.Where(value => !double.IsNaN(value)).Average();
                    for (int row = 0; row < input.Values.Length; row++)
                    {
                        input.Values[row] = double.IsNaN(input.Values[row]) ? mean : input.Values[row];
                    }

                    filled.Add($"{_inputNames[i]} {gaps}");
                }
            }

            if (filled.Count > 0)
            {
                _notes.Add($"{table.SourceName}: missing inputs were filled with the mean of their column: {ColumnSelection.List(filled)}.");
            }
        }

        /// <summary>Indices of the rows that have all inputs.</summary>
        private int[] Complete(int[] rows, InputColumn[] inputs)
        {
            ILookup<bool, int> complete = Enumerable.Range(0, rows.Length).ToLookup(i => inputs.All(input => IsPresent(input, i)));
            int[] kept = [.. complete[true]], leftOut = [.. complete[false]];
            if (leftOut.Length == 0)
            {
                return kept;
            }

            string[] gaps = [.. inputs.Select((input, c) => (Name: _inputNames[c], Count: leftOut.Count(i => !IsPresent(input, i))))
                .Where(own => own.Count > 0).OrderByDescending(own => own.Count).Select(own => $"{own.Name} in {own.Count}")];
            string unknown = string.Join("", inputs.SelectMany((input, c) => rows.Where((_, i) => input.Values[i] == ColumnReader.UnknownLevel && input.Texts is not null)
                .Select(row => table.Cell(row, columns.Inputs[c])).Distinct().Select(text => $" The model has no level \"{text}\" of {_inputNames[c]}.")).Take(3));
            if (kept.Length < FewestRows)
            {
                throw new DataException(
                    table.SourceName, $"only {kept.Length} of {table.RowCount} rows have a target and all inputs; missing are {ColumnSelection.List(gaps)}.{unknown} "
                    + $"At least {FewestRows} are needed: fill in cells, or leave such columns out.");
            }

            _notes.Add($"{LeftOut(Array.ConvertAll(leftOut, i => rows[i]), "with a missing input")[..^1]}: {ColumnSelection.List(gaps)}.{unknown}");
            return kept;
        }

        private static bool IsPresent(InputColumn input, int row) =>
            !double.IsNaN(input.Values[row]) && (input.Texts is null || input.Values[row] != ColumnReader.UnknownLevel);

        private string LeftOut(int[] rows, string why)
        {
            string lines = string.Join(", ", rows.Take(MostRowsListed).Select(table.LineNumber));
            if (rows.Length > MostRowsListed)
            {
                lines += ", ...";
            }

            return rows.Length == 1
                ? $"{table.SourceName}: 1 row {why} was left out (row {lines})."
                : $"{table.SourceName}: {rows.Length} rows {why} were left out (rows {lines}).";
        }
    }
}
