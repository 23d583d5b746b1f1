using IlgpuBnn;
using IlgpuBnn.Data;

namespace DailySeries.NextDay;

/// <param name="Years">To be left out in turn.</param>
/// <param name="Sites">The same.</param>
/// <param name="Window">Of the recurrent networks, days.</param>
/// <param name="MaxIterations">Null for as many as out-of-fold rows speak for.</param>
internal sealed record Sizes(IReadOnlyList<int> Years, IReadOnlyList<string> Sites, int Networks, int Units, int Window, int? MaxIterations)
{
    public static readonly Sizes Full = new([2012, 2013, 2014, 2015], WeatherTable.Sites, 40, 16, 30, null);
}

/// <summary>What was found.</summary>
internal sealed record Results(Sizes Sizes, WeatherTable Table, IReadOnlyList<Part> Years, IReadOnlyList<Part> Sites);

/// <summary>Tomorrow's weather from today's and that of the days before, in years and at sites that no training saw.</summary>
internal static class Study
{
    public static readonly double[] Levels = [0.5, 0.9, 0.95];

    /// <summary>The first has the season alone, the last is the recurrent one.</summary>
    public static IReadOnlyList<Way> Ways(Sizes sizes) =>
    [
        new("the season alone, dense", 1, null), new("the day alone, linear", 1, "linear"), new("the day alone, dense", 1, null), new("lags of 3 days, dense", 3, null), new("lags of 8 days, dense", 8, null),
        new($"{sizes.Window} days, lstm({sizes.Units})", sizes.Window, $"lstm({sizes.Units})"),
    ];

    public static Results Run(Sizes sizes, WeatherTable table, TextWriter log) => new(
        sizes, table, [.. sizes.Years.Select(year => LeaveOut(new LeftOut(year, null), sizes, table, log))], [.. sizes.Sites.Select(site => LeaveOut(new LeftOut(null, site), sizes, table, log))]);

    /// <summary>Of a way, whose first is climatology. A site that was left out cannot be told by its column.</summary>
    public static string[] Inputs(int way, bool isSiteKnown) =>
        [.. isSiteKnown ? (string[])[WeatherTable.SiteColumn] : [], .. WeatherTable.Season, .. way == 0 ? [] : WeatherTable.Measured];

    private static Part LeaveOut(LeftOut leftOut, Sizes sizes, WeatherTable table, TextWriter log)
    {
        List<(Way Way, BayesianNetwork Model, Dataset Tests)> trained = [];
        foreach ((int k, Way way) in Ways(sizes).Index())
        {
            Dataset rows = way.Rows(table.Table, WeatherTable.Columns(Inputs(k, leftOut.Site is null)));
            ILookup<bool, int> isLeftOut = Enumerable.Range(0, rows.RowCount).ToLookup(row => leftOut.Has(table.DayOf(rows.LineNumber(row))));
            BayesianNetwork model = way.Fit(rows.SelectRows([.. isLeftOut[false]]), sizes.Networks, sizes.MaxIterations);
            trained.Add((way, model, rows.SelectRows([.. isLeftOut[true]])));
            log.WriteLine(FormattableString.Invariant($"without {leftOut.Name}, {way.Name}: trained on {model.Report.TrainingRows} rows in {model.Report.Elapsed.TotalSeconds:F0} s"));
        }

        HashSet<int> lines = Way.CommonLines(trained.Select(own => own.Tests));
        Judged[] judged = [.. trained.Select(own => Judge(own.Way, own.Model, own.Tests, lines))];
        return new Part(leftOut, table, judged, StatesRmse(judged[^1], leftOut, table));
    }

    private static Judged Judge(Way way, BayesianNetwork model, Dataset predictable, HashSet<int> lines)
    {
        Dataset rows = Way.OfLines(predictable, lines);
        return new Judged(way, model, rows, model.Predict(rows), predictable.RowCount);
    }

    private static double StatesRmse(Judged recurrent, LeftOut leftOut, WeatherTable table)
    {
        string[] inputs = Inputs(1, leftOut.Site is null);
        Day[] days = [.. Enumerable.Range(0, recurrent.Rows.RowCount).Select(row => table.DayOf(recurrent.Rows.LineNumber(row)))];
        var means = days.Select(day => (day.Site, day.Year)).Distinct()
            .ToDictionary(own => own, own => Way.Follow(recurrent.Model, table.Inputs(own.Site, own.Year, inputs), Levels[1]).Mean);
        return Math.Sqrt(days.Index().Average(own => Math.Pow(means[(own.Item.Site, own.Item.Year)][own.Item.Number - 1] - recurrent.Rows.Targets[own.Index, 0], 2)));
    }
}
