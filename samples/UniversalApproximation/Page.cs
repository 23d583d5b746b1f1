using System.Globalization;
using IlgpuBnn.Reporting;

namespace UniversalApproximation;

/// <summary>The page: figures of the proof, and the error as units grow.</summary>
internal static class Page
{
    private const double Weight = 60, Faintest = 1e-14;

    public static ReportPage Create(Results results)
    {
        var page = new ReportPage("Networks approximate any function");
        page.AddText(
            "A unit computes 1 / (1 + exp(-(w x + b))). With a large weight w it is a step at -b/w; two steps are a column; columns side by side are any function, as exactly as they are narrow. "
                + "So some network with one hidden layer is as close to a continuous function as one likes. Nobody would write such weights down: learnt ones reach the same error with far fewer units.");
        AddProof(page);
        AddCurve(page, results);
        AddBump(page);
        AddSurface(page, results);
        AddSignal(page, results);
        return page;
    }

    private static void AddProof(ReportPage page)
    {
        page.AddHeading("Steps and columns");
        double[] x = Targets.Middles(400);
        Chart steps = Plain("steps at 0.4", x, [.. new[] { 5.0, 20, 200 }.Select(w => (FormattableString.Invariant($"w = {w}"), (Func<double, double>)(at => ByHand.Step(at, w, 0.4))))]);
        Chart column = Plain("a column of height 0.5", x,
        [
            ("step up at 0.4", at => 0.5 * ByHand.Step(at, 200, 0.4)), ("step down at 0.6", at => -0.5 * ByHand.Step(at, 200, 0.6)),
            ("both", at => 0.5 * ByHand.Column(at, 200, 0.4, 0.6)),
        ]);
        page.AddFigure("steps", new Panels("", [steps, column], 2), "Left: one unit; the larger its weight, the steeper the step, which lies at -b/w. Right: two units with opposite weights to the output.");
    }

    private static void AddCurve(ReportPage page, Results results)
    {
        page.AddHeading("Columns are a curve");
        double[] x = Targets.Middles(Study.ShownPoints);
        (string, Approximation[])[] curves =
        [
            ("columns by hand", results.Columns), ("learnt, least squares", results.Fits), ("learnt, two stages", results.Stages), ("learnt, ensemble", results.Ensembles),
        ];
        int few = Math.Min(2, results.Columns.Length - 1), many = Math.Min(4, results.Columns.Length - 1), learnt = Math.Min(3, results.Fits.Length - 1);
        Chart[] panels =
        [
            Beside($"{results.Columns[few].Units} units by hand", results.Columns[few]), Beside($"{results.Columns[many].Units} units by hand", results.Columns[many]),
            Beside($"{results.Fits[learnt].Units} units, least squares", results.Fits[learnt]), Beside($"{results.Ensembles[^1].Units} units, ensemble", results.Ensembles[^1]),
        ];
        page.AddFigure("curve", new Panels("", panels, 2),
            "0.2 + 0.4 x² + 0.3 x sin 15x + 0.05 cos 50x as a sum of columns, and learnt from 400 points without noise: one network by damped least squares (Levenberg-Marquardt) in double "
                + "precision, and the mean of an anchored ensemble, the library's default.");
        page.AddFigure("curve-error", Errors(curves),
            "Integral of |z - f| between the points, as units grow. Columns halve it with twice the units; learnt weights put steps where the curve needs them, and slopes instead of "
                + "steps, until the fast wave is left, which a second stage learns with sines.");
        page.AddTable("curve-errors", Table(curves),
            "The same as numbers, with the mean standard deviation of the ensemble's networks, which says what it believes of its error.");

        Chart Beside(string title, Approximation own) => new(title, new ChartAxis("x"), new ChartAxis("f"),
        [
            new Line("f", x, [.. x.Select(Targets.Curve)]) { Markers = false }, new Line("network", x, own.Values) { Markers = false },
        ])
        {
            Width = 380,
            Height = 240,
        };
    }

    private static void AddBump(ReportPage page)
    {
        page.AddHeading("A bump of two variables");
        (double, double) x = (0.3, 0.6), y = (0.4, 0.8);
        (string, Func<double, double, double>)[] parts =
        [
            ("a column along x", (a, _) => ByHand.Column(a, Weight, x.Item1, x.Item2)),
            ("columns along x and y", (a, b) => ByHand.Column(a, Weight, x.Item1, x.Item2) + ByHand.Column(b, Weight, y.Item1, y.Item2)),
            ("a second layer", (a, b) => ByHand.Bump(a, b, Weight, x, y)),
        ];
        page.AddFigure("bump", new Panels("", [.. parts.Select(own => Map(own.Item1, [.. Study.Grid(Study.ShownSurface).Select(at => own.Item2(at.X, at.Y))], 2))], 3),
            "Two units make a column along x, four the cross of two columns, which is 2 where they cross; a unit of a second layer with its threshold between 1 and 2 keeps the crossing alone.");
    }

