using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;

namespace IlgpuBnn.Prediction;

/// <summary>Derivatives of an ensemble's targets by its inputs: the chain rule from encodings through networks to transforms.</summary>
internal sealed class NetworkGradients(Ensemble ensemble, OutputCalibration calibration, TableEncoding encoding)
{
    private const int RowsAtATime = 128;

    private readonly StreamPlan _plan = new(Enumerable.Range(0, ensemble.InputNames.Count), []);

    // [input]: its feature, where it has one.
    private readonly int[] _features = [.. encoding.Inputs.Select((_, i) => encoding.Inputs.Take(i).Sum(own => own.Width))];

    /// <param name="inputs">[row, input], raw units.</param>
    /// <exception cref="ArgumentException">The networks have fields.</exception>
    public InputGradients At(double[,] inputs)
    {
        DerivativeStreams.RequireDense(ensemble.Layout.Network);
        int rows = inputs.GetLength(0), width = inputs.GetLength(1), targets = ensemble.TargetNames.Count;
        double[,] features = encoding.EncodeInputs(inputs);
        double[,,] mean = new double[rows, targets, width], deviation = new double[rows, targets, width];
        for (int first = 0; first < rows; first += RowsAtATime)
        {
            int count = Math.Min(RowsAtATime, rows - first), start = first;
            var outputs = new double[ensemble.ParticleCount][,];
            var gradients = new double[ensemble.ParticleCount][,,];
            Parallel.For(0, ensemble.ParticleCount, s => (outputs[s], gradients[s]) = OfParticle(s, features, start, count));
            Parallel.For(0, count, row => Combine(outputs, gradients, inputs, row, start + row, mean, deviation));
        }

        return new InputGradients(mean, deviation);
    }

    /// <summary>[row, target] on the scale of the transforms, and [row, target, feature].</summary>
    private (double[,] Outputs, double[,,] Gradients) OfParticle(int particle, double[,] features, int first, int count)
    {
        int stride = ensemble.Layout.Stride, width = features.GetLength(1);
        double[] parameters = Array.ConvertAll(ensemble.Particles.AsSpan(particle * stride, stride).ToArray(), own => (double)own), scaled = new double[count * width];
        for (int k = 0; k < scaled.Length; k++)
        {
            // As devices see them.
            scaled[k] = ensemble.ScaledInput(features[first + (k / width), k % width], first + (k / width), k % width);
        }

        var streams = new DerivativeStreams(ensemble.Layout.Network, _plan, count);
        streams.Forward(parameters, scaled, [.. Enumerable.Range(0, width).Select(i => 1 / ensemble.InputScaling.Scale[i])]);
        int targets = ensemble.TargetNames.Count;
        var (outputs, gradients) = (new double[count, targets], new double[count, targets, width]);
        var decoded = new double[targets];
        for (int row = 0; row < count; row++)
        {
            Decode(0);
            for (int o = 0; o < targets; o++)
            {
                outputs[row, o] = ensemble.TargetScaling.Mean[o] + (Scale(o) * decoded[o]);
            }

            for (int i = 0; i < width; i++)
            {
                Decode(1 + i);
                for (int o = 0; o < targets; o++)
                {
                    // 0 where it is cut off.
                    OutputBounds bounds = calibration.Bounds[o];
                    gradients[row, o, i] = outputs[row, o] > bounds.Lower && outputs[row, o] < bounds.Upper ? Scale(o) * decoded[o] : 0;
                }
            }

            for (int o = 0; o < targets; o++)
            {
                outputs[row, o] = calibration.Bounds[o].Clamp(outputs[row, o]);
            }

            void Decode(int stream)
            {
                if (ensemble.Components is null)
                {
                    streams.Outputs(row, stream).CopyTo(decoded);
                }
                else
                {
                    ensemble.Components.Decode(streams.Outputs(row, stream), particle % ensemble.Components.FoldCount, decoded);
                }
            }
        }

        return (outputs, gradients);

        double Scale(int o) => ensemble.TargetScaling.Scale[o] * calibration.Shrinkages[o];
    }

    /// <summary>Deviations on the calibrated scale, transforms and encodings; then mean and deviation over particles.</summary>
    private void Combine(double[][,] outputs, double[][,,] gradients, double[,] inputs, int row, int at, double[,,] mean, double[,,] deviation)
    {
        int particles = outputs.Length;
        var factors = new double[particles];
        for (int o = 0; o < outputs[0].GetLength(1); o++)
        {
            double scale = calibration.EpistemicScales[o], centre = outputs.Average(own => own[row, o]);
            for (int s = 0; s < particles; s++)
            {
                double value = centre + (scale * (outputs[s][row, o] - centre));
                factors[s] = encoding.Targets[o].InverseDerivative(value);
            }

            for (int i = 0; i < inputs.GetLength(1); i++)
            {
                double derivative = encoding.Inputs[i].Derivative(inputs[at, i]), common = 0, sum = 0, squares = 0;
                int feature = _features[i];
                for (int s = 0; s < particles; s++)
                {
                    common += gradients[s][row, o, feature] / particles;
                }

                for (int s = 0; s < particles; s++)
                {
                    sum += factors[s] * (common + (scale * (gradients[s][row, o, feature] - common))) / particles;
                }

                for (int s = 0; s < particles; s++)
                {
                    double own = (factors[s] * (common + (scale * (gradients[s][row, o, feature] - common)))) - sum;
                    squares += own * own / particles;
                }

                (mean[at, o, i], deviation[at, o, i]) = (derivative * sum, double.IsNaN(derivative) ? double.NaN : Math.Abs(derivative) * Math.Sqrt(squares));
            }
        }
    }
}
