using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics;

namespace IlgpuBnn.Training;

/// <summary>The rows of a training: training and validation rows, folds and scaling.</summary>
internal sealed class TrainingRows
{
    private readonly List<string> _notes;

    /// <param name="earlier">The model to continue from: its scaling is kept, and its rows stay in their folds. Null to start anew.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TrainingRows(Dataset data, TrainingOptions options, TrainedModel? earlier = null, CancellationToken cancellation = default)
    {
        _notes = [.. data.Notes];
        EarlierRowCounts = earlier?.Report.RowCounts ?? [];
        (Training, Validation) = HoldOut(data, options);
        cancellation.ThrowIfCancellationRequested();
        InputScaling = earlier?.Ensemble.InputScaling ?? Fit(Training.Inputs, Training.InputNames, Network.FieldOfInputs(options.HiddenLayers));
        TargetScaling = earlier?.Ensemble.TargetScaling
            ?? (options.UsedLikelihood.IsOfClasses ? Standardisation.None(Training.TargetCount)
                : Fit(Training.Targets, Training.TargetNames, Network.FieldOfOutputs(options.HiddenLayers)));
        Folds = options.FoldsOf(Training, [.. EarlierRowCounts, Training.RowCount], cancellation);
        NoteConstantColumns();
        if (options.Method.WantedFolds > 1 && Folds.Count == 0)
        {
            _notes.Add(options.Method.Particles < 4
                ? $"{options.Method.Particles} particles are too few for cross-validation: noise and intervals are not calibrated. Use at least 4."
                : "All rows are related, of one group or with the same inputs: there is nothing to cross-validate with, and noise and intervals are not calibrated.");
        }
    }

    /// <summary>Rows of the table in each earlier training, rising.</summary>
    public IReadOnlyList<int> EarlierRowCounts { get; }

    public Dataset Training { get; }

    /// <summary>Null for none.</summary>
    public Dataset? Validation { get; }

    public Standardisation InputScaling { get; }

    public Standardisation TargetScaling { get; }

    public Folds Folds { get; }

    /// <summary>Remarks for the user.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public (double[,] Inputs, double[,] Targets) Standardised(Dataset rows) => (InputScaling.Standardise(rows.Inputs), TargetScaling.Standardise(rows.Targets));

    /// <summary>The rows that a training with this seed holds out: the same in every run.</summary>
    /// <remarks>Related rows stay together, so a few more may be held out than were asked for.</remarks>
    /// <param name="rowCounts">After each training, rising: some of the rows that came with it are held out, and stay so.</param>
    public static (Dataset Training, Dataset? Validation) Split(Dataset data, IReadOnlyList<int> rowCounts, EarlyStopping stopping, int seed)
    {
        List<int> training = [], validation = [];
        RelatedRows related = RelatedRows.Of(data);
        var heldOut = new HashSet<int>();
        for (int k = 0, first = 0; k < rowCounts.Count; first = rowCounts[k++])
        {
            IReadOnlyList<RowBlock> blocks = related.Blocks(first, rowCounts[k]);
            int wanted = Math.Clamp(stopping.ValidationRowsOf(rowCounts[k]), 0, validation.Count + rowCounts[k] - first);
            foreach (RowBlock block in blocks.Where(block => block.Earlier is not null))
            {
                (heldOut.Contains(block.Earlier!.Value) ? validation : training).AddRange(block.Rows);
            }

            foreach (int b in Combinatorics.GeneratePermutation(blocks.Count, RandomStreams.Open(seed, RandomStreams.Purpose.HeldOutRows, k)))
            {
                if (blocks[b].Earlier is null)
                {
                    (validation.Count < wanted ? validation : training).AddRange(blocks[b].Rows);
                }
            }

            heldOut.UnionWith(validation);
        }

        // Where all rows are related, there is nothing to hold out.
        return validation.Count == 0 || training.Count == 0 ? (data, null) : (data.SelectRows([.. training]), data.SelectRows([.. validation]));
    }

    /// <summary>Column by column, or channel by channel of a field; one that does not fit is refused where the network is built.</summary>
    private static Standardisation Fit(double[,] values, IReadOnlyList<string> names, FieldLayer? field) =>
        field is null || field.Shape.Count != names.Count ? Standardisation.Fit(values, names) : Standardisation.FitChannels(values, field.Channels);

    private (Dataset Training, Dataset? Validation) HoldOut(Dataset data, TrainingOptions options)
    {
        if (options.Method.Stopping is not { ValidationFraction: > 0 } stopping)
        {
            return (data, null);
        }

        (Dataset Training, Dataset? Validation) split = Split(data, [.. EarlierRowCounts, data.RowCount], stopping, options.Seed);
        if (split.Validation is null)
        {
            _notes.Add($"No rows are held out for validation: {stopping.ValidationFraction:P0} of {data.RowCount} rows is fewer than "
                + $"{EarlyStopping.SmallestValidation}, which say too little, or all. Training runs for all its iterations.");
        }

        return split;
    }

    /// <summary>What its owner should know of rows that are not independent.</summary>
    /// <param name="data">With inputs as they are in the table.</param>
    public static IEnumerable<string> RelatedRowNotes(Dataset data, CancellationToken cancellation)
    {
        if (data.Groups is { } groups)
        {
            yield return $"{groups.Distinct().Count()} groups of rows ({string.Join(", ", data.GroupNames)}) stay together in folds: scores and intervals are those of new groups.";
        }
        else if (SharedInputs.Find(data, cancellation) is { } pattern)
        {
            yield return pattern.Warning();
        }

        if (RelatedRows.Repeats(data, cancellation) is > 0 and int repeats)
        {
            yield return $"{repeats} rows repeat the inputs of others: rows with the same inputs stay together in folds, so that scores and intervals are those of new inputs.";
        }
    }

    private void NoteConstantColumns()
    {
        _notes.AddRange(InputScaling.ConstantColumns.Select(
            name => $"Input \"{name}\" is the same in every training row: the model cannot tell what it does."));
        _notes.AddRange(TargetScaling.ConstantColumns.Select(
            name => $"Target \"{name}\" is the same in every training row: the model can only repeat it."));
    }
}
