using IlgpuBnn.Analysis;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Reporting;

/// <summary>A page on which inputs a model's targets depend on, and how.</summary>
public static class SensitivityReport
{
    private const int MaxMapRows = 40, MaxCurveTargets = 6, MaxCurves = 4;
    private const double Quantile95 = 1.645;

    // Wider, an index does not rank inputs that differ by a tenth of the variance.
    private const double WideInterval = 0.1;

    /// <summary>Computes Sobol indices, elementary effects and local effects, and compiles them.</summary>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="group">As in <see cref="SensitivityAnalysis"/>; each process gets the page.</param>
    /// <exception cref="ArgumentException">As <see cref="SensitivityAnalysis.Of(BayesianNetwork, InputDistributions?, SensitivityOptions?, Device?, IProcessGroup?)"/>.</exception>
    public static ReportPage Create(
        BayesianNetwork model, InputDistributions? inputs = null, SensitivityOptions? options = null, Device? device = null, IProcessGroup? group = null)
    {
        inputs ??= InputDistributions.OfTraining(model);
        options ??= new SensitivityOptions();
        SensitivityAnalysis analysis = SensitivityAnalysis.Of(model, inputs, options, device, group);
        string targets = model.TargetNames.Count <= 3 ? string.Join(", ", model.TargetNames) : $"{model.TargetNames.Count} targets";
        var page = new ReportPage($"What {targets} depend{(model.TargetNames.Count == 1 ? "s" : "")} on");
        AddIntroduction(page, analysis, inputs, options);
        AddIndices(page, analysis);
        AddCurves(page, analysis, LocalEffects.Of(model, inputs, options.Seed, device));
        AddScreening(page, MorrisScreening.Of(model, inputs, seed: options.Seed, device: device));
        return page;
    }

    private static void AddIntroduction(ReportPage page, SensitivityAnalysis analysis, InputDistributions inputs, SensitivityOptions options)
    {
        page.AddText(
            "Inputs are drawn from the distributions below, independently of each other; the surrogate stands for the simulator. "
            + $"Sobol indices from {options.BasePoints} base points, {(analysis.FactorNames.Count + 2) * options.BasePoints} evaluations of every network.");
        UncertaintyReport.AddInputs(page, inputs, analysis.ShareOutside);

        string[] unsure =
        [
            .. analysis.TargetNames.Where((_, o) => Enumerable.Range(0, analysis.FactorNames.Count).Any(f => analysis.TotalSurrogateError[f, o] * Quantile95 > WideInterval)),
        ];
        if (unsure.Length > 0)
        {
            page.AddText(
                $"The surrogate is the weak link for {Data.ColumnSelection.List(unsure)}: its networks disagree on an index by more than {WideInterval}. Train with more runs before "
                + "ranking inputs that lie close.");
        }
    }

    private static void AddIndices(ReportPage page, SensitivityAnalysis analysis)
    {
        page.AddHeading("Which inputs matter");
        HeatMap? map = TotalIndices(analysis);
        if (map is null)
        {
            page.AddText("No target varies.");
            return;
        }

        page.AddFigure(
            "total-indices", map,
            "Total Sobol index: share of the target's variance that an input takes part in, alone or together with others. An input with an index near 0 may be fixed."
            + (map.Rows.Count < analysis.TargetNames.Count ? $" Of {analysis.TargetNames.Count} targets {map.Rows.Count} are shown; the table has all that vary." : ""));
        page.AddTable("indices", Table(analysis),
            "First order: share of the variance that goes when the input alone is known. Total: share that stays when all other inputs are known. Their difference is interaction. "
            + "± is half of an interval that holds the true index in about 90 of 100 cases, from sampling and from the surrogate. Noise: what the surrogate puts down to no input.",
            shownRows: MaxMapRows * 2);
    }

    /// <summary>Total indices of the first 40 targets that vary; null where none does.</summary>
    public static HeatMap? TotalIndices(SensitivityAnalysis analysis)
    {
        int[] rows = [.. Enumerable.Range(0, analysis.TargetNames.Count).Where(o => !double.IsNaN(analysis.Total[0, o])).Take(MaxMapRows)];
        int factors = analysis.FactorNames.Count;
        var values = new double[rows.Length, factors];
        for (int r = 0; r < rows.Length; r++)
        {
            for (int f = 0; f < factors; f++)
            {
                values[r, f] = analysis.Total[f, rows[r]];
            }
        }

        return rows.Length == 0 ? null
            : new HeatMap("", "", [.. rows.Select(o => analysis.TargetNames[o])], "", analysis.FactorNames, values, new ChartAxis("total index") { From = 0, To = 1 })
            {
                Width = Math.Clamp(200 + (60 * factors), 400, 960),
            };
    }

