using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn;

/// <summary>A part of an anchored ensemble, trained by a process that knows nothing of the others: for job arrays of a cluster.</summary>
/// <remarks>
/// Of n shards, shard i has the networks s with s mod n = i. <see cref="Merge"/> puts all shards together and calibrates: on devices of one kind it gives the model
/// that <see cref="BayesianNetwork.Fit"/> gives with the same data and options, bit for bit. The number of iterations must be given: all networks together would decide it
/// otherwise. What is chosen before the first iteration, such as transforms, every shard chooses for itself, from data and options alone, and so alike.
/// </remarks>
public sealed class EnsembleShard
{
    private readonly string _name;
    private readonly TrainedShard _shard;

    private EnsembleShard(string name, TrainedShard shard) => (_name, _shard) = (name, shard);

    /// <summary>i, from 0.</summary>
    public int Index => _shard.Share.Index;

    /// <summary>n, the number of shards.</summary>
    public int Count => _shard.Share.Count;

    /// <summary>Options of the whole ensemble.</summary>
    public TrainingOptions Options => _shard.Options;

    /// <summary>Columns of the table that networks predict from.</summary>
    public IReadOnlyList<string> InputNames => _shard.Identity.InputNames;

    /// <summary>Columns of the table that they predict.</summary>
    public IReadOnlyList<string> TargetNames => _shard.Identity.TargetNames;

    /// <summary>Columns that told groups of rows apart; empty where rows were not grouped.</summary>
    public IReadOnlyList<string> GroupNames => _shard.GroupNames;

    /// <summary>The classes that it predicts; null for numbers.</summary>
    public IReadOnlyList<string>? Classes => _shard.ClassNames;

    /// <summary>How inputs are windows of series; null where they are columns of the table.</summary>
    public SeriesDescription? Series => _shard.Series;

    /// <summary>Trains the networks s with s mod <paramref name="count"/> = <paramref name="index"/>.</summary>
    /// <param name="data">At least 3 rows; the same for all shards.</param>
    /// <param name="options">The same for all shards: an anchored ensemble with <see cref="TrainingOptions.MaxIterations"/>.</param>
    /// <param name="index">From 0 to below <paramref name="count"/>.</param>
    /// <param name="count">Shards; at most as many as networks.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">As of <see cref="BayesianNetwork.Fit"/>; averages are of this shard's networks.</param>
    /// <param name="checkpoints">As of <see cref="BayesianNetwork.Fit"/>; each shard has its own.</param>
    /// <param name="cancellation">Stops between two iterations; a checkpoint keeps the state.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the ensemble cannot be trained in shards; the message says what to give.</exception>
    /// <exception cref="DataException">As of <see cref="BayesianNetwork.Fit"/>.</exception>
    /// <exception cref="ModelFileException">The checkpoint to go on from is damaged, of a newer version, or of another training.</exception>
    /// <exception cref="InsufficientMemoryException">Main memory is too small.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="TrainingDivergedException">A gradient was not finite.</exception>
    public static EnsembleShard Fit(
        Dataset data, TrainingOptions options, int index, int count, Device? device = null, IProgress<TrainingProgress>? progress = null,
        Checkpoints? checkpoints = null, CancellationToken cancellation = default)
    {
        var share = new ParticleShare(index, count);
        if (ProblemOf(options, share) is { } problem)
        {
            throw new ArgumentException(problem);
        }

        device ??= DeviceCatalog.Default;
        data.RequireUsableTargets();
        TrainingOptions own = options.For(data);
        TrainingMemory.OfShare(data, own, device, share).RequireRoom();
        TrainingIdentity identity = TrainingIdentity.Of("training", data, options, null) with { Shard = share.ToString() };
        Checkpointing? checkpointing = checkpoints?.Open(identity);
        try
        {
            (Checkpoint end, (int Iteration, int Particle)? failure) = Fitting.RunShard(data, own, share, device, progress, checkpointing, cancellation);
            return failure is { } at
                ? throw new TrainingDivergedException(at.Iteration, at.Particle, null)
                : new EnsembleShard($"Shard {share}", new TrainedShard(identity, share, options, data.GroupNames, data.Classes, end) { Series = data.Series });
        }
        catch (InvalidDataException cause) when (checkpointing is not null)
        {
            throw CheckpointFormat.Damaged(checkpointing.Name, cause);
        }
    }

