using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;

namespace IlgpuBnn.Training;

/// <summary>Chooses the targets that get a network of their own beside the one of all, by the log score of their out-of-fold rows after short trainings.</summary>
/// <remarks>
/// One layer of few units cannot serve targets of which few inputs matter each, and different ones; a network of its own lets a noisy target learn noise. Tables that look
/// as if nothing were to be gained cost a short training at most, and small ones nothing.
/// </remarks>
internal static class ApartSelection
{
    // A first layer sees fewer inputs well enough.
    private const int MinInputs = 8;

    private const int MinRows = 100;

    // In standard deviations of a target: what is predicted better than this after a short training together needs nothing.
    private const double MinError = 0.3;

    // In nats a row: a fifth off the size of errors. Each network of its own takes time, and takes a target from the company of noisy ones.
    private const double MinGain = 0.25;

    /// <summary>Whether targets may be chosen; not where one output layer is to be solved for.</summary>
    public static bool IsOpen(Dataset data, TrainingOptions options) => options.ApartTargets is null && ProblemOf(options) is null && data.Classes is null
        && options.Constraints?.Summed.Any() != true
        && options.Method is AnchoredEnsemble { Folds: >= 2, Particles: >= 4, SolveOutputLayer: not true } && data.TargetCount >= 2 && data.InputCount >= MinInputs && data.RowCount >= MinRows;

    /// <summary>Why networks with these options have no branches; null if they may have.</summary>
    public static string? ProblemOf(TrainingOptions options) => options.Layers is not null ? "and the network is given layer by layer. Give its hidden units instead"
        : options.HiddenUnits.Count == 0 ? "and there are no hidden layers. Give some, or leave these targets together"
        : options.SkipConnection ? "and a skip connection is wanted, which they cannot have. Leave out one of the two"
        : options.Components is not null ? "and principal components are learnt in the place of targets. Leave out one of the two"
        : null;

    /// <param name="encoding">That targets and inputs have.</param>
    /// <param name="trials">Has those that an earlier process finished.</param>
    /// <returns>Their names, in the order of the targets, and what to say of it; null where there are none.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (IReadOnlyList<string> Names, string Note)? Choose(
        Dataset data, TrainingOptions options, TableEncoding encoding, Device device, EncodingTrials trials, CancellationToken cancellation)
    {
        if (!IsOpen(data, options) || options.FoldsOf(data, null, cancellation).Count == 0)
        {
            return null;
        }

        EncodingTrial together = Try([]);
        if (!Enumerable.Range(0, data.TargetCount).Any(IsUncertain))
        {
            return null;
        }

        EncodingTrial apart = Try(data.TargetNames);
        string[] names = [.. data.TargetNames.Where((_, o) => IsUncertain(o) && apart.LogScores[o] - together.LogScores[o] > MinGain)];
        return names.Length == 0 ? null
            : (names, $"Networks of their own have {ColumnSelection.List(names)}: out-of-fold rows were predicted better so (--apart none for none).");

        EncodingTrial Try(IReadOnlyList<string> names) =>
            new EncodingSelection(data, options with { ApartTargets = names }, device, trials, cancellation).TryWith(encoding);

        bool IsUncertain(int o) => !data.IsConstant(o) && Math.Sqrt(together.SquaredErrors[o]) > MinError * Deviation(o);

        double Deviation(int o) => Standardisation.Fit(data.SelectTargets([o]).Targets).Scale[0];
    }
}
