namespace IlgpuBnn.Data;

/// <summary>A long table, with a row for each step of each series, as a table of windows: its inputs become columns for each step of a window, its rows stay.</summary>
/// <remarks>
/// Cells of windows are the table's own texts, held once. Columns stand where they stood, those that say which steps there are at the end. Where marked steps are not there,
/// inputs are those of the nearest before it, or else after it; where steps are not marked, such cells are empty.
/// </remarks>
internal sealed class SeriesTable
{
    private const string NumberRemedy = "Inputs of windows are numbers: fix the cell, leave the column out (--exclude), or name it with --group if it tells series apart.";

    // What a program holds of a cell: its place in a row, and its number as read, in a dataset and standardised.
    private const int CellBytes = 8 + (3 * sizeof(double));

    private readonly CsvTable _table;
    private readonly SeriesRows _rows;
    private readonly int[] _inputs;

    // [row]: whether it has all inputs.
    private readonly bool[] _complete;

    // [column of the table]: whether it is an input.
    private readonly bool[] _isInput;
    private readonly TableHeader _header;

    private SeriesTable(CsvTable table, SeriesDescription series, SeriesRows rows, int[] inputs, bool[] complete)
    {
        (_table, _rows, _inputs, _complete) = (table, rows, inputs, complete);
        Series = series with { Step = series.Step ?? rows.Step };
        _isInput = [.. Enumerable.Range(0, table.ColumnNames.Count).Select(inputs.Contains)];
        _header = Header();
    }

    /// <summary>With its step, where the table or the description says one.</summary>
    public SeriesDescription Series { get; }

    public int RowCount => _table.RowCount;

    public int SeriesCount => _rows.Last.Count;

    /// <exception cref="DataException">A column is not there or not of numbers, or times do not rise in equal steps; the message names file, row and column.</exception>
    public static SeriesTable Of(CsvTable table, SeriesDescription series)
    {
        int time = Indices(table, [series.Time], "time")[0];
        int[] groups = Indices(table, series.Groups, "group"), inputs = Indices(table, series.Inputs, "input");
        ColumnSelection.RequireUnique(table, [time, .. groups, .. inputs]);
        RequireColumns(table, series);
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        var problems = new TableProblems();
        problems.AddAll(table.Problems);
        var reader = new ColumnReader(table, rows, problems);
        var complete = new bool[rows.Length];
        Array.Fill(complete, true);
        foreach (int column in inputs)
        {
            double[] values = reader.Numbers(column, NumberRemedy);
            for (int row = 0; row < complete.Length; row++)
            {
                complete[row] &= !double.IsNaN(values[row]);
            }
        }

        problems.ThrowIfAny();
        return new SeriesTable(table, series, SeriesRows.Of(table, time, groups, series.Step), inputs, complete);
    }

