using System.Numerics;
using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;
using MathNet.Numerics.IntegralTransforms;

namespace UniversalApproximation;

/// <summary>How far the study goes.</summary>
/// <param name="Columns">Numbers of columns, two units each.</param>
/// <param name="Bumps">Numbers of bumps along an axis.</param>
/// <param name="CurveUnits">Units of the hidden layer of learnt networks.</param>
/// <param name="SurfaceUnits">Units of each of two hidden layers.</param>
/// <param name="Particles">Networks of an ensemble.</param>
/// <param name="Steps">Of least squares; five times as many of Adam come first.</param>
/// <param name="MaxIterations">Of an ensemble's training; null for the default.</param>
/// <param name="Iterations">Of Adam, at which the error of the signal is looked at.</param>
internal sealed record Sizes(
    IReadOnlyList<int> Columns, IReadOnlyList<int> Bumps, IReadOnlyList<int> CurveUnits, IReadOnlyList<int> SurfaceUnits, int Particles, int Steps, int? MaxIterations,
    IReadOnlyList<int> Iterations)
{
    public static Sizes Full { get; } = new([2, 4, 8, 16, 32, 64, 128], [2, 4, 8, 16, 32], [2, 4, 8, 16, 32, 64], [2, 4, 8, 16, 32], 20, 200, null, [100, 1000, 10_000]);
}

/// <summary>An approximation and what is left.</summary>
/// <param name="Units">All hidden units.</param>
/// <param name="Error">Mean absolute error between the training points: the integral of |z - f|.</param>
/// <param name="Spread">Mean standard deviation of an ensemble's networks; NaN of a single one.</param>
/// <param name="Values">At the points of the picture.</param>
internal sealed record Approximation(int Units, double Error, double Spread, double[] Values);

/// <summary>Power of a signal's error by frequency.</summary>
internal sealed record ErrorSpectrum(string Network, int Iterations, double[] Power);

/// <summary>All that the page shows.</summary>
internal sealed record Results(
    Sizes Sizes, Approximation[] Columns, Approximation[] Ensembles, Approximation[] Fits, Approximation[] Stages, Approximation[] Bumps, Approximation[] Surfaces, double[] SignalPower, ErrorSpectrum[] Spectra);

/// <summary>Builds by hand, learns, and measures what is left.</summary>
internal static class Study
{
    public const int CurvePoints = 400, ShownPoints = 500, SurfacePoints = 30, ShownSurface = 45, SignalPoints = 512;
    private const int Between = 10_000;

    public static Results Run(Sizes sizes, TextWriter output)
    {
        Approximation[] columns = [.. sizes.Columns.Select(count => OfCurve(2 * count, ByHand.Columns(Targets.Curve, count)))];
        Say("by hand, columns", columns);
        Approximation[] fits = [.. sizes.CurveUnits.Select(units => Fitted(units, 1, sizes.Steps))], stages = [.. sizes.CurveUnits.Select(units => Fitted(units, 2, sizes.Steps))];
        Approximation[] ensembles = [.. sizes.CurveUnits.Select(units => CurveEnsemble(units, sizes))];
        Say("learnt, least squares", fits);
        Say("learnt, two stages", stages);
        Say("learnt, ensemble", ensembles);
        Approximation[] bumps = [.. sizes.Bumps.Select(HandSurface)], surfaces = [.. sizes.SurfaceUnits.Select(units => SurfaceEnsemble(units, sizes))];
        Say("by hand, bumps", bumps);
        Say("learnt surface, ensemble", surfaces);
        double[] x = [.. Enumerable.Range(0, SignalPoints).Select(n => (2.0 * n / SignalPoints) - 1)], signal = [.. x.Select(Targets.Signal)];
        ErrorSpectrum[] spectra = [.. sizes.Iterations.SelectMany(iterations => Spectra(x, signal, iterations))];
        return new Results(sizes, columns, ensembles, fits, stages, bumps, surfaces, Power(signal), spectra);

        void Say(string what, Approximation[] all) => output.WriteLine(FormattableString.Invariant(
            $"{what}: {string.Join(", ", all.Select(own => FormattableString.Invariant($"{own.Units} units {own.Error:E1}")))}"));
    }

    private static Approximation OfCurve(int units, Func<double, double> own) => new(
        units, Targets.Middles(Between).Average(x => Math.Abs(own(x) - Targets.Curve(x))), double.NaN, [.. Targets.Middles(ShownPoints).Select(own)]);

    /// <summary>One network by damped least squares in double precision. Its tanh units are sigmoid units: tanh z = 2 / (1 + exp(-2z)) - 1.</summary>
    /// <param name="stages">The second learns what the first left, with a first layer of sines as fast as that varies.</param>
    private static Approximation Fitted(int units, int stages, int steps)
    {
        // With the ends, beyond which it would extrapolate.
        double[] x = [.. Enumerable.Range(0, CurvePoints + 1).Select(n => (double)n / CurvePoints)];
        var network = MultiStageNetwork.Fit(x, [.. x.Select(Targets.Curve)], new MultiStageOptions
        {
            Stages = stages,
            HiddenUnits = [units],
            AdamSteps = 5 * steps,
            MaxSteps = steps,
            Seed = 1,
        });
        double[] between = Targets.Middles(Between);
        return new Approximation(
            units * network.Stages.Count, network.Predict(between).Zip(between, (z, at) => Math.Abs(z - Targets.Curve(at))).Average(), double.NaN, network.Predict(Targets.Middles(ShownPoints)));
    }

