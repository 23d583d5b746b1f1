namespace IlgpuBnn.Data;

/// <summary>Which rows of a long table are the steps before which.</summary>
internal sealed class SeriesRows
{
    private readonly int[] _at;

    // [row]: the row of the step before it in its series; -1 for none.
    private readonly int[] _before;

    private SeriesRows(int[] series, int[] at, SeriesStep? step)
    {
        (Series, _at, Step, _before) = (series, at, step, new int[at.Length]);
        Dictionary<int, int> last = [];
        for (int row = 0; row < at.Length; row++)
        {
            _before[row] = last.GetValueOrDefault(series[row], -1);
            last[series[row]] = row;
        }

        Last = last;
    }

    /// <summary>[row]: which series it belongs to, counted from 0.</summary>
    public int[] Series { get; }

    /// <summary>[series]: the row of its last step.</summary>
    public IReadOnlyDictionary<int, int> Last { get; }

    /// <summary>Null where no series has two rows.</summary>
    public SeriesStep? Step { get; }

    /// <summary>How many steps rows mostly are after the one before, and the first two rows that are a single step apart; null where single steps are most.</summary>
    public (int Steps, int Before, int Row)? Unusual
    {
        get
        {
            ILookup<int, int> rows = Enumerable.Range(0, _at.Length).Where(row => _before[row] >= 0).ToLookup(row => _at[row] - _at[_before[row]]);
            int usual = rows.OrderByDescending(own => own.Count()).ThenBy(own => own.Key).FirstOrDefault()?.Key ?? 1;
            return usual > 1 && rows.Contains(1) ? (usual, _before[rows[1].First()], rows[1].First()) : null;
        }
    }

    /// <param name="known">The step, where it is known; otherwise the shortest of the table.</param>
    /// <exception cref="DataException">A cell is no time, or times of a series do not rise in equal steps.</exception>
    public static SeriesRows Of(CsvTable table, int timeColumn, int[] groupColumns, SeriesStep? known = null)
    {
        int[] rows = [.. Enumerable.Range(0, table.RowCount)], series = groupColumns.Length == 0 ? new int[rows.Length] : Dataset.ReadGroups(table, rows, groupColumns);
        (int[] at, SeriesStep? step) = SeriesTimes.StepsOf(table, timeColumn, series, known);
        return new SeriesRows(series, at, step);
    }

    /// <summary>Steps of a row since the first of its series.</summary>
    public int At(int row) => _at[row];

    /// <summary>The rows of a window: those of its steps, -1 where there is none.</summary>
    /// <param name="row">Of the last step.</param>
    /// <param name="window">[step], the oldest first.</param>
    public void Fill(int row, Span<int> window)
    {
        window.Fill(-1);
        for (int own = row; own >= 0 && _at[row] - _at[own] < window.Length; own = _before[own])
        {
            window[^(1 + _at[row] - _at[own])] = own;
        }
    }
}
