using IlgpuBnn.Reporting;

namespace DailySeries.NextDay;

/// <summary>The page: how good the ways are, whether their intervals hold in each year that was left out, and some months as they went.</summary>
internal static class Page
{
    private const int DaysShown = 120;

    private static readonly string[] s_quantities = ["the next day's maximum, °C", "the next day's minimum, °C", "the next day's wind, m/s"];

    public static ReportPage Create(Results results)
    {
        var page = new ReportPage("Tomorrow's weather, in years never seen");
        page.AddText(
            "The next day's maximum and minimum temperature (°C) and mean wind (m/s) in Seattle and New York, from the season and from rain, maximum, minimum and wind of the days so far, 2012 to 2015, as measured (NOAA). "
                + $"Each year is left out in turn, at both sites; then each site, whose column is then no input. Persistence takes each day as the one before. All else are {results.Sizes.Networks} networks with the library's defaults, "
                + "three targets at once; folds are of a site's years.");
        AddScores(page, results);
        AddCoverage(page, results);
        AddMonths(page, results);
        return page;
    }

    private static void AddScores(ReportPage page, Results results)
    {
        page.AddHeading("How good they are");
        (string Name, IReadOnlyList<Part> Parts)[] kinds = [.. results.Years.Count == 0 ? [] : ((string, IReadOnlyList<Part>)[])[("years in turn", results.Years)], .. results.Sites.Select(own => (own.LeftOut.Name, (IReadOnlyList<Part>)[own]))];
        IReadOnlyList<Way> ways = Study.Ways(results.Sizes);
        TableColumn[] columns = ["predicted from", "left out", new("RMSE", "F3"), new("R2", "F3"), new("CRPS", "F3"), .. Study.Levels.Select(level => new TableColumn($"in {level:P0} intervals", "P1")), new("width of 95 %", "F2")];
        foreach ((int target, string name) in WeatherTable.Targets.Index())
        {
            page.AddTable($"scores-{name}", new ReportTable(columns,
                [
                    .. kinds.SelectMany(kind => Enumerable.Range(-1, ways.Count + 1).Select(way => Row(way < 0 ? "persistence" : ways[way].Name, kind.Name, Pooled.Of(kind.Parts, way, target)))),
                ]),
                $"{s_quantities[target]}: scores of the {kinds[0].Parts.Sum(part => part.Rows)} days of the years, and of all years of each site, that all ways can predict, those with a week before them in their year. Persistence has no intervals.");
        }

        page.AddText(FormattableString.Invariant(
            $"Day by day with states carried on from each year's first day (CreateSeriesPredictor), the recurrent networks' RMSE of the maximum is {Rmse(own => own.StatesRmse):F3} in the years that were left out; from windows of {results.Sizes.Window} days it is {Rmse(own => own.Ways[^1].Scores.PerTarget[0].Rmse):F3}."));

        double Rmse(Func<Part, double> of) => Math.Sqrt(results.Years.Sum(part => part.Rows * Math.Pow(of(part), 2)) / results.Years.Sum(part => part.Rows));
    }

    private static TableCell[] Row(string name, string leftOut, Pooled own) => [name, leftOut, own.Rmse, own.R2, own.Crps, .. own.Coverages.Select(coverage => (TableCell)coverage), own.Width95];

    private static void AddCoverage(ReportPage page, Results results)
    {
        page.AddHeading("Year by year");
        int[] shown = [2, Study.Ways(results.Sizes).Count - 1];
        (Part Part, string Site)[] all = [.. WeatherTable.Sites.SelectMany(site => results.Years.Select(part => (part, site)))];
        double[] at = [.. Enumerable.Range(1, all.Length).Select(own => (double)own)];
        page.AddFigure("coverage", new Chart("", new ChartAxis("year of a site") { From = 0, To = all.Length + 1 }, new ChartAxis("fraction in 90 % intervals") { From = 0.8, To = 1 },
            [
                new Guide("90 %") { Y = Study.Levels[1] },
                .. shown.Select(way => new Points(Study.Ways(results.Sizes)[way].Name, at, [.. all.Select(own => Coverage(own, way, 1, 0))]) { Radius = 3.5 }),
            ])
        {
            Width = 640,
            Height = 340,
        },
            "Of the days of a year that was left out, those whose maximum is inside its 90 % interval: the years of Seattle, then those of New York.",
            new ReportTable(["year", "site", "target", "predicted from", .. Study.Levels.Select(level => new TableColumn($"in {level:P0} intervals", "P1"))],
                [
                    .. all.SelectMany(own => WeatherTable.Targets.Index().SelectMany(target => shown.Select(way => (TableCell[])
                    [
                        own.Part.LeftOut.Name, own.Site, target.Item, Study.Ways(results.Sizes)[way].Name, .. Study.Levels.Index().Select(level => (TableCell)Coverage(own, way, level.Index, target.Index)),
                    ]))),
                ]));

        static double Coverage((Part Part, string Site) own, int way, int level, int target) =>
            own.Part.Ways[way].Coverage(Study.Levels[level], target, row => own.Part.DayOf(row).Site == own.Site);
    }

    private static void AddMonths(ReportPage page, Results results)
    {
        Part part = results.Years[^1];
        page.AddHeading($"The first months of {part.LeftOut.Name}");
        foreach (string site in WeatherTable.Sites)
        {
            Judged recurrent = part.Ways[^1];
            int[] rows = [.. Enumerable.Range(0, part.Rows).Where(row => part.DayOf(row).Site == site && part.DayOf(row).Number <= DaysShown)];
            (double[,] lower, double[,] upper) = recurrent.Prediction.Interval(Study.Levels[1]);
            double[] days = Of(row => part.DayOf(row).Number + 1);
            page.AddFigure($"months-{site.ToLowerInvariant().Replace(' ', '-')}", new Chart("", new ChartAxis($"day of {part.LeftOut.Name}"), new ChartAxis("maximum, °C"),
                [
                    new Band("90 % interval", days, Of(row => lower[row, 0]), Of(row => upper[row, 0])), new Line(recurrent.Way.Name, days, Of(row => recurrent.Prediction.Mean[row, 0])) { Markers = false },
                    new Line(part.Ways[0].Way.Name, days, Of(row => part.Ways[0].Prediction.Mean[row, 0])) { Markers = false }, new Points("measured", days, Of(row => recurrent.Rows.Targets[row, 0])),
                ])
            {
                Width = 820,
                Height = 340,
            },
                $"{site}: each day's maximum, as it was predicted from the days before by recurrent networks that were trained on the other years, and from the season alone.");

            double[] Of(Func<int, double> of) => [.. rows.Select(of)];
        }
    }
}
