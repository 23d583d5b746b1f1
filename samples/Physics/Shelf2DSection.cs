using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Physics;

/// <summary>How large the search is.</summary>
/// <param name="Values">Places at which both velocities are measured.</param>
/// <param name="Points">At which the equations are to hold.</param>
/// <param name="FrontPoints">At which tractions are known.</param>
internal sealed record ShelfSize(int Values, int Points, int FrontPoints, string Velocity, string Viscosity, int MaxSteps)
{
    public static ShelfSize Full { get; } = new(400, 400, 40, "dense(20,tanh) dense(20,tanh)", "dense(12,tanh) dense(12,tanh)", 60);
}

/// <summary>What a draw of the errors brought, over a grid.</summary>
/// <param name="ViscosityErrors">[place]: of ln mu.</param>
/// <param name="VelocityErrors">[place]: of u, then of v.</param>
internal sealed record ShelfOutcome(double[] ViscosityErrors, double[] VelocityErrors, int ViscosityInside, int VelocityInside, Band Viscosity);

/// <summary>Viscosity of <see cref="Shelf2D"/> from noisy velocities.</summary>
internal static class Shelf2DSection
{
    private const int Cells = 21;
    private const double Noise = 0.01, EquationError = 0.02, Level = 0.9;

    private static readonly double[][] _grid = [.. Enumerable.Range(0, Cells * Cells).Select(k => new[] { k % Cells / (Cells - 1.0), k / Cells / (Cells - 1.0) })];

    public static void Add(ReportPage page, int draws, int particles, TextWriter output)
    {
        page.AddHeading("Viscosity of an ice shelf in two dimensions");
        ShelfOutcome[] outcomes = new ShelfOutcome[draws];
        for (int draw = 0; draw < draws; draw++)
        {
            ShelfOutcome own = outcomes[draw] = Find(draw, particles, ShelfSize.Full);
            output.WriteLine(Text(
                $"Shelf in 2D, draw {draw + 1}: RMSE of ln mu {own.ViscosityErrors.RootMeanSquare():F4}, {own.ViscosityInside} of {_grid.Length} inside the 90 % band; of velocity {own.VelocityErrors.RootMeanSquare():F5}, {own.VelocityInside} of {2 * _grid.Length}"));
        }

        page.AddFigure("shelf-2d", Pictures(outcomes[0].Viscosity), Text(
            $"From {ShelfSize.Full.Values} velocities with errors of {Noise}, and the known thickness; the first draw. A band's half-width should be where errors are."));
        double[] viscosity = [.. outcomes.SelectMany(own => own.ViscosityErrors)], velocity = [.. outcomes.SelectMany(own => own.VelocityErrors)];
        string summary = Text(
            $"RMSE of ln mu {viscosity.RootMeanSquare():F4} (median of its size {viscosity.Select(Math.Abs).Median():F4}), of velocities {velocity.RootMeanSquare():F5}, with errors of {Noise} in u and v; {outcomes.Sum(own => own.ViscosityInside) / (double)viscosity.Length:P1} of the viscosity and {outcomes.Sum(own => own.VelocityInside) / (double)velocity.Length:P1} of the velocities inside the 90 % bands, over {draws} draws of the errors.");
        output.WriteLine($"Shelf in 2D: {summary}");
        page.AddText(summary);
    }

    /// <param name="draw">Of the errors and places.</param>
    public static ShelfOutcome Find(int draw, int particles, ShelfSize size)
    {
        var ensemble = EquationEnsemble.Fit(Problem(draw, size), new EquationOptions { Particles = particles, Seed = draw, MaxSteps = size.MaxSteps });
        Band u = Band.Of(ensemble, _grid, Shelf2D.U, Level), v = Band.Of(ensemble, _grid, Shelf2D.V, Level), mu = Band.Of(ensemble, _grid, Shelf2D.Mu, Level, Math.Log);
        double[] trueU = Truth(own => Shelf2D.Eastward(own[0], own[1]).Value), trueV = Truth(own => Shelf2D.Northward(own[0], own[1]).Value), trueMu = Logarithm();
        return new ShelfOutcome(Errors(mu, trueMu), [.. Errors(u, trueU), .. Errors(v, trueV)], mu.Inside(trueMu), u.Inside(trueU) + v.Inside(trueV), mu);

        static double[] Errors(Band band, double[] truth) => [.. truth.Zip(band.Mean, (a, b) => a - b)];
    }

