using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Calibration;

/// <summary>Calibrates an anchored ensemble on its out-of-fold rows: each predicted by the particles not fitted to it.</summary>
/// <param name="training">The rows that the ensemble was trained on.</param>
/// <param name="folds">Of these rows.</param>
/// <param name="transforms">[target]: what they are on the scale of.</param>
internal sealed class Calibrator(Dataset training, Folds folds, IReadOnlyList<TargetTransform> transforms, Device device)
{
    // Enough to estimate a coverage of 95 % to a third of a percent.
    private const int MaxRows = 5000;

    /// <summary>Fits shrinkage, output bounds, noise, epistemic scale and smoothing.</summary>
    /// <returns>
    /// The scores, one per target, are the mean log density over rows, standardised targets, as the whole ensemble would predict them; higher is better. NaN
    /// for a constant target.
    /// </returns>
    public (OutputCalibration Calibration, double[] Scores) Calibrate(Ensemble ensemble, AnchoredEnsemble method)
    {
        OutputCalibration none = OutputCalibration.None(ensemble);
        int[] rows = SampleOfRows(), foldOfRow = [.. rows.Select(folds.Of)];
        Dataset some = training.SelectRows(rows);
        bool[] constant = [.. Enumerable.Range(0, some.TargetCount).Select(training.IsConstant)];
        OutOfFold outOfFold = OutOfFold.Of(ensemble.Outputs(some.Inputs, none.Bounds, none.Shrinkages, device), rows, folds);
        IReadOnlyList<double> shrinkages = method.Shrinkage ? ShrinkageSearch.Find(outOfFold, some, ensemble.TargetScaling, method.Particles) : none.Shrinkages;
        outOfFold = outOfFold.Shrunk(shrinkages, ensemble.TargetScaling);
        OutputBounds[] bounds = [.. none.Bounds];
        if (method.OutputBounds)
        {
            var extremes = new TargetExtremes(training.Targets, folds);
            bounds = outOfFold.FindBounds(some.Targets, extremes, foldOfRow);
            outOfFold = outOfFold.Bounded(bounds, extremes, foldOfRow);
        }

        int targets = ensemble.TargetNames.Count;
        bool shared = ensemble.Likelihood.NoisePrecisions(targets) == 1;
        SpreadCalibration?[] found = outOfFold.Calibrate(some.Targets, ensemble.TargetScaling, shared, transforms, method);
        double[] epistemicScales = [.. none.EpistemicScales], slopes = [.. none.LogSdSlopes];
        float[,] noise = none.NoiseLogPrecisions!;
        double widening = SmallSampleWidening(RelatedRows.Of(some).Blocks(0, rows.Length).Count);
        for (int o = 0; o < targets; o++)
        {
            if (found[o] is { } own)
            {
                (epistemicScales[o], slopes[o]) = (widening * own.EpistemicScale(ensemble.ParticleCount), own.NoiseSlope);
                double[] deviations = own.NoiseStandardDeviations(ensemble.ParticleCount);
                for (int s = 0; s < deviations.Length; s++)
                {
                    noise[s, o] = (float)(-2 * Math.Log(widening * deviations[s]));
                }
            }
        }

        var calibration = new OutputCalibration(epistemicScales, slopes, bounds, noise, shrinkages, [.. Enumerable.Range(0, targets).Select(Smoothing)]);
        return (calibration.WithConstants(constant), [.. found.Select((own, o) => constant[o] || own is null ? double.NaN : own.Value.Score)]);

        double Smoothing(int o) => found[o] is { } own && !constant[o]
            ? SmoothingChoice.Of(
                outOfFold, some.Targets, o, own.NoiseScale * ensemble.TargetScaling.Scale[o], own.Widths(method.Particles),
                new VarianceFunction(ensemble.TargetScaling.Mean[o], ensemble.TargetScaling.Scale[o], own.NoiseSlope).FactorAt, own, method.Particles)
            : 1;
    }

    /// <summary>The training rows, each predicted by the particles not fitted to it, with the whole ensemble's noise and epistemic scale.</summary>
    public PredictiveDistribution Predict(Ensemble ensemble, OutputCalibration calibration) =>
        CalibratedOutOfFold(ensemble, calibration, [.. Enumerable.Range(0, training.RowCount)]).Predict(
            ensemble.TargetNames, calibration, ensemble.NoiseVariances(calibration), ensemble.VarianceFunctions(calibration), transforms);

    /// <summary>Mean CRPS over targets of the same predictions, in standard deviations of each target; of many rows, of an even sample.</summary>
    public double Crps(Ensemble ensemble, OutputCalibration calibration)
    {
        int[] rows = SampleOfRows();
        return CalibratedOutOfFold(ensemble, calibration, rows).Crps(
            training.SelectRows(rows).Targets, ensemble.TargetScaling, calibration.EpistemicScales, ensemble.NoiseVariances(calibration),
            ensemble.VarianceFunctions(calibration));
    }

    /// <summary>How far rows lie from their out-of-fold predictions; of many rows, an even sample.</summary>
    public ConformalScores Conformal(Ensemble ensemble, OutputCalibration calibration)
    {
        int[] rows = SampleOfRows();
        Dataset some = training.SelectRows(rows);
        OutOfFold outOfFold = CalibratedOutOfFold(ensemble, calibration, rows);
        double[,] noise = ensemble.NoiseVariances(calibration);
        VarianceFunction[] functions = ensemble.VarianceFunctions(calibration);
        var scores = new double[rows.Length, some.TargetCount];
        for (int n = 0; n < rows.Length; n++)
        {
            for (int o = 0; o < some.TargetCount; o++)
            {
                (double mean, double deviation) = outOfFold.Predicted(n, o, calibration.EpistemicScales[o], noise, functions[o]);
                double distance = Math.Abs(some.Targets[n, o] - mean);
                scores[n, o] = distance == 0 ? 0 : distance / deviation;
            }
        }

        var weights = new double[rows.Length];
        foreach (RowBlock block in RelatedRows.Of(some).Blocks(0, rows.Length))
        {
            block.Rows.ForEach(row => weights[row] = 1.0 / block.Rows.Count);
        }

        return new ConformalScores(scores, [.. rows.Select(folds.Of)], weights);
    }

    private OutOfFold CalibratedOutOfFold(Ensemble ensemble, OutputCalibration calibration, int[] rows)
    {
        double[,] inputs = training.SelectRows(rows).SelectInputs(ensemble.InputNames);
        OutOfFold outOfFold = OutOfFold.Of(ensemble.Outputs(inputs, calibration.Bounds, calibration.Shrinkages, device), rows, folds);

        // A row at a bound would vouch for itself.
        return training.TargetNames.SequenceEqual(ensemble.TargetNames)
            ? outOfFold.Bounded(calibration.Bounds, new TargetExtremes(training.Targets, folds), [.. rows.Select(folds.Of)])
            : outOfFold;
    }

    /// <summary>
    /// Of a standard deviation that so many independent errors tell, an interval of 95 % is that of Student's t distribution with one degree of freedom fewer.
    /// </summary>
    private static double SmallSampleWidening(int independent) =>
        independent < 2 ? 1 : StudentT.InvCDF(0, 1, independent - 1, 0.975) / Normal.InvCDF(0, 1, 0.975);

    private int[] SampleOfRows()
    {
        int every = (training.RowCount + MaxRows - 1) / MaxRows;
        return [.. Enumerable.Range(0, training.RowCount).Where(row => row % every == 0)];
    }
}
