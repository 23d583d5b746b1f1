using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Inference;

/// <summary>Rows that take no part in the training and tell when to stop.</summary>
internal sealed class HeldOutRows : IDisposable
{
    private readonly ParameterLayout _layout;
    private readonly bool _deterministic;
    private readonly double[] _noiseWidths;
    private readonly double[,] _targets;
    private readonly DeviceRows _rows;
    private readonly EnsembleOutputs _outputs;

    /// <param name="inputs">[row, input], scaled.</param>
    /// <param name="targets">[row, output], scaled, NaN where missing.</param>
    public HeldOutRows(
        Device device, ParameterLayout layout, DeviceBuffer particles, int count, double[,] inputs, double[,] targets, bool deterministic,
        double? degreesOfFreedom)
    {
        (_layout, _targets, _deterministic) = (layout, targets, deterministic);
        _noiseWidths = StudentsT.WidthOfEach(count, degreesOfFreedom);
        _rows = DeviceRows.Upload(device, inputs, targets);
        _outputs = new EnsembleOutputs(device, layout, particles, count, _rows.Rows);
    }

    /// <summary>Mean log score over all present targets, scaled units; for a deterministic network minus the mean squared error.</summary>
    /// <param name="particles">theta [S, stride], the same as on the device.</param>
    public double Score(ReadOnlySpan<float> particles)
    {
        _outputs.Compute(_rows);
        double sum = 0;
        int present = 0;
        var standardDeviations = new double[_outputs.Particles];
        var means = new double[_outputs.Particles];
        for (int o = 0; o < _layout.Outputs; o++)
        {
            for (int s = 0; s < means.Length; s++)
            {
                standardDeviations[s] = _noiseWidths[s] * Math.Exp(-0.5 * particles[(s * _layout.Stride) + _layout.NoiseIndex(o)]);
            }

            for (int n = 0; n < _rows.Rows; n++)
            {
                double y = _targets[n, o];
                if (double.IsNaN(y))
                {
                    continue;
                }

                for (int s = 0; s < means.Length; s++)
                {
                    means[s] = _outputs.Of(s, o)[n];
                }

                present++;
                sum += _deterministic ? -(y - means[0]) * (y - means[0]) : new GaussianMixture(means, standardDeviations).LogDensity(y);
            }
        }

        return sum / present;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _outputs.Dispose();
    }
}
