using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace DailySeries.Fluxes;

/// <param name="Sites">To train on, and as many new ones to test.</param>
/// <param name="Days">Of a site; those of the test's later year besides.</param>
/// <param name="MaxIterations">Null for as many as out-of-fold rows speak for.</param>
internal sealed record Sizes(int Sites, int Days, int Networks, int Units, int? MaxIterations)
{
    public static readonly Sizes Full = new(16, 730, 40, 16, null);
}

/// <summary>A model of one way on the rows that all ways can predict.</summary>
/// <param name="Site">[row].</param>
/// <param name="Expected">[row]: the best that can be predicted.</param>
internal sealed record JudgedFluxes(Way Way, BayesianNetwork Model, Dataset Rows, PredictiveDistribution Prediction, int Predictable, int[] Site, double[] Expected)
    : Judged(Way, Model, Rows, Prediction, Predictable)
{
    /// <summary>Fraction of the variance that is explained of what can be.</summary>
    public double R2OfExpected
    {
        get
        {
            double mean = Expected.Average();
            return 1 - (Expected.Select((own, row) => Math.Pow(own - Prediction.Mean[row, 0], 2)).Sum() / Expected.Sum(own => Math.Pow(own - mean, 2)));
        }
    }

    /// <summary>Of intervals of a level, at a site.</summary>
    public double CoverageAt(double level, int site) => Coverage(level, counts: row => Site[row] == site);

    /// <summary>RMSE of the rule itself: noise, and factors of sites.</summary>
    public double RmseOfRule => Math.Sqrt(Expected.Select((own, row) => Math.Pow(own - Rows.Targets[row, 0], 2)).Average());
}

/// <summary>What was found.</summary>
/// <param name="Training">Sites to train on, and <paramref name="Tests"/> new ones.</param>
/// <param name="NewSites">[way].</param>
/// <param name="NewYear">[way]: the year behind the training's, at its sites.</param>
/// <param name="StepByStep">Of the last way, at new sites: RMSE of predictions whose state goes on from the first day, beside those of windows.</param>
internal sealed record Results(
    Sizes Sizes, IReadOnlyList<Site> Training, IReadOnlyList<Site> Tests, IReadOnlyList<JudgedFluxes> NewSites, IReadOnlyList<JudgedFluxes> NewYear, (double Windows, double States) StepByStep);

internal static class Study
{
    public const double Level = 0.9;

    private const int DaysOfYear = 365;

    public static IReadOnlyList<Way> Ways(Sizes sizes) =>
    [
        new("the day alone, dense", 1, null), new("lags of 8 days, dense", 8, null), new("lags of 30 days, dense", 30, null), new($"60 days, lstm({sizes.Units})", 60, $"lstm({sizes.Units})"),
    ];

    public static Results Run(Sizes sizes, TextWriter log)
    {
        // A year more than is trained on.
        Site[] training = Sites("A", sizes.Sites, sizes.Days + DaysOfYear, 100), tests = Sites("N", sizes.Sites, sizes.Days, 500);
        CsvTable all = FluxTable.Of(training, "train.csv"), ofTests = FluxTable.Of(tests, "new-sites.csv");
        List<(Way Way, BayesianNetwork Model, Dataset NewSites, Dataset NewYear)> trained = [];
        foreach (Way way in Ways(sizes))
        {
            Dataset rows = way.Rows(all, FluxTable.Columns);
            BayesianNetwork model = way.Fit(rows.SelectRows(OfDays(rows, all, training, day => day < sizes.Days)), sizes.Networks, sizes.MaxIterations);
            trained.Add((way, model, model.ReadDataset(ofTests), rows.SelectRows(OfDays(rows, all, training, day => day >= sizes.Days))));
            log.WriteLine(FormattableString.Invariant($"{way.Name}: trained on {model.Report.TrainingRows} rows in {model.Report.Elapsed.TotalSeconds:F0} s"));
        }

        JudgedFluxes[] newSites = [.. trained.Select(own => Judge(own.Way, own.Model, own.NewSites, Way.CommonLines(trained.Select(other => other.NewSites)), ofTests, tests))];
        JudgedFluxes[] newYear = [.. trained.Select(own => Judge(own.Way, own.Model, own.NewYear, Way.CommonLines(trained.Select(other => other.NewYear)), all, training))];
        return new Results(sizes, training, tests, newSites, newYear, StepByStep(newSites[^1], tests));
    }

