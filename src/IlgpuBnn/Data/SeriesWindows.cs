using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>
/// Windows over series: a long table, with a row for each step of each series, becomes one with a row for each window, whose steps are columns as networks read fields
/// (<see cref="Networks.FieldLayer"/>, <see cref="Networks.Recurrence"/>).
/// </summary>
/// <remarks>
/// Columns: those of the table that are no inputs and no sequences, as at the window's last step; <c>name[0]</c> (the oldest step) to <c>name[n-1]</c> (the last) of
/// each input; <c>present[0]</c> to <c>present[n-1]</c>, 1 where there is a step and 0 where there is none or an input of it is missing; then the steps of each sequence. Where
/// there is no step, inputs are those of the nearest before it, or else after it, and sequences are missing.
/// </remarks>
public sealed class SeriesWindows
{
    /// <summary>Name of the columns that say which steps there are.</summary>
    public const string Present = "present";

    private readonly CsvTable _table;
    private readonly int[] _kept;
    private readonly double[][] _inputs;
    private readonly double[][] _sequences;
    private readonly int[][] _windows;

    private SeriesWindows(CsvTable table, int[] kept, double[][] inputs, double[][] sequences, int[][] windows, IReadOnlyList<string> columns)
    {
        (_table, _kept, _inputs, _sequences, _windows, ColumnNames) = (table, kept, inputs, sequences, windows, columns);
    }

    /// <summary>As in the remarks.</summary>
    public IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Windows, in the order of the table's rows that they end at.</summary>
    public int RowCount => _windows.Length;

    /// <summary>Channels of the inputs, with the one that says which steps there are.</summary>
    public int Channels => _inputs.Length + 1;

    /// <summary>Steps of a window.</summary>
    public int Steps => _windows[0].Length;

    /// <summary>Windows of a table of series.</summary>
    /// <param name="table">A row for each step; in each series the times rise.</param>
    /// <param name="time">Column of numbers, or of dates (2020-01-31, with a time of day or without), whose steps are equal; or of dates on the same day of every month.</param>
    /// <param name="groups">Columns that tell series apart; none of a single one.</param>
    /// <param name="inputs">Columns of numbers, names, ranges and patterns.</param>
    /// <param name="steps">Of a window, at least 1.</param>
    /// <param name="every">Steps from the end of a window to the next, at least 1, counted back from the end of each series.</param>
    /// <param name="sequences">Columns of numbers of which each step is wanted, as the targets of a network that gives one at each step.</param>
    /// <exception cref="DataException">A column is not there or not of numbers, or times do not rise in equal steps; the message names file, row and column.</exception>
    /// <exception cref="ArgumentException">A number is out of range, or a column is named in two roles.</exception>
    public static SeriesWindows Of(
        CsvTable table, string time, IReadOnlyList<string> groups, IReadOnlyList<string> inputs, int steps, int every = 1, IReadOnlyList<string>? sequences = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        int timeColumn = Resolve(table, [time], "time")[0];
        int[] groupColumns = Resolve(table, groups, "group"), inputColumns = Resolve(table, inputs, "input"), sequenceColumns = Resolve(table, sequences ?? [], "sequence");
        int[] used = [timeColumn, .. groupColumns, .. inputColumns, .. sequenceColumns];
        if (used.Distinct().Count() < used.Length)
        {
            int twice = used.GroupBy(column => column).First(own => own.Count() > 1).Key;
            throw new ArgumentException($"\"{table.ColumnNames[twice]}\" is named as two of time, group, input and sequence. Name each column once.");
        }

        ColumnSelection.RequireUnique(table, used);
        int[] rows = [.. Enumerable.Range(0, table.RowCount)], kept = [.. Enumerable.Range(0, table.ColumnNames.Count).Where(column => !inputColumns.Contains(column) && !sequenceColumns.Contains(column))];
        var problems = new TableProblems();
        problems.AddAll(table.Problems);
        var reader = new ColumnReader(table, rows, problems);
        double[][] inputValues = Array.ConvertAll(inputColumns, column => reader.Numbers(column, CsvTable.TargetRemedy));
        double[][] sequenceValues = Array.ConvertAll(sequenceColumns, column => reader.Numbers(column, CsvTable.TargetRemedy));
        problems.ThrowIfAny();

        var series = SeriesRows.Of(table, timeColumn, groupColumns);
        string[] names =
        [
            .. kept.Select(column => table.ColumnNames[column]),
            .. inputColumns.Select(column => table.ColumnNames[column]).Append(Present).Concat(sequenceColumns.Select(column => table.ColumnNames[column]))
                .SelectMany(name => Enumerable.Range(0, steps).Select(step => $"{name}[{step.ToString(CultureInfo.InvariantCulture)}]")),
        ];
        return names.Distinct().Count() == names.Length ? new SeriesWindows(table, kept, inputValues, sequenceValues, WindowsOf(series, steps, every), names)
            : throw new DataException(
                table.SourceName, $"windows would have two columns {ShownText.Of(names.GroupBy(name => name).First(own => own.Count() > 1).Key)}. Rename or remove the one that is there.");
    }

    /// <summary>Text of a cell; "" where it is missing.</summary>
    public string Cell(int row, int column)
    {
        int[] window = _windows[row];
        if (column < _kept.Length)
        {
            return _table.Cell(window[^1], _kept[column]);
        }

        (int channel, int step) = Math.DivRem(column - _kept.Length, window.Length);
        double value = channel < _inputs.Length ? Nearest(window, step) is var near && near < 0 ? double.NaN : _inputs[channel][near]
            : channel == _inputs.Length ? IsPresent(window[step]) ? 1 : 0
            : window[step] < 0 ? double.NaN : _sequences[channel - Channels][window[step]];
        return double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);
    }

    private static int[] Resolve(CsvTable table, IReadOnlyList<string> names, string role) =>
    [
        .. ColumnSelection.Resolve(table.SourceName, table.ColumnNames, names, role).SelectMany(own => own).Distinct().Select(name => ColumnSelection.IndexOf(table.ColumnNames, name)),
    ];

    /// <summary>[window][step]: the table's row; -1 where there is none.</summary>
    private static int[][] WindowsOf(SeriesRows series, int steps, int every) =>
    [
        .. Enumerable.Range(0, series.Series.Length).Where(row => (series.At(series.Last[series.Series[row]]) - series.At(row)) % every == 0).Select(row =>
        {
            var window = new int[steps];
            series.Fill(row, window);
            return window;
        }),
    ];

    private bool IsPresent(int row) => row >= 0 && _inputs.All(values => !double.IsNaN(values[row]));

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

        return Array.Find(window, IsPresent) is var row && IsPresent(row) ? row : -1;
    }
}
