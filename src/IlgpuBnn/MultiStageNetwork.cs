using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn;

/// <summary>Settings of a <see cref="MultiStageNetwork"/>.</summary>
public sealed record MultiStageOptions
{
    /// <summary>Stages at most. Default 3.</summary>
    public int Stages { get; init; } = 3;

    /// <summary>Units of each hidden layer of each stage. Default 20, 20, 20.</summary>
    public IReadOnlyList<int> HiddenUnits { get; init; } = [20, 20, 20];

    /// <summary>Steps of Levenberg and Marquardt's method for each start of a stage, at most. Default 120.</summary>
    public int MaxSteps { get; init; } = 120;

    /// <summary>Steps of Adam before them, by which it stalls less. Default 1000.</summary>
    public int AdamSteps { get; init; } = 1000;

    /// <summary>Starts of each stage after the first, of which the best on <see cref="ValidationFraction"/> is kept: seeds differ tenfold. Default 2.</summary>
    public int Starts { get; init; } = 2;

    /// <summary>Share of the rows between which a stage is judged; a stage that does not halve the error there is not kept. Between 0 and 1. Default 0.1.</summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>Fewest points for a wavelength of what is left; where it is finer, no stage is added. Default 8.</summary>
    public double PointsPerWavelength { get; init; } = 8;

    /// <summary>Seed of all that is drawn. Default 0.</summary>
    public int Seed { get; init; }

    internal void Validate() => OptionChecks.Require(
        (Stages >= 1, $"Stages is {Stages}; it must be at least 1."),
        (HiddenUnits.Count >= 1 && HiddenUnits.All(own => own >= 1), "HiddenUnits must have a layer at least, and each a unit."),
        (MaxSteps >= 1, $"MaxSteps is {MaxSteps}; it must be at least 1."),
        (AdamSteps >= 0, $"AdamSteps is {AdamSteps}; it must not be negative."),
        (Starts >= 1, $"Starts is {Starts}; it must be at least 1."),
        (ValidationFraction is > 0 and < 1, $"ValidationFraction is {ValidationFraction}; it must be between 0 and 1."),
        (OptionChecks.IsPositive(PointsPerWavelength), $"PointsPerWavelength is {PointsPerWavelength}; it must be above 0."));
}

/// <summary>One stage.</summary>
/// <param name="Kappa">Factor of the first layer's sines; 0 for the first stage, which has none.</param>
/// <param name="Scale">What the stage's output is multiplied by: root mean square of what the stages before left.</param>
/// <param name="TrainingError">Root mean square of what is left at the training rows, raw units.</param>
/// <param name="ValidationError">The same between them.</param>
/// <param name="Frequency">Dominant angular frequency of what the stages before left, inputs scaled to [-1, 1]; 0 for the first stage.</param>
public sealed record StageReport(double Kappa, double Scale, double TrainingError, double ValidationError, double Frequency);

/// <summary>
/// A deterministic fit of noise-free data of one or two inputs by stages of small networks, each of which learns what those before left, rescaled, with a first layer of sines as
/// fast as that varies (Wang and Lai 2024, "Multi-stage neural networks: function approximator of machine precision"). On a grid of two inputs, sines start as the strongest waves
/// in what is to be learnt (Ng, Wang and Lai 2024, arXiv 2407.17213). In double precision, each stage by Levenberg and Marquardt's method.
/// </summary>
public sealed class MultiStageNetwork
{
    // [input].
    private readonly double[] _low, _high;
    private readonly List<(Network Network, double[] Parameters, double Scale, double Centre)> _stages = [];

    private MultiStageNetwork(double[] low, double[] high) => (_low, _high) = (low, high);

    /// <summary>[stage].</summary>
    public IReadOnlyList<StageReport> Stages { get; private set; } = [];

    /// <summary>Why no further stage was added.</summary>
    public string StopReason { get; private set; } = "";

    /// <summary>Fits y(x).</summary>
    /// <param name="x">[row], rising, at least 16.</param>
    /// <param name="y">[row], finite.</param>
    /// <exception cref="ArgumentException">An option is out of range, the rows are too few or not rising, or a value is not finite.</exception>
    public static MultiStageNetwork Fit(IReadOnlyList<double> x, IReadOnlyList<double> y, MultiStageOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new MultiStageOptions();
        options.Validate();
        Require(x, y);
        var result = new MultiStageNetwork([x[0]], [x[^1]]);
        result.Train(new StageLine([.. x], options.ValidationFraction), [.. y], options, cancellation);
        return result;
    }

    /// <summary>Fits z(x, y) on a grid.</summary>
    /// <param name="x">[column], rising at even distances, at least 8.</param>
    /// <param name="y">[row], the same.</param>
    /// <param name="values">[row, column], finite.</param>
    /// <exception cref="ArgumentException">An option is out of range, points are too few or not at even distances, or a value is not finite.</exception>
    public static MultiStageNetwork FitGrid(
        IReadOnlyList<double> x, IReadOnlyList<double> y, double[,] values, MultiStageOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new MultiStageOptions();
        options.Validate();
        RequireEven(x, nameof(x));
        RequireEven(y, nameof(y));
        if (values.GetLength(0) != y.Count || values.GetLength(1) != x.Count)
        {
            throw new ArgumentException($"There are {values.GetLength(0)} x {values.GetLength(1)} values for {y.Count} rows and {x.Count} columns. Give one for each pair of y and x.", nameof(values));
        }

        for (int n = 0; n < values.Length; n++)
        {
            if (!double.IsFinite(values[n / x.Count, n % x.Count]))
            {
                throw new ArgumentException($"The value in row {(n / x.Count) + 1}, column {(n % x.Count) + 1} is {values[n / x.Count, n % x.Count]}. Values must be finite.", nameof(values));
            }
        }

        var result = new MultiStageNetwork([x[0], y[0]], [x[^1], y[^1]]);
        result.Train(new StageGrid(x.Count, y.Count, options.ValidationFraction), [.. values.Cast<double>()], options, cancellation);
        return result;
    }

