using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>The times of series as numbers of equal steps.</summary>
internal static class SeriesTimes
{
    // Of a step.
    private const double Tolerance = 1e-3;

    private static readonly string[] _formats =
    [
        "yyyy-MM-dd", "yyyy-M-d", "yyyy/MM/dd", "yyyy/M/d", "yyyyMMdd", "yyyy-MM", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss'Z'",
    ];

    /// <summary>Of each row, the steps since the first of its series.</summary>
    /// <param name="series">[row]: which series it belongs to.</param>
    /// <param name="known">The step, where it is known; otherwise the shortest of the table.</param>
    /// <returns>Steps, and the length of one; null where that is not known and no series has two rows.</returns>
    /// <exception cref="DataException">A cell is no time, or times of a series do not rise in equal steps.</exception>
    public static (int[] Steps, SeriesStep? Step) StepsOf(CsvTable table, int column, int[] series, SeriesStep? known = null)
    {
        (double[] times, SeriesTimeUnit unit) = Times(table, column, known);
        (double shortest, int at) = Shortest(table, column, series, times);
        double step = known?.Length ?? shortest;
        Dictionary<int, int> first = [];
        var steps = new int[times.Length];
        for (int row = 0; row < times.Length; row++)
        {
            first.TryAdd(series[row], row);
            double count = double.IsInfinity(step) ? 0 : (times[row] - times[first[series[row]]]) / step;
            if (Math.Abs(count - Math.Round(count)) > Tolerance || count > int.MaxValue / 2)
            {
                string found = known is null ? string.Create(CultureInfo.InvariantCulture, $"the shortest step is {step:G6}, at row {table.LineNumber(at)}")
                    : $"the model was trained on steps of {known}";
                throw Problem(table, column, row,
                    $"is no whole number of steps after the first of its series (row {table.LineNumber(first[series[row]])}): {found}. Windows need equal steps: number them in a column of their own, or correct the times.");
            }

            steps[row] = (int)Math.Round(count);
        }

        return (steps, double.IsInfinity(step) ? null : new SeriesStep(unit, step));
    }

    /// <summary>The shortest step, and the row that ends it.</summary>
    private static (double Step, int Row) Shortest(CsvTable table, int column, int[] series, double[] times)
    {
        Dictionary<int, int> before = [];
        (double step, int shortest) = (double.PositiveInfinity, 0);
        for (int row = 0; row < times.Length; row++)
        {
            if (before.TryGetValue(series[row], out int last))
            {
                double difference = times[row] - times[last];
                if (difference <= 0)
                {
                    throw Problem(table, column, row, difference == 0
                        ? $"is the time of row {table.LineNumber(last)} of the same series, too. Remove one of the two rows, or name columns that tell series apart (--group)."
                        : $"comes after \"{ShownText.Of(table.Cell(last, column))}\" of the same series (row {table.LineNumber(last)}). Sort the rows by time, or name columns that tell series apart (--group).");
                }

                (step, shortest) = difference < step ? (difference, row) : (step, shortest);
            }

            before[series[row]] = row;
        }

        return (step, shortest);
    }

    /// <summary>Numbers; of dates months if all are on the same day of theirs, otherwise days.</summary>
    private static (double[] Times, SeriesTimeUnit Unit) Times(CsvTable table, int column, SeriesStep? known)
    {
        var numbers = new double[table.RowCount];
        var dates = new DateTime[table.RowCount];
        bool areDates = known is null ? !TryRead(table.Cell(0, column), out _) || AreDatesOfDigits(table, column) : known.Unit != SeriesTimeUnit.Numbers;
        for (int row = 0; row < numbers.Length; row++)
        {
            string text = table.Cell(row, column);
            if (areDates ? !DateTime.TryParseExact(text, _formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out dates[row]) : !TryRead(text, out numbers[row]))
            {
                throw Problem(table, column, row, text.Length == 0 ? "an empty cell, and every step needs a time. Fill it in, or remove the row."
                    : known is not null ? $"is no {(areDates ? "date" : "number")}, and times of the model's training are. Write all times as then."
                    : areDates ? "is no time. Write a number, or a date such as 2020-01-31 or 2020-01-31 06:00, in every row."
                    : "is no number, as the first time of the file is. Write all as numbers, or all as dates.");
            }
        }

        if (!areDates)
        {
            return (numbers, SeriesTimeUnit.Numbers);
        }

        bool months = known is null
            ? dates.All(date => date.Day == dates[0].Day && date.TimeOfDay == dates[0].TimeOfDay) && dates.Distinct().Count() > 1
            : known.Unit == SeriesTimeUnit.Months;
        return months ? (Months(table, column, dates), SeriesTimeUnit.Months) : (Array.ConvertAll(dates, date => (date - DateTime.UnixEpoch).TotalDays), SeriesTimeUnit.Days);

        bool TryRead(string text, out double value) => table.Format.Read(text, out value) is CellKind.Number or CellKind.CommaNumber;
    }

    private static double[] Months(CsvTable table, int column, DateTime[] dates)
    {
        int other = Array.FindIndex(dates, date => date.Day != dates[0].Day || date.TimeOfDay != dates[0].TimeOfDay);
        return other < 0 ? Array.ConvertAll(dates, date => (date.Year * 12.0) + date.Month)
            : throw Problem(table, column, other, $"is on another day of its month than \"{ShownText.Of(table.Cell(0, column))}\", and steps of the model's training are months. Write dates on the same day of each.");
    }

    /// <summary>Whether all are dates such as 20200131; as numbers their steps would be unequal at every month's end.</summary>
    private static bool AreDatesOfDigits(CsvTable table, int column) => Enumerable.Range(0, table.RowCount).All(
        row => DateTime.TryParseExact(table.Cell(row, column), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date) && date.Year is > 1500 and < 2500);

    private static DataException Problem(CsvTable table, int column, int row, string problem) =>
        new(table.SourceName, problem, table.LineNumber(row), table.ColumnNames[column], table.Cell(row, column) is { Length: > 0 } text ? text : null);
}
