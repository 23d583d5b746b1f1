using DailySeries.NextDay;

namespace IlgpuBnn.Tests.Samples;

public sealed class NextDayTests
{
    private static readonly WeatherTable s_table = WeatherTable.Read(Repository.Path("samples", "data", "daily-weather.csv"));

    /// <summary>Eight years of a site, without a gap, each day with what the next one brought.</summary>
    [Fact]
    public void The_table_has_every_day_and_the_one_behind_it()
    {
        CsvTable table = s_table.Table;
        Day[] days = [.. Enumerable.Range(0, table.RowCount).Select(row => s_table.DayOf(table.LineNumber(row)))];
        Assert.Equal(2 * ((3 * 365) + 366), days.Length);
        Assert.All(days.GroupBy(day => (day.Site, day.Year)), own => Assert.Equal(Enumerable.Range(1, own.Key.Year == 2012 ? 366 : 365), own.Select(day => day.Number)));
        foreach ((int target, string name) in WeatherTable.Targets.Index())
        {
            int column = table.ColumnNames.Index().Single(own => own.Item == name).Index;
            for (int row = 0; row < table.RowCount; row++)
            {
                if (row + 1 < table.RowCount && days[row + 1].Site == days[row].Site)
                {
                    Assert.Equal(s_table.Today(table.LineNumber(row + 1), target), table.Number(row, column));
                }
                else
                {
                    Assert.True(table.IsMissing(row, column));
                }
            }
        }
    }

    [Fact]
    public void What_is_left_out_is_in_no_training_and_networks_beat_the_season_and_persistence()
    {
        Results results = Study.Run(new Sizes([2014], ["Seattle"], 4, 4, 6, 120), s_table, TextWriter.Null);
        Part year = Assert.Single(results.Years), site = Assert.Single(results.Sites);
        Assert.All(Enumerable.Range(0, year.Rows), row => Assert.Equal(2014, year.DayOf(row).Year));
        Assert.All(Enumerable.Range(0, site.Rows), row => Assert.Equal("Seattle", site.DayOf(row).Site));

        // Six years of 365 days or seven of them, and one of 366 of each site; the last day of all has no next one.
        Assert.Equal((6 * 365) + 2 - 2, year.Ways[0].Model.Report.TrainingRows);
        Assert.Equal((4 * 365) + 1 - 1, site.Ways[0].Model.Report.TrainingRows);

        // Lags of 8 days cannot predict the first 7 of a year, and all are judged by the rest.
        Assert.Equal(2 * (365 - 7), year.Rows);
        Assert.Equal(2 * 365, year.Ways[^1].Predictable);
        Assert.DoesNotContain(WeatherTable.SiteColumn, site.Ways[^1].Model.InputNames);
        Pooled persistence = Pooled.Of([year], -1, 0), season = Pooled.Of([year], 0, 0), recurrent = Pooled.Of([year], 5, 0);
        Assert.True(recurrent.Rmse < persistence.Rmse && persistence.Rmse < season.Rmse, $"{recurrent.Rmse}, {persistence.Rmse}, {season.Rmse}");
        Assert.True(recurrent.Crps < season.Crps);

        // From the file by another program: of the changes from day to day behind the first week of 2014, the root of the mean square.
        Assert.Equal(3.5086, persistence.Rmse, 1e-4);
        string page = Page.Create(results).Html();
        Assert.Contains("The first months of 2014", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }
}
