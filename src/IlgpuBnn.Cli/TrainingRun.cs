using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>Trains with progress, and saves the best state however training ends: a model file is replaced only at a training's own end.</summary>
internal static class TrainingRun
{
    /// <returns>The model, also written to <paramref name="modelPath"/>.</returns>
    /// <exception cref="CommandException">It was interrupted or diverged, or the model cannot be written; the message says what was saved.</exception>
    public static BayesianNetwork Fit(Dataset data, TrainingOptions options, Device device, string modelPath) => Run(
        data, options, device, modelPath,
        cancellation => ProgressDisplay.Show(progress => BayesianNetwork.Fit(data, options, device, progress, cancellation)));

    /// <summary>Hyperparameter search for a time budget.</summary>
    /// <inheritdoc cref="Fit"/>
    public static BayesianNetwork Search(Dataset data, TrainingOptions start, TimeSpan budget, Device device, string modelPath)
    {
        int trainings = 0;
        BayesianNetwork model = Run(data, start, device, modelPath, cancellation =>
        {
            SearchResult result = HyperparameterSearch.Run(data, budget, start, device, ProgressDisplay.ReportSearch(), cancellation);
            trainings = result.Steps.Count;
            return result.Model;
        });
        Console.Error.WriteLine(
            $"Kept the best of {trainings} trainings. Its scores are slightly optimistic, as they selected it: run \"ilgpubnn evaluate\" on other rows.");
        return model;
    }

    private static BayesianNetwork Run(
        Dataset data, TrainingOptions options, Device device, string modelPath, Func<CancellationToken, BayesianNetwork> train)
    {
        OutputPlace.RequireWritable(modelPath);
        ProgressDisplay.ShowMemory(TrainingMemory.Estimate(data, options, device));
        using var interruption = new Interruption();
        try
        {
            BayesianNetwork model = train(interruption.Token);
            Save(model, modelPath);
            return model;
        }
        catch (TrainingCancelledException exception)
        {
            throw new CommandException(SaveInterrupted(exception.Model, modelPath), exception) { ExitCode = interruption.ExitCode };
        }
        catch (TrainingDivergedException exception) when (exception.LastGoodModel is { } lastGood)
        {
            throw new CommandException($"{exception.Message} {SaveLastGood(lastGood, modelPath)}", exception);
        }
    }

    internal static string SaveLastGood(BayesianNetwork model, string modelPath)
    {
        // The model file may hold a better one, from a training that succeeded.
        string place = $"{modelPath}.last-good";
        model.Save(place);
        return $"That state was written to {place}; {modelPath} is unchanged.";
    }

    /// <summary>Writes the model; if that fails (a full disk), to the folder for temporary files.</summary>
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

    /// <summary>Where the state of an interrupted training goes: the model file may hold a better one, of a training that ended.</summary>
    internal static string PartialPath(string modelPath) =>
        Path.Combine(Path.GetDirectoryName(modelPath) ?? "", $"{Path.GetFileNameWithoutExtension(modelPath)}.partial{Path.GetExtension(modelPath)}");

    private static string SaveInterrupted(BayesianNetwork model, string modelPath)
    {
        TrainingReport report = model.Report;
        if (report.KeptIteration == 0)
        {
            return $"Training was interrupted after {report.Iterations} iterations, before the first evaluation: nothing was written.";
        }

        string place = PartialPath(modelPath);
        Save(model, place);
        string state = report.StopReason == StopReason.Cancelled
            ? $"Training was interrupted after {report.Iterations} iterations. The best state so far, of iteration {report.KeptIteration},"
            : "Training was interrupted while trying tanh in the last hidden layer. The model without it, which is complete,";
        return $"{state} was written to {place}{(File.Exists(modelPath) ? $"; {modelPath} is unchanged" : "")}.";
    }
}
