using IlgpuBnn.Prediction;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace IlgpuBnn.Calibration;

/// <summary>How far training rows lay from what the particles not fitted to them predicted: what intervals with a guarantee are made of.</summary>
/// <remarks>
/// CV+ by folds (Barber, Candes, Ramdas and Tibshirani, "Predictive inference with the jackknife+", Annals of Statistics 49, 2021) with errors in standard deviations
/// of the prediction. Related rows share one vote (Dunn, Wasserman and Ramdas, "Distribution-free prediction sets for two-layer hierarchical models", 2022). Of
/// exchangeable rows, or groups, intervals of level 1 - a hold a new one with probability 1 - 2a at least, for any data and any network, and with 1 - a or nearly in
/// practice. What is found on all rows together (how long to train, the calibration of the standard deviation) is taken as given.
/// </remarks>
/// <param name="Errors">[row, target]: (observed - mean) / standard deviation, on the scale of the target's transform; NaN where missing. Files of earlier versions have sizes only.</param>
/// <param name="Folds">[row]: the fold that each row is in.</param>
/// <param name="Weights">[row]: 1 / number of rows related to it, itself included.</param>
internal sealed record ConformalScores(double[,] Errors, int[] Folds, double[] Weights)
{
    // A few rows far out would decide a correlation.
    private const double MaxError = 4;

    /// <summary>
    /// [target, target]: correlation of the errors, drawn towards independence by q / (q + rows); 1 on the diagonal. Null without signs, as of a file of an earlier version.
    /// </summary>
    public double[,]? Correlation()
    {
        int rows = Folds.Length, targets = Errors.GetLength(1);
        if (!Errors.Cast<double>().Any(own => own < 0))
        {
            return null;
        }

        // Pairs of which one is missing say nothing: a missing error is one of 0, which draws towards independence.
        var clipped = DenseMatrix.Create(rows, targets, (n, o) => double.IsNaN(Errors[n, o]) ? 0 : Math.Clamp(Errors[n, o], -MaxError, MaxError) * Math.Sqrt(Weights[n]));
        Matrix<double> products = clipped.TransposeThisAndMultiply(clipped);
        double shrinkage = targets / (double)(targets + rows);
        var result = new double[targets, targets];
        for (int a = 0; a < targets; a++)
        {
            for (int b = 0; b < targets; b++)
            {
                double scale = Math.Sqrt(products[a, a] * products[b, b]);
                result[a, b] = a == b ? 1 : scale > 0 ? (1 - shrinkage) * products[a, b] / scale : 0;
            }
        }

        return result;
    }

    /// <summary>Interval of one row and target, on the scale of the target's transform; infinite where there are too few rows for the level.</summary>
    /// <param name="folds">[fold]: mean and standard deviation that the particles not fitted to a fold predict.</param>
    public (double Lower, double Upper) Interval(ReadOnlySpan<(double Mean, double Deviation)> folds, int target, double level)
    {
        var lower = new List<(double Value, double Weight)>();
        var upper = new List<(double Value, double Weight)>();
        double total = 0;
        for (int n = 0; n < Folds.Length; n++)
        {
            double score = Math.Abs(Errors[n, target]);
            if (!double.IsNaN(score))
            {
                (double mean, double deviation) = folds[Folds[n]];
                lower.Add((-(mean - (score * deviation)), Weights[n]));
                upper.Add((mean + (score * deviation), Weights[n]));
                total += Weights[n];
            }
        }

        return (-Smallest(lower), Smallest(upper));

        // The new row is one more, and may lie anywhere.
        double Smallest(List<(double Value, double Weight)> values)
        {
            double needed = level * (total + 1) * (1 - 1e-12), sum = 0;
            values.Sort();
            foreach ((double value, double weight) in values)
            {
                sum += weight;
                if (sum >= needed)
                {
                    return value;
                }
            }

            return double.PositiveInfinity;
        }
    }

    /// <summary>Intervals of new rows: [row, target], on the scale of the targets' transforms.</summary>
    /// <param name="outputs">[particle, row, target], shrunk and bounded.</param>
    public (double[,] Lower, double[,] Upper) Intervals(double[,,] outputs, Ensemble ensemble, OutputCalibration calibration, int folds, double level)
    {
        int rows = outputs.GetLength(1), targets = outputs.GetLength(2);
        double[,] lower = new double[rows, targets], upper = new double[rows, targets];
        OutOfFold[] each = [.. Enumerable.Range(0, folds).Select(fold => OutOfFold.OfFold(outputs, fold, folds))];
        double[] noise = OutOfFold.MeanNoise(ensemble.NoiseVariances(calibration));
        VarianceFunction[] functions = ensemble.VarianceFunctions(calibration);
        Parallel.For(0, rows, n =>
        {
            Span<(double, double)> own = new (double, double)[folds];
            for (int o = 0; o < targets; o++)
            {
                for (int k = 0; k < folds; k++)
                {
                    own[k] = each[k].Predicted(n, o, calibration.EpistemicScales[o], noise[o], ensemble.ParticleCount, functions[o]);
                }

                (lower[n, o], upper[n, o]) = Interval(own, o, level);
            }
        });
        return (lower, upper);
    }
}
