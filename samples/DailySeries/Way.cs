using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace DailySeries;

/// <summary>What the columns of a table with a row for each day are.</summary>
/// <param name="Groups">Tell series apart.</param>
internal sealed record SeriesColumns(string Time, string[] Targets, string[] Inputs, string[] Groups);

/// <summary>A way to predict, and how.</summary>
/// <param name="Window">Days.</param>
/// <param name="Network">Null for the default, dense layers.</param>
internal sealed record Way(string Name, int Window, string? Network)
{
    /// <summary>Rows that this way can predict.</summary>
    public Dataset Rows(CsvTable table, SeriesColumns columns) => Dataset.FromSeries(
        table, columns.Time, Window, Network is not null && SeriesLayers.AreMarked(NetworkDescription.Parse(Network, 2, Window)), columns.Targets, columns.Inputs, groups: columns.Groups);

    /// <param name="maxIterations">Null for as many as out-of-fold rows speak for.</param>
    public BayesianNetwork Fit(Dataset rows, int networks, int? maxIterations) => BayesianNetwork.Fit(rows, new TrainingOptions
    {
        Layers = Network is null ? null : NetworkDescription.Parse(Network, rows.Series!.Channels, rows.Series.Steps),
        Method = new AnchoredEnsemble { Particles = networks },
        MaxIterations = maxIterations,
    });

    /// <summary>Lines of the rows that all can predict, so that all are judged by the same.</summary>
    public static HashSet<int> CommonLines(IEnumerable<Dataset> all) =>
        [.. all.Select(rows => Enumerable.Range(0, rows.RowCount).Select(rows.LineNumber)).Aggregate((lines, others) => lines.Intersect(others))];

    /// <summary>Rows of these lines.</summary>
    public static Dataset OfLines(Dataset rows, HashSet<int> lines) => rows.SelectRows([.. Enumerable.Range(0, rows.RowCount).Where(row => lines.Contains(rows.LineNumber(row)))]);

    /// <summary>The first target of a series, day by day, with states carried on from its first day.</summary>
    /// <param name="days">[day]: inputs, or null where there is no such day.</param>
    /// <returns>[day], NaN where there is no such day.</returns>
    public static (double[] Mean, double[] Lower, double[] Upper) Follow(BayesianNetwork model, IReadOnlyList<double[]?> days, double level)
    {
        using SeriesPredictor predictor = model.CreateSeriesPredictor();
        double[] mean = new double[days.Count], lower = new double[days.Count], upper = new double[days.Count];
        for (int day = 0; day < days.Count; day++)
        {
            if (days[day] is not { } inputs)
            {
                (mean[day], lower[day], upper[day]) = (double.NaN, double.NaN, double.NaN);
                continue;
            }

            RowPrediction own = predictor.Predict(inputs);
            (mean[day], (lower[day], upper[day])) = (own.Mean[0], own.Interval(level));
        }

        return (mean, lower, upper);
    }
}

/// <summary>A model of one way on rows that it was not trained on.</summary>
/// <param name="Predictable">Rows that this way can predict, of which <paramref name="Rows"/> are those that all can.</param>
internal record Judged(Way Way, BayesianNetwork Model, Dataset Rows, PredictiveDistribution Prediction, int Predictable)
{
    public Scores Scores { get; } = Scores.Evaluate(Prediction, Rows.Targets);

    /// <summary>Fraction of a target's values that lie in their intervals of a level.</summary>
    /// <param name="counts">Rows that count. Null for all.</param>
    public double Coverage(double level, int target = 0, Predicate<int>? counts = null)
    {
        (double[,] lower, double[,] upper) = Prediction.Interval(level);
        return Enumerable.Range(0, Rows.RowCount).Where(row => counts is null || counts(row))
            .Average(row => Rows.Targets[row, target] >= lower[row, target] && Rows.Targets[row, target] <= upper[row, target] ? 1.0 : 0);
    }
}