    /// <summary>Predictions of a whole site, with the state carried on from its first day.</summary>
    public static (double[] Mean, double[] Lower, double[] Upper) Follow(BayesianNetwork model, Site site) =>
        Way.Follow(model, [.. site.Weather.Select((own, day) => Site.IsRecorded(day) ? FluxTable.InputsOf(own, site) : null)], Level);

    /// <summary>The same from windows.</summary>
    public static (double[] Mean, double[] Lower, double[] Upper) ByWindows(BayesianNetwork model, Site site)
    {
        PredictableRows rows = model.ReadRows(FluxTable.Of([site], site.Name));
        PredictiveDistribution prediction = model.Predict(rows.Inputs);
        (double[,] below, double[,] above) = prediction.Interval(Level);
        int[] recorded = [.. Enumerable.Range(0, site.Weather.Count).Where(Site.IsRecorded)];
        double[] mean = new double[site.Weather.Count], lower = new double[mean.Length], upper = new double[mean.Length];
        Array.Fill(mean, double.NaN);
        foreach ((int k, int row) in rows.Rows.Index())
        {
            (mean[recorded[row]], lower[recorded[row]], upper[recorded[row]]) = (prediction.Mean[k, 0], below[k, 0], above[k, 0]);
        }

        return (mean, lower, upper);
    }

    private static Site[] Sites(string prefix, int count, int days, int seed) => [.. Enumerable.Range(0, count).Select(k => Site.Draw($"{prefix}{k + 1:00}", days, seed + k))];

    private static int[] OfDays(Dataset rows, CsvTable table, Site[] sites, Predicate<int> isWanted)
    {
        Dictionary<int, (int Site, int Day)> places = Places(table, sites);
        return [.. Enumerable.Range(0, rows.RowCount).Where(row => isWanted(places[rows.LineNumber(row)].Day))];
    }

    /// <param name="lines">Of the rows that count.</param>
    private static JudgedFluxes Judge(Way way, BayesianNetwork model, Dataset predictable, HashSet<int> lines, CsvTable table, Site[] sites)
    {
        Dictionary<int, (int Site, int Day)> places = Places(table, sites);
        Dataset rows = Way.OfLines(predictable, lines);
        (int Site, int Day)[] own = [.. Enumerable.Range(0, rows.RowCount).Select(row => places[rows.LineNumber(row)])];
        return new JudgedFluxes(way, model, rows, model.Predict(rows), predictable.RowCount, [.. own.Select(at => at.Site)], [.. own.Select(at => sites[at.Site].Expected[at.Day])]);
    }

    /// <summary>[line]: whose row it is.</summary>
    private static Dictionary<int, (int Site, int Day)> Places(CsvTable table, Site[] sites)
    {
        Dictionary<int, (int Site, int Day)> places = [];
        int row = 0;
        foreach ((int k, Site site) in sites.Index())
        {
            foreach (int day in Enumerable.Range(0, site.Weather.Count).Where(Site.IsRecorded))
            {
                places[table.LineNumber(row++)] = (k, day);
            }
        }

        return places;
    }

    private static (double Windows, double States) StepByStep(JudgedFluxes windows, Site[] sites)
    {
        Dictionary<int, (int Site, int Day)> places = Places(FluxTable.Of(sites, "new-sites.csv"), sites);
        double[][] means = [.. sites.Select(site => Follow(windows.Model, site).Mean)];
        double squares = Enumerable.Range(0, windows.Rows.RowCount).Average(row =>
        {
            (int site, int day) = places[windows.Rows.LineNumber(row)];
            return Math.Pow(means[site][day] - windows.Rows.Targets[row, 0], 2);
        });
        return (windows.Scores.PerTarget[0].Rmse, Math.Sqrt(squares));
    }
}