    /// <summary>Reads a shard written by <see cref="Save"/>.</summary>
    /// <exception cref="ModelFileException">The file is missing, damaged, not a shard, or newer than this library.</exception>
    public static EnsembleShard Load(string path) => new(path, ShardFile.Read(path));

    /// <summary>Writes the shard as a safetensors file, atomically.</summary>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public void Save(string path) => ShardFile.Write(path, _shard);

    /// <summary>Puts all shards of an ensemble together, and calibrates it.</summary>
    /// <param name="shards">All of them, in any order.</param>
    /// <param name="data">The rows that they were trained on.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="cancellation">Stops the calibration.</param>
    /// <returns>The model; <see cref="TrainingReport.Elapsed"/> is the longest of the shards' times.</returns>
    /// <exception cref="ArgumentException">A shard is missing, or there twice; the message names it.</exception>
    /// <exception cref="ModelFileException">A shard is of another training than the first, or damaged.</exception>
    /// <exception cref="DataException">The rows are others.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static BayesianNetwork Merge(IReadOnlyList<EnsembleShard> shards, Dataset data, Device? device = null, CancellationToken cancellation = default)
    {
        if (shards.Count == 0)
        {
            throw new ArgumentException("There is no shard to merge. Give all shards of an ensemble.", nameof(shards));
        }

        EnsembleShard first = shards[0];
        foreach (EnsembleShard shard in shards.Skip(1))
        {
            RequireSameTraining(first, shard);
        }

        RequireAll(shards);
        if (first._shard.Identity.DifferenceTo(TrainingIdentity.Of("training", data, first.Options, null) with { Shard = first._shard.Identity.Shard }) is { } difference)
        {
            throw new DataException(data.SourceName, $"these are not the rows that the shards were trained on: {ShownText.Of(first._name)} is of {difference}. Give the same table, read in the same way.");
        }

        device ??= DeviceCatalog.Default;
        TrainingOptions options = first.Options.For(data);
        try
        {
            return new BayesianNetwork(Fitting.Finish(data, options, Joined([.. shards.OrderBy(shard => shard.Index)], device), device, cancellation));
        }
        catch (InvalidDataException cause)
        {
            throw ShardFile.Damaged(first._name, cause.Message, cause);
        }
    }

    /// <summary>Why such an ensemble cannot be trained in such shards, and what to do; null if it can.</summary>
    internal static string? ProblemOf(TrainingOptions options, ParticleShare share) =>
        share.Count < 1 || share.Index < 0 || share.Index >= share.Count ? $"Shard {share} is none: of n shards, the first is 0/n and the last n-1/n."
        : options.Method is not AnchoredEnsemble method
            ? "Only an anchored ensemble can be trained in shards: its networks know nothing of each other, those of other methods move or stop together. Use an anchored ensemble, or train in one process."
        : options.MaxIterations is null
            ? "The number of iterations must be given for shards: all networks together would decide it otherwise. Give MaxIterations, such as the iteration kept by a training of fewer networks."
        : share.Count > method.Particles ? $"{share.Count} shards are more than the {method.Particles} networks. Use at most {method.Particles}, or more particles."
        : null;

