using IlgpuBnn.Reporting;

namespace LandModelSurrogate;

/// <summary>Figures over the number of training rows.</summary>
internal static class SizeCharts
{
    private const double PanelWidth = 380, PanelHeight = 300;

    private static readonly ChartAxis TrainingRows = new("training rows") { Logarithmic = true };

    public static Figure Accuracy(Results results) => PerSettings(results, settings => new Chart(
        settings.Title, TrainingRows, new ChartAxis("R2 on test rows") { From = 0, To = 1 },
        [
            .. from method in Methods.All
               let rows = results.Accuracy.Where(row => (row.Settings, row.Method) == (settings.Name, method)).ToArray()
               select LineOf(Methods.Title(method), rows, row => row.Rows, row => row.R2, row => row.R2LowerQuartile, row => row.R2UpperQuartile),
        ]));

    public static Figure Errors(Results results)
    {
        string[] outputs = [.. results.Data.Test.TargetNames];
        int[] sizes = [.. results.Plan.Sizes];
        return new Panels("",
        [
            .. from settings in results.Plan.Settings
               from method in new[] { Methods.Svgd, Methods.Deterministic }
               let errors = results.Errors.Where(row => (row.Settings, row.Method) == (settings.Name, method))
                   .ToDictionary(row => (row.Output, row.Rows), row => row.AbsoluteError)
               select new HeatMap($"{Methods.Title(method)}, {settings.Title}", "", outputs, "training rows", [.. sizes.Select(size => $"{size}")],
                   Cells(outputs, sizes, (output, size) => errors[(output, size)]), new ChartAxis("standardised error") { From = 0, To = 1 }) { CellHeight = 18 },
        ], Columns: 2);
    }

    public static Figure Points(Results results)
    {
        string[] outputs = [.. results.Points.Select(point => point.Output).Distinct()];
        return new Panels("",
        [
            .. from settings in results.Plan.Settings
               from output in outputs
               select PointsOf(results, settings, output) with { Width = PanelWidth, Height = PanelHeight },
        ], outputs.Length);
    }

    public static Figure Intervals(Results results)
    {
        Figure Charts(string quantity, bool logarithmic, Func<IntervalRow, double> value, Func<double, Mark[]> guide) => PerSettings(results, settings => new Chart(
            settings.Title, TrainingRows, new ChartAxis(quantity) { Logarithmic = logarithmic, From = logarithmic ? null : 0, To = logarithmic ? null : 1 },
            [
                .. OutputScores.Levels.SelectMany(guide),
                .. from level in OutputScores.Levels
                   let rows = results.Intervals.Where(row => (row.Settings, row.Method, row.Level) == (settings.Name, Methods.Svgd, level)).ToArray()
                   select LineOf($"{level:P0} interval", rows, row => row.Rows, value),
            ]));
        return new Panels("",
        [
            Charts("fraction of test rows inside", false, row => row.Coverage, level => [new Guide("") { Y = level }]),
            Charts("width / sd of the output", true, row => row.Width, _ => []),
        ], Columns: 1);
    }

    public static Figure EpistemicShare(Results results) => PerSettings(results, settings => new Chart(
        settings.Title, TrainingRows, new ChartAxis("epistemic fraction of the variance") { From = 0, To = 1 },
        [
            .. from method in new[] { Methods.Svgd, Methods.Independent }
               let rows = results.Uncertainty.Where(row => (row.Settings, row.Method) == (settings.Name, method)).ToArray()
               select LineOf(Methods.Title(method), rows, row => row.Rows, row => row.EpistemicShare, row => row.ShareLowerQuartile, row => row.ShareUpperQuartile),
        ]));

    public static Figure Peers(Results results)
    {
        Chart Compare(string quantity, double to, Func<ComparisonRow, double> value, params Mark[] guides) => new(
            "", TrainingRows, new ChartAxis(quantity) { From = 0, To = to },
            [.. guides, .. results.Comparison.GroupBy(row => row.Model).Select(model => LineOf(model.Key, [.. model], row => row.Rows, value))])
        {
            Width = PanelWidth,
            Height = PanelHeight,
        };
        return new Panels("",
        [
            Compare("R2 on test rows", 1, row => row.R2),
            Compare("CRPS / sd of the training rows", 1, row => row.Crps),
            Compare("coverage of the 95 % interval", 1, row => row.Coverage95),
        ], Columns: 3);
    }

    private static Chart PointsOf(Results results, Settings settings, string output)
    {
        PointRow[] rows = [.. results.Points.Where(point => (point.Settings, point.Output) == (settings.Name, output))];
        int target = results.Data.Test.TargetNames.ToList().IndexOf(output);
        double[] observed = [.. Enumerable.Range(0, results.Data.Test.RowCount).Select(row => results.Data.Test.Targets[row, target])];
        return new Chart($"{output}, {settings.Title}", TrainingRows, new ChartAxis(output) { From = observed.Min(), To = observed.Max() },
        [
            LineOf("Bayesian network (SVGD)", rows, row => row.Rows, row => row.Mean, row => row.Lower, row => row.Upper),
            LineOf("deterministic network", rows, row => row.Rows, row => row.Deterministic) with { Style = 2 },
            new Guide("the land model") { Y = rows[0].Reference },
        ]);
    }

    /// <summary>A panel per settings, side by side.</summary>
    internal static Panels PerSettings(Results results, Func<Settings, Chart> draw) => new("",
        [.. results.Plan.Settings.Select(settings => draw(settings) with { Width = PanelWidth, Height = PanelHeight })], results.Plan.Settings.Count);

    internal static Line LineOf<T>(
        string name, IReadOnlyList<T> rows, Func<T, double> x, Func<T, double> y, Func<T, double>? lower = null, Func<T, double>? upper = null) =>
        new(name, [.. rows.Select(x)], [.. rows.Select(y)])
        {
            Lower = lower is null ? null : [.. rows.Select(lower)],
            Upper = upper is null ? null : [.. rows.Select(upper)],
        };

    internal static double[,] Cells<TRow, TColumn>(IReadOnlyList<TRow> rows, IReadOnlyList<TColumn> columns, Func<TRow, TColumn, double> value)
    {
        var cells = new double[rows.Count, columns.Count];
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < columns.Count; column++)
            {
                cells[row, column] = value(rows[row], columns[column]);
            }
        }

        return cells;
    }
}
