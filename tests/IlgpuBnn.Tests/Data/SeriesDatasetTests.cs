namespace IlgpuBnn.Tests.Data;

/// <summary>Rows of a long table whose inputs are windows.</summary>
public sealed class SeriesDatasetTests
{
    /// <summary>Two series row by row in turn, one with a gap, a missing input and a missing target.</summary>
    private const string Two =
        """
        site,day,rain,flux,light
        a,1,10,100,0.5
        b,1,-1,-3,-2
        a,2,20,200,0.6
        a,4,40,,0.8
        b,2,,-6,-4
        a,5,50,500,0.9
        a,6,60,600,1
        b,3,-7,-8,-9
        """;

    [Fact]
    public void A_row_has_the_steps_before_it_and_says_which_there_are()
    {
        Dataset data = Of(Two, 3, marksSteps: true);
        Assert.Equal(["rain[0]", "rain[1]", "rain[2]", "light[0]", "light[1]", "light[2]", "present[0]", "present[1]", "present[2]"], data.InputNames);
        Assert.Equal(
            [
                "10 10 10 0.5 0.5 0.5 0 0 1: 100", "-1 -1 -1 -2 -2 -2 0 0 1: -3", "10 10 20 0.5 0.5 0.6 0 1 1: 200",
                "40 40 50 0.8 0.8 0.9 0 1 1: 500", "40 50 60 0.8 0.9 1 1 1 1: 600", "-1 -1 -7 -2 -2 -9 1 0 1: -8",
            ],
            Rows(data));
        Assert.Equal([2, 3, 4, 7, 8, 9], Enumerable.Range(0, data.RowCount).Select(data.LineNumber));
        Assert.Equal([0, 1, 0, 0, 0, 1], data.Groups!);
        Assert.Contains("1 step with a missing input was taken as not there (row 6)", Assert.Single(data.Notes, note => note.Contains("taken as", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("windows of 3 steps of 1 by day, of series told apart by site; there are 2 series", data.Notes[^1], StringComparison.Ordinal);
        Assert.Equal(new SeriesStep(SeriesTimeUnit.Numbers, 1), data.Series!.Step);
    }

    /// <summary>A step without a target is one of other rows' windows.</summary>
    [Fact]
    public void Without_marks_only_full_windows_are_rows()
    {
        Dataset data = Of(Two + "\na,7,70,700,2\n", 2, marksSteps: false);
        Assert.Equal(["10 20 0.5 0.6: 200", "40 50 0.8 0.9: 500", "50 60 0.9 1: 600", "60 70 1 2: 700"], Rows(data));
        Assert.Contains(data.Notes, note => note.Contains("4 rows without a full window of 2 steps were left out (rows 2, 3, 5, 9)", StringComparison.Ordinal));
    }

    [Fact]
    public void Later_tables_keep_the_steps_of_the_training()
    {
        SeriesDescription series = Of(Two, 2, marksSteps: true).Series!;
        Dataset sparse = Dataset.FromSeries(Table("site,day,rain,flux,light\na,1,1,1,1\na,3,3,3,3\na,5,5,5,5\n"), series, TableEncoding.Plain(Of(Two, 2, marksSteps: true)), ["flux"]);
        Assert.Equal(["1 1 1 1 0 1: 1", "3 3 3 3 0 1: 3", "5 5 5 5 0 1: 5"], Rows(sparse));
    }

    [Theory]
    [InlineData("site,day,rain,flux\na,1,1,1\na,1.5,2,2\n", "row 3, column \"day\": \"1.5\" is no whole number of steps after the first of its series (row 2): the model was trained on steps of 1.")]
    [InlineData("site,day,rain,flux\na,2020-01-01,1,1\n", "\"2020-01-01\" is no number, and times of the model's training are.")]
    [InlineData("site,day,rain,flux\na,2,1,1\na,1,2,2\n", "row 3, column \"day\": \"1\" comes after \"2\" of the same series (row 2).")]
    [InlineData("day,rain,flux\n1,1,1\n", "there is no column \"site\" (group).")]
    [InlineData("site,day,flux\na,1,1\n", "there is no column \"rain\" (input).")]
    public void Tables_that_do_not_fit_a_model_are_refused(string text, string message)
    {
        var series = new SeriesDescription("day", ["site"], ["rain"], 2, true, new SeriesStep(SeriesTimeUnit.Numbers, 1));
        Assert.Contains(message, Assert.Throws<DataException>(() => SeriesTable.Of(Table(text), series)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("site,day,rain,flux\na,1,1,1\na,1,2,2\na,2,3,3\n", "row 3, column \"day\": \"1\" is the time of row 2 of the same series, too. Remove one of the two rows")]
    [InlineData("site,day,rain,flux\na,2,1,1\na,1,2,2\na,3,3,3\n", "row 3, column \"day\": \"1\" comes after \"2\" of the same series (row 2). Sort the rows by time")]
    [InlineData("site,day,rain,flux\na,x,1,1\na,1,2,2\na,3,3,3\n", "row 2, column \"day\": \"x\" is no time. Write a number, or a date")]
    [InlineData("site,day,rain,flux\na,1,1,1\nb,1,2,2\nc,3,3,3\n", "a window has 2 steps, and the longest series has 1 (it ends at row 2). Give a window of at most 1, or name fewer columns")]
    [InlineData("site,day,rain,flux\na,1,1,1\na,2,2,2\na,3,wet,3\n", "row 4, column \"rain\": \"wet\" is not a number. Inputs of windows are numbers: fix the cell, leave the column out (--exclude), or name it with --group if it tells series apart.")]
    [InlineData("site,day,rain,flux\na,1,1,1\na,2,2,2\na,4,3,3\n", "only 1 of 3 rows can be used: 0 lack an input, and 2 one of the 2 steps of their window.")]
    [InlineData("site,time,rain,flux\na,1,1,1\na,2,2,2\na,3,3,3\n", "there is no column \"day\" (time).")]
    public void What_is_no_series_is_named(string text, string message) => Assert.Contains(
        message, Assert.Throws<DataException>(() => Dataset.FromSeries(Table(text), "day", 2, false, ["flux"], groups: ["site"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Roles_and_rules_that_contradict_are_refused()
    {
        Assert.Contains("\"day\" is the time", Assert.Throws<ArgumentException>(() => Dataset.FromSeries(Table(Two), "day", 2, true, ["flux"], ["rain", "day"])).Message, StringComparison.Ordinal);
        Assert.Contains("not filled with means", Assert.Throws<ArgumentException>(() => Of(Two, 2, true, MissingInputs.Mean)).Message, StringComparison.Ordinal);
        Assert.Contains("row 6, column \"rain\": the cell is empty", Assert.Throws<DataException>(() => Of(Two, 2, true, MissingInputs.Error)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "would be 200000 columns; at most 100000", Assert.Throws<DataException>(() => Of(Two, 100_000, false)).Message, StringComparison.Ordinal);
    }

    /// <summary>Groups of one step, dates, and a column without any value.</summary>
    [Fact]
    public void What_is_unusual_is_said()
    {
        Dataset data = Dataset.FromSeries(
            Table("site;day;rain;none;flux\na;20200131;1,5;;1\na;20200201;2,5;;2\na;20200202;3,5;;3\nb;20200131;4,5;;4\n"), "day", 2, true, ["flux"], groups: ["site"]);
        Assert.Equal(["1.5 1.5 0 1: 1", "1.5 2.5 1 1: 2", "2.5 3.5 1 1: 3", "4.5 4.5 0 1: 4"], Rows(data));
        Assert.Equal("1 day", $"{data.Series!.Step}");
        Assert.Contains(data.Notes, note => note.Contains("1 series has one step only (row 5)", StringComparison.Ordinal));
        Assert.Contains(data.Notes, note => note.Contains("columns without any value are no inputs: none", StringComparison.Ordinal));
        Assert.Contains("Name the columns that tell series apart", Assert.Single(Dataset.FromSeries(Table("day,rain,flux\n1,1,1\n2,2,2\n3,3,3\n"), "day", 2, true, ["flux"]).Warnings), StringComparison.Ordinal);
    }

    /// <summary>A time that is wrong makes the step of all.</summary>
    [Fact]
    public void A_step_that_few_rows_have_is_warned_of()
    {
        Assert.Contains(
            "the step is 0.5, that from row 4 (\"3\") to row 5 (\"3.5\"), but most rows are 2 such steps after the one before",
            Assert.Single(Of("site,day,rain,flux\na,1,1,1\na,2,2,2\na,3,3,3\na,3.5,4,4\na,5,5,5\nb,1,1,1\nb,2,3,4\n", 2, true).Warnings), StringComparison.Ordinal);

        // Gaps of several steps are none, and neither is every second day.
        Assert.Empty(Of("site,day,rain,flux\na,1,1,1\na,2,2,2\na,5,3,3\na,6,4,4\na,9,5,5\n", 2, true).Warnings);
        Assert.Empty(Of("site,day,rain,flux\na,1,1,1\na,3,2,2\na,5,3,3\na,9,5,5\n", 2, true).Warnings);
    }

    [Theory]
    [InlineData(SeriesTimeUnit.Days, 1, "1 day")]
    [InlineData(SeriesTimeUnit.Days, 1 / 48.0, "30 minutes")]
    [InlineData(SeriesTimeUnit.Days, 0.25, "6 hours")]
    [InlineData(SeriesTimeUnit.Months, 3, "3 months")]
    [InlineData(SeriesTimeUnit.Numbers, 0.5, "0.5")]
    public void A_step_is_said_in_its_unit(SeriesTimeUnit unit, double length, string text) => Assert.Equal(text, $"{new SeriesStep(unit, length)}");

    private static Dataset Of(string text, int steps, bool marksSteps, MissingInputs missing = MissingInputs.Drop) =>
        Dataset.FromSeries(Table(text), "day", steps, marksSteps, ["flux"], groups: ["site"], missingInputs: missing);

    private static CsvTable Table(string text)
    {
        using CsvTableReader reader = Tables.Open(text);
        return reader.Read(int.MaxValue)!;
    }

    private static string[] Rows(Dataset data) =>
    [
        .. Enumerable.Range(0, data.RowCount).Select(row => string.Join(' ', Enumerable.Range(0, data.InputCount).Select(i => FormattableString.Invariant($"{data.Inputs[row, i]}")))
            + FormattableString.Invariant($": {data.Targets[row, 0]}")),
    ];
}
