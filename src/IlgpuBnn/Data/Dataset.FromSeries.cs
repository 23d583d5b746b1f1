namespace IlgpuBnn.Data;

/// <content>Rows whose inputs are windows of series.</content>
public sealed partial class Dataset
{
    /// <summary>How inputs are windows of a series; null where they are columns of the table.</summary>
    public SeriesDescription? Series { get; private set; }

    /// <summary>Takes windows from a long table, with a row for each step of each series: the targets of a row are predicted from the inputs of its step and of those before it.</summary>
    /// <remarks>
    /// A row without a target is a step of other rows' windows all the same. Times must rise within each series, in equal steps of which some may be missing. Names of columns
    /// may be ranges and patterns, as of <see cref="FromTable(CsvTable, IReadOnlyList{string}, IReadOnlyList{string}?, IReadOnlyList{string}?, IReadOnlyList{string}?, MissingInputs, IReadOnlyList{string}?, bool)"/>.
    /// </remarks>
    /// <param name="table">A row for each step.</param>
    /// <param name="time">Column of times, as of <see cref="SeriesWindows.Of"/>.</param>
    /// <param name="steps">Of a window, with the row's own; at least 1.</param>
    /// <param name="marksSteps">As <see cref="SeriesDescription.MarksSteps"/>, for recurrent layers that are masked.</param>
    /// <param name="targets">Columns to predict, at the row's step.</param>
    /// <param name="inputs">Columns of numbers. Default: every column that is neither target, time, group nor excluded.</param>
    /// <param name="exclude">Columns to leave out.</param>
    /// <param name="groups">Columns that tell series apart. Rows of a group are related (<see cref="Groups"/>). Without it there is one series, and no groups.</param>
    /// <param name="missingInputs">What becomes of a step with a missing input: left out as if it were not there, or refused.</param>
    /// <param name="classes">Whether the one target is a column of class labels.</param>
    /// <exception cref="ArgumentException">A column is named in two roles, a number is out of range, or missing inputs are to be filled.</exception>
    /// <exception cref="DataException">
    /// A column is missing or not of numbers, times do not rise in equal steps, no series is as long as a window, or fewer than 3 rows can be used.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">There is no room for the windows.</exception>
    public static Dataset FromSeries(
        CsvTable table, string time, int steps, bool marksSteps, IReadOnlyList<string> targets, IReadOnlyList<string>? inputs = null, IReadOnlyList<string>? exclude = null,
        IReadOnlyList<string>? groups = null, MissingInputs missingInputs = MissingInputs.Drop, bool classes = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (missingInputs == MissingInputs.Mean)
        {
            throw new ArgumentException("Missing inputs of series are steps that are not there, and are not filled with means. Leave them out (Drop), or refuse them (Error).", nameof(missingInputs));
        }

        if (new[] { targets, inputs, groups }.Any(own => own?.Contains(time) == true))
        {
            throw new ArgumentException($"\"{time}\" is the time of the series, and named as a target, an input or a group too. Name it once.");
        }

        ColumnSelection.Resolve(table.SourceName, table.ColumnNames, [time], "time");
        string[]? left = inputs is null || inputs.Any(ColumnSelection.IsPattern) ? [.. exclude ?? [], .. exclude?.Contains(time) == true ? [] : (string[])[time]] : [.. exclude ?? []];
        ColumnSelection columns = ColumnSelection.Choose(table, targets, inputs, left.Length == 0 ? null : left, groups);
        if (classes && columns.Targets.Length > 1)
        {
            throw new ArgumentException("Several columns of classes are named. A model learns the classes of one.");
        }

        RequireInputs(table, columns.Inputs, missingInputs);
        var windows = SeriesTable.Of(
            table, new SeriesDescription(time, Names(columns.Groups), Names(columns.Inputs), steps, marksSteps));
        RequireLength(table, windows);
        Dataset rows = OfWindows(table, windows, columns, null, classes);
        return rows.With(NotesOf(table, windows)).WithSeriesWarning().WithWarnings(windows.StepWarning is { } warning ? [warning] : []);

        string[] Names(int[] indices) => Array.ConvertAll(indices, column => table.ColumnNames[column]);
    }

    /// <summary>Rows to score a model of series on.</summary>
    internal static Dataset FromSeries(CsvTable table, SeriesDescription series, TableEncoding encoding, IReadOnlyList<string> targets) =>
        OfWindows(table, SeriesTable.Of(table, series), ColumnSelection.Choose(table, targets, series.Inputs, null), encoding, encoding.Classes is not null);

