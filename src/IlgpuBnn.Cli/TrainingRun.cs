using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>A training from which nothing is lost: it shows its progress, and whatever ends it, the best state is on disk.</summary>
internal static class TrainingRun
{
    /// <returns>The model, which is also written to <paramref name="modelPath"/>.</returns>
    /// <exception cref="CommandException">It was interrupted, diverged, or the model cannot be written; the message says what is left.</exception>
    public static BayesianNetwork Fit(Dataset data, TrainingOptions options, Device device, string modelPath)
    {
        OutputPlace.RequireWritable(modelPath);
        ProgressDisplay.ShowMemory(TrainingMemory.Estimate(data, options, device));
        using var interruption = new Interruption();
        try
        {
            BayesianNetwork model = ProgressDisplay.Show(
                progress => BayesianNetwork.Fit(data, options, device, progress, interruption.Token));
            Save(model, modelPath);
            return model;
        }
        catch (TrainingCancelledException exception)
        {
            throw new CommandException(SaveInterrupted(exception.Model, modelPath), exception);
        }
        catch (TrainingDivergedException exception) when (exception.LastGoodModel is { } lastGood)
        {
            throw new CommandException($"{exception.Message} {SaveLastGood(lastGood, modelPath)}", exception);
        }
    }

    /// <summary>Trains with one setting after another for so long, and keeps the best by out-of-fold rows.</summary>
    /// <returns>The best model, which is also written to <paramref name="modelPath"/>.</returns>
    /// <exception cref="CommandException">It was interrupted during its first training, or the model cannot be written.</exception>
    public static BayesianNetwork Search(Dataset data, TrainingOptions start, TimeSpan budget, Device device, string modelPath)
    {
        OutputPlace.RequireWritable(modelPath);
        ProgressDisplay.ShowMemory(TrainingMemory.Estimate(data, start, device));
        using var interruption = new Interruption();
        try
        {
            SearchResult result = HyperparameterSearch.Run(data, budget, start, device, ProgressDisplay.ReportSearch(), interruption.Token);
            Save(result.Model, modelPath);
            Console.Error.WriteLine(
                $"Kept the best of {result.Steps.Count} trainings; the scores that chose it flatter it a little. Judge it by \"ilgpubnn evaluate\" on other rows.");
            return result.Model;
        }
        catch (TrainingCancelledException exception)
        {
            throw new CommandException(SaveInterrupted(exception.Model, modelPath), exception);
        }
    }

    internal static string SaveLastGood(BayesianNetwork model, string modelPath)
    {
        // The model's own place may hold a better one, from a training that went well.
        string place = $"{modelPath}.last-good";
        model.Save(place);
        return $"That state was written to {place}; {modelPath} is as it was.";
    }

    /// <summary>Writes the model; if its place cannot take it any more, to the folder for temporary files: a full disk must not cost a training.</summary>
    internal static void Save(BayesianNetwork model, string modelPath)
    {
        try
        {
            model.Save(modelPath);
        }
        catch (ModelFileException exception)
        {
            string elsewhere = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.{Path.GetFileName(modelPath)}");
            model.Save(elsewhere);
            throw new CommandException($"{exception.Message} The trained model was written to {elsewhere} instead.", exception);
        }
    }

    private static string SaveInterrupted(BayesianNetwork model, string modelPath)
    {
        TrainingReport report = model.Report;
        if (report.KeptIteration == 0)
        {
            return $"Training was stopped on request after {report.Iterations} iterations, before the first check of the model: nothing was written.";
        }

        Save(model, modelPath);
        if (report.StopReason != StopReason.Cancelled)
        {
            return $"Training was stopped on request while tanh units in the last hidden layer were tried. The model without them, which is complete, was written to {modelPath}.";
        }

        return $"Training was stopped on request after {report.Iterations} iterations. "
            + $"The best state so far, of iteration {report.KeptIteration}, was written to {modelPath}.";
    }
}