    private static ReportTable Table(SensitivityAnalysis analysis) => new(
        [
            "target", "input", new TableColumn("first order", "F3"), new TableColumn("± first", "F3"), new TableColumn("total", "F3"), new TableColumn("± total", "F3"),
            new TableColumn("interaction", "F3"), new TableColumn("noise", "P1"),
        ],
        [
            .. Enumerable.Range(0, analysis.TargetNames.Count).SelectMany(o => Enumerable.Range(0, analysis.FactorNames.Count)
                .OrderByDescending(f => analysis.Total[f, o]).Select(f => (TableCell[])
                [
                    analysis.TargetNames[o], analysis.FactorNames[f], analysis.First[f, o], analysis.HalfWidth(f, o, total: false), analysis.Total[f, o],
                    analysis.HalfWidth(f, o, total: true), analysis.Total[f, o] - analysis.First[f, o], analysis.NoiseShare[o],
                ])),
        ]);

    private static void AddCurves(ReportPage page, SensitivityAnalysis analysis, IReadOnlyList<LocalEffects> curves)
    {
        if (curves.Count == 0)
        {
            return;
        }

        page.AddHeading("How they act");
        for (int o = 0; o < Math.Min(analysis.TargetNames.Count, MaxCurveTargets); o++)
        {
            LocalEffects[] shown = [.. curves.OrderByDescending(own => Range(own, o)).Take(MaxCurves)];
            double low = shown.Min(own => Edge(own, o, -1).Min()), high = shown.Max(own => Edge(own, o, 1).Max());
            if (!(low < high))
            {
                continue;
            }

            Chart[] panels =
            [
                .. shown.Select(own => new Chart(
                    "", new ChartAxis(own.InputName), new ChartAxis($"change of {analysis.TargetNames[o]}") { From = low, To = high },
                    [
                        new Guide("") { Y = 0 },
                        new Line("mean over networks, and their spread", own.Values, Column(own.Mean, o)) { Lower = Edge(own, o, -1), Upper = Edge(own, o, 1), Markers = false },
                    ])
                {
                    Width = 240,
                    Height = 200,
                }),
            ];
            (string, IReadOnlyList<double>)[] columns =
            [
                .. curves.SelectMany(own => new (string, IReadOnlyList<double>)[]
                {
                    (own.InputName, own.Values), ($"effect of {own.InputName}", Column(own.Mean, o)), ($"sd of the effect of {own.InputName}", Column(own.StandardDeviation, o)),
                }),
            ];
            page.AddFigure($"effects-{analysis.TargetNames[o]}", new Panels("", panels, MaxCurves),
                $"Accumulated local effects on {analysis.TargetNames[o]} of the inputs that move it most, about its mean, the other inputs as they are distributed. Bands hold "
                + "90 % of the networks' curves, taken as normal." + (o == 0 && analysis.TargetNames.Count > MaxCurveTargets ? $" The first {MaxCurveTargets} targets are shown." : ""),
                ReportTable.OfColumns(columns));
        }

        static double Range(LocalEffects own, int o) => Column(own.Mean, o) is var mean ? mean.Max() - mean.Min() : 0;

        static double[] Column(double[,] values, int o) => [.. Enumerable.Range(0, values.GetLength(0)).Select(k => values[k, o])];

        static double[] Edge(LocalEffects own, int o, int sign) =>
            [.. Enumerable.Range(0, own.Values.Count).Select(k => own.Mean[k, o] + (sign * Quantile95 * own.StandardDeviation[k, o]))];
    }

    private static void AddScreening(ReportPage page, MorrisScreening screening)
    {
        page.AddHeading("Elementary effects");
        page.AddTable("elementary-effects", new ReportTable(
            ["target", "input", "mu*", "sigma"],
            [
                .. Enumerable.Range(0, screening.TargetNames.Count).SelectMany(o => Enumerable.Range(0, screening.InputNames.Count)
                    .OrderByDescending(i => screening.MeanAbsolute[i, o])
                    .Select(i => (TableCell[])[screening.TargetNames[o], screening.InputNames[i], screening.MeanAbsolute[i, o], screening.StandardDeviation[i, o]])),
            ]),
            "Morris screening: mu* is the mean size of the change of the target over the whole distribution of the input, in the target's unit; a sigma as large as mu* means that the "
            + "effect bends or depends on other inputs.", shownRows: MaxMapRows);
    }
}
