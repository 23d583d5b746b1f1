using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace DailyFluxes;

/// <param name="Sites">To train on, and as many new ones to test.</param>
/// <param name="Days">Of a site; those of the test's later year besides.</param>
/// <param name="MaxIterations">Null for as many as out-of-fold rows speak for.</param>
internal sealed record Sizes(int Sites, int Days, int Networks, int Units, int? MaxIterations)
{
    public static readonly Sizes Full = new(16, 730, 40, 16, null);
}

/// <summary>A way to predict, and how.</summary>
/// <param name="Window">Days.</param>
/// <param name="Network">Null for the default, dense layers.</param>
internal sealed record Way(string Name, int Window, string? Network);

/// <summary>A model of one way on the rows that all ways can predict.</summary>
/// <param name="Predictable">Rows that this way can predict.</param>
/// <param name="Site">[row].</param>
/// <param name="Expected">[row]: the best that can be predicted.</param>
internal sealed record Judged(Way Way, BayesianNetwork Model, Dataset Rows, PredictiveDistribution Prediction, int Predictable, int[] Site, double[] Expected)
{
    public Scores Scores { get; } = Scores.Evaluate(Prediction, Rows.Targets);

    /// <summary>Fraction of the variance that is explained of what can be.</summary>
    public double R2OfExpected
    {
        get
        {
            double mean = Expected.Average();
            return 1 - (Expected.Select((own, row) => Math.Pow(own - Prediction.Mean[row, 0], 2)).Sum() / Expected.Sum(own => Math.Pow(own - mean, 2)));
        }
    }

    /// <summary>RMSE of the rule itself: noise, and factors of sites.</summary>
    public double RmseOfRule => Math.Sqrt(Expected.Select((own, row) => Math.Pow(own - Rows.Targets[row, 0], 2)).Average());

    /// <summary>Of intervals of a level, all rows, or those of a site.</summary>
    public double Coverage(double level, int? site = null)
    {
        (double[,] lower, double[,] upper) = Prediction.Interval(level);
        int[] rows = [.. Enumerable.Range(0, Rows.RowCount).Where(row => site is null || Site[row] == site)];
        return rows.Average(row => Rows.Targets[row, 0] >= lower[row, 0] && Rows.Targets[row, 0] <= upper[row, 0] ? 1.0 : 0);
    }
}

/// <summary>What was found.</summary>
/// <param name="Training">Sites to train on, and <paramref name="Tests"/> new ones.</param>
/// <param name="NewSites">[way].</param>
/// <param name="NewYear">[way]: the year behind the training's, at its sites.</param>
/// <param name="StepByStep">Of the last way, at new sites: RMSE of predictions whose state goes on from the first day, beside those of windows.</param>
internal sealed record Results(
    Sizes Sizes, IReadOnlyList<Site> Training, IReadOnlyList<Site> Tests, IReadOnlyList<Judged> NewSites, IReadOnlyList<Judged> NewYear, (double Windows, double States) StepByStep);

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
            Dataset rows = Rows(all, way);
            BayesianNetwork model = BayesianNetwork.Fit(rows.SelectRows(OfDays(rows, all, training, day => day < sizes.Days)), Options(way, rows, sizes));
            trained.Add((way, model, model.ReadDataset(ofTests), rows.SelectRows(OfDays(rows, all, training, day => day >= sizes.Days))));
            log.WriteLine(FormattableString.Invariant($"{way.Name}: trained on {model.Report.TrainingRows} rows in {model.Report.Elapsed.TotalSeconds:F0} s"));
        }

        Judged[] newSites = [.. trained.Select(own => Judge(own.Way, own.Model, own.NewSites, Common(trained.Select(other => other.NewSites)), ofTests, tests))];
        Judged[] newYear = [.. trained.Select(own => Judge(own.Way, own.Model, own.NewYear, Common(trained.Select(other => other.NewYear)), all, training))];
        return new Results(sizes, training, tests, newSites, newYear, StepByStep(newSites[^1], tests));

        static HashSet<int> Common(IEnumerable<Dataset> all) =>
            [.. all.Select(rows => Enumerable.Range(0, rows.RowCount).Select(rows.LineNumber)).Aggregate((lines, others) => lines.Intersect(others))];
    }

    /// <summary>Predictions of a whole site, with the state carried on from its first day.</summary>
    public static (double[] Mean, double[] Lower, double[] Upper) Follow(BayesianNetwork model, Site site)
    {
        using SeriesPredictor predictor = model.CreateSeriesPredictor();
        int days = site.Weather.Count;
        double[] mean = new double[days], lower = new double[days], upper = new double[days];
        for (int day = 0; day < days; day++)
        {
            if (!Site.IsRecorded(day))
            {
                (mean[day], lower[day], upper[day]) = (double.NaN, double.NaN, double.NaN);
                continue;
            }

            (double rain, double light, double temperature) = site.Weather[day];
            RowPrediction own = predictor.Predict([Math.Round(rain, 1), Math.Round(light, 1), Math.Round(temperature, 1), site.Capacity]);
            (mean[day], (lower[day], upper[day])) = (own.Mean[0], own.Interval(Level));
        }

        return (mean, lower, upper);
    }

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

    private static Dataset Rows(CsvTable table, Way way) => Dataset.FromSeries(
        table, "date", way.Window, way.Network is not null && SeriesLayers.AreMarked(NetworkDescription.Parse(way.Network, 2, way.Window)), ["gpp"], FluxTable.Inputs, groups: ["site"]);

    private static TrainingOptions Options(Way way, Dataset rows, Sizes sizes) => new()
    {
        Layers = way.Network is null ? null : NetworkDescription.Parse(way.Network, rows.Series!.Channels, rows.Series.Steps),
        Method = new AnchoredEnsemble { Particles = sizes.Networks },
        MaxIterations = sizes.MaxIterations,
    };

    private static int[] OfDays(Dataset rows, CsvTable table, Site[] sites, Predicate<int> isWanted)
    {
        Dictionary<int, (int Site, int Day)> places = Places(table, sites);
        return [.. Enumerable.Range(0, rows.RowCount).Where(row => isWanted(places[rows.LineNumber(row)].Day))];
    }

    /// <param name="lines">Of the rows that count.</param>
    private static Judged Judge(Way way, BayesianNetwork model, Dataset predictable, HashSet<int> lines, CsvTable table, Site[] sites)
    {
        Dictionary<int, (int Site, int Day)> places = Places(table, sites);
        Dataset rows = predictable.SelectRows([.. Enumerable.Range(0, predictable.RowCount).Where(row => lines.Contains(predictable.LineNumber(row)))]);
        (int Site, int Day)[] own = [.. Enumerable.Range(0, rows.RowCount).Select(row => places[rows.LineNumber(row)])];
        return new Judged(way, model, rows, model.Predict(rows), predictable.RowCount, [.. own.Select(at => at.Site)], [.. own.Select(at => sites[at.Site].Expected[at.Day])]);
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

    private static (double Windows, double States) StepByStep(Judged windows, Site[] sites)
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
