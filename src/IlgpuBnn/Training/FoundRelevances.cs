using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>Prior means of the inputs' log relevances, as the evidence of wide networks has them.</summary>
/// <remarks>
/// A particle's own relevances, which it learns with its weights, stay near their prior: with few rows networks explain these by inputs that do not matter, and the
/// likelihood alone does not tell. The evidence does, as it counts all networks of a prior that do not explain them.
/// </remarks>
/// <param name="inputs">[row, input], standardised.</param>
/// <param name="targets">[row, target], standardised, NaN where missing.</param>
/// <param name="blocks">Of related rows, which say one thing.</param>
internal sealed class FoundRelevances(Dataset encoded, double[,] inputs, double[,] targets, int blocks, TrainingOptions options, CancellationToken cancellation)
{
    // With more of them, a tenth changes next to nothing; with fewer, a fold's own networks must not know of it.
    public const int MaxBlocksByFolds = 60;

    // Relevance of an input that is named: a tenth of all together.
    private const double Named = 0.1;

    // Of all rows.
    private double[]? _common;

    public static bool IsOpen(Dataset data, TrainingOptions options, TableEncoding encoding) =>
        options.Method is AnchoredEnsemble { SelectRelevances: true, Prior.Relevances: null } method && OutputLayerChoice.IsDefault(method.Prior) && encoding.FeatureCount > 1
            && data.Classes is null && options.Components is null && options.HiddenLayers is [Dense, ..];

    /// <summary>As of <see cref="AnchoredPrior.Relevances"/>: with few rows, those of each fold know nothing of its rows.</summary>
    /// <param name="folds">Of the training that has them.</param>
    /// <returns>Null for too few rows.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public double[][]? Sets(Folds folds)
    {
        if (blocks > MaxBlocksByFolds)
        {
            return (_common ??= Find(_ => true)) is { } common ? [common] : null;
        }

        double[][] all = [.. Enumerable.Range(0, folds.Count).Select(fold => Find(row => folds.Of(row) != fold)).OfType<double[]>()];
        return all.Length == folds.Count ? all : null;
    }

    /// <summary>Inputs in the order of their relevance to all targets together: how fast these change with them, which is not how much.</summary>
    public string Note(IReadOnlyList<IReadOnlyList<double>> sets)
    {
        double[] mean = [.. Enumerable.Range(0, encoded.InputCount).Select(i => Math.Exp(sets.Average(own => own[i])))];
        string[] names = [.. encoded.InputNames.Zip(mean).Where(own => own.Second > Named).OrderByDescending(own => own.Second)
            .Select(own => string.Create(CultureInfo.InvariantCulture, $"{ShownText.Of(own.First)} ({own.Second:0.00})"))];
        return $"Networks begin with weights of the inputs in the proportions {string.Join(", ", names)}{(names.Length < mean.Length ? ", others less" : "")} (larger where targets change fast, "
            + "not where they change most): out-of-fold rows were predicted better so (--select-relevances no for all alike).";
    }

    /// <summary>Of all targets together; then of each target apart alone, [input, target].</summary>
    private double[]? Find(Func<int, bool> takesPart)
    {
        int[] rows = [.. Enumerable.Range(0, encoded.RowCount).Where(takesPart)];
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
            var columns = new double[encoded.RowCount, some.Length];
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
}
