using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Physics;

/// <summary>
/// An ice shelf in one dimension, scaled: (4 mu h u_x)_x = h h_x, and 4 mu u_x = h / 2 at the front, x = 1; u h = 1. Velocity u and thickness h are measured at 101 points, and the
/// viscosity mu is sought.
/// </summary>
internal static class IceShelf
{
    private const int X = 0, U = 0, H = 1, Mu = 2, Values = 101, Fine = 200;
    private const double Noise = 0.01, EquationError = 0.01, Level = 0.9;

    private readonly struct Balance : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal>
        {
            TReal stretching = at.Value(Mu) * at.Value(H), own = (at.Derivative(Mu, X) * at.Value(H)) + (at.Value(Mu) * at.Derivative(H, X));
            return (4 * ((own * at.Derivative(U, X)) + (stretching * at.Derivative(U, X, X)))) - (at.Value(H) * at.Derivative(H, X));
        }
    }

    private readonly struct Front : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => (4 * at.Value(Mu) * at.Derivative(U, X)) - (at.Value(H) / 2);
    }

    public static void Add(ReportPage page, int draws, int particles, TextWriter output)
    {
        page.AddHeading("Viscosity of an ice shelf");
        (double[] velocity, double[] viscosity) = Truth();
        double[] x = [.. Enumerable.Range(0, Values).Select(n => n / 100.0)];
        double[] logarithm = [.. viscosity.Select(own => Math.Log(own))];
        var errors = new List<double>();
        int inside = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            var ensemble = EquationEnsemble.Fit(Problem(x, velocity, draw), new EquationOptions { Particles = particles, Seed = draw });
            Band band = Band.Of(ensemble, [.. x.Select(own => new[] { own })], Mu, Level, Math.Log);
            inside += band.Inside(logarithm);
            double[] own = [.. logarithm.Zip(band.Mean, (a, b) => a - b)];
            errors.AddRange(own);
            output.WriteLine(Text($"Ice shelf, draw {draw + 1}: RMSE of ln mu {own.RootMeanSquare():F4}, {band.Inside(logarithm)} of {Values} inside the 90 % band"));
            if (draw == 0)
            {
                page.AddFigure(
                    "ice-shelf",
                    new Chart("", new ChartAxis("x"), new ChartAxis("mu") { From = 0 },
                    [
                        new Line("mean and 90 % band", x, [.. band.Mean.Select(Math.Exp)]) { Lower = [.. band.Lower.Select(Math.Exp)], Upper = [.. band.Upper.Select(Math.Exp)], Markers = false },
                        new Line("truth", x, viscosity) { Markers = false },
                    ])
                    {
                        Width = 560,
                        Height = 300,
                    },
                    Text($"The viscosity, from {Values} velocities and thicknesses with errors of {Noise}; the first draw."));
            }
        }

        string summary = Text(
            $"RMSE of ln mu {errors.RootMeanSquare():F4} with errors of {Noise} in u and h; {inside / (double)(draws * Values):P1} of the shelf inside the 90 % bands, over {draws} draws of the errors.");
        output.WriteLine($"Ice shelf: {summary}");
        page.AddText(summary);
    }

    private static EquationProblem Problem(double[] x, double[] velocity, int draw)
    {
        var random = new Random(200 + draw);
        var points = new double[Values, 1];
        for (int n = 0; n < Values; n++)
        {
            points[n, 0] = x[n];
        }

        double[] u = [.. velocity.Select(own => own + Normal.Sample(random, 0, Noise))], h = [.. velocity.Select(own => (1 / own) + Normal.Sample(random, 0, Noise))];
        return new EquationProblem
        {
            Coordinates = [new("x", 0, 1)],
            Networks =
            [
                new([new("u", 1.5, 0.5), new("h", 0.7, 0.3)], NetworkDescription.Parse("dense(20,tanh) dense(20,tanh)")),
                new([new("mu", 0.1, 1, Positive: true)], NetworkDescription.Parse("dense(20,tanh)")),
            ],
            Equations = [EquationTerm.Of<Balance>(100, EquationError), EquationTerm.Of<Front>(new double[,] { { 1 } }, EquationError)],
            Observations = [new("u", points, u, Noise), new("h", points, h, Noise)],
        };
    }

    /// <summary>At the points of measurement: u^2 = 1 + integral of 1 / (4 mu), by trapezia.</summary>
    private static (double[] Velocity, double[] Viscosity) Truth()
    {
        double square = 1;
        double[] velocity = new double[Values], viscosity = new double[Values];
        for (int n = 0; n < Values; n++)
        {
            (velocity[n], viscosity[n]) = (Math.Sqrt(square), Viscosity(n / 100.0));
            for (int k = 0; k < Fine; k++)
            {
                double low = (n + (k / (double)Fine)) / 100, high = (n + ((k + 1) / (double)Fine)) / 100;
                square += (high - low) * ((1 / (8 * Viscosity(low))) + (1 / (8 * Viscosity(high))));
            }
        }

        return (velocity, viscosity);
    }

    private static double Viscosity(double x) => 0.1 * (1 - (0.5 * Math.Cos(2 * Math.PI * x))) * ((2 / 3.0) + (x / 3));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
