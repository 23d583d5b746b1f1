using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Training;

/// <summary>Scores particles on rows held out for early stopping.</summary>
internal sealed class ValidationRows : IDisposable
{
    private readonly NetworkShape _shape;
    private readonly Likelihood _likelihood;
    private readonly ClassEncoding? _classes;
    private readonly IReadOnlyList<double> _noiseWidths;
    private readonly double[,] _targets;
    private readonly DeviceRows _rows;
    private readonly EnsembleOutputs _outputs;
    private readonly TrainingTeam _team;
    private readonly int _particles;

    /// <param name="particles">theta [particle of the team's share, stride].</param>
    /// <param name="count">S, of all.</param>
    /// <param name="inputs">[row, input], standardised.</param>
    /// <param name="targets">[row, output], standardised, NaN where missing.</param>
    public ValidationRows(
        Device device, ParameterLayout layout, Likelihood likelihood, ClassEncoding? classes, DeviceBuffer particles, int count, TrainingTeam team, double[,] inputs,
        double[,] targets)
    {
        (_shape, _likelihood, _classes, _targets, _particles, _team) = (layout.Shape, likelihood, classes, targets, count, team);
        _noiseWidths = likelihood.Widths(count);
        _rows = DeviceRows.Upload(device, inputs, targets);
        _outputs = new EnsembleOutputs(device, layout, particles, team.Share.CountOf(count), _rows.Rows);
    }

    /// <summary>Mean log score over all present, standardised targets; for the squared error, minus its mean; for classes, minus their log loss.</summary>
    /// <param name="particles">theta [particle of the share, stride], the same as on the device.</param>
    public double Score(ReadOnlySpan<float> particles)
    {
        _outputs.Compute(_rows);
        float[] values = _team.Gather(_outputs.Values, _shape.Outputs.Count * _outputs.Stride, _particles);
        if (_classes is not null)
        {
            return ScoreOfClasses(_classes, values);
        }

        double sum = 0;
        int present = 0;
        double[] means = new double[_particles], own = new double[_outputs.Particles];
        for (int o = 0; o < _shape.Outputs.Count; o++)
        {
            for (int k = 0; k < own.Length && _likelihood.IsDistribution; k++)
            {
                // Finite also where a training diverges and its gradients do not tell yet.
                own[k] = Math.Min(_noiseWidths[_team.Share.Particle(k)] * Math.Exp(-0.5 * particles[(k * _shape.Stride) + _shape.NoiseIndex(o)]), double.MaxValue);
            }

            double[] standardDeviations = _team.Gather(own, 1, _particles);
            for (int n = 0; n < _rows.Rows; n++)
            {
                double y = _targets[n, o];
                if (double.IsNaN(y))
                {
                    continue;
                }

                for (int s = 0; s < means.Length; s++)
                {
                    means[s] = values[At(s, o) + n];
                }

                present++;
                sum += _likelihood.IsDistribution
                    ? new GaussianMixture(means, standardDeviations).LogDensity(y)
                    : -(y - means[0]) * (y - means[0]);
            }
        }

        return sum / present;
    }

    private int At(int particle, int output) => ((particle * _shape.Outputs.Count) + output) * _outputs.Stride;

    private double ScoreOfClasses(ClassEncoding classes, float[] values)
    {
        double sum = 0, weights = 0;
        var outputs = new double[_particles, 1, _shape.Outputs.Count];
        var probabilities = new double[classes.Names.Count];
        for (int n = 0; n < _rows.Rows; n++)
        {
            if (classes.Decode(_targets, n) is not var (label, weight))
            {
                continue;
            }

            for (int s = 0; s < _particles; s++)
            {
                for (int o = 0; o < _shape.Outputs.Count; o++)
                {
                    outputs[s, 0, o] = values[At(s, o) + n];
                }
            }

            ClassProbabilities.Average(outputs, 0, 1, 1, probabilities);
            sum += weight * ClassProbabilities.Log(probabilities[label]);
            weights += weight;
        }

        return sum / weights;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _outputs.Dispose();
    }
}
