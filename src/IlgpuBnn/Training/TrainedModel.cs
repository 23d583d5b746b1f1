using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Training;

/// <summary>All that a training yields: what <see cref="BayesianNetwork"/> shows, and model files hold.</summary>
internal sealed record TrainedModel(TrainingOptions Options, Ensemble Ensemble, OutputCalibration Calibration, TrainingReport Report)
{
    /// <summary>Of the rows that it was trained on.</summary>
    /// <exception cref="InvalidOperationException">No particle left a row out.</exception>
    /// <exception cref="ArgumentException">The number of rows is not that of the training.</exception>
    public Calibrator OutOfFold(Dataset training, Device device)
    {
        if (Report.Folds == 0)
        {
            throw new InvalidOperationException(
                "No particle of this model left rows out: only an anchored ensemble of at least 4 particles, trained with 2 folds or more, does.");
        }

        if (training.RowCount != Report.TrainingRows)
        {
            throw new ArgumentException(
                $"{training.SourceName} has {training.RowCount} rows; the model was trained on {Report.TrainingRows}. Give the very rows it was trained on.",
                nameof(training));
        }

        if (Report.GroupNames.Count > 0 != training.Groups is not null)
        {
            throw new ArgumentException(
                Report.GroupNames.Count > 0
                    ? $"{training.SourceName} has no groups; the model was trained with groups of rows ({string.Join(", ", Report.GroupNames)}). Give them as then."
                    : $"{training.SourceName} has groups of rows ({string.Join(", ", training.GroupNames)}); the model was trained without. Leave them out.",
                nameof(training));
        }

        return new Calibrator(training, Options.FoldsOf(training, Report.RowCounts), device);
    }

    /// <summary>The rows that told when to stop, of the table it was trained on; null for none.</summary>
    public Dataset? ValidationRows(Dataset data) => Options.Method.Stopping is { } stopping && Report.ValidationRows > 0
        ? TrainingRows.Split(data, Report.RowCounts, stopping, Options.Seed).Validation
        : null;

    /// <summary>Mean CRPS of out-of-fold rows, over targets, in standard deviations of each.</summary>
    public double OutOfFoldCrps(Dataset training, Device device) => OutOfFold(training, device).Crps(Ensemble, Calibration);
}

/// <summary>How a training ended.</summary>
/// <param name="Model">The best state, its <see cref="TrainingReport.StopReason"/> says why it is the last; null where none was good.</param>
/// <param name="Failure">Where the gradient was not finite: the iteration and the first particle.</param>
internal readonly record struct TrainingOutcome(TrainedModel? Model, (int Iteration, int Particle)? Failure = null);
