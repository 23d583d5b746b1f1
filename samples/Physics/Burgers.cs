using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Physics;

/// <summary>u_t + u u_x = nu u_xx on x in [-1, 1], t in [0, 1], from u = -sin(pi x), with nu unknown and 200 noisy values of u (Raissi, Perdikaris and Karniadakis 2019).</summary>
internal static class Burgers
{
    private const int X = 0, T = 1, U = 0, Nu = 0, Values = 200;
    private const double TrueNu = 0.05, Noise = 0.05, EquationError = 0.1, Level = 0.9;
    private static readonly double[] _times = [0.25, 0.5, 1];

    private readonly struct Equation : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> =>
            at.Derivative(U, T) + (at.Value(U) * at.Derivative(U, X)) - (at.Unknown(Nu) * at.Derivative(U, X, X));
    }

    /// <summary>-sin(pi x) at t = 0, and 0 at both ends, by construction.</summary>
    private readonly struct Conditions : IFieldForm
    {
        public static TReal Offset<TReal>(ReadOnlySpan<TReal> at)
            where TReal : struct, IReal<TReal> => -TReal.Sin(Math.PI * at[X]);

        public static TReal Factor<TReal>(ReadOnlySpan<TReal> at)
            where TReal : struct, IReal<TReal> => at[T] * (1 - (at[X] * at[X]));
    }

    public static void Add(ReportPage page, int draws, EquationOptions options, Device device, TextWriter output)
    {
        page.AddHeading("Burgers' equation, viscosity unknown");
        Add("Burgers", "burgers", null, EquationPrecision.Given(EquationError), page, draws, options, device, output);
        page.AddHeading("The same, with the beginning and both ends known");
        page.AddText("u = -sin(pi x) + t (1 - x^2) N(x, t): what is known holds exactly, and the network N learns the rest.");
        Add("Burgers, known ends", "burgers-known", FieldForm.Of<Conditions>(), EquationPrecision.Given(EquationError), page, draws, options, device, output);
    }

    /// <summary>The same draws with the equation's standard deviation given well and badly, learnt, and balanced.</summary>
    public static void AddPrecisions(ReportPage page, int draws, int particles, TextWriter output)
    {
        (string Name, EquationPrecision Precision)[] variants =
        [
            ("given, 0.1", EquationPrecision.Given(EquationError)),
            ("learnt from 0.1", EquationPrecision.Learnt(EquationError)),
            ("learnt from 0.1, shared", EquationPrecision.Learnt(EquationError, shared: true)),
            ("balanced, g = 0.5", EquationPrecision.Balanced(0.5)),
            ("given, 0.5", EquationPrecision.Given(5 * EquationError)),
            ("learnt from 0.5", EquationPrecision.Learnt(5 * EquationError)),
        ];
        page.AddHeading("Burgers' equation: its precision given, learnt, balanced");
        var table = new List<TableCell[]>();
        for (int v = 0; v < variants.Length; v++)
        {
            page.AddHeading(variants[v].Name);
            table.Add([variants[v].Name, .. Add($"Burgers, {variants[v].Name}", $"burgers-precision{v + 1}", null, variants[v].Precision, page, draws, new EquationOptions { Particles = particles }, DeviceCatalog.Default, output)]);
        }

        page.AddTable("burgers-precisions", new ReportTable(["sd of the equation", "RMSE of ln nu", "nu inside 90 %", "RMSE of u", "u inside 90 %", "sd found"], [.. table]), Text(
            $"{draws} draws of the measurements' errors, the same for all."));
    }

    /// <returns>Over all draws: error of ln nu, its coverage, error of u, its coverage, the equation's standard deviation.</returns>
    private static TableCell[] Add(string name, string file, FieldForm? form, EquationPrecision precision, ReportPage page, int draws, EquationOptions options, Device device, TextWriter output)
    {
        var table = new List<TableCell[]>();
        List<double> errors = [], deviations = [], found = [];
        int nuInside = 0, inside = 0, all = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            var ensemble = EquationEnsemble.Fit(Problem(draw, form, precision), options with { Seed = draw }, device);
            double[] logarithms = [.. Enumerable.Range(0, options.Particles).Select(s => Math.Log(ensemble.Unknowns[s, Nu]))];
            (double low, double high) = EquationEnsemble.Interval(logarithms, Level);
            nuInside += Math.Log(TrueNu) >= low && Math.Log(TrueNu) <= high ? 1 : 0;
            double[] x = [.. Enumerable.Range(0, 81).Select(n => -1 + (n / 40.0))];
            Band[] bands = [.. _times.Select(t => Band.Of(ensemble, [.. x.Select(own => new[] { own, t })], U, Level))];
            for (int k = 0; k < _times.Length; k++)
            {
                double[] truth = [.. x.Select(own => Exact(own, _times[k]))];
                inside += bands[k].Inside(truth);
                all += x.Length;
                errors.AddRange(truth.Zip(bands[k].Mean, (a, b) => a - b));
            }

            found.AddRange(ensemble.EquationDeviations.Cast<double>());
            deviations.Add(Math.Log(TrueNu) - logarithms.Average());
            table.Add([(draw + 1).ToString(CultureInfo.InvariantCulture), Math.Exp(logarithms.Average()), Math.Exp(low), Math.Exp(high), logarithms.StandardDeviation()]);
            output.WriteLine(Text($"{name}, draw {draw + 1}: nu {Math.Exp(logarithms.Average()):F4}, 90 % {Math.Exp(low):F4} to {Math.Exp(high):F4}, true {TrueNu}"));
            if (draw == 0)
            {
                Draw(file, page, x, bands);
            }
        }

        string summary = Text(
            $"nu lies inside its 90 % interval in {nuInside} of {draws} draws, RMSE of ln nu {deviations.RootMeanSquare():F4}; RMSE of u {errors.RootMeanSquare():F4} (noise {Noise}); {inside / (double)all:P1} of u inside the 90 % bands; sd of the equation {found.GeometricMean():F3}.");
        output.WriteLine($"{name}: {summary}");
        page.AddTable($"{file}-nu", new ReportTable(["draw of the noise", "nu", "5 %", "95 %", "sd of ln nu"], [.. table]), summary);
        return [deviations.RootMeanSquare(), Text($"{nuInside} of {draws}"), errors.RootMeanSquare(), Text($"{inside / (double)all:P1}"), found.GeometricMean()];
    }

    private static EquationProblem Problem(int draw, FieldForm? form, EquationPrecision precision)
    {
        var random = new Random(100 + draw);
        var points = new double[Values, 2];
        var values = new double[Values];
        for (int n = 0; n < Values; n++)
        {
            (points[n, X], points[n, T]) = ((2 * random.NextDouble()) - 1, random.NextDouble());
            values[n] = Exact(points[n, X], points[n, T]) + Normal.Sample(random, 0, Noise);
        }

        return new EquationProblem
        {
            Coordinates = [new("x", -1, 1), new("t", 0, 1)],
            Networks = [new([new("u") { Form = form }], NetworkDescription.Parse("dense(20,tanh) dense(20,tanh)"))],
            Equations = [EquationTerm.Of<Equation>(400, precision)],
            Observations = [new("u", points, values, Noise)],
            Unknowns = [new("nu", 0.1, 1.5)],
        };
    }

    private static void Draw(string file, ReportPage page, double[] x, Band[] bands)
    {
        Chart[] panels =
        [
            .. bands.Select((band, k) => new Chart(Text($"t = {_times[k]}"), new ChartAxis("x"), new ChartAxis("u") { From = -1.1, To = 1.1 },
            [
                new Line("mean and 90 % band", x, band.Mean) { Lower = band.Lower, Upper = band.Upper, Markers = false },
                new Line("exact", x, [.. x.Select(own => Exact(own, _times[k]))]) { Markers = false },
            ])
            {
                Width = 300,
                Height = 240,
            }),
        ];
        page.AddFigure(file, new Panels("", panels, panels.Length), Text(
            $"u at three times, from {Values} values with errors of {Noise} and the equation at 400 points; the first draw."));
    }

    /// <summary>By Cole and Hopf's transform; trapezia where the integrand has its mass.</summary>
    private static double Exact(double x, double t)
    {
        if (t < 1e-12)
        {
            return -Math.Sin(Math.PI * x);
        }

        double above = 0, below = 0, width = 8 * Math.Sqrt(2 * TrueNu * t);
        for (int k = -400; k <= 400; k++)
        {
            double z = width * k / 400, weight = Math.Exp(-(Math.Cos(Math.PI * (x - z)) / (2 * Math.PI * TrueNu)) - (z * z / (4 * TrueNu * t)));
            (above, below) = (above + (Math.Sin(Math.PI * (x - z)) * weight), below + weight);
        }

        return -above / below;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
