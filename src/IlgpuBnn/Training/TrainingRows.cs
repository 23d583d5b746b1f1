using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using MathNet.Numerics;

namespace IlgpuBnn.Training;

/// <summary>The rows of a training: training and validation rows, folds and scaling.</summary>
internal sealed class TrainingRows
{
    private readonly List<string> _notes;

    /// <param name="earlier">The model to continue from: its scaling is kept, and its rows stay in their folds. Null to start anew.</param>
    public TrainingRows(Dataset data, TrainingOptions options, TrainedModel? earlier = null)
    {
        _notes = [.. data.Notes];
        EarlierRowCounts = earlier?.Report.RowCounts ?? [];
        (Training, Validation) = HoldOut(data, options);
        InputScaling = earlier?.Ensemble.InputScaling ?? Standardisation.Fit(Training.Inputs, Training.InputNames);
        TargetScaling = earlier?.Ensemble.TargetScaling ?? Standardisation.Fit(Training.Targets, Training.TargetNames);
        InputRange = InputRange.Of(Training.Inputs);
        Folds = options.FoldsOf([.. EarlierRowCounts, Training.RowCount]);
        NoteConstantColumns();
        if (options.Method.WantedFolds > 1 && Folds.Count == 0)
        {
            _notes.Add($"{options.Method.Particles} particles are too few to leave rows out by turns: noise and intervals are not calibrated. Use at least 4.");
        }
    }

    /// <summary>Rows of the table in each earlier training, rising.</summary>
    public IReadOnlyList<int> EarlierRowCounts { get; }

    public Dataset Training { get; }

    /// <summary>Null for none.</summary>
    public Dataset? Validation { get; }

    public Standardisation InputScaling { get; }

    public Standardisation TargetScaling { get; }

    public InputRange InputRange { get; }

    public Folds Folds { get; }

    /// <summary>Remarks for the user.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public (double[,] Inputs, double[,] Targets) Standardised(Dataset rows) => (InputScaling.Standardise(rows.Inputs), TargetScaling.Standardise(rows.Targets));

    /// <summary>Splits off validation rows, the same for the same seed.</summary>
    /// <param name="rowCounts">Rows after each training, rising: of the rows added by each, some are held out for good.</param>
    public static (Dataset Training, Dataset? Validation) Split(Dataset data, IReadOnlyList<int> rowCounts, EarlyStopping stopping, int seed)
    {
        List<int> training = [], validation = [];
        for (int k = 0, first = 0; k < rowCounts.Count; first = rowCounts[k++])
        {
            int rows = rowCounts[k] - first, count = stopping.ValidationRowsOf(rowCounts[k]) - validation.Count;
            count = Math.Clamp(count, 0, rows);
            int[] order = Combinatorics.GeneratePermutation(rows, RandomStreams.Open(seed, RandomStreams.Purpose.HeldOutRows, k));
            validation.AddRange(order.Take(count).Select(row => first + row));
            training.AddRange(order.Skip(count).Select(row => first + row));
        }

        return validation.Count == 0 ? (data, null) : (data.SelectRows([.. training]), data.SelectRows([.. validation]));
    }

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

    private void NoteConstantColumns()
    {
        _notes.AddRange(InputScaling.ConstantColumns.Select(
            name => $"Input \"{name}\" is the same in every training row: the model cannot tell what it does."));
        _notes.AddRange(TargetScaling.ConstantColumns.Select(
            name => $"Target \"{name}\" is the same in every training row: the model can only repeat it."));
    }
}
