using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>Whether output layers are solved for in training (<see cref="AnchoredEnsemble.SolveOutputLayer"/>).</summary>
internal static class OutputLayerChoice
{
    /// <summary>Where outputs are smooth and without noise.</summary>
    public const double SmoothNoiseSd = 0.003;

    // With fewer, an exact output layer fits the noise before the hidden ones have learnt anything.
    private const int MinRowsPerInput = 4;

    // Of layers that are given, and of many inputs, which a narrow layer has too little room for.
    private const int MinRows = 200;

    // Of the last hidden layer where its width is open.
    private const int RowsPerUnit = 10, MinUnits = 10, MaxUnits = 50;

    // With fewer, units that saturate are worse, most of all out of the range of the rows.
    private const int MinTanhRows = 75;

    // With more, batches go as far in the time of an iteration over all rows.
    private const int MaxRows = 2000;

    private static readonly AnchoredPrior _default = new();

    // An exact output layer also fits the noise that perturbs each particle's targets.
    private static readonly AnchoredPrior _solved = _default with { NoiseSd = 0.01 }, _smooth = _default with { NoiseSd = SmoothNoiseSd };

    /// <summary>Whether a prior is the default's, with or without the choice, and whatever inputs matter.</summary>
    public static bool IsDefault(AnchoredPrior prior) => prior with { Relevances = null } is var own && (own == _default || own == _solved || own == _smooth);

    /// <summary>Whether less noise in training may be tried: where it is that of the choice.</summary>
    public static bool MayBeSmooth(TrainingOptions options) =>
        options.Method is AnchoredEnsemble { SelectPrior: true, SolveOutputLayer: true } method && method.Prior with { Relevances = null } == _solved;

    /// <summary>The same with the choice made where it is open, and where it pays; and tanh in the last hidden layer, if that is open, where the output layer is solved for.</summary>
    public static TrainingOptions Made(TrainingOptions options, Dataset data)
    {
        TrainingOptions solved = WithUnits(options, data.RowCount);
        if (options.Method is AnchoredEnsemble { SolveOutputLayer: null, Folds: > 1 } method && Pays(solved, data, options.HasDefaultUnits ? Math.Min(MinRows, MinRowsPerInput * data.InputCount) : MinRows))
        {
            solved = solved with { Method = method with { SolveOutputLayer = true, Prior = method.Prior == _default ? _solved : method.Prior } };
        }

        return solved.Method is not AnchoredEnsemble { SolveOutputLayer: true } ? options
            : data.RowCount >= MinTanhRows && Fitting.MaySelectLastActivation(solved, data.RowCount) ? solved with { LastActivation = Activation.Tanh }
            : solved;
    }

    private static TrainingOptions WithUnits(TrainingOptions options, int rows) =>
        options.HasDefaultUnits ? options with { HiddenUnits = [.. options.HiddenUnits.SkipLast(1), Math.Clamp(rows / RowsPerUnit, MinUnits, MaxUnits)] } : options;

    /// <summary>Why it cannot be done; null if it can.</summary>
    public static string? ProblemOf(TrainingOptions options, Dataset data) =>
        options.UsedLikelihood is not GaussianLikelihood ? "the noise is not Gaussian"
        : options.Constraints is { HasTerm: true } ? "constraints are trained for, whose density is not Gaussian"
        : options.BatchesFor(data.RowCount) > 1 ? $"there are {options.BatchesFor(data.RowCount)} batches of rows"
        : NetworkOf(options, data).SolvableOutputs is null ? $"the network does not end with one dense layer of at most {Network.MaxSolvedInputs} inputs behind hidden ones"
        : RowWithSomeTargets(data) is { } row ? $"row {row + 1} has some of its targets and misses others"
        : null;

    private static bool Pays(TrainingOptions options, Dataset data, int minRows) =>
        options.MaxIterations is null && options.BatchSize is null && options.Optimizer == new AdamOptions()
            && data.RowCount >= minRows && data.RowCount <= MaxRows && data.Classes is null && options.HiddenLayers.All(layer => layer is Dense or SkipConnection)
            && ProblemOf(options with { BatchSize = data.RowCount }, data) is null
            && data.RowCount >= MinRowsPerInput * NetworkOf(options, data).SolvableOutputs!.Value.Unknowns;

    private static Network NetworkOf(TrainingOptions options, Dataset data) =>
        options.Components is null ? options.BuildNetwork(data.InputCount, data.TargetNames) : options.BuildNetwork(data.InputCount, 1);

    private static int? RowWithSomeTargets(Dataset data)
    {
        for (int row = 0; row < data.RowCount; row++)
        {
            int missing = Enumerable.Range(0, data.TargetCount).Count(o => double.IsNaN(data.Targets[row, o]));
            if (missing > 0 && missing < data.TargetCount)
            {
                return row;
            }
        }

        return null;
    }
}
