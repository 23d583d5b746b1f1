using IlgpuBnn.Data;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>Inputs below a threshold of implausibility that are too few to be met by chance: tempered sequential Monte Carlo closes in on them.</summary>
internal static class RareInputs
{
    private const int Runs = 4, DrawsPerRun = 1024, KeptSweeps = 3;

    // exp(-Sharpness (I - threshold)): next to nothing stays above the threshold, and those draws are left out.
    private const double Sharpness = 30;

    /// <returns>The draws below the threshold, and the share of the inputs' distributions that they stand for, with its standard error over four runs.</returns>
    public static (ImplausiblePoints Points, double Volume, double Error) Find(
        Implausibility implausibility, InputDistributions inputs, HistoryMatchingOptions options, CancellationToken cancellation)
    {
        var sampler = new TemperedSampler(
            inputs.Free.Count, draws => [.. implausibility.At(inputs.Whole(draws), cancellation).Values.Select(own => -Sharpness * Math.Max(0, own - options.Threshold))]);
        var volumes = new double[Runs];
        var kept = new List<double[,]>();
        for (int k = 0; k < Runs; k++)
        {
            TemperedRun run = sampler.Run(DrawsPerRun, options.Seed, k, cancellation);
            volumes[k] = Math.Exp(run.LogEvidence) * run.Sweeps.Average(sweep => sweep.LogLikelihood.Count(own => own == 0) / (double)DrawsPerRun);
            for (int part = 1; part <= KeptSweeps; part++)
            {
                (double[,] draws, double[] likelihood) = run.Sweeps[(part * run.Sweeps.Count / KeptSweeps) - 1];
                kept.Add(Dataset.CopyRows(draws, [.. Enumerable.Range(0, DrawsPerRun).Where(n => likelihood[n] == 0)]));
            }
        }

        double[,] cube = TemperedSampler.ToCube(ParameterCalibration.Stacked([.. kept]));
        return (implausibility.At(inputs.Whole(cube), cancellation), volumes.Average(), volumes.StandardDeviation() / Math.Sqrt(Runs));
    }
}