    private static void RequireSameTraining(EnsembleShard first, EnsembleShard shard)
    {
        TrainingStage one = first._shard.End.Stage!, other = shard._shard.End.Stage!;
        string? difference = (shard._shard.Identity with { Shard = null }).DifferenceTo(first._shard.Identity with { Shard = null })
            ?? (first.Count != shard.Count ? $"a training in {shard.Count} shards, and {first._name} in {first.Count}" : null)
            ?? (one.Kappa != other.Kappa || !one.Encoding.Inputs.Select(ModelMetadata.Text).SequenceEqual(other.Encoding.Inputs.Select(ModelMetadata.Text))
                || !one.Encoding.Targets.Select(ModelMetadata.Text).SequenceEqual(other.Encoding.Targets.Select(ModelMetadata.Text)) || one.Encoding.ComponentCount != other.Encoding.ComponentCount
                || !(one.ApartTargets ?? []).SequenceEqual(other.ApartTargets ?? []) || one.Prior.Relevances?.Count != other.Prior.Relevances?.Count || one.Prior.IsSmooth != other.Prior.IsSmooth
                || one.Trainer.Iteration != other.Trainer.Iteration || one.Trainer.History.Count != other.Trainer.History.Count
                    ? "a training that chose other transforms, encodings or iterations, as another kind of device may" : null);
        if (difference is not null)
        {
            throw new ModelFileException(shard._name, $"does not belong to {first._name}: it is of {difference}", "Give the shards of one training.");
        }
    }

    private static void RequireAll(IReadOnlyList<EnsembleShard> shards)
    {
        EnsembleShard first = shards[0];
        if (shards.GroupBy(shard => shard.Index).FirstOrDefault(own => own.Count() > 1) is { } doubled)
        {
            throw new ArgumentException($"Shard {doubled.First()._shard.Share} is there twice: {string.Join(" and ", doubled.Select(shard => ShownText.Of(shard._name)))}. Give each once.");
        }

        int[] missing = [.. Enumerable.Range(0, first.Count).Except(shards.Select(shard => shard.Index))];
        if (missing.Length > 0)
        {
            throw new ArgumentException(
                $"{(missing.Length == 1 ? "A shard is" : $"{missing.Length} shards are")} missing: {ColumnSelection.List([.. missing.Select(index => new ParticleShare(index, first.Count).ToString())])}. "
                    + "Train what is missing with the command of the others.");
        }
    }

    /// <summary>The end of the training that one process would have done.</summary>
    /// <param name="shards">In order.</param>
    private static Checkpoint Joined(EnsembleShard[] shards, Device device)
    {
        Checkpoint[] ends = [.. shards.Select(shard => shard._shard.End)];
        TrainerState[] states = [.. ends.Select(end => end.Stage!.Trainer)];
        TrainerState first = states[0];
        int particles = shards[0].Options.Method.Particles, stride = first.Best.Length / shards[0]._shard.Share.CountOf(particles);
        for (int index = 0; index < shards.Length; index++)
        {
            if (stride == 0 || states[index].Best.Length != shards[index]._shard.Share.CountOf(particles) * stride)
            {
                throw ShardFile.Damaged(shards[index]._name, "its networks are not those of this training");
            }
        }

        StepInfo[] history = [.. first.History.Select((step, look) =>
        {
            (double density, double norm) = StepStatistics.Of(Of(2 * look), Of((2 * look) + 1));
            return step with { MeanLogDensity = density, GradientNorm = norm, Elapsed = states.Max(state => state.History[look].Elapsed) };
        })];
        string[] devices = [.. ends.Select(end => end.Device).OfType<string>().Append(Checkpoint.NameOf(device.Description)).Distinct()];
        string[] notes = devices.Length == 1 ? []
            : [$"Trained and merged on {string.Join(", ", devices.Select(name => ShownText.Of(name)))}, which round differently: the model does not have the bits of a training in one process."];
        return ends[0] with
        {
            Elapsed = ends.Max(end => end.Elapsed),
            Device = null,
            Notes = [.. ends[0].Notes.Where(note => !note.StartsWith(Checkpoint.OtherDevice, StringComparison.Ordinal)), .. notes],
            Stage = ends[0].Stage! with
            {
                Trainer = first with
                {
                    Best = ParticleShare.Joined([.. states.Select(state => state.Best)], stride),
                    History = history,
                    Elapsed = states.Max(state => state.Elapsed),
                    ParticleHistory = [],
                },
            },
        };

        double[] Of(int entry) => ParticleShare.Joined([.. states.Select(state => state.ParticleHistory[entry])], 1);
    }
}
