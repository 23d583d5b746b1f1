using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>Of each stage.</summary>
internal sealed record StageSettings(IReadOnlyList<int> HiddenUnits, int AdamSteps, int MaxSteps, int Seed);

/// <summary>One stage of a multi-stage network: how it starts, and what it is fitted to.</summary>
/// <param name="targets">[row], of order 1.</param>
internal sealed class StageFit(StagePoints points, StageStart start, double[] targets, StageSettings settings)
{
    /// <summary>Factor of the first layer's sines; 0 where it has tanh units.</summary>
    public double Kappa { get; } = Math.Clamp(start.Frequency, 0, FourierFeatures.MaxKappa);

    /// <summary>From random weights of this number.</summary>
    public (Network Network, double[] Parameters) Run(int number, CancellationToken cancellation)
    {
        IReadOnlyList<int> units = settings.HiddenUnits;
        Layer first = Kappa > 0 ? new Sine(units[0], Kappa) : new Dense(units[0], Activation.Tanh);
        var network = new Network(points.Inputs, [first, .. units.Skip(1).Select(own => new Dense(own, Activation.Tanh))], 1);
        double[] parameters = Draw(network, RandomStreams.Open(settings.Seed, RandomStreams.Purpose.Particles, number));
        for (int unit = 0; unit < start.Waves.Count; unit++)
        {
            // sin(u + pi/2) = cos u.
            PlaneWave wave = start.Waves[unit];
            int weights = network.Blocks[0].Offset;
            (parameters[weights + unit], parameters[weights + units[0] + unit]) = (wave.X / Kappa, wave.Y / Kappa);
            parameters[network.Blocks[1].Offset + unit] = wave.Phase + (Math.PI / 2);
        }

        int width = points.Inputs;
        var problem = new StageProblem(
            network, [.. points.Training.SelectMany(n => points.Scaled.AsSpan(n * width, width).ToArray())], [.. points.Training.Select(n => targets[n])])
        {
            Anchors = new double[parameters.Length],
            Precisions = new double[parameters.Length],
        };
        problem.Approach(parameters, settings.AdamSteps, cancellation);
        LevenbergMarquardt.Minimise(problem, parameters, settings.MaxSteps, 1e-8, cancellation);
        return (network, parameters);
    }

    /// <summary>A network's output at points.</summary>
    /// <param name="scaled">[row, input].</param>
    public static double[] Outputs(Network network, double[] parameters, double[] scaled)
    {
        int rows = scaled.Length / network.Inputs;
        var streams = new DerivativeStreams(network, StreamPlan.Values, rows);
        streams.Forward(parameters, scaled, []);
        return [.. Enumerable.Range(0, rows).Select(n => streams[n, 0, 0])];
    }

    /// <summary>Glorot's weights, of the sines' layer of deviation 1: kappa times that is the frequency. Biases at 0, with which no stage stalled.</summary>
    private double[] Draw(Network network, Random random)
    {
        var parameters = new double[network.WeightCount];
        foreach (ParameterBlock block in network.Blocks.Where(own => own.Role == ParameterRole.Weight))
        {
            double deviation = Math.Sqrt(2.0 / (block.Shape[0] + block.Shape[1]));
            bool ofSines = Kappa > 0 && block.Offset == network.Blocks[0].Offset;
            for (int p = block.Offset; p < block.End; p++)
            {
                parameters[p] = Normal.Sample(random, 0, deviation) / (ofSines ? deviation : 1);
            }
        }

        return parameters;
    }

    /// <summary>Values of a network at rows, without a prior.</summary>
    private sealed class StageProblem(Network network, double[] inputs, double[] targets) : LeastSquares
    {
        private readonly DerivativeStreams _streams = new(network, StreamPlan.Values, targets.Length);

        public override int ResidualCount => targets.Length;

        public override void Evaluate(double[] parameters, double[] residuals, Span<double> jacobian)
        {
            _streams.Forward(parameters, inputs, []);
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
