using System.Globalization;
using IlgpuBnn.Analysis;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Reporting;

/// <summary>A page on which inputs a model's targets depend on, and how.</summary>
public static class SensitivityReport
{
    private const int MaxMapRows = 40, MaxCurveTargets = 6, MaxCurves = 4, MaxPairedInputs = 3;
    private const double Quantile95 = 1.645;

    // Wider, an index does not rank inputs that differ by a tenth of the variance.
    private const double WideInterval = 0.1;

    // Less is within the error of the indices' sum.
    private const double LeastInteraction = 0.02;

    private static readonly string[] _levelNames = ["low", "in the middle", "high"];

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
        IReadOnlyList<LocalEffects> curves = LocalEffects.Of(model, inputs, options.Seed, device);
        AddCurves(page, analysis, curves);
        AddInteractions(page, analysis, curves, pairs => InteractionEffects.Of(model, pairs, inputs, options.Seed, device));
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
            LocalEffects[] shown = [.. Strongest(curves, o).Take(MaxCurves)];
            if (Range(shown, o) is not { } range)
            {
                continue;
            }

            Chart[] panels =
            [
                .. shown.Select(own => Panel(own.InputName, "", analysis.TargetNames[o], range, [CurveOf(own, o, "mean over networks, and their spread")])),
            ];
            page.AddFigure($"effects-{analysis.TargetNames[o]}", new Panels("", panels, MaxCurves),
                $"Accumulated local effects on {analysis.TargetNames[o]} of the inputs that move it most, about its mean, the other inputs as they are distributed. Bands hold "
                + "90 % of the networks' curves, taken as normal." + (o == 0 && analysis.TargetNames.Count > MaxCurveTargets ? $" The first {MaxCurveTargets} targets are shown." : ""),
                ReportTable.OfColumns([.. curves.SelectMany(own => Columns(own, o, $"effect of {own.InputName}"))]));
        }
    }

    /// <summary>Curves of the pairs among the inputs that move a target most, where it has interactions.</summary>
    private static void AddInteractions(ReportPage page, SensitivityAnalysis analysis, IReadOnlyList<LocalEffects> curves, Func<IReadOnlyList<(string, string)>, IReadOnlyList<InteractionEffects>> compute)
    {
        (int Target, (string, string)[] Pairs)[] wanted =
        [
            .. Enumerable.Range(0, Math.Min(analysis.TargetNames.Count, MaxCurveTargets)).Where(o => InteractionOf(analysis, o) > LeastInteraction).Select(o => (o, Pairs(o))),
        ];
        if (wanted.Length == 0 || curves.Count < 2)
        {
            return;
        }

        page.AddHeading("How they act together");
        Dictionary<(string, string), InteractionEffects> all = compute([.. wanted.SelectMany(own => own.Pairs).Distinct()]).ToDictionary(own => (own.InputName, own.OtherName));
        foreach ((int o, (string, string)[] pairs) in wanted)
        {
            InteractionEffects[] shown = [.. pairs.Select(pair => all[pair]).OrderByDescending(own => own.Strength(o))];
            if (Range([.. shown.SelectMany(own => own.Curves)], o) is not { } range)
            {
                continue;
            }

            Chart[] panels =
            [
                .. shown.Select(own => Panel(
                    own.InputName, $"by {own.OtherName}", analysis.TargetNames[o], range,
                    [.. own.Curves.Select((curve, level) => CurveOf(curve, o, $"the other input {_levelNames[level]}"))])),
            ];
            page.AddFigure($"interactions-{analysis.TargetNames[o]}", new Panels("", panels, MaxCurves),
                $"Effects on {analysis.TargetNames[o]} of one input with another held low, in the middle and high (its 5 %, 50 % and 95 % quantiles), about the mean of each curve: "
                + "curves that differ are interaction. Bands hold 90 % of the networks' curves. The pairs of the inputs that move the target most.",
                ReportTable.OfColumns(
                [
                    .. shown.SelectMany(own => own.Curves.SelectMany((curve, level) => Columns(
                        curve, o, string.Create(CultureInfo.InvariantCulture, $"effect of {own.InputName} where {own.OtherName} is {own.OtherValues[level]:G4}")))),
                ]));
        }

        (string, string)[] Pairs(int o)
        {
            string[] names = [.. Strongest(curves, o).Take(MaxPairedInputs).Select(own => own.InputName)];
            return [.. names.SelectMany((input, k) => names.Skip(k + 1).Select(other => (input, other)))];
        }
    }

    /// <summary>Share of the variance that no input brings alone.</summary>
    private static double InteractionOf(SensitivityAnalysis analysis, int target) => 1 - Enumerable.Range(0, analysis.FactorNames.Count).Sum(f => analysis.First[f, target]);

    private static IEnumerable<LocalEffects> Strongest(IReadOnlyList<LocalEffects> curves, int target) =>
        curves.OrderByDescending(own => Column(own.Mean, target) is var mean ? mean.Max() - mean.Min() : 0);

    /// <summary>Of all curves with their bands; null where nothing moves.</summary>
    private static (double Low, double High)? Range(IReadOnlyList<LocalEffects> curves, int target)
    {
        (double low, double high) = (curves.Min(own => Edge(own, target, -1).Min()), curves.Max(own => Edge(own, target, 1).Max()));
        return low < high ? (low, high) : null;
    }

    private static Chart Panel(string input, string title, string target, (double Low, double High) range, IEnumerable<Line> lines) => new(
        title, new ChartAxis(input), new ChartAxis($"change of {target}") { From = range.Low, To = range.High }, [new Guide("") { Y = 0 }, .. lines])
    {
        Width = 240,
        Height = title.Length == 0 ? 200 : 220,
    };

    private static Line CurveOf(LocalEffects own, int target, string name) =>
        new(name, own.Values, Column(own.Mean, target)) { Lower = Edge(own, target, -1), Upper = Edge(own, target, 1), Markers = false };

    private static (string, IReadOnlyList<double>)[] Columns(LocalEffects own, int target, string effect) =>
        [(own.InputName, own.Values), (effect, Column(own.Mean, target)), ($"sd of the {effect}", Column(own.StandardDeviation, target))];

    private static double[] Column(double[,] values, int o) => [.. Enumerable.Range(0, values.GetLength(0)).Select(k => values[k, o])];

    private static double[] Edge(LocalEffects own, int o, int sign) =>
        [.. Enumerable.Range(0, own.Values.Count).Select(k => own.Mean[k, o] + (sign * Quantile95 * own.StandardDeviation[k, o]))];

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
