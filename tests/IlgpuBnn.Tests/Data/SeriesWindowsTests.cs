namespace IlgpuBnn.Tests.Data;

/// <summary>From a row for each step to a row for each window.</summary>
public sealed class SeriesWindowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Two series row by row in turn, one with a gap, a missing input and a missing value of the sequence.</summary>
    [Fact]
    public void Steps_become_columns_of_the_window_that_ends_at_a_row()
    {
        SeriesWindows windows = Of(
            """
            site,day,rain,light,flux,note
            a,1,10,0.5,100,x
            b,1,-1,-2,-3,y
            a,2,20,0.6,200,x
            a,4,40,0.8,,x
            b,2,,-4,-6,z
            a,5,50,0.9,500,x
            """,
            "day", ["site"], ["rain", "light"], 3, sequences: ["flux"]);
        Assert.Equal(
            ["site", "day", "note", "rain[0]", "rain[1]", "rain[2]", "light[0]", "light[1]", "light[2]", "present[0]", "present[1]", "present[2]", "flux[0]", "flux[1]", "flux[2]"],
            windows.ColumnNames);
        Assert.Equal((3, 3), (windows.Channels, windows.Steps));
        Assert.Equal(
            [
                "a,1,x,10,10,10,0.5,0.5,0.5,0,0,1,,,100", "b,1,y,-1,-1,-1,-2,-2,-2,0,0,1,,,-3", "a,2,x,10,10,20,0.5,0.5,0.6,0,1,1,,100,200",
                "a,4,x,20,20,40,0.6,0.6,0.8,1,0,1,200,,", "b,2,z,-1,-1,-1,-2,-2,-2,0,1,0,,-3,-6", "a,5,x,40,40,50,0.8,0.8,0.9,0,1,1,,,500",
            ],
            Rows(windows));
    }

    /// <summary>Back from the end of each series, so that its last step ends one.</summary>
    [Fact]
    public void Windows_end_every_so_many_steps()
    {
        SeriesWindows windows = Of("t,x\n0,1\n1,2\n2,3\n3,4\n4,5\n", "t", [], ["x"], 2, every: 2);
        Assert.Equal(["0,1,1,0,1", "2,2,3,1,1", "4,4,5,1,1"], Rows(windows));
    }

    [Theory]
    [InlineData("2020-01-31 06:00", "2020-01-31 12:00", "2020-02-01 00:00", new[] { 1, 1, 0, 1 })]
    [InlineData("2020-02-28", "2020-02-29", "2020-03-02", new[] { 1, 1, 0, 1 })]
    [InlineData("2019-12-15", "2020-01-15", "2020-03-15", new[] { 1, 1, 0, 1 })]
    [InlineData("2019-12", "2020-01", "2020-02", new[] { 0, 1, 1, 1 })]
    [InlineData("0.1", "0.2", "0.4", new[] { 1, 1, 0, 1 })]
    public void Times_are_numbers_days_or_months(string first, string second, string third, int[] present)
    {
        SeriesWindows windows = Of($"t,x\n{first},1\n{second},2\n{third},3\n", "t", [], ["x"], 4);
        Assert.Equal(present, Enumerable.Range(0, 4).Select(step => int.Parse(windows.Cell(2, 5 + step), System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("t,x\n1,1\n1,2\n", "row 3, column \"t\": \"1\" is the time of row 2 of the same series, too.")]
    [InlineData("t,x\n2,1\n1,2\n", "row 3, column \"t\": \"1\" comes after \"2\" of the same series (row 2). Sort the rows by time")]
    [InlineData("t,x\n1,1\n2,2\n3.4,3\n", "row 4, column \"t\": \"3.4\" is no whole number of steps after the first of its series (row 2): the shortest step is 1, at row 3.")]
    [InlineData("t,x\n2020-01-01,1\n2020-01-32,2\n", "row 3, column \"t\": \"2020-01-32\" is no time. Write a number, or a date such as 2020-01-31")]
    [InlineData("t,x\n1,1\n2020-01-02,2\n", "row 3, column \"t\": \"2020-01-02\" is no number, as the first time of the file is.")]
    [InlineData("t,x\n1,1\n,2\n", "row 3, column \"t\": an empty cell, and every step needs a time.")]
    [InlineData("t,x\n1,1\n2,a\n", "row 3, column \"x\": \"a\" is not a number.")]
    [InlineData("t,y\n1,1\n", "there is no column \"x\" (input).")]
    [InlineData("t,x,present[1]\n1,1,1\n", "windows would have two columns present[1]. Rename or remove the one that is there.")]
    public void What_is_no_series_is_named(string text, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => Of(text, "t", [], ["x"], 2)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_column_has_one_role() =>
        Assert.Contains("\"t\" is named as two of", Assert.Throws<ArgumentException>(() => Of("t,x\n1,1\n", "t", [], ["t", "x"], 2)).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private SeriesWindows Of(string text, string time, string[] groups, string[] inputs, int steps, int every = 1, string[]? sequences = null) =>
        SeriesWindows.Of(CsvTable.Read(_folder.Write("series.csv", text)), time, groups, inputs, steps, every, sequences);

    private static string[] Rows(SeriesWindows windows) =>
    [
        .. Enumerable.Range(0, windows.RowCount).Select(row => string.Join(',', Enumerable.Range(0, windows.ColumnNames.Count).Select(column => windows.Cell(row, column)))),
    ];
}
