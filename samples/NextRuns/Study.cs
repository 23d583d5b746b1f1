using IlgpuBnn;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace NextRunsStudy;

/// <summary>Lets a table of runs grow batch by batch, by chance or by what the model does not know, and scores each model on test rows.</summary>
internal sealed class Study(Dataset pool, Dataset test, int start, int batch, int largest)
{
    /// <summary>Scores of one training: means over targets, errors in standard deviations of the test rows.</summary>
    /// <param name="Expected">Share of the networks' variance that the next batch was expected to remove; NaN for none.</param>
    internal readonly record struct Step(double Rmse, double Crps, double Coverage95, double Expected);

    /// <summary>Numbers of rows that are trained on.</summary>
    public IReadOnlyList<int> Sizes => [.. Enumerable.Range(0, ((largest - start) / batch) + 1).Select(k => start + (k * batch))];

    /// <summary>[seed][size], in parallel.</summary>
    public Step[][] Run(bool byModel, int seeds)
    {
        var results = new Step[seeds][];
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            using Device device = DeviceCatalog.OpenCpu(1);
            results[seed] = Grow(byModel, seed, device);
        });
        return results;
    }

    private Step[] Grow(bool byModel, int seed, Device device)
    {
        // The same first rows for both.
        int[] order = [.. Enumerable.Range(0, pool.RowCount)];
        new Random(seed).Shuffle(order);
        List<int> rows = [.. order[..start]];
        var steps = new Step[Sizes.Count];
        for (int k = 0; k < steps.Length; k++)
        {
            BayesianNetwork model = BayesianNetwork.Fit(pool.SelectRows([.. rows]), new TrainingOptions { Seed = seed }, device);
            double expected = double.NaN;
            if (k < steps.Length - 1)
            {
                int[] left = [.. order.Where(row => !rows.Contains(row))];
                NextRuns? next = byModel
                    ? NextRuns.Of(model, options: new NextRunsOptions { Runs = batch, Candidates = pool.SelectRows(left).Inputs, Seed = seed }, device: device)
                    : null;
                expected = next?.ShareRemoved ?? double.NaN;
                rows.AddRange(next?.Candidates.Select(candidate => left[candidate]) ?? left[..batch]);
            }

            steps[k] = Score(model.Predict(test, device), expected);
        }

        return steps;
    }

    private Step Score(PredictiveDistribution prediction, double expected)
    {
        IReadOnlyList<TargetScores> scores = Scores.Evaluate(prediction, test.Targets).PerTarget;
        IReadOnlyList<double> scale = Standardisation.Fit(test.Targets).Scale;
        return new Step(
            scores.Select((own, o) => own.Rmse / scale[o]).Average(), scores.Select((own, o) => own.Crps / scale[o]).Average(), scores.Average(own => own.Coverage95), expected);
    }
}