    /// <param name="columns">Of the table.</param>
    private static Dataset OfWindows(CsvTable table, SeriesTable windows, ColumnSelection columns, TableEncoding? encoding, bool classes)
    {
        windows.RequireRoom();
        int[] rows = [.. Enumerable.Range(0, windows.RowCount)], incomplete = Array.FindAll(rows, windows.LacksInputs), lacking = Array.FindAll(rows, windows.LacksSteps);
        int[] usable = [.. rows.Except(incomplete).Except(lacking)];
        if (usable.Length < FewestRows)
        {
            throw new DataException(
                table.SourceName, $"only {usable.Length} of {windows.RowCount} rows can be used: {incomplete.Length} lack an input, and {lacking.Length} one of the {windows.Series.Steps} steps of their window. "
                    + $"At least {FewestRows} are needed: give a shorter window, fill gaps, or take a network whose recurrent layer is masked, such as lstm(32), which needs no full windows.");
        }

        // Warnings are of the table's own columns, below.
        int[] inputs = windows.InputColumns;
        var selection = new ColumnSelection(
            inputs, Array.ConvertAll(columns.Targets, windows.WindowColumn), Array.ConvertAll(columns.Groups, windows.WindowColumn), Array.ConvertAll(columns.Empty, windows.WindowColumn), Guessed: false, [.. inputs], []);
        Dataset data = new TableRows(windows.Windows(usable), selection).Read(MissingInputs.Drop, encoding, classes);
        data.Series = windows.Series;
        data.SetWarnings(columns, encoding is null && !classes);
        return data.With(
        [
            .. incomplete.Length == 0 ? [] : (string[])[$"{table.SourceName}: {Steps(incomplete)} with a missing input {Are(incomplete)} taken as not there{Lines(windows, incomplete)}."],
            .. lacking.Length == 0 ? [] : (string[])[$"{table.SourceName}: {Rows(lacking)} without a full window of {windows.Series.Steps} steps {Are(lacking)} left out{Lines(windows, lacking)}."],
        ]);

        static string Steps(int[] rows) => rows.Length == 1 ? "1 step" : $"{rows.Length} steps";

        static string Rows(int[] rows) => rows.Length == 1 ? "1 row" : $"{rows.Length} rows";

        static string Are(int[] rows) => rows.Length == 1 ? "was" : "were";
    }

    /// <summary>Warnings by the names of the table's columns, of which windows repeat values.</summary>
    /// <param name="ofOutputs">Whether also of inputs that may be other outputs.</param>
    private void SetWarnings(ColumnSelection columns, bool ofOutputs)
    {
        HashSet<string> windows = [.. InputNames];
        string last = $"[{Series!.Steps - 1}]";
        FillValue[] inWindows = [.. FillValues.Where(fill => windows.Contains(fill.Column))];
        FillValue[] own = [.. inWindows.Where(fill => fill.Column.EndsWith(last, StringComparison.Ordinal)).Select(fill => fill with { Column = fill.Column[..^last.Length] })];
        IEnumerable<string> others = Warnings.Except(inWindows.Select(fill => fill.Warning(SourceName)));
        FillValues = [.. FillValues.Except(inWindows), .. own];
        Warnings = [.. others, .. own.Select(fill => fill.Warning(SourceName)), .. ofOutputs ? OtherOutputs.Warnings(LastSteps(), columns) : []];
    }

    /// <summary>Inputs of a row's own step, by the names of the table.</summary>
    private Dataset LastSteps()
    {
        var inputs = new double[RowCount, Series!.Inputs.Count];
        for (int row = 0; row < RowCount; row++)
        {
            for (int i = 0; i < Series.Inputs.Count; i++)
            {
                inputs[row, i] = Inputs[row, (i * Series.Steps) + Series.Steps - 1];
            }
        }

        return new Dataset(inputs, Targets, Series.Inputs, TargetNames, SourceName, Notes, _lineNumbers, (int[]?)Groups, GroupNames);
    }

    private static string Lines(SeriesTable windows, IEnumerable<int> rows)
    {
        int[] all = [.. rows];
        return $" ({(all.Length == 1 ? "row" : "rows")} {string.Join(", ", all.Take(MostRowsListed).Select(windows.Line))}{(all.Length > MostRowsListed ? ", ..." : "")})";
    }

    /// <summary>Missing inputs, if these are refused.</summary>
    private static void RequireInputs(CsvTable table, int[] inputs, MissingInputs rule)
    {
        if (rule == MissingInputs.Error)
        {
            int[] rows = [.. Enumerable.Range(0, table.RowCount)];
            var problems = new TableProblems();
            var reader = new ColumnReader(table, rows, problems);
            AddGaps(table, rows, inputs, Array.ConvertAll(inputs, column => reader.Numbers(column, InputRemedy)), problems, InputRemedy);
            problems.ThrowIfAny();
        }
    }

    private static void RequireLength(CsvTable table, SeriesTable windows)
    {
        (int longest, int row) = windows.Longest;
        if (windows.Series.Steps > longest)
        {
            throw new DataException(
                table.SourceName, $"a window has {windows.Series.Steps} steps, and the longest series has {longest} (it ends at row {windows.Line(row)}). Give a window of at most {longest}"
                    + $"{(windows.SeriesCount > 1 && longest == 1 ? ", or name fewer columns that tell series apart (--group): every row is a series of its own" : "")}.");
        }
    }

    private static IEnumerable<string> NotesOf(CsvTable table, SeriesTable windows)
    {
        yield return $"{table.SourceName}: inputs are {windows.Series.Text}; there {(windows.SeriesCount == 1 ? "is 1 series" : $"are {windows.SeriesCount} series")}.";
        int[] single = [.. windows.Single];
        if (single.Length > 0 && windows.Series.Steps > 1 && windows.Series.MarksSteps)
        {
            yield return $"{table.SourceName}: {(single.Length == 1 ? "1 series has" : $"{single.Length} series have")} one step only{Lines(windows, single.Order())}, which is predicted without any before it.";
        }
    }

    private Dataset WithSeriesWarning() => Groups is not null || Series!.Steps == 1 ? this : WithWarnings(
    [
        $"{SourceName}: windows of neighbouring steps have most values in common, so out-of-fold rows are predicted from their neighbours, and scores hold for gaps in this series, not for other ones or for later times. "
            + "Name the columns that tell series apart (--group), or judge the model on steps that it was not trained on.",
    ]);
}
