using IlgpuBnn.Reporting;

namespace DailySeries.Fluxes;

/// <summary>The page: how good the ways are, whether their intervals hold site by site, and a year as it goes.</summary>
internal static class Page
{
    private const int DaysShown = 365;

    public static ReportPage Create(Results results)
    {
        Sizes sizes = results.Sizes;
        var page = new ReportPage("Daily fluxes: what the day alone does not say");
        page.AddText(
            $"Gross primary production (GPP, g C m-2 d-1) of {sizes.Sites} sites over {sizes.Days} days to train on, from rain, light, temperature and the soil's capacity for water. Two things have a memory that no column shows: "
                + "the water in the soil, and the warmth of the last two weeks. The sites are made up by a rule, so that the best prediction is known; towers miss 15 % of the days, records of weather have gaps of four days, and each "
                + "site differs from the rule by a factor that no column says (8 %). Nothing here is measured in nature.");
        AddScores(page, results);
        AddSites(page, results);
        AddYear(page, results);
        return page;
    }

    private static void AddScores(ReportPage page, Results results)
    {
        page.AddHeading("New sites, and a new year");
        TableColumn[] columns =
        [
            "predicted from", "of", new("days it can predict", "F0"), new("RMSE", "F3"), new("R2", "F3"), new("R2 of the rule", "F3"), new("CRPS", "F3"), new("in 90 % intervals", "P1"), new("sd in them epistemic", "P1"),
        ];
        page.AddTable("scores", new ReportTable(columns,
            [
                .. results.NewSites.Zip(results.NewYear).SelectMany(own => new[] { (own.First, "new sites"), (own.Second, "the next year") }).Select(own => Row(own.Item1, own.Item2)),
            ]),
            $"{results.Sizes.Sites} sites that no training saw, and the year behind the training's at its own sites; scores of the {results.NewSites[0].Rows.RowCount} and {results.NewYear[0].Rows.RowCount} days that all ways can predict, those with 30 days before them. R2 of the rule: of what a site of such weather and soil takes up on average, without measurement noise and the site's own factor.");
        page.AddText(FormattableString.Invariant(
            $"The rule itself has an RMSE of {results.NewSites[0].RmseOfRule:F3} at new sites and of {results.NewYear[0].RmseOfRule:F3} in the next year: measurement noise, and what no column says of a site. Day by day with states carried on from a site's first day (CreateSeriesPredictor), the recurrent networks' RMSE at new sites is {results.StepByStep.States:F3}; from windows of 60 days it is {results.StepByStep.Windows:F3}."));
    }

    private static TableCell[] Row(JudgedFluxes own, string of)
    {
        double epistemic = Enumerable.Range(0, own.Rows.RowCount).Average(row => own.Prediction.EpistemicVariance[row, 0] / own.Prediction.Variance[row, 0]);
        return [own.Way.Name, of, own.Predictable, own.Scores.PerTarget[0].Rmse, own.Scores.PerTarget[0].R2, own.R2OfExpected, own.Scores.PerTarget[0].Crps, own.Coverage(Study.Level), Math.Sqrt(epistemic)];
    }

    private static void AddSites(ReportPage page, Results results)
    {
        page.AddHeading("Site by site");
        JudgedFluxes[] shown = [results.NewSites[1], results.NewSites[^1]];
        double[] sites = [.. Enumerable.Range(1, results.Tests.Count).Select(own => (double)own)];
        page.AddFigure("coverage", new Chart("", new ChartAxis("new site") { From = 0 }, new ChartAxis("fraction in 90 % intervals") { From = 0.5, To = 1 },
            [
                new Guide("90 %") { Y = Study.Level },
                .. shown.Select(own => new Points(own.Way.Name, sites, [.. sites.Select((_, k) => own.CoverageAt(Study.Level, k))]) { Radius = 3.5 }),
            ])
        {
            Width = 640,
            Height = 340,
        },
            "Of a site's days those inside their 90 % intervals. Intervals are honest over sites, less so at each: what no column says of a site is the same all year.",
            new ReportTable(["site", .. shown.Select(own => new TableColumn(own.Way.Name, "P1"))],
                [.. results.Tests.Select((site, k) => (TableCell[])[site.Name, .. shown.Select(own => (TableCell)own.CoverageAt(Study.Level, k))])]));
    }

    private static void AddYear(ReportPage page, Results results)
    {
        page.AddHeading("A year of a new site");
        Site site = results.Tests[Driest(results)];
        double[] days = [.. Enumerable.Range(0, Math.Min(DaysShown, site.Weather.Count)).Where(Site.IsRecorded).Select(day => (double)day)];
        (double[] mean, double[] lower, double[] upper) = Study.ByWindows(results.NewSites[^1].Model, site);
        page.AddFigure("year", new Chart("", new ChartAxis("day of the year") { From = 0 }, new ChartAxis("GPP, g C m-2 d-1"),
            [
                new Band("90 % interval", days, Of(lower), Of(upper)), new Line("from windows of 60 days", days, Of(mean)) { Markers = false },
                new Line("states carried on", days, Of(Study.Follow(results.NewSites[^1].Model, site).Mean)) { Markers = false },
                new Points("measured", days, Of([.. site.Measured])),
            ])
        {
            Width = 820,
            Height = 340,
        },
            $"Site {site.Name}, of all new ones that whose soil is driest, as the recurrent networks predict it.");
        page.AddFigure("water", new Chart("", new ChartAxis("day of the year") { From = 0 }, new ChartAxis("water, fraction") { From = 0, To = 1 },
            [new Line("by the rule", days, Of([.. site.Water])) { Markers = false }])
        {
            Width = 820,
            Height = 240,
            Legend = false,
        },
            "Water in the soil by the rule, as a fraction of its capacity. It is in no column: the networks must carry it along by themselves.");

        double[] Of(double[] all) => [.. days.Select(day => all[(int)day])];
    }

    private static int Driest(Results results) => results.Tests.Index().MinBy(own => own.Item.Water.Take(DaysShown).Min()).Index;
}
