using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace FewRuns;

/// <summary>Scores of one target; CRPS and log score in standard deviations of the training rows.</summary>
internal readonly record struct TargetResult(double R2, double Crps, double LogScore, double Coverage90, double Coverage95);

/// <summary>Trains on few rows of a pool, and scores on tables of test rows.</summary>
internal sealed class Study(Dataset pool, IReadOnlyList<Dataset> tests, Func<int, TrainingOptions> options)
{
    /// <summary>Scores of one training: of each table of test rows, each target.</summary>
    internal sealed record Result(TargetResult[][] Tests, double Seconds);

    /// <summary>One training per seed, in parallel.</summary>
    /// <param name="rows">Training rows, drawn for each seed.</param>
    /// <param name="seeds">Number of trainings.</param>
    public Result[] Run(int rows, int seeds)
    {
        var results = new Result[seeds];
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            using Device device = DeviceCatalog.OpenCpu(1);
            Dataset training = rows == pool.RowCount ? pool : pool.SplitRandom(rows, seed).HeldOut;
            BayesianNetwork model = BayesianNetwork.Fit(training, options(seed), device);
            results[seed] = new Result([.. tests.Select(test => Score(model.Predict(test, device), test, Standardisation.Fit(training.Targets)))], model.Report.Elapsed.TotalSeconds);
        });
        return results;
    }

    private static TargetResult[] Score(PredictiveDistribution prediction, Dataset test, Standardisation scaling)
    {
        CalibrationCurve calibration = CalibrationCurve.Evaluate(prediction, test.Targets);
        int level90 = calibration.NominalLevels.ToList().IndexOf(0.9);
        return
        [
            .. Scores.Evaluate(prediction, test.Targets).PerTarget.Select((score, o) => new TargetResult(
                score.R2, score.Crps / scaling.Scale[o], score.LogScore + Math.Log(scaling.Scale[o]), calibration.ObservedShares[level90, o], score.Coverage95)),
        ];
    }
}