    /// <summary>Values of a function of one input at points.</summary>
    /// <param name="x">[row].</param>
    /// <exception cref="ArgumentException">It has two inputs.</exception>
    public double[] Predict(IReadOnlyList<double> x) => Predict([.. x], 1, _stages.Count);

    /// <summary>Values of a function of two inputs at points.</summary>
    /// <param name="points">[row, 2]: x and y.</param>
    /// <param name="stages">How many of the first stages are summed; null for all.</param>
    /// <exception cref="ArgumentException">It has one input, or points have another number of them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer stages, or none is asked for.</exception>
    public double[] Predict(double[,] points, int? stages = null) => Predict([.. points.Cast<double>()], points.GetLength(1), stages ?? _stages.Count);

    private double[] Predict(double[] points, int inputs, int stages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stages, _stages.Count);
        if (inputs != _low.Length)
        {
            throw new ArgumentException($"Points have {inputs} inputs, and the function has {_low.Length}.");
        }

        var sum = new double[points.Length / inputs];
        double[] scaled = [.. points.Select((own, n) => StagePoints.Scale(own, _low[n % inputs], _high[n % inputs]))];
        foreach ((Network network, double[] parameters, double scale, double centre) in _stages.Take(stages))
        {
            double[] own = StageFit.Outputs(network, parameters, scaled);
            for (int n = 0; n < sum.Length; n++)
            {
                sum[n] += centre + (scale * own[n]);
            }
        }

        return sum;
    }

    private static void RequireEven(IReadOnlyList<double> points, string name)
    {
        const int fewest = 8;
        const double tolerance = 1e-6;
        double step = points.Count < 2 ? 0 : (points[^1] - points[0]) / (points.Count - 1);
        if (points.Count < fewest || !(step > 0) || !double.IsFinite(step) || points.Where((own, n) => !(Math.Abs(own - points[0] - (n * step)) <= tolerance * step)).Any())
        {
            throw new ArgumentException($"The {points.Count} values of {name} must be finite and rise at even distances, and be {fewest} at least.", name);
        }
    }

    private static void Require(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        const int fewest = 16;
        if (x.Count != y.Count || x.Count < fewest)
        {
            throw new ArgumentException($"There are {x.Count} points and {y.Count} values. Give as many of both, at least {fewest}.");
        }

        for (int n = 0; n < x.Count; n++)
        {
            if (!double.IsFinite(x[n]) || !double.IsFinite(y[n]) || (n > 0 && x[n] <= x[n - 1]))
            {
                throw new ArgumentException($"Point {n + 1} is ({x[n]}, {y[n]}). Points must be finite and rising.");
            }
        }
    }

    private void Train(StagePoints points, double[] y, MultiStageOptions options, CancellationToken cancellation)
    {
        double[] residual = y;
        double error = Rms(residual, points.Validation);
        var reports = new List<StageReport>();
        for (int stage = 0; stage < options.Stages; stage++)
        {
            StageStart start = points.Start(residual, stage, options.HiddenUnits[0]);
            if (start.WavelengthPoints < options.PointsPerWavelength)
            {
                StopReason = FormattableString.Invariant($"what is left varies with {start.WavelengthPoints:F1} points for a wavelength, fewer than {options.PointsPerWavelength}: give more points");
                break;
            }

            double centre = stage == 0 ? residual.Average() : 0, scale = Rms([.. residual.Select(own => own - centre)], points.Training);
            if (!(scale > 0))
            {
                StopReason = "nothing is left";
                break;
            }

            double[] targets = [.. residual.Select(own => (own - centre) / scale)];
            var fit = new StageFit(points, start, targets, new StageSettings(options.HiddenUnits, options.AdamSteps, options.MaxSteps, options.Seed));
            (Network Network, double[] Parameters, double[] Left)[] candidates =
            [
                .. Enumerable.Range(0, stage == 0 ? 1 : options.Starts).AsParallel().AsOrdered().Select(own =>
                {
                    (Network network, double[] parameters) = fit.Run((stage * 1000) + own, cancellation);
                    return (network, parameters, Left(network, parameters));
                }),
            ];
            (Network network, double[] parameters, double[] left) = candidates.MinBy(own => Rms(own.Left, points.Validation));
            double reached = Rms(left, points.Validation);
            if (stage > 0 && !(reached < error / 2))
            {
                StopReason = FormattableString.Invariant($"a further stage left {reached:G3} of {error:G3} between the points");
                break;
            }

            _stages.Add((network, parameters, scale, centre));
            reports.Add(new StageReport(fit.Kappa, scale, Rms(left, points.Training), reached, start.Frequency));
            (residual, error) = (left, reached);

            double[] Left(Network network, double[] parameters) =>
                [.. StageFit.Outputs(network, parameters, points.Scaled).Select((own, n) => residual[n] - centre - (scale * own))];
        }

        StopReason = StopReason.Length > 0 ? StopReason : FormattableString.Invariant($"{options.Stages} stages were asked for");
        Stages = reports;
    }

    private static double Rms(double[] values, int[] rows) => rows.Select(n => values[n]).RootMeanSquare();
}
