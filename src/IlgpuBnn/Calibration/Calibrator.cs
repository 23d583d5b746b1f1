using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>Calibrates an anchored ensemble on its out-of-fold rows: each predicted by the particles not fitted to it.</summary>
/// <param name="training">The rows that the ensemble was trained on.</param>
/// <param name="folds">Of these rows.</param>
internal sealed class Calibrator(Dataset training, Folds folds, Device device)
{
    // Enough to estimate a coverage of 95 % to a third of a percent.
    private const int MaxRows = 5000;

    /// <summary>Fits output bounds, noise and epistemic scale.</summary>
    /// <returns>
    /// The score is the mean log density over targets and rows, standardised targets, as the whole ensemble would predict them; higher is better.
    /// </returns>
    public (OutputCalibration Calibration, double Score) Calibrate(Ensemble ensemble, AnchoredEnsemble method)
    {
        OutputCalibration none = OutputCalibration.None(ensemble);
        int[] rows = SampleOfRows();
        Dataset some = training.SelectRows(rows);
        OutOfFold outOfFold = OutOfFold.Of(ensemble.Outputs(some.Inputs, none.Bounds, device), rows, folds);
        OutputBounds[] bounds = [.. none.Bounds];
        if (method.OutputBounds)
        {
            var extremes = new TargetExtremes(training.Targets, folds);
            int[] foldOfRow = [.. rows.Select(folds.Of)];
            bounds = outOfFold.FindBounds(some.Targets, extremes, foldOfRow);
            outOfFold = outOfFold.Bounded(bounds, extremes, foldOfRow);
        }

        int targets = ensemble.TargetNames.Count;
        bool shared = ensemble.Likelihood.NoisePrecisions(targets) == 1;
        SpreadCalibration?[] found = outOfFold.Calibrate(some.Targets, ensemble.TargetScaling, shared, method);
        double[] epistemicScales = [.. none.EpistemicScales], slopes = [.. none.LogSdSlopes];
        float[,] noise = none.NoiseLogPrecisions!;
        for (int o = 0; o < targets; o++)
        {
            if (found[o] is { } own)
            {
                (epistemicScales[o], slopes[o]) = (own.EpistemicScale(ensemble.ParticleCount), own.NoiseSlope);
                double[] deviations = own.NoiseStandardDeviations(ensemble.ParticleCount);
                for (int s = 0; s < deviations.Length; s++)
                {
                    noise[s, o] = (float)(-2 * Math.Log(deviations[s]));
                }
            }
        }

        return (new OutputCalibration(epistemicScales, slopes, bounds, noise), found.Average(own => own?.Score) ?? double.NaN);
    }

    /// <summary>Out-of-fold predictions of all training rows, with the noise and spread of the whole ensemble.</summary>
    public PredictiveDistribution Predict(Ensemble ensemble, OutputCalibration calibration) =>
        BoundedOutOfFold(ensemble, calibration, [.. Enumerable.Range(0, training.RowCount)]).Predict(
            ensemble.TargetNames, calibration.EpistemicScales, ensemble.NoiseVariances(calibration), ensemble.VarianceFunctions(calibration));

    /// <summary>Mean CRPS over targets of these predictions, in standard deviations of each target; an even sample of at most 5,000 rows.</summary>
    public double Crps(Ensemble ensemble, OutputCalibration calibration)
    {
        int[] rows = SampleOfRows();
        return BoundedOutOfFold(ensemble, calibration, rows).Crps(
            training.SelectRows(rows).Targets, ensemble.TargetScaling, calibration.EpistemicScales, ensemble.NoiseVariances(calibration),
            ensemble.VarianceFunctions(calibration));
    }

    private OutOfFold BoundedOutOfFold(Ensemble ensemble, OutputCalibration calibration, int[] rows)
    {
        double[,] inputs = training.SelectRows(rows).SelectInputs(ensemble.InputNames);
        OutOfFold outOfFold = OutOfFold.Of(ensemble.Outputs(inputs, calibration.Bounds, device), rows, folds);

        // Bounds without the row's own fold: an extreme row would otherwise set its own bound.
        return training.TargetNames.SequenceEqual(ensemble.TargetNames)
            ? outOfFold.Bounded(calibration.Bounds, new TargetExtremes(training.Targets, folds), [.. rows.Select(folds.Of)])
            : outOfFold;
    }

    private int[] SampleOfRows()
    {
        int every = (training.RowCount + MaxRows - 1) / MaxRows;
        return [.. Enumerable.Range(0, training.RowCount).Where(row => row % every == 0)];
    }
}
