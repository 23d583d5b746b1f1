using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Training;

/// <summary>Chooses how many principal components of the targets networks learn: as many as were asked for, or what out-of-fold rows say.</summary>
/// <remarks>
/// One short training on the components that hold most of the variance tells the error of all smaller numbers: of orthogonal components, the error in targets is a
/// sum over components. Of targets that are few, another one without components is compared.
/// </remarks>
internal static class ComponentSelection
{
    private const double Share = 0.999;
    private const int MostComponents = 50;
    private const int MostDirectTargets = 100;

    // Whose out-of-fold rows tell how long to train, and which encodings of inputs help.
    private const int MostScoredTargets = 50;

    /// <exception cref="ArgumentException">There are fewer rows or targets than components.</exception>
    /// <exception cref="DataException">There is one target that varies, a missing value, or nothing to cross-validate with.</exception>
    public static void RequireUsable(Dataset data, TrainingOptions options)
    {
        if (options.Components is not { } wanted)
        {
            return;
        }

        for (int row = 0; row < data.RowCount; row++)
        {
            for (int o = 0; o < data.TargetCount; o++)
            {
                if (double.IsNaN(data.Targets[row, o]))
                {
                    throw new DataException(
                        data.SourceName, "a missing target, and principal components need all of them. Leave the row or the column out, or train without components.",
                        data.LineNumber(row), data.TargetNames[o]);
                }
            }
        }

        int varying = Enumerable.Range(0, data.TargetCount).Count(o => !data.IsConstant(o)), most = Math.Min(varying, data.RowCount - 1);
        if (varying < 2)
        {
            throw new DataException(
                data.SourceName, $"{(varying == 1 ? "one target that varies" : "no target that varies")}, and principal components are of several. Train without components.");
        }

        if (wanted.Count > most)
        {
            throw new ArgumentException(
                $"{wanted.Count} principal components are wanted; {data.SourceName} has {data.RowCount} rows and {varying} targets that vary. Give at most {most}.");
        }

        if (options.FoldsOf(data).Count == 0)
        {
            throw new DataException(
                data.SourceName, "all rows are related, of one group or with the same inputs: no row can be left out to tell the error of components. Train without components.");
        }
    }

    /// <summary>At most so many components will be used.</summary>
    public static int MostOf(Dataset data, PrincipalComponents wanted) =>
        Math.Clamp(wanted.Count ?? MostComponents, 1, Math.Max(1, Math.Min(data.TargetCount, data.RowCount - 1)));

    /// <summary>An even sample of the targets that vary.</summary>
    public static int[] SomeTargets(Dataset data)
    {
        int[] varying = [.. Enumerable.Range(0, data.TargetCount).Where(o => !data.IsConstant(o))];
        int every = (varying.Length + MostScoredTargets - 1) / MostScoredTargets;
        return [.. varying.Where((_, k) => k % every == 0)];
    }

    /// <returns>Their number, null for none; and what to say of it.</returns>
    /// <param name="trial">Options of a short training.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (int? Count, string Note) Choose(
        Dataset data, TableEncoding encoding, TrainingOptions options, TrainingOptions trial, Device device, CancellationToken cancellation)
    {
        Dataset encoded = encoding.Encode(data);
        double[,] targets = Standardisation.Fit(encoded.Targets).Standardise(encoded.Targets);
        OutputComponents all = OutputComponents.Fit(
            targets, options.FoldsOf(encoded, null, cancellation), options.Components!.Count ?? MostComponents, options.Components.Count is null ? Share : 1);
        if (options.Components.Count is not null)
        {
            return (all.Count, $"The {data.TargetCount} targets are learnt as {all.Count} principal components.");
        }

        double[] errors = ErrorsByCount();
        int best = Array.IndexOf(errors, errors.Min()) + 1;
        double direct = data.TargetCount <= MostDirectTargets ? DirectError() : double.PositiveInfinity;
        string compared = string.Create(
            CultureInfo.InvariantCulture, $"mean square error of out-of-fold rows in a short training: {errors[best - 1]:G3} of the variance with {best} components");
        return direct < errors[best - 1]
            ? (null, string.Create(CultureInfo.InvariantCulture, $"The targets are learnt as they are, not as principal components ({compared}, {direct:G3} without)."))
            : (best, $"The {data.TargetCount} targets are learnt as {best} principal components ({compared}).");

        // Of the first, of the first two, ...
        double[] ErrorsByCount()
        {
            (double[,] predicted, Ensemble ensemble, Folds folds) = Predict(encoding with { ComponentCount = all.Count });
            OutputComponents components = ensemble.Components!;
            var changes = new double[components.Count];
            for (int fold = 0; fold < folds.Count; fold++)
            {
                double[,] scores = components.Encode(targets, fold), own = components.Encode(predicted, fold);
                for (int n = 0; n < encoded.RowCount; n++)
                {
                    for (int k = 0; k < changes.Length && folds.Of(n) == fold; k++)
                    {
                        double error = scores[n, k] - own[n, k];
                        changes[k] += components.LengthOf(fold, k) * ((error * error) - (scores[n, k] * scores[n, k])) / targets.Length;
                    }
                }
            }

            double sum = targets.Cast<double>().Average(value => value * value);
            return [.. changes.Select(change => sum += change)];
        }

        double DirectError()
        {
            double[,] predicted = Predict(encoding with { ComponentCount = null }).Predicted;
            return targets.Cast<double>().Zip(predicted.Cast<double>(), (value, own) => (value - own) * (value - own)).Average();
        }

        // Standardised, by the particles that left a row out.
        (double[,] Predicted, Ensemble Ensemble, Folds Folds) Predict(TableEncoding own)
        {
            cancellation.ThrowIfCancellationRequested();
            using var trainer = new Trainer(encoded, trial, device, own, cancellation: cancellation) { Calibrates = false };
            Ensemble? ensemble = trainer.Run(null, cancellation).Model?.Ensemble;
            cancellation.ThrowIfCancellationRequested();
            Folds folds = trial.FoldsOf(encoded, null, cancellation);
            var mean = new double[encoded.RowCount, encoded.TargetCount];
            if (ensemble is null)
            {
                throw new ArgumentException("A short training with principal components diverged. Lower the step size, or give their number.");
            }

            OutputCalibration none = OutputCalibration.None(ensemble);
            int count = ensemble.ParticleCount / folds.Count;
            double[,,] outputs = ensemble.SelectOutputs(encoded.Inputs, none.Bounds, none.Shrinkages, device, count, (k, n) => folds.ParticleWithout(n, k), cancellation);
            for (int n = 0; n < encoded.RowCount; n++)
            {
                for (int o = 0; o < encoded.TargetCount; o++)
                {
                    for (int k = 0; k < count; k++)
                    {
                        mean[n, o] += ensemble.TargetScaling.Standardise(outputs[k, n, o], o) / count;
                    }
                }
            }

            return (mean, ensemble, folds);
        }
    }
}
