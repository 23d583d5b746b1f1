using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Training;

/// <summary>Scores particles on rows held out for early stopping.</summary>
internal sealed class ValidationRows : IDisposable
{
    // Cells times particles: what one core does before another has begun.
    private const int SmallestShared = 1 << 14;

    private readonly Device _device;
    private readonly ParameterLayout _layout;
    private readonly DeviceBuffer _networks;
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
        (_device, _layout, _networks) = (device, layout, particles);
        (_shape, _likelihood, _classes, _targets, _particles, _team) = (layout.Shape, likelihood, classes, targets, count, team);
        _noiseWidths = likelihood.Widths(count);
        _rows = DeviceRows.Upload(device, inputs, targets);
        _outputs = new EnsembleOutputs(device, layout, particles, team.Share.CountOf(count), _rows.Rows);
    }

    /// <summary>Mean log score over all present, standardised targets; for the squared error, minus its mean; for classes, minus their log loss.</summary>
    public double Score()
    {
        _outputs.Compute(_rows);
        float[] values = _team.Gather(_outputs.Values, _shape.Outputs.Count * _outputs.Stride, _particles);
        if (_classes is not null)
        {
            return ScoreOfClasses(_classes, values);
        }

        (double[] Values, double[] Logarithms)[] deviations = [.. DeviationsOfOutputs().Select(own => (own, Array.ConvertAll(own, Math.Log)))];
        var scores = new double[_shape.Outputs.Count * _rows.Rows];
        Pieces.ForEach(scores.Length, Math.Max(SmallestShared / _particles, 1), (first, count) =>
        {
            var means = new double[_particles];
            for (int cell = first; cell < first + count; cell++)
            {
                scores[cell] = Score(values, deviations, cell / _rows.Rows, cell % _rows.Rows, means);
            }
        });

        // In the order of the cells, whoever computed them.
        double sum = 0;
        int present = 0;
        for (int cell = 0; cell < scores.Length; cell++)
        {
            if (!double.IsNaN(_targets[cell % _rows.Rows, cell / _rows.Rows]))
            {
                present++;
                sum += scores[cell];
            }
        }

        return sum / present;
    }

    /// <summary>[output]: standard deviations of the particles' noise; empty where there is none.</summary>
    private double[][] DeviationsOfOutputs()
    {
        if (!_likelihood.IsDistribution)
        {
            return [];
        }

        float[] logPrecisions = _layout.LogPrecisions(_device, _networks);
        var deviations = new double[_shape.Outputs.Count][];
        for (int o = 0; o < deviations.Length; o++)
        {
            double[] own = new double[_outputs.Particles];
            for (int k = 0; k < own.Length; k++)
            {
                // Finite also where a training diverges and its gradients do not tell yet.
                double logPrecision = _layout.LogNoisePrecision(logPrecisions, k * _layout.PrecisionCount, o, 0);
                own[k] = Math.Min(_noiseWidths[_team.Share.Particle(k)] * Math.Exp(-0.5 * logPrecision), double.MaxValue);
            }

            deviations[o] = _team.Gather(own, 1, _particles);
        }

        return deviations;
    }

    /// <summary>Of a cell: its log density, or minus its squared error.</summary>
    /// <param name="means">[particle]; overwritten.</param>
    private double Score(float[] values, (double[] Values, double[] Logarithms)[] deviations, int output, int row, double[] means)
    {
        double y = _targets[row, output];
        if (double.IsNaN(y))
        {
            return double.NaN;
        }

        for (int s = 0; s < means.Length; s++)
        {
            means[s] = values[At(s, output) + row];
        }

        return _likelihood.IsDistribution ? GaussianMixture.LogDensity(y, means, deviations[output].Values, deviations[output].Logarithms) : -(y - means[0]) * (y - means[0]);
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