    /// <summary>The library's default training, of one hidden layer of sigmoid units.</summary>
    private static Approximation CurveEnsemble(int units, Sizes sizes)
    {
        BayesianNetwork model = BayesianNetwork.Fit(
            new Dataset(Rows(Targets.Middles(CurvePoints)), [.. Targets.Middles(CurvePoints).Select(Targets.Curve)]), Options([units], sizes));
        double[] between = Targets.Middles(Between / 10);
        PredictiveDistribution prediction = model.Predict(Rows(between)), shown = model.Predict(Rows(Targets.Middles(ShownPoints)));
        return new Approximation(
            units, between.Select((x, n) => Math.Abs(prediction.Mean[n, 0] - Targets.Curve(x))).Average(), Spread(prediction), [.. shown.Mean.Cast<double>()]);
    }

    private static Approximation HandSurface(int n)
    {
        Func<double, double, double> own = ByHand.Bumps(Targets.Surface, n);
        return new Approximation(
            ByHand.UnitsOfBumps(n), Grid(4 * ShownSurface / 3).Average(at => Math.Abs(own(at.X, at.Y) - Targets.Surface(at.X, at.Y))), double.NaN,
            [.. Grid(ShownSurface).Select(at => own(at.X, at.Y))]);
    }

    private static Approximation SurfaceEnsemble(int units, Sizes sizes)
    {
        (double X, double Y)[] points = [.. Grid(SurfacePoints)], between = [.. Grid(4 * ShownSurface / 3)];
        BayesianNetwork model = BayesianNetwork.Fit(
            new Dataset(Pairs(points), [.. points.Select(at => Targets.Surface(at.X, at.Y))]), Options([units, units], sizes));
        PredictiveDistribution prediction = model.Predict(Pairs(between));
        return new Approximation(
            2 * units, between.Select((at, n) => Math.Abs(prediction.Mean[n, 0] - Targets.Surface(at.X, at.Y))).Average(), Spread(prediction),
            [.. model.Predict(Pairs([.. Grid(ShownSurface)])).Mean.Cast<double>()]);
    }

    private static TrainingOptions Options(int[] units, Sizes sizes) => new()
    {
        HiddenUnits = units,
        Activation = Activation.Sigmoid,
        LastActivation = Activation.Sigmoid,
        Method = new AnchoredEnsemble { Particles = sizes.Particles },
        MaxIterations = sizes.MaxIterations,
        Seed = 1,
    };

    /// <summary>Two single networks after so many steps of Adam: tanh on x, and tanh on Fourier features of x.</summary>
    private static IEnumerable<ErrorSpectrum> Spectra(double[] x, double[] signal, int iterations)
    {
        (string, Layer[])[] networks =
        [
            ("tanh", [new Dense(50, Activation.Tanh), new Dense(50, Activation.Tanh)]),
            ("Fourier features", [new FourierFeatures(25, 5), new Dense(50, Activation.Tanh), new Dense(50, Activation.Tanh)]),
        ];
        foreach ((string name, Layer[] layers) in networks)
        {
            BayesianNetwork model = BayesianNetwork.Fit(new Dataset(Rows(x), signal), new TrainingOptions
            {
                Layers = layers,
                Method = new Deterministic { EarlyStopping = new EarlyStopping { ValidationFraction = 0 } },
                MaxIterations = iterations,
                BatchSize = SignalPoints,
                Adam = new AdamOptions { StepSize = 1e-3 },
                Seed = 1,
            });
            double[,] mean = model.Predict(Rows(x)).Mean;
            yield return new ErrorSpectrum(name, iterations, Power([.. signal.Select((own, n) => mean[n, 0] - own)]));
        }
    }

    /// <summary>[frequency] from 0, in waves over the interval: mean square of each.</summary>
    private static double[] Power(double[] values)
    {
        Complex[] modes = Array.ConvertAll(values, value => new Complex(value / values.Length, 0));
        Fourier.Forward(modes, FourierOptions.NoScaling);
        return [.. Enumerable.Range(0, (values.Length / 2) + 1).Select(k => (k == 0 || 2 * k == values.Length ? 1 : 2) * Math.Pow(modes[k].Magnitude, 2))];
    }

    private static double Spread(PredictiveDistribution prediction) => prediction.EpistemicVariance.Cast<double>().Average(Math.Sqrt);

    public static IEnumerable<(double X, double Y)> Grid(int size) => Targets.Middles(size).SelectMany(x => Targets.Middles(size).Select(y => (x, y)));

    private static double[,] Rows(double[] x)
    {
        double[,] rows = new double[x.Length, 1];
        Buffer.BlockCopy(x, 0, rows, 0, x.Length * sizeof(double));
        return rows;
    }

    private static double[,] Pairs((double X, double Y)[] points)
    {
        double[,] rows = new double[points.Length, 2];
        for (int n = 0; n < points.Length; n++)
        {
            (rows[n, 0], rows[n, 1]) = points[n];
        }

        return rows;
    }
}
