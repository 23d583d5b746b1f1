using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Prediction;

/// <summary>What the particles that left a row out say about it.</summary>
/// <param name="outputs">[particle, row, target], raw units; as many particles for every row.</param>
internal sealed class OutOfFold(double[,,] outputs)
{
    private static readonly double[] _quantiles = StandardQuantiles(20);

    private readonly int _particles = outputs.GetLength(0);

    /// <summary>Of all particles' outputs [particle, row, target], those of the particles that left the row out.</summary>
    /// <param name="rows">For each row its number among the training rows.</param>
    public static OutOfFold Of(double[,,] all, ReadOnlySpan<int> rows, Folds folds)
    {
        var own = new double[all.GetLength(0) / folds.Count, all.GetLength(1), all.GetLength(2)];
        for (int k = 0; k < own.GetLength(0); k++)
        {
            for (int n = 0; n < rows.Length; n++)
            {
                for (int o = 0; o < own.GetLength(2); o++)
                {
                    own[k, n, o] = all[folds.ParticleWithout(rows[n], k), n, o];
                }
            }
        }

        return new OutOfFold(own);
    }

    /// <summary>One calibration per target.</summary>
    /// <param name="targets">[row, target], raw units, NaN where missing.</param>
    /// <param name="scales">Standard deviation of each target, raw units.</param>
    /// <param name="noise">Shared: one calibration for all targets together.</param>
    /// <returns>In standard deviations of a target; null for a target without a value.</returns>
    public SpreadCalibration?[] Calibrate(double[,] targets, IReadOnlyList<double> scales, NoisePrecision noise)
    {
        var result = new SpreadCalibration?[scales.Count];
        if (noise == NoisePrecision.Shared)
        {
            Array.Fill(result, Calibrate(targets, scales, [.. Enumerable.Range(0, scales.Count)]));
            return result;
        }

        Parallel.For(0, result.Length, o => result[o] = Calibrate(targets, scales, [o]));
        return result;
    }

    /// <summary>For every row and target the normal distribution that the calibration is about, as particles at quantiles of equal weight.</summary>
    /// <remarks>Not the few particles themselves: their mixture has not the shape that the whole ensemble's has.</remarks>
    /// <param name="calibrations">In standard deviations of a target.</param>
    /// <param name="scales">Standard deviation of each target, raw units.</param>
    public PredictiveDistribution Predict(IReadOnlyList<string> targetNames, IReadOnlyList<SpreadCalibration> calibrations, IReadOnlyList<double> scales)
    {
        int rows = outputs.GetLength(1);
        var points = new double[_quantiles.Length, rows, scales.Count];
        var noiseVariances = new double[_quantiles.Length, scales.Count];
        for (int o = 0; o < scales.Count; o++)
        {
            for (int n = 0; n < rows; n++)
            {
                (double mean, double variance) = Moments(n, o);
                double deviation = Math.Sqrt(variance * (calibrations[o].CommonVariance + (1.0 / _particles)));
                for (int k = 0; k < _quantiles.Length; k++)
                {
                    points[k, n, o] = mean + (deviation * _quantiles[k]);
                }
            }

            for (int k = 0; k < _quantiles.Length; k++)
            {
                noiseVariances[k, o] = Math.Pow(calibrations[o].NoiseStandardDeviation * scales[o], 2);
            }
        }

        return new PredictiveDistribution(targetNames, points, noiseVariances);
    }

    /// <summary>Quantiles of the standard normal distribution in the middle of equal shares, stretched to variance 1.</summary>
    private static double[] StandardQuantiles(int count)
    {
        double[] quantiles = [.. Enumerable.Range(0, count).Select(k => Normal.InvCDF(0, 1, (k + 0.5) / count))];
        double deviation = Math.Sqrt(quantiles.Average(z => z * z));
        return [.. quantiles.Select(z => z / deviation)];
    }

    private SpreadCalibration? Calibrate(double[,] targets, IReadOnlyList<double> scales, ReadOnlySpan<int> columns)
    {
        var residuals = new List<double>();
        var variances = new List<double>();
        foreach (int o in columns)
        {
            for (int n = 0; n < targets.GetLength(0); n++)
            {
                if (!double.IsNaN(targets[n, o]))
                {
                    (double mean, double variance) = Moments(n, o);
                    residuals.Add((targets[n, o] - mean) / scales[o]);
                    variances.Add(variance / (scales[o] * scales[o]));
                }
            }
        }

        return residuals.Count == 0 ? null : SpreadCalibration.Fit(residuals.ToArray(), variances.ToArray(), _particles);
    }

    private (double Mean, double Variance) Moments(int row, int target)
    {
        double mean = 0, squares = 0;
        for (int k = 0; k < _particles; k++)
        {
            mean += outputs[k, row, target] / _particles;
        }

        for (int k = 0; k < _particles; k++)
        {
            squares += (outputs[k, row, target] - mean) * (outputs[k, row, target] - mean);
        }

        return (mean, squares / (_particles - 1));
    }
}
