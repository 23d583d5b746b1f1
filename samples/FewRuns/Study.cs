using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace FewRuns;

/// <summary>A few of the runs to train on, all test rows to judge by.</summary>
internal sealed class Study(Dataset pool, Dataset test, Func<int, TrainingOptions> options)
{
    /// <summary>Of each target: R2, CRPS in standard deviations of the training rows, log score of such units, coverage of two intervals.</summary>
    internal readonly record struct TargetResult(double R2, double Crps, double LogScore, double Coverage90, double Coverage95);

    /// <summary>Of one training: each target, and the seconds.</summary>
    internal sealed record Result(TargetResult[] Targets, double Seconds)
    {
        public double Median(Func<TargetResult, double> score) => MedianOf([.. Targets.Select(score)]);
    }

    /// <summary>One training for each seed, several at once.</summary>
    /// <param name="rows">Training rows, drawn anew for each seed.</param>
    public Result[] Run(int rows, int seeds)
    {
        var results = new Result[seeds];
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            using Device device = DeviceCatalog.OpenCpu(1);
            Dataset training = rows == pool.RowCount ? pool : pool.SplitRandom(rows, seed).HeldOut;
            BayesianNetwork model = BayesianNetwork.Fit(training, options(seed), device);
            results[seed] = new Result(Score(model.Predict(test, device), Standardisation.Fit(training.Targets)), model.Report.Elapsed.TotalSeconds);
        });
        return results;
    }

    public static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private TargetResult[] Score(PredictiveDistribution prediction, Standardisation scaling)
    {
        Scores scores = Scores.Evaluate(prediction, test.Targets);
        double[,] pit = prediction.Pit(test.Targets);
        return
        [
            .. scores.PerTarget.Select((score, o) =>
            {
                double[] own = [.. Enumerable.Range(0, test.RowCount).Select(n => pit[n, o]).Where(value => !double.IsNaN(value))];
                return new TargetResult(
                    score.R2, score.Crps / scaling.Scale[o], score.LogScore + Math.Log(scaling.Scale[o]),
                    own.Count(value => Math.Abs(value - 0.5) <= 0.45) / (double)own.Length, score.Coverage95);
            }),
        ];
    }
}
