using System.Globalization;
using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>Chooses the prior means of the inputs' log relevances: as the evidence of wide networks has it, or all alike, whichever predicts out-of-fold rows better.</summary>
/// <remarks>
/// A particle's own relevances, which it learns with its weights, stay near their prior: with few rows networks explain these by inputs that do not matter, and the
/// likelihood alone does not tell. The evidence does, as it counts all networks of a prior that do not explain them.
/// </remarks>
internal static class RelevanceSelection
{
    // In nats a row, of one target: a tenth off the size of errors. Of several, the mean is known better.
    private const double MinGain = 0.1;

    // With more rows, a tenth of them changes next to nothing; with fewer, a fold's own networks must not know of it.
    private const int MaxRowsByFolds = 60;

    // Relevance of an input that is named: a tenth of all together.
    private const double Named = 0.1;

    /// <returns>The options with these means, if there are any.</returns>
    public static TrainingOptions With(TrainingOptions options, IReadOnlyList<IReadOnlyList<double>>? relevances) =>
        relevances is null || options.Method is not AnchoredEnsemble method ? options : options with { Method = method with { Prior = method.Prior with { Relevances = relevances } } };

    /// <param name="options">With what was chosen before.</param>
    /// <param name="encoding">That targets and inputs have.</param>
    /// <param name="trials">Has those that an earlier process finished.</param>
    /// <returns>Means of the log relevances as of <see cref="AnchoredPrior.Relevances"/>, and what to say of them; null where inputs are all alike.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (IReadOnlyList<IReadOnlyList<double>> Relevances, string Note)? Choose(
        Dataset data, TrainingOptions options, TableEncoding encoding, Device device, EncodingTrials trials, CancellationToken cancellation)
    {
        if (!IsOpen(data, options, encoding) || options.FoldsOf(data, null, cancellation).Count == 0)
        {
            return null;
        }

        TrainingOptions trial = EncodingSelection.TrialOf(options);
        Dataset encoded = encoding.Encode(data);
        (double[,] inputs, double[,] targets) = new TrainingRows(encoded, options, null, cancellation).Standardised(encoded);
        if (Sets(options) is not { } found || Sets(trial) is not { } tried)
        {
            return null;
        }

        double[] alike = Try(options), own = Try(With(options, tried));
        double gain = own.Zip(alike, (score, other) => score - other).Where(double.IsFinite).DefaultIfEmpty(double.NegativeInfinity).Average();
        double independent = RelevanceEvidence.IndependentTargets(targets);
        return gain > Math.Max(MinGain / Math.Sqrt(independent), Evidence.MinLogRatio / data.RowCount / independent) ? (found, Note(encoded, found)) : null;

        double[] Try(TrainingOptions own) => new EncodingSelection(data, own, device, trials, cancellation).TryWith(encoding).LogScores;

        double[][]? Sets(TrainingOptions own)
        {
            if (encoded.RowCount > MaxRowsByFolds)
            {
                return Find(_ => true) is { } common ? [common] : null;
            }

            Folds folds = own.FoldsOf(encoded, null, cancellation);
            double[][] all = [.. Enumerable.Range(0, folds.Count).Select(fold => Find(row => folds.Of(row) != fold)).OfType<double[]>()];
            return all.Length == folds.Count ? all : null;
        }

        double[]? Find(Func<int, bool> takesPart) =>
            MeansOf(inputs, targets, encoded, [.. Enumerable.Range(0, encoded.RowCount).Where(takesPart)], options, cancellation);
    }

    private static bool IsOpen(Dataset data, TrainingOptions options, TableEncoding encoding) =>
        options.Method is AnchoredEnsemble { SelectRelevances: true, Prior.Relevances: null } method && OutputLayerChoice.IsDefault(method.Prior) && encoding.FeatureCount > 1
            && data.Classes is null && options.Components is null && options.HiddenLayers is [Dense, ..];

    /// <summary>Of all targets together; then of each target apart alone, [input, target].</summary>
    private static double[]? MeansOf(double[,] inputs, double[,] targets, Dataset encoded, int[] rows, TrainingOptions options, CancellationToken cancellation)
    {
        int[] varying = [.. Enumerable.Range(0, encoded.TargetCount).Where(o => !encoded.IsConstant(o))];
        if (varying.Length == 0 || Of(varying) is not { } together)
        {
            return null;
        }

        int[] apart = [.. Enumerable.Range(0, encoded.TargetCount).Where(o => options.ApartTargets?.Contains(encoded.TargetNames[o]) == true)];
        double[][] own = [.. apart.Select(o => Of([o]) ?? together)];
        return [.. together, .. Enumerable.Range(0, encoded.InputCount).SelectMany(i => own.Select(means => means[i]))];

        double[]? Of(int[] some)
        {
            var columns = new double[targets.GetLength(0), some.Length];
            for (int n = 0; n < columns.GetLength(0); n++)
            {
                for (int k = 0; k < some.Length; k++)
                {
                    columns[n, k] = targets[n, some[k]];
                }
            }

            return RelevanceEvidence.Find(inputs, columns, rows, options.Seed, cancellation);
        }
    }

    /// <summary>Inputs in the order of their relevance to all targets together, as far as they matter.</summary>
    private static string Note(Dataset encoded, double[][] relevances)
    {
        double[] mean = [.. Enumerable.Range(0, encoded.InputCount).Select(i => Math.Exp(relevances.Average(own => own[i])))];
        string[] names = [.. encoded.InputNames.Zip(mean).Where(own => own.Second > Named).OrderByDescending(own => own.Second)
            .Select(own => string.Create(CultureInfo.InvariantCulture, $"{ShownText.Of(own.First)} ({own.Second:0.00})"))];
        return $"Inputs matter in this order: {string.Join(", ", names)}{(names.Length < mean.Length ? ", others less" : "")}. Networks begin so, as out-of-fold rows were predicted "
            + "better (--select-relevances no for all alike).";
    }
}
