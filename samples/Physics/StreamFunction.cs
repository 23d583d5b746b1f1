using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Statistics;

namespace Physics;

/// <summary>How large the study of <see cref="StreamFunction"/> is.</summary>
/// <param name="Points">Of the grid that networks learn from, in each direction; the flow is solved on twice as many.</param>
/// <param name="Time">When the flow is looked at.</param>
/// <param name="Options">Of the stages.</param>
internal sealed record StreamSize(int Points, double Time, MultiStageOptions Options);

/// <summary>What was reached.</summary>
/// <param name="Network">All stages that were kept.</param>
/// <param name="Truth">Stream function between the points, [row, column].</param>
/// <param name="Errors">[stages - 1][position], raw units.</param>
internal sealed record StreamOutcome(MultiStageNetwork Network, double[] Truth, double[][] Errors);

/// <summary>The stream function of a two-dimensional flow (Navier-Stokes, Re = 2,000), learnt in stages from a grid of its values.</summary>
internal static class StreamFunction
{
    private const double Reynolds = 2000;

    // Wavenumbers of the table.
    private static readonly int[] _shells = [1, 2, 4, 8, 16];

    public static StreamSize Full { get; } = new(64, 1, new MultiStageOptions { Stages = 4, HiddenUnits = [40, 30], MaxSteps = 100, AdamSteps = 300, PointsPerWavelength = 4, Seed = 1 });

    public static StreamOutcome Find(StreamSize size)
    {
        int points = size.Points, fine = 2 * points;
        var flow = new NavierStokes(fine, Reynolds);
        flow.Start(NavierStokes.RandomStreamFunction(fine, 1));
        flow.Run(size.Time, (int)Math.Ceiling(100 * size.Time));
        double[] psi = flow.StreamFunction();

        // Every other point is learnt from; those in the middle of four of them are between.
        double[] even = [.. Enumerable.Range(0, points).Select(n => 2 * Math.PI * n / points)];
        var values = new double[points, points];
        double[,] between = new double[points * points, 2];
        double[] truth = new double[points * points];
        for (int n = 0; n < truth.Length; n++)
        {
            (int row, int column) = Math.DivRem(n, points);
            values[row, column] = psi[(2 * row * fine) + (2 * column)];
            truth[n] = psi[(((2 * row) + 1) * fine) + (2 * column) + 1];
            (between[n, 0], between[n, 1]) = (even[column] + (Math.PI / points), even[row] + (Math.PI / points));
        }

        var network = MultiStageNetwork.FitGrid(even, even, values, size.Options);
        double[][] errors =
        [
            .. Enumerable.Range(1, network.Stages.Count).Select(stages => network.Predict(between, stages).Zip(truth, (own, right) => own - right).ToArray()),
        ];
        return new StreamOutcome(network, truth, errors);
    }

    public static void Add(ReportPage page, TextWriter output)
    {
        page.AddHeading("The stream function of a flow, to many digits");
        StreamSize size = Full;
        StreamOutcome own = Find(size);
        double sd = own.Truth.PopulationStandardDeviation();
        double[] target = NavierStokes.Energy(own.Truth, size.Points);
        double[][] energies = [.. own.Errors.Select(errors => NavierStokes.Energy(errors, size.Points))];
        List<TableCell[]> table = [];
        for (int k = 0; k < energies.Length; k++)
        {
            StageReport stage = own.Network.Stages[k];
            double error = Inside(own.Errors[k], size.Points).RootMeanSquare() / sd;
            table.Add([(k + 1).ToString(CultureInfo.InvariantCulture), stage.Kappa, stage.TrainingError / sd, error, .. _shells.Select(shell => (TableCell)Math.Sqrt(energies[k][shell] / target[shell]))]);
            output.WriteLine(Text($"{k + 1} stages: RMSE between the points {error:E2} standard deviations"));
        }

        output.WriteLine($"Stages: {own.Network.StopReason}.");
        page.AddTable("stream-stages", new ReportTable(
        [
            "stages", new TableColumn("kappa", "F0"), new TableColumn("RMSE at the points", "E2"), new TableColumn("RMSE between them", "E2"),
            .. _shells.Select(shell => new TableColumn(Text($"k = {shell}"), "E1")),
        ],
        [.. table]), Text(
            $"Stream function at t = {size.Time} from {size.Points} x {size.Points} points; errors in its standard deviations, and relative errors by wavenumber. {Truncated(own.Truth, size, sd)}"));
        page.AddFigure("stream-energy", Spectra(target, energies), "Energy by wavenumber: of the flow, and of the error after each stage.");
        page.AddFigure("stream-maps", Maps(own, size.Points), "Stream function between the points, and the error after the last stage.");
    }

    /// <summary>Of points among others: beyond the last row and column there is nothing to learn from.</summary>
    public static IEnumerable<double> Inside(double[] values, int points) => values.Where((_, n) => n / points < points - 1 && n % points < points - 1);

    /// <summary>A truncated Fourier series with no more coefficients than the networks have weights.</summary>
    private static string Truncated(double[] truth, StreamSize size, double sd)
    {
        IReadOnlyList<int> units = size.Options.HiddenUnits;
        int weights = (3 * units[0]) + units.Skip(1).Select((own, k) => own * (units[k] + 1)).Sum() + units[^1] + 1;
        int highest = (int)Math.Sqrt(weights / Math.PI);
        double[] energy = NavierStokes.Energy(truth, size.Points);
        double left = energy.Select((own, shell) => shell > highest ? 2 * own / (shell * shell) : 0).Sum();
        return Text($"A stage has {weights} weights; a Fourier series with as many coefficients (k up to {highest}) leaves {Math.Sqrt(left) / sd:E1}.");
    }

    private static Chart Spectra(double[] target, double[][] energies)
    {
        double[] shells = [.. Enumerable.Range(1, target.Length - 1).Select(own => (double)own)];
        return new Chart("", new ChartAxis("wavenumber") { Logarithmic = true }, new ChartAxis("energy") { Logarithmic = true },
        [
            new Line("flow", shells, target[1..]) { Markers = false },
            .. energies.Select((own, k) => new Line(Text($"error, stage {k + 1}"), shells, own[1..]) { Markers = false }),
        ])
        {
            Width = 520,
            Height = 360,
        };
    }

    private static Panels Maps(StreamOutcome own, int points)
    {
        double[] error = [.. own.Errors[^1].Select(Math.Abs)];
        return new Panels("", [Map("stream function", own.Truth, points), Map("size of the error", error, points)], 2);
    }

    private static HeatMap Map(string title, double[] values, int points)
    {
        int shown = points - 1;
        string[] places = [.. Enumerable.Range(0, shown).Select(n => Text($"{2 * Math.PI * (n + 0.5) / points:F1}"))];
        var cells = new double[shown, shown];
        for (int row = 0; row < shown; row++)
        {
            for (int column = 0; column < shown; column++)
            {
                cells[shown - 1 - row, column] = values[(row * points) + column];
            }
        }

        return new HeatMap(title, "y", [.. places.Reverse()], "x", places, cells, new ChartAxis("")) { Width = 400, CellHeight = 260.0 / shown };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
