using System.Diagnostics;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Training;

/// <summary>A training, and where it may pay a second one with tanh in the last hidden layer.</summary>
/// <remarks>
/// SiLU units go on growing, tanh units have two ends: a sum of them can change as abruptly as a plant that dies. With few rows they invent such
/// changes, so out-of-fold rows choose between the two.
/// </remarks>
internal static class Fitting
{
    /// <summary>Whether a training on so many rows may be followed by a second.</summary>
    public static bool MaySelect(TrainingOptions options, int rows) =>
        options.Method is AnchoredEnsemble { SelectLastActivation: true } && options.Layers is null && options.LastActivation is null
            && options.Activation != Activation.Tanh && options.HiddenUnits.Count > 0 && options.BudgetsFor(rows).Count > 1;

    /// <summary>Trains; the outcome's model is the better one where there were two, whole where only the second was stopped.</summary>
    /// <returns>And whether the second was.</returns>
    public static (TrainingOutcome Outcome, bool SecondStopped) Run(
        Dataset data, TrainingOptions options, Device device, IProgress<TrainingProgress>? progress, CancellationToken cancellation,
        TrainedModel? earlier = null)
    {
        long started = Stopwatch.GetTimestamp();
        int rows = data.RowCount, budget = options.BudgetsFor(rows)[^1], total = earlier is null && MaySelect(options, rows) ? 2 * budget : budget;
        TrainingOutcome first = Train(options, 1);
        if (earlier is not null || first is not { Failure: null, Model: { } model } || CandidateBeside(model) is not { } candidate)
        {
            return (first, false);
        }

        TrainingOutcome second = Train(candidate, 2);
        bool stopped = second.Model?.Report.StopReason == StopReason.Cancelled;
        if (second is { Failure: null, Model: { } other } && !stopped)
        {
            model = Better(model, other, data, device);
        }

        return (new TrainingOutcome(model with { Report = model.Report with { Elapsed = Stopwatch.GetElapsedTime(started) } }), stopped);

        TrainingOutcome Train(TrainingOptions own, int stage)
        {
            using var trainer = new Trainer(data, own, device, earlier);
            return trainer.Run(
                progress is null ? null : new Relay<StepInfo>(step => progress.Report(
                    new TrainingProgress(step, stage, ((stage - 1) * budget) + step.Iteration, total))),
                cancellation);
        }
    }

    /// <summary>Checks that a table goes on from the one that a model was trained on.</summary>
    /// <exception cref="DataException">It has other columns, or begins with other rows.</exception>
    public static void RequireGrown(Dataset data, TrainedModel model)
    {
        Ensemble ensemble = model.Ensemble;
        if (!data.InputNames.SequenceEqual(ensemble.InputNames) || !data.TargetNames.SequenceEqual(ensemble.TargetNames))
        {
            throw new DataException(
                data.SourceName, $"the inputs {string.Join(", ", data.InputNames)} and targets {string.Join(", ", data.TargetNames)}; the model has the inputs "
                + $"{string.Join(", ", ensemble.InputNames)} and targets {string.Join(", ", ensemble.TargetNames)}. Give the same columns in the same order.");
        }

        IReadOnlyList<int> earlier = model.Report.RowCounts;
        if (data.RowCount < earlier[^1] || !BeginsWithTheSameRows(data, model, earlier[0]))
        {
            throw new DataException(
                data.SourceName, $"{data.RowCount} rows that do not begin with the {earlier[^1]} of the training before. Put those first, in the same "
                + "order, and new rows behind them.");
        }
    }

    /// <summary>The units of a model are those of its first training's rows.</summary>
    private static bool BeginsWithTheSameRows(Dataset data, TrainedModel model, int count)
    {
        var first = new TrainingRows(data.SelectRows([.. Enumerable.Range(0, count)]), model.Options);
        return Same(first.InputScaling, model.Ensemble.InputScaling) && Same(first.TargetScaling, model.Ensemble.TargetScaling);

        static bool Same(Standardisation a, Standardisation b) => a.Mean.Zip(b.Mean).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-9 * Math.Abs(pair.Second));
    }

    /// <summary>What to train beside a model; null where it is not worth its time.</summary>
    private static TrainingOptions? CandidateBeside(TrainedModel model)
    {
        int rows = model.Report.TrainingRows;
        return MaySelect(model.Options, rows) && model.Report.KeptIteration >= model.Options.BudgetsFor(rows)[^2]
            && model.Report.StopReason != StopReason.Cancelled
            ? model.Options with { LastActivation = Activation.Tanh }
            : null;
    }

    /// <summary>The one that predicts the out-of-fold rows better, with a note if that is not the first.</summary>
    private static TrainedModel Better(TrainedModel model, TrainedModel candidate, Dataset data, Device device)
    {
        double first = model.OutOfFoldCrps(data, device), second = candidate.OutOfFoldCrps(data, device);
        if (!(second < first))
        {
            return model;
        }

        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"The last hidden layer has tanh units: out-of-fold rows were predicted better so (CRPS {second:G3} of a standard deviation, not {first:G3}).");
        return candidate with { Report = candidate.Report with { Notes = [.. candidate.Report.Notes, note] } };
    }
}

/// <summary>Reports at once and in order, on the thread that trains.</summary>
internal sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