    /// <summary>A window repeats values: long ones of a long table are as large as many tables.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for the windows of all rows.</exception>
    public void RequireRoom()
    {
        double bytes = (double)Series.Steps * Series.Channels * RowCount * CellBytes, available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > available)
        {
            throw new InsufficientMemoryException(FormattableString.Invariant(
                $"There is not enough memory: {RowCount} windows of {Series.Steps} steps of {Series.Inputs.Count} inputs need about {bytes / 1e9:F1} GB, and the machine lets a program have {available / 1e9:F1} GB. ")
                + "Give a shorter window, fewer inputs or fewer rows; \"ilgpubnn windows --every 7\" takes the window of every seventh step only.");
        }
    }

    /// <summary>Why a row cannot be used; "" where it can.</summary>
    public string Reason(int row)
    {
        if (LacksInputs(row))
        {
            return string.Join("; ", _inputs.Where(column => _table.IsMissing(row, column)).Select(column => $"{_table.ColumnNames[column]} is missing"));
        }

        int there = Series.MarksSteps ? Series.Steps : StepsThere(row);
        return there == Series.Steps ? "" : $"only {there} of the {Series.Steps} steps of its window {(there == 1 ? "is" : "are")} there";
    }

    /// <summary>Whether a row lacks an input of its own step.</summary>
    public bool LacksInputs(int row) => !_complete[row];

    /// <summary>Whether a row has all inputs, and lacks steps of its window.</summary>
    public bool LacksSteps(int row) => !LacksInputs(row) && !Series.MarksSteps && StepsThere(row) < Series.Steps;

    public int Line(int row) => _table.LineNumber(row);

    /// <summary>Steps of the longest series, from its first to its last, and the row of the last.</summary>
    public (int Steps, int Row) Longest => _rows.Last.Values.Select(row => (_rows.At(row) + 1, row)).MaxBy(own => own.Item1);

    /// <summary>Rows of series that have one step.</summary>
    public IEnumerable<int> Single => _rows.Last.Values.Where(row => _rows.At(row) == 0);

    /// <summary>Where a single time makes the step of all; null where it does not.</summary>
    public string? StepWarning => _rows.Unusual is not (int steps, int before, int row) ? null
        : $"{_table.SourceName}: the step is {Series.Step}, that from {Time(before)} to {Time(row)}, but most rows are {steps} such steps after the one before: windows reach back less far, and lack most steps. "
            + "Correct such times, or remove their rows.";

    /// <summary>Some rows with their windows; line numbers are the table's.</summary>
    public CsvTable Windows(IReadOnlyList<int> rows)
    {
        var window = new int[Series.Steps];
        var records = new TableRecord[rows.Count];
        for (int i = 0; i < records.Length; i++)
        {
            _rows.Fill(rows[i], window);
            records[i] = new TableRecord(Cells(rows[i], window), _table.LineNumber(rows[i]));
        }

        return new CsvTable(_table.SourceName, _header, records, _table.Format, _table.Notes, new TableProblems());
    }

    /// <summary>The column of the windows that a column of the table became, or the first of those.</summary>
    public int WindowColumn(int column) => column + (_isInput.Take(column).Count(own => own) * (Series.Steps - 1));

    /// <summary>The columns of the windows that are inputs, in the order of <see cref="SeriesDescription.InputNames"/>.</summary>
    public int[] InputColumns =>
    [
        .. _inputs.SelectMany(column => Enumerable.Range(WindowColumn(column), Series.Steps)),
        .. Series.MarksSteps ? Enumerable.Range(WindowColumn(_isInput.Length), Series.Steps) : [],
    ];

    private string Time(int row) => $"row {Line(row)} (\"{ShownText.Of(_table.Cell(row, ColumnSelection.IndexOf(_table.ColumnNames, Series.Time)))}\")";

    private static int[] Indices(CsvTable table, IReadOnlyList<string> names, string role) =>
        [.. ColumnSelection.Resolve(table.SourceName, table.ColumnNames, names, role).Select(own => ColumnSelection.IndexOf(table.ColumnNames, own[0]))];

    private static void RequireColumns(CsvTable table, SeriesDescription series)
    {
        long columns = (long)series.Steps * series.Channels;
        if (columns > CsvTableReader.MaxColumns)
        {
            throw new DataException(
                table.SourceName, $"windows of {series.Steps} steps of {series.Inputs.Count} inputs would be {columns} columns; at most {CsvTableReader.MaxColumns} are used. Give a shorter window, or fewer inputs.");
        }
    }

    private TableHeader Header()
    {
        string[] names = [.. _table.ColumnNames.SelectMany((name, column) => _isInput[column] ? Series.Columns(name) : [name]), .. Series.MarksSteps ? Series.Columns(SeriesWindows.Present) : []];
        string[] units = [.. _table.Units.SelectMany((unit, column) => Enumerable.Repeat(unit, _isInput[column] ? Series.Steps : 1)), .. Enumerable.Repeat("", Series.MarksSteps ? Series.Steps : 0)];
        HashSet<string> windows = [.. Series.InputNames];
        return names.Where(windows.Contains).GroupBy(name => name).FirstOrDefault(own => own.Count() > 1) is not { } twice ? new TableHeader(names, _table.HeaderLine, null, units)
            : throw new DataException(_table.SourceName, $"windows would have two columns {ShownText.Of(twice.Key)}. Rename or remove the one that is there.");
    }

    private int StepsThere(int row)
    {
        Span<int> window = Series.Steps <= 1024 ? stackalloc int[Series.Steps] : new int[Series.Steps];
        _rows.Fill(row, window);
        int there = 0;
        foreach (int own in window)
        {
            there += own >= 0 && _complete[own] ? 1 : 0;
        }

        return there;
    }

    private string[] Cells(int row, int[] window)
    {
        var cells = new string[_header.Names.Count];
        int[] source = Array.ConvertAll(window, own => IsPresent(own) ? own : -1);
        for (int step = 0; step < source.Length && Series.MarksSteps; step++)
        {
            source[step] = Nearest(window, step);
        }

        // What the row itself lacks stays so.
        source[^1] = row;
        int at = 0;
        for (int column = 0; column < _isInput.Length; column++)
        {
            for (int step = 0; step < (_isInput[column] ? source.Length : 1); step++)
            {
                int own = _isInput[column] ? source[step] : row;
                cells[at++] = own < 0 ? "" : _table.Cell(own, column);
            }
        }

        for (int step = 0; step < window.Length && Series.MarksSteps; step++)
        {
            cells[at++] = IsPresent(window[step]) ? "1" : "0";
        }

        return cells;
    }

    private bool IsPresent(int row) => row >= 0 && _complete[row];

    /// <summary>The row of the nearest step that is there, the one itself or one before it if there is any; -1 for none.</summary>
    private int Nearest(int[] window, int step)
    {
        for (int before = step; before >= 0; before--)
        {
            if (IsPresent(window[before]))
            {
                return window[before];
            }
        }

        return window.FirstOrDefault(IsPresent, -1);
    }
}
