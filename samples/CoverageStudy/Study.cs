using System.Collections.Concurrent;
using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace CoverageStudy;

/// <summary>Trains with the library's defaults on tables of many kinds, and counts how many new rows the intervals hold.</summary>
internal static class Study
{
    /// <summary>The mixture that is predicted for a test row.</summary>
    internal delegate GaussianMixture RowMixture(int row);

    /// <summary>Of one training. Log densities and the width of the 95 % intervals are in standard deviations of the test rows' targets.</summary>
    internal readonly record struct Result(
        double R2, double Coverage95, double Coverage50, double LogScore, double Width95, double SmallestLogDensity, double Seconds);

    /// <summary>One family and number of rows: median R2, smallest log density, and means of the others over seeds.</summary>
    internal sealed record Cell(string Family, int Rows, Result Over);

    /// <summary>Cells in the order of families, then sizes, each as soon as it and those before it are done.</summary>
    /// <param name="threads">Trainings at a time, each on a device of one thread.</param>
    public static IEnumerable<Cell> Run(IEnumerable<Family> families, IReadOnlyList<int> sizes, int seeds, int threads)
    {
        var trainings = families.SelectMany(_ => sizes, (family, rows) => (family, rows))
            .SelectMany(_ => Enumerable.Range(0, seeds), (cell, seed) => (cell.family, cell.rows, seed));
        return Partitioner.Create(trainings, EnumerablePartitionerOptions.NoBuffering).AsParallel().AsOrdered()
            .WithDegreeOfParallelism(threads).WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(training => (training.family, training.rows, result: Train(training.family, training.rows, training.seed)))
            .AsSequential().Chunk(seeds)
            .Select(cell => new Cell(cell[0].family.Name, cell[0].rows, Over([.. cell.Select(training => training.result)])));
    }

    public static Result Train(Family family, int rows, int seed)
    {
        (Table training, Table test) = family.Tables(rows, seed);
        using Device device = DeviceCatalog.OpenCpu(1);
        var data = new Dataset(training.Inputs, training.Targets, sourceName: family.Name, groups: training.Groups);
        BayesianNetwork model = BayesianNetwork.Fit(data, new TrainingOptions { Seed = seed }, device);
        using Predictor predictor = model.CreatePredictor(device);
        double[] inputs = new double[data.InputCount];
        Result result = Score(test.Targets, row =>
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] = test.Inputs[row, i];
            }

            return predictor.Predict(inputs).Mixture();
        });
        return result with { Seconds = model.Report.Elapsed.TotalSeconds };
    }

    /// <summary>All but the seconds.</summary>
    public static Result Score(double[] targets, RowMixture predict)
    {
        double mean = targets.Average(), variance = targets.Average(y => (y - mean) * (y - mean)), sd = Math.Sqrt(variance);
        double squares = 0, logScore = 0, width = 0, smallest = double.PositiveInfinity;
        int within95 = 0, within50 = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            double y = targets[row];
            GaussianMixture mixture = predict(row);
            double probability = mixture.Cdf(y), logDensity = mixture.LogDensity(y) + Math.Log(sd);
            squares += (y - mixture.Mean) * (y - mixture.Mean);
            within95 += probability is >= 0.025 and <= 0.975 ? 1 : 0;
            within50 += probability is >= 0.25 and <= 0.75 ? 1 : 0;
            logScore += logDensity;
            width += (mixture.Quantile(0.975) - mixture.Quantile(0.025)) / sd;
            smallest = Math.Min(smallest, logDensity);
        }

        double rows = targets.Length;
        return new Result(1 - (squares / rows / variance), within95 / rows, within50 / rows, logScore / rows, width / rows, smallest, 0);
    }

    public static Result Over(Result[] seeds)
    {
        double[] sorted = [.. seeds.Select(seed => seed.R2).Order()];
        return new Result(
            (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, seeds.Average(seed => seed.Coverage95), seeds.Average(seed => seed.Coverage50),
            seeds.Average(seed => seed.LogScore), seeds.Average(seed => seed.Width95), seeds.Min(seed => seed.SmallestLogDensity),
            seeds.Average(seed => seed.Seconds));
    }
}
