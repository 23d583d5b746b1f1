using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>Trains with progress and checkpoints, and saves the best state however training ends: a model file is replaced only at a training's own end.</summary>
/// <param name="checkpoint">Time from one checkpoint to the next; null for none.</param>
/// <param name="resume">Whether there must be one to go on from.</param>
/// <param name="group">Processes that train together; the first alone writes. Null for one.</param>
internal sealed class TrainingRun(
    Dataset data, TrainingOptions options, Device device, string modelPath, TimeSpan? checkpoint = null, bool resume = false, IProcessGroup? group = null)
{
    private readonly CheckpointFile _checkpoint = new($"{modelPath}.checkpoint");

    private Checkpoints? Checkpoints =>
        checkpoint is { } interval ? new Checkpoints(new BestEffortStore(_checkpoint)) { Interval = interval } : null;

    /// <returns>The model, also written to its file.</returns>
    /// <exception cref="CommandException">It was interrupted or diverged, or the model cannot be written; the message says what was saved.</exception>
    public BayesianNetwork Fit() => Run(
        cancellation => ProgressDisplay.Show(progress => group is null
            ? BayesianNetwork.Fit(data, options, device, progress, Checkpoints, cancellation)
            : BayesianNetwork.FitInGroup(group, data, options, device, IsFirst ? progress : null, Checkpoints, cancellation)));

    /// <summary>Trains a part of an ensemble, and writes it.</summary>
    /// <exception cref="CommandException">It was interrupted, or the file cannot be written.</exception>
    public void FitShard(ParticleShare share)
    {
        OutputPlace.RequireWritable(modelPath);
        ProgressDisplay.ShowMemory(TrainingMemory.OfShare(data, options, device, share));
        LookForCheckpoint();
        using var interruption = new Interruption();
        try
        {
            EnsembleShard shard = ProgressDisplay.Show(progress => EnsembleShard.Fit(data, options, share.Index, share.Count, device, progress, Checkpoints, interruption.Token));
            shard.Save(modelPath);
            DeleteCheckpoint();
        }
        catch (OperationCanceledException exception)
        {
            throw new CommandException($"Training was interrupted: no shard was written{Rest()}", exception) { ExitCode = interruption.ExitCode };
        }
    }

    /// <summary>Hyperparameter search for a time budget.</summary>
    /// <inheritdoc cref="Fit"/>
    public BayesianNetwork Search(TimeSpan budget) => Run(cancellation =>
    {
        SearchResult result = HyperparameterSearch.Run(data, budget, options, device, ProgressDisplay.ReportSearch(data.Classes is not null), Checkpoints, cancellation);
        string trainings = $"the best of {result.Steps.Count} trainings";
        if (cancellation.IsCancellationRequested)
        {
            string place = PartialPath(modelPath);
            Save(result.Model, place);
            throw new InterruptedException($"The search was interrupted. Its state so far, {trainings}, was written to {place}{Rest()}");
        }

        Console.Error.WriteLine($"Kept {trainings}. Its scores are slightly optimistic, as they selected it: run \"ilgpubnn evaluate\" on other rows.");
        return result.Model;
    });

    private BayesianNetwork Run(Func<CancellationToken, BayesianNetwork> train)
    {
        if (IsFirst)
        {
            OutputPlace.RequireWritable(modelPath);
        }

        ProgressDisplay.ShowMemory(TrainingMemory.OfGroup(data, options, device, group));
        LookForCheckpoint();
        using var interruption = new Interruption();
        try
        {
            BayesianNetwork model = train(interruption.Token);
            if (IsFirst)
            {
                Save(model, modelPath);
                DeleteCheckpoint();
            }

            return model;
        }
        catch (InterruptedException exception)
        {
            throw new CommandException(exception.Message, exception) { ExitCode = interruption.ExitCode };
        }
        catch (TrainingCancelledException exception)
        {
            // Another process may have been the one that was asked.
            int exitCode = interruption.Token.IsCancellationRequested ? interruption.ExitCode : ExitCode.Failure;
            throw new CommandException(IsFirst ? SaveInterrupted(exception.Model) : exception.Message, exception) { ExitCode = exitCode, IsOfAllProcesses = true };
        }
        catch (TrainingDivergedException exception) when (exception.LastGoodModel is { } lastGood)
        {
            if (IsFirst)
            {
                DeleteCheckpoint();
            }

            throw new CommandException(IsFirst ? $"{exception.Message} {SaveLastGood(lastGood, modelPath)}" : exception.Message, exception) { IsOfAllProcesses = true };
        }
    }

    private bool IsFirst => group is not { Rank: > 0 };

    private void LookForCheckpoint()
    {
        if (checkpoint is null)
        {
            return;
        }

        if (IsFirst)
        {
            OutputPlace.RequireWritable(_checkpoint.Name);
        }

        if (_checkpoint.Exists)
        {
            Console.Error.WriteLine($"There is a checkpoint: this training goes on from {_checkpoint.Name}. Delete that file to start anew.");
            if (Checkpoint.DeviceNote(_checkpoint.WrittenOn, device.Description) is { } note)
            {
                CommonOptions.PrintNotes([note]);
            }
        }
        else if (resume)
        {
            throw new CommandException($"{_checkpoint.Name}: there is no such checkpoint. Leave --resume out to start the training.");
        }
    }

    /// <summary>Another training's checkpoint is not this one's to delete.</summary>
    private void DeleteCheckpoint()
    {
        if (checkpoint is not null)
        {
            _checkpoint.Delete();
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
            try
            {
                model.Save(elsewhere);
            }
            catch (ModelFileException)
            {
                throw new CommandException($"{exception.Message} The trained model could not be written to {elsewhere} either, and is lost.", exception);
            }

            throw new CommandException($"{exception.Message} The trained model was written to {elsewhere} instead.", exception);
        }
    }

    /// <summary>Where the state of an interrupted training goes: the model file may hold a better one, of a training that ended.</summary>
    internal static string PartialPath(string modelPath) =>
        Path.Combine(Path.GetDirectoryName(modelPath) ?? "", $"{Path.GetFileNameWithoutExtension(modelPath)}.partial{Path.GetExtension(modelPath)}");

    private string SaveInterrupted(BayesianNetwork? model)
    {
        if (model is null)
        {
            return $"Training was interrupted before its first iteration: no model was written{Rest()}";
        }

        TrainingReport report = model.Report;
        string place = PartialPath(modelPath);
        Save(model, place);
        string state = report.StopReason == StopReason.Cancelled
            ? $"Training was interrupted after {report.Iterations} iterations. The best state so far, of iteration {report.KeptIteration},"
            : "Training was interrupted while trying tanh in the last hidden layer. The model without it, which is complete,";
        return $"{state} was written to {place}{Rest()}";
    }

    private string Rest() =>
        (File.Exists(modelPath) ? $"; {modelPath} is unchanged." : ".") + (checkpoint is not null && _checkpoint.Exists ? " The same command goes on from its checkpoint." : "");

    /// <summary>A training goes on where its checkpoint cannot be written, as on a full disk.</summary>
    private sealed class BestEffortStore(ICheckpointStore store) : ICheckpointStore
    {
        private bool _warned;

        public string Name => store.Name;

        public Stream? OpenRead() => store.OpenRead();

        public void Write(Action<Stream> write)
        {
            try
            {
                store.Write(write);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (!_warned)
                {
                    Console.Error.WriteLine($"Warning: {Name} could not be written ({exception.Message.TrimEnd('.')}). The training goes on; make room for the model.");
                }

                _warned = true;
            }
        }

        public void Delete() => store.Delete();
    }

    /// <summary>A signal came; the message says what was saved.</summary>
    private sealed class InterruptedException(string message) : Exception(message);
}
