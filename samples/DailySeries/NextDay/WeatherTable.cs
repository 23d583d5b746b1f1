using IlgpuBnn.Data;

namespace DailySeries.NextDay;

/// <summary>A day of a site.</summary>
/// <param name="Number">Of the year, from 1 on.</param>
internal readonly record struct Day(string Site, int Year, int Number);

/// <summary>Measured weather: a row for each day of two cities, with what the next day brought.</summary>
internal sealed class WeatherTable
{
    public const string SiteColumn = "new_york";

    public static readonly string[] Sites = ["Seattle", "New York"];

    public static readonly string[] Targets = ["next_max", "next_min", "next_wind"];

    public static readonly string[] Season = ["season_cos", "season_sin"];

    public static readonly string[] Measured = ["rain", "max", "min", "wind"];

    private readonly Dictionary<int, int> _rowOfLine = [];
    private readonly Day[] _days;

    private WeatherTable(CsvTable table)
    {
        Table = table;
        int site = IndexOf("site"), year = IndexOf("year"), day = IndexOf("day");
        _days = [.. Enumerable.Range(0, table.RowCount).Select(row => new Day(table.Cell(row, site), (int)table.Number(row, year), (int)table.Number(row, day)))];
        for (int row = 0; row < table.RowCount; row++)
        {
            _rowOfLine[table.LineNumber(row)] = row;
        }
    }

    public CsvTable Table { get; }

    public static string Shipped => Path.Combine(AppContext.BaseDirectory, "data", "daily-weather.csv");

    public static WeatherTable Read(string path) => new(CsvTable.Read(path));

    /// <summary>Years of a site are series of their own, so that no fold has a part of a year.</summary>
    public static SeriesColumns Columns(IEnumerable<string> inputs) => new("day", Targets, [.. inputs], ["site", "year"]);

    /// <param name="line">Of the file.</param>
    public Day DayOf(int line) => _days[_rowOfLine[line]];

    /// <summary>What the day itself brought of a target: persistence predicts it for the next.</summary>
    public double Today(int line, int target) => Table.Number(_rowOfLine[line], IndexOf(Targets[target]["next_".Length..]));

    /// <summary>[day]: inputs of a year of a site.</summary>
    public double[][] Inputs(string site, int year, IReadOnlyList<string> columns)
    {
        int[] all = [.. columns.Select(IndexOf)];
        return [.. Enumerable.Range(0, Table.RowCount).Where(row => _days[row].Site == site && _days[row].Year == year).Select(row => (double[])[.. all.Select(column => Table.Number(row, column))])];
    }

    private int IndexOf(string column) => Table.ColumnNames.Index().First(own => own.Item == column).Index;
}
