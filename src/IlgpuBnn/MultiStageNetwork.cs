using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;
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
/// A deterministic fit of noise-free data of one input by stages of small networks, each of which learns what those before left, rescaled, with a first layer of sines as fast as
/// that varies (Wang and Lai 2024, "Multi-stage neural networks: function approximator of machine precision"). In double precision, each stage by Levenberg and Marquardt's method.
/// </summary>
public sealed class MultiStageNetwork
{
    private readonly double _low, _high;
    private readonly List<(Network Network, double[] Parameters, double Scale, double Centre)> _stages = [];

    private MultiStageNetwork(double low, double high) => (_low, _high) = (low, high);

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
        var result = new MultiStageNetwork(x[0], x[^1]);
        result.Train([.. x], [.. y], options, cancellation);
        return result;
    }

    /// <summary>Values at points.</summary>
    /// <param name="x">[row].</param>
    public double[] Predict(IReadOnlyList<double> x)
    {
        var sum = new double[x.Count];
        double[] inputs = [.. x.Select(Scaled)];
        foreach ((Network network, double[] parameters, double scale, double centre) in _stages)
        {
            var streams = new DerivativeStreams(network, StreamPlan.Values, x.Count);
            streams.Forward(parameters, inputs, [1]);
            for (int n = 0; n < sum.Length; n++)
            {
                sum[n] += centre + (scale * streams[n, 0, 0]);
            }
        }

        return sum;
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

    private void Train(double[] x, double[] y, MultiStageOptions options, CancellationToken cancellation)
    {
        // Every so many rows, the ends left in: a stage is judged between the points that it sees.
        int every = (int)Math.Max(2, Math.Round(1 / options.ValidationFraction));
        int[] validation = [.. Enumerable.Range(1, x.Length - 2).Where(n => n % every == every / 2)], training = [.. Enumerable.Range(0, x.Length).Except(validation)];
        double[] residual = y, inputs = [.. x.Select(Scaled)];
        double error = Rms(residual, validation);
        var reports = new List<StageReport>();
        for (int stage = 0; stage < options.Stages; stage++)
        {
            double frequency = stage == 0 ? 0 : DominantFrequency(x, residual);
            double wavelengthPoints = frequency > 0 ? 2 * Math.PI / frequency * (training.Length - 1) / 2 : double.PositiveInfinity;
            if (wavelengthPoints < options.PointsPerWavelength)
            {
                StopReason = FormattableString.Invariant($"what is left varies with {wavelengthPoints:F1} points for a wavelength, fewer than {options.PointsPerWavelength}: give more points");
                break;
            }

            double centre = stage == 0 ? residual.Average() : 0, scale = Rms([.. residual.Select(own => own - centre)], training);
            if (!(scale > 0))
            {
                StopReason = "nothing is left";
                break;
            }

            double kappa = Math.Clamp(frequency, 0, FourierFeatures.MaxKappa);
            (Network Network, double[] Parameters, double[] Left)[] candidates =
            [
                .. Enumerable.Range(0, stage == 0 ? 1 : options.Starts).AsParallel().AsOrdered()
                    .Select(start => Fit(inputs, residual, training, kappa, centre, scale, options, (stage * 1000) + start, cancellation)),
            ];
            (Network network, double[] parameters, double[] left) = candidates.MinBy(own => Rms(own.Left, validation));
            double reached = Rms(left, validation);
            if (stage > 0 && !(reached < error / 2))
            {
                StopReason = FormattableString.Invariant($"a further stage left {reached:G3} of {error:G3} between the points");
                break;
            }

            _stages.Add((network, parameters, scale, centre));
            reports.Add(new StageReport(kappa, scale, Rms(left, training), reached, frequency));
            (residual, error) = (left, reached);
        }

        StopReason = StopReason.Length > 0 ? StopReason : FormattableString.Invariant($"{options.Stages} stages were asked for");
        Stages = reports;
    }

    /// <summary>One start of one stage; and what it leaves at all rows.</summary>
    private static (Network Network, double[] Parameters, double[] Left) Fit(
        double[] inputs, double[] residual, int[] training, double kappa, double centre, double scale, MultiStageOptions options, int start, CancellationToken cancellation)
    {
        IReadOnlyList<int> units = options.HiddenUnits;
        Layer first = kappa > 0 ? new Sine(units[0], kappa) : new Dense(units[0], Activation.Tanh);
        var network = new Network(1, [first, .. units.Skip(1).Select(own => new Dense(own, Activation.Tanh))], 1);
        Random random = RandomStreams.Open(options.Seed, RandomStreams.Purpose.Particles, start);
        var parameters = new double[network.WeightCount];
        foreach (ParameterBlock block in network.Blocks.Where(own => own.Role == ParameterRole.Weight))
        {
            // Glorot's; biases at 0, with which no stage stalled.
            double deviation = Math.Sqrt(2.0 / (block.Shape[0] + block.Shape[1]));
            for (int p = block.Offset; p < block.End; p++)
            {
                parameters[p] = Normal.Sample(random, 0, deviation);
            }
        }

        if (kappa > 0)
        {
            // Weights of the first layer of deviation 1: kappa times that is the frequency.
            ParameterBlock weights = network.Blocks[0];
            for (int p = weights.Offset; p < weights.End; p++)
            {
                parameters[p] /= Math.Sqrt(2.0 / (weights.Shape[0] + weights.Shape[1]));
            }
        }

        double[] targets = [.. residual.Select(own => (own - centre) / scale)];
        var problem = new StageProblem(network, [.. training.Select(n => inputs[n])], [.. training.Select(n => targets[n])])
        {
            Anchors = new double[parameters.Length],
            Precisions = new double[parameters.Length],
        };
        problem.Approach(parameters, options.AdamSteps, cancellation);
        LevenbergMarquardt.Minimise(problem, parameters, options.MaxSteps, 1e-8, cancellation);
        var streams = new DerivativeStreams(network, StreamPlan.Values, inputs.Length);
        streams.Forward(parameters, inputs, [1]);
        return (network, parameters, [.. residual.Select((own, n) => own - centre - (scale * streams[n, 0, 0]))]);
    }

    /// <summary>Angular frequency of the largest bin of a spectrum but the mean, Hann window, inputs scaled to [-1, 1]; rows at uneven distances are interpolated.</summary>
    private double DominantFrequency(double[] x, double[] residual)
    {
        int count = residual.Length;
        var values = new System.Numerics.Complex[count];
        for (int n = 0, at = 0; n < count; n++)
        {
            double place = _low + ((_high - _low) * n / (count - 1));
            while (at < count - 2 && x[at + 1] < place)
            {
                at++;
            }

            double part = (place - x[at]) / (x[at + 1] - x[at]);
            values[n] = (residual[at] + (part * (residual[at + 1] - residual[at]))) * Math.Pow(Math.Sin(Math.PI * n / (count - 1)), 2);
        }

        MathNet.Numerics.IntegralTransforms.Fourier.Forward(values);
        int dominant = Enumerable.Range(1, Math.Max(1, (count / 2) - 1)).MaxBy(k => values[k].Magnitude);

        // The scaled interval has length 2.
        return Math.PI * dominant * (count - 1) / count;
    }

    private double Scaled(double x) => ((x - _low) * 2 / (_high - _low)) - 1;

    private static double Rms(double[] values, int[] rows) => rows.Select(n => values[n]).RootMeanSquare();

    /// <summary>Values of a network at rows, without a prior.</summary>
    private sealed class StageProblem(Network network, double[] inputs, double[] targets) : LeastSquares
    {
        private readonly DerivativeStreams _streams = new(network, StreamPlan.Values, inputs.Length);

        public override int ResidualCount => targets.Length;

        public override void Evaluate(double[] parameters, double[] residuals, Span<double> jacobian)
        {
            _streams.Forward(parameters, inputs, [1]);
            for (int n = 0; n < targets.Length; n++)
            {
                residuals[n] = _streams[n, 0, 0] - targets[n];
            }

            if (jacobian.IsEmpty)
            {
                return;
            }

            jacobian.Clear();
            PassBack(_ => 1);
            for (int n = 0; n < targets.Length; n++)
            {
                _streams.AddGradient(n, jacobian.Slice(n * parameters.Length, parameters.Length));
            }
        }

        /// <summary>Steps of Adam (Kingma and Ba 2014) down the mean square.</summary>
        public void Approach(double[] parameters, int steps, CancellationToken cancellation)
        {
            const double stepSize = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
            double[] residuals = new double[targets.Length], gradient = new double[parameters.Length], first = new double[parameters.Length], second = new double[parameters.Length];
            for (int step = 1; step <= steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                Evaluate(parameters, residuals, []);
                PassBack(n => 2 * residuals[n] / targets.Length);
                Array.Clear(gradient);
                for (int n = 0; n < targets.Length; n++)
                {
                    _streams.AddGradient(n, gradient);
                }

                double corrected = stepSize * Math.Sqrt(1 - Math.Pow(beta2, step)) / (1 - Math.Pow(beta1, step));
                for (int p = 0; p < parameters.Length; p++)
                {
                    first[p] = (beta1 * first[p]) + ((1 - beta1) * gradient[p]);
                    second[p] = (beta2 * second[p]) + ((1 - beta2) * gradient[p] * gradient[p]);
                    parameters[p] -= corrected * first[p] / (Math.Sqrt(second[p]) + epsilon);
                }
            }
        }

        private void PassBack(Func<int, double> adjoint)
        {
            _streams.ClearAdjoints();
            for (int n = 0; n < targets.Length; n++)
            {
                _streams.Adjoints(n, 0)[0] = adjoint(n);
            }

            _streams.Backward();
        }
    }
}