    private static void AddSurface(ReportPage page, Results results)
    {
        page.AddHeading("Bumps are a surface");
        Approximation hand = results.Bumps[Math.Min(2, results.Bumps.Length - 1)], learnt = results.Surfaces[^1];
        page.AddFigure("surface", new Panels("",
            [
                Map("two hills", [.. Study.Grid(Study.ShownSurface).Select(at => Targets.Surface(at.X, at.Y))], 1), Map($"{hand.Units} units by hand", hand.Values, 1),
                Map($"{learnt.Units} units, ensemble", learnt.Values, 1),
            ], 3),
            "A surface as bumps side by side, and learnt from 30 × 30 points by two hidden layers.");
        page.AddFigure("surface-error", Errors([("bumps by hand", results.Bumps), ("learnt, ensemble", results.Surfaces)]),
            "Mean of |z - f| between the points, as units of both layers grow. Twice as many bumps along each axis halve the error, and are four times the units.");
        page.AddTable("surface-errors", Table([("bumps by hand", results.Bumps), ("learnt, ensemble", results.Surfaces)]), "The same as numbers.");
    }

    private static void AddSignal(ReportPage page, Results results)
    {
        page.AddHeading("What can be represented need not be learnt");
        double[] k = [.. Enumerable.Range(1, results.SignalPower.Length - 1).Select(at => (double)at)];
        Chart[] panels =
        [
            .. results.Sizes.Iterations.Select(iterations => new Chart(FormattableString.Invariant($"{iterations} iterations"), new ChartAxis("half waves on [-1, 1]"),
                new ChartAxis("power") { Logarithmic = true, From = Faintest, To = 1 },
                [
                    new Points("signal", [.. Tones.Select(tone => (double)tone)], [.. Tones.Select(tone => results.SignalPower[tone])]) { Radius = 4 },
                    .. results.Spectra.Where(own => own.Iterations == iterations).Select(own => Of($"error, {own.Network}", own.Power)),
                ])
            {
                Width = 320,
                Height = 280,
            }),
        ];
        page.AddFigure("spectra", new Panels("", panels, 3),
            "Spectral bias: a signal of four tones (1, 5, 15 and 40 half waves on [-1, 1]), and what two networks of 2 × 50 units have not learnt of it. Networks of x learn slow tones first and fast ones "
                + "late; Fourier features put the frequencies into the inputs.");
        page.AddTable("tones", new ReportTable(
            ["network", new TableColumn("iterations", "F0"), .. Tones.Select(tone => new TableColumn($"tone {tone}", "G3"))],
            [.. results.Spectra.Select(own => (TableCell[])[own.Network, own.Iterations, .. Tones.Select(tone => (TableCell)RelativeError(results, own, tone))])]),
            "Error of each tone's amplitude, relative to it.");

        Line Of(string name, double[] power) => new(name, [.. k.Take(60)], [.. power.Skip(1).Take(60).Select(value => value > Faintest ? value : double.NaN)]) { Markers = false };
    }

    public static IReadOnlyList<int> Tones { get; } = [1, 5, 15, 40];

    public static double RelativeError(Results results, ErrorSpectrum own, int tone) => Math.Sqrt(own.Power[tone] / results.SignalPower[tone]);

    private static Chart Plain(string title, double[] x, (string Name, Func<double, double> Value)[] lines) =>
        new(title, new ChartAxis("x"), new ChartAxis("output"), [.. lines.Select(own => new Line(own.Name, x, [.. x.Select(own.Value)]) { Markers = false })]) { Width = 400, Height = 280 };

    private static Chart Errors(IReadOnlyList<(string Name, Approximation[] All)> series) => new(
        "", new ChartAxis("hidden units") { Logarithmic = true }, new ChartAxis("mean absolute error") { Logarithmic = true },
        [.. series.Select(own => new Line(own.Name, [.. own.All.Select(one => (double)one.Units)], [.. own.All.Select(one => one.Error)]))]);

    private static ReportTable Table(IReadOnlyList<(string Name, Approximation[] All)> series) => new(
        ["network", new TableColumn("hidden units", "F0"), "mean absolute error", "spread of networks"],
        [.. series.SelectMany(own => own.All.Select(one => (TableCell[])[own.Name, one.Units, one.Error, one.Spread]))]);

    /// <summary>y upwards.</summary>
    private static HeatMap Map(string title, double[] values, double largest)
    {
        int size = Study.ShownSurface;
        double[,] cells = new double[size, size];
        for (int n = 0; n < values.Length; n++)
        {
            cells[size - 1 - (n % size), n / size] = values[n];
        }

        string[] names = [.. Enumerable.Range(0, size).Select(n => ((n + 0.5) / size).ToString("0.00", CultureInfo.InvariantCulture))];
        return new HeatMap(title, "y", [.. names.Reverse()], "x", names, cells, new ChartAxis("") { From = 0, To = largest }) { Width = 320, CellHeight = 5 };
    }
}