    private static double[] Truth(Func<double[], double> field) => [.. _grid.Select(field)];

    private static double[] Logarithm() => Truth(own => Math.Log(Shelf2D.Viscosity(own[0], own[1]).Value));

    private static EquationProblem Problem(int draw, ShelfSize size)
    {
        var random = new Random(300 + draw);
        double[,] points = new double[size.Values, 2], front = new double[size.FrontPoints, 2];
        double[] u = new double[size.Values], v = new double[size.Values];
        for (int n = 0; n < size.Values; n++)
        {
            double x = points[n, Shelf2D.X] = random.NextDouble(), y = points[n, Shelf2D.Y] = random.NextDouble();
            u[n] = Shelf2D.Eastward(x, y).Value + Normal.Sample(random, 0, Noise);
            v[n] = Shelf2D.Northward(x, y).Value + Normal.Sample(random, 0, Noise);
        }

        for (int n = 0; n < size.FrontPoints; n++)
        {
            (front[n, Shelf2D.X], front[n, Shelf2D.Y]) = (1, (n + 0.5) / size.FrontPoints);
        }

        return new EquationProblem
        {
            Coordinates = [new("x", 0, 1), new("y", 0, 1)],
            Networks =
            [
                new([new("u", 1.5, 0.5), new("v", 0, 0.3)], NetworkDescription.Parse(size.Velocity)),
                new([new("mu", 0.1, 1, Positive: true)], NetworkDescription.Parse(size.Viscosity)),
            ],
            Equations =
            [
                EquationTerm.Of<Shelf2D.Eastwards>(size.Points, EquationError), EquationTerm.Of<Shelf2D.Northwards>(size.Points, EquationError),
                EquationTerm.Of<Shelf2D.FrontPull>(front, EquationError), EquationTerm.Of<Shelf2D.FrontShear>(front, EquationError),
            ],
            Observations = [new("u", points, u, Noise), new("v", points, v, Noise)],
        };
    }

    private static Panels Pictures(Band viscosity)
    {
        double[] truth = [.. Logarithm().Select(Math.Exp)], mean = [.. viscosity.Mean.Select(Math.Exp)];
        double[] error = [.. Logarithm().Zip(viscosity.Mean, (a, b) => Math.Abs(a - b))], half = [.. viscosity.Upper.Zip(viscosity.Lower, (a, b) => (a - b) / 2)];
        double largest = Math.Max(truth.Max(), mean.Max()), widest = Math.Max(error.Max(), half.Max());
        return new Panels("", [Map("mu, true", truth, largest), Map("mu, found", mean, largest), Map("error of ln mu", error, widest), Map("90 % band of ln mu, half-width", half, widest)], 2);
    }

    /// <summary>y upwards.</summary>
    private static HeatMap Map(string title, double[] values, double largest)
    {
        string[] places = [.. Enumerable.Range(0, Cells).Select(k => (k / (Cells - 1.0)).ToString("0.##", CultureInfo.InvariantCulture))];
        var cells = new double[Cells, Cells];
        for (int k = 0; k < values.Length; k++)
        {
            cells[Cells - 1 - (k / Cells), k % Cells] = values[k];
        }

        return new HeatMap(title, "y", [.. places.Reverse()], "x", places, cells, new ChartAxis("") { From = 0, To = largest }) { Width = 340, CellHeight = 11 };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
