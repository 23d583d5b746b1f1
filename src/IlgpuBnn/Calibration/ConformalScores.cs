using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>How far training rows lay from what the particles not fitted to them predicted: what intervals with a guarantee are made of.</summary>
/// <remarks>
/// CV+ by folds (Barber, Candes, Ramdas and Tibshirani, "Predictive inference with the jackknife+", Annals of Statistics 49, 2021) with errors in standard deviations
/// of the prediction. Related rows share one vote (Dunn, Wasserman and Ramdas, "Distribution-free prediction sets for two-layer hierarchical models", 2022). Of
/// exchangeable rows, or groups, intervals of level 1 - a hold a new one with probability 1 - 2a at least, for any data and any network, and with 1 - a or nearly in
/// practice. What is found on all rows together (how long to train, the calibration of the standard deviation) is taken as given.
/// </remarks>
/// <param name="Scores">[row, target]: |observed - mean| / standard deviation, on the scale of the target's transform; NaN where missing.</param>
/// <param name="Folds">[row]: the fold that each row is in.</param>
/// <param name="Weights">[row]: 1 / number of rows related to it, itself included.</param>
internal sealed record ConformalScores(double[,] Scores, int[] Folds, double[] Weights)
{
    /// <summary>Interval of one row and target, on the scale of the target's transform; infinite where there are too few rows for the level.</summary>
    /// <param name="folds">[fold]: mean and standard deviation that the particles not fitted to a fold predict.</param>
    public (double Lower, double Upper) Interval(ReadOnlySpan<(double Mean, double Deviation)> folds, int target, double level)
    {
        var lower = new List<(double Value, double Weight)>();
        var upper = new List<(double Value, double Weight)>();
        double total = 0;
        for (int n = 0; n < Folds.Length; n++)
        {
            if (!double.IsNaN(Scores[n, target]))
            {
                (double mean, double deviation) = folds[Folds[n]];
                lower.Add((-(mean - (Scores[n, target] * deviation)), Weights[n]));
                upper.Add((mean + (Scores[n, target] * deviation), Weights[n]));
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
        double[,] noise = ensemble.NoiseVariances(calibration);
        VarianceFunction[] functions = ensemble.VarianceFunctions(calibration);
        Parallel.For(0, rows, n =>
        {
            Span<(double, double)> own = new (double, double)[folds];
            for (int o = 0; o < targets; o++)
            {
                for (int k = 0; k < folds; k++)
                {
                    own[k] = each[k].Predicted(n, o, calibration.EpistemicScales[o], noise, functions[o]);
                }

                (lower[n, o], upper[n, o]) = Interval(own, o, level);
            }
        });
        return (lower, upper);
    }
}
