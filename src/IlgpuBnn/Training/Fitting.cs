using System.Diagnostics;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;

namespace IlgpuBnn.Training;

/// <summary>Trains, and where it may help trains a candidate too: of another prior where targets are noisy, otherwise of tanh units in the last hidden layer.</summary>
/// <remarks>
/// SiLU is unbounded; tanh saturates, so that a sum of tanh units can change abruptly. With few rows it invents such changes: out-of-fold rows choose.
/// Where a target is mostly noise, or many inputs say little, networks that must explain every row exactly stop early and rough; with noise of about that size in training
/// and smaller weights they can be trained to the end.
/// </remarks>
internal static class Fitting
{
    // CRPS of out-of-fold rows, in standard deviations of a target: errors of some .45 of one.
    private const double Noisy = 0.25;
    private const double NoisyWeightScale = 0.5;
    private const double NoisyNoiseSd = 0.45;

    // Few networks predict an out-of-fold row: rough ones, whose mean over all is better, look worse than they are by 1 or 2 %.
    private const double NoisyGain = 0.02;

    /// <summary>Whether training on this number of rows may train a candidate.</summary>
    public static bool MaySelect(TrainingOptions options, int rows) => MaySelectPrior(options, rows) || MaySelectLastActivation(options, rows);

    private static bool MaySelectPrior(TrainingOptions options, int rows) =>
        options.Method is AnchoredEnsemble { SelectPrior: true, Folds: > 1 } method && OutputLayerChoice.IsDefault(method.Prior) && !options.HasFields && !options.UsedLikelihood.IsOfClasses
            && options.Components is null && options.BudgetsFor(rows).Count > 1;

    public static bool MaySelectLastActivation(TrainingOptions options, int rows) =>
        options.Method is AnchoredEnsemble { SelectLastActivation: true } && options.Layers is null && options.LastActivation is null
            && options.Activation != Activation.Tanh && options.HiddenUnits.Count > 0 && options.BudgetsFor(rows).Count > 1;

    /// <param name="earlier">The model to continue from; null to start anew.</param>
    /// <param name="checkpoints">Has the one to go on from, if there is one.</param>
    /// <param name="group">Processes that train the ensemble together; null for one.</param>
    /// <returns>The better model, and whether the candidate's training was stopped; the first model is then complete.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled before the first iteration.</exception>
    /// <exception cref="InvalidDataException">The checkpoint cannot be one of this training.</exception>
    public static (TrainingOutcome Outcome, bool SecondStopped) Run(
        Dataset data, TrainingOptions options, Device device, IProgress<TrainingProgress>? progress, CancellationToken cancellation,
        TrainedModel? earlier = null, Checkpointing? checkpoints = null, IProcessGroup? group = null)
    {
        using Activity? span = TrainingTrace.Start(TrainingTrace.Training);
        (TrainingOutcome outcome, bool secondStopped) = RunUnchecked(data, options, device, progress, earlier, checkpoints, group, cancellation);
        return outcome.Model is { } model ? (outcome with { Model = Completed(model, data, earlier, device) }, secondStopped) : (outcome, secondStopped);
    }

    private static (TrainingOutcome Outcome, bool SecondStopped) RunUnchecked(
        Dataset data, TrainingOptions options, Device device, IProgress<TrainingProgress>? progress, TrainedModel? earlier, Checkpointing? checkpoints, IProcessGroup? group,
        CancellationToken cancellation)
    {
        using TrainingTeam team = group is null ? TrainingTeam.Alone(cancellation) : new TrainingTeam(new ParticleShare(group.Rank, group.Size), group, cancellation);
        cancellation = team.Cancellation;
        Plan plan = Planned(data, options, device, earlier, checkpoints, cancellation);
        options = plan.Options;
        int rows = data.RowCount, budget = options.BudgetsFor(rows)[^1], total = earlier is null && MaySelect(options, rows) ? 2 * budget : budget;
        TrainingOutcome first = plan.Found?.Stage?.First is { } complete ? new TrainingOutcome(complete) : Train(options, null);
        if (earlier is not null || first is not { Failure: null, Model: { } model })
        {
            return (first, false);
        }

        var loss = new Lazy<double>(() => model.OutOfFoldLoss(data, device, cancellation));
        if (Candidate() is not { } candidate)
        {
            return (first, false);
        }

        TrainingOutcome second;
        try
        {
            second = Train(candidate, model);
        }
        catch (OperationCanceledException)
        {
            return (first, true);
        }

        bool secondStopped = second.Model?.Report.StopReason == StopReason.Cancelled;
        if (second is { Failure: null, Model: { } other } && !secondStopped)
        {
            try
            {
                model = Better(model, loss.Value, other, data, device, cancellation);
            }
            catch (OperationCanceledException)
            {
                return (first, true);
            }
        }

        return (new TrainingOutcome(model with { Report = model.Report with { Elapsed = Stopwatch.GetElapsedTime(plan.Started) } }), secondStopped);

        TrainingOptions? Candidate()
        {
            try
            {
                return CandidateBeside(model, loss);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        TrainingOutcome Train(TrainingOptions own, TrainedModel? before)
        {
            int stage = before is null ? 1 : 2;
            checkpoints?.Begin(trainer => plan.Stage(before, trainer));
            TrainerState? from = (plan.Found?.Stage?.First is null) == (before is null) ? plan.Found?.Stage?.Trainer : null;
            using var trainer = new Trainer(plan.Encoded, own, device, plan.Encoding, earlier, from, team, cancellation);
            return trainer.Run(
                progress is null ? null : new Relay<StepInfo>(step => progress.Report(
                    new TrainingProgress(step, stage, ((stage - 1) * budget) + step.Iteration, total))),
                cancellation, checkpoints);
        }
    }

    /// <summary>Trains some of an ensemble's particles for the given number of iterations.</summary>
    /// <param name="checkpoints">Has the one to go on from, if there is one.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidDataException">The checkpoint cannot be one of this training.</exception>
    public static (Checkpoint End, (int Iteration, int Particle)? Failure) RunShard(
        Dataset data, TrainingOptions options, ParticleShare share, Device device, IProgress<TrainingProgress>? progress, Checkpointing? checkpoints, CancellationToken cancellation)
    {
        using var team = new TrainingTeam(share, null, cancellation, isShard: true);
        Plan plan = Planned(data, options, device, null, checkpoints, cancellation);
        int total = options.IterationsFor(data.RowCount);
        checkpoints?.Begin(state => plan.Stage(null, state));
        using var trainer = new Trainer(plan.Encoded, plan.Options, device, plan.Encoding, null, plan.Found?.Stage?.Trainer, team, cancellation);
        (TrainerState end, (int Iteration, int Particle)? failure) = trainer.RunShard(
            progress is null ? null : new Relay<StepInfo>(step => progress.Report(new TrainingProgress(step, 1, step.Iteration, total))), cancellation, checkpoints);

        // What only further iterations would need is left out.
        return (new Checkpoint(end.Elapsed, Checkpoint.NameOf(device.Description), plan.Notes, [], plan.Stage(null, end with { Sampler = [] }), null), failure);
    }

    /// <summary>Makes the model of a training all of whose iterations are done.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidDataException">The state cannot be one of this training.</exception>
    public static TrainedModel Finish(Dataset data, TrainingOptions options, Checkpoint end, Device device, CancellationToken cancellation)
    {
        Plan plan = Planned(data, options, device, null, new Checkpointing("", end, TimeSpan.MaxValue, 1, _ => { }), cancellation);
        TrainerState state = end.Stage!.Trainer;
        var builder = new ModelBuilder(plan.Encoded, plan.Options, device, plan.Encoding, null, cancellation);
        if (state.Best.Length != builder.Layout.LengthOf(options.Method.Particles) || state.Iteration != options.IterationsFor(data.RowCount))
        {
            throw new InvalidDataException("its networks or iterations are not those of this training");
        }

        StepInfo[] history = [.. state.History];
        if (history.Length > 0 && history[^1].Iteration == state.Iteration)
        {
            history[^1] = history[^1] with { Spread = SpreadOf(state.Best) };
        }

        return Completed(
            builder.Model(state.Best, true, new TrainingEnd(state.Iteration, state.BestIteration, StopReason.IterationLimit, state.Elapsed, history), cancellation), data, null, device);

        double SpreadOf(float[] particles)
        {
            using DeviceBuffer buffer = device.Allocate(particles.Length);
            buffer.Upload(particles);
            return StepStatistics.SpreadOf(device, buffer, builder.Layout.ShapeOf(options.Method.Particles));
        }
    }

    /// <summary>With what the table says beside its numbers, and what constraints came to.</summary>
    private static TrainedModel Completed(TrainedModel model, Dataset data, TrainedModel? earlier, Device device)
    {
        model = model with { Units = data.Units.Count > 0 ? data.Units : earlier?.Units ?? data.Units, Series = data.Series ?? earlier?.Series };
        return model.Options.Constraints is null ? model : model with { Report = model.Report with { Constraints = ConstraintUse.Check(model, data, device) } };
    }

    /// <summary>Chooses what is chosen before the first iteration, from data and options alone, or takes it from the checkpoint.</summary>
    private static Plan Planned(Dataset data, TrainingOptions options, Device device, TrainedModel? earlier, Checkpointing? checkpoints, CancellationToken cancellation)
    {
        using Activity? span = TrainingTrace.Start(TrainingTrace.Choices);
        ComponentSelection.RequireUsable(data, options);
        Checkpoint? found = checkpoints?.Take();
        long started = Stopwatch.GetTimestamp() - (long)((found?.Elapsed ?? TimeSpan.Zero).TotalSeconds * Stopwatch.Frequency);
        List<string> notes = [.. (found?.Notes ?? []).Append(Checkpoint.DeviceNote(found?.Device, device.Description)).OfType<string>()], reasons = [];
        checkpoints?.Begin((trials, stage) => new Checkpoint(
            Stopwatch.GetElapsedTime(started), Checkpoint.NameOf(device.Description), stage is null ? [.. notes] : [.. notes, .. reasons], trials, stage, checkpoints.Search));
        var trials = new EncodingTrials(data.TargetCount, found?.Trials ?? [], checkpoints);
        double? kappa = found?.Stage is { } stopped ? stopped.Kappa : Noted(KappaSelection.Choose(data, options, device, trials, cancellation));
        options = KappaSelection.With(options, kappa);
        TableEncoding encoding = found?.Stage is { Encoding: var written } ? written with { Classes = earlier is null ? options.ClassesOf(data) : earlier.Encoding.Classes }
            : earlier is null ? Chosen()
            : earlier.Encoding with { Range = InputRange.Of(data.Inputs) };
        encoding = options.Constraints?.Limit(encoding, data.TargetNames) ?? encoding;
        IReadOnlyList<string>? apart = found?.Stage is { } reached ? reached.ApartTargets : earlier is null ? ChosenApart() : null;
        options = options with { ApartTargets = apart ?? options.ApartTargets };
        Dataset encoded = Encode();
        TrainingOptions asGiven = options;
        options = earlier is null ? OutputLayerChoice.Made(options, encoded) : options;
        PriorChoice prior = found?.Stage is { } before ? before.Prior : earlier is null ? ChosenPrior() : PriorChoice.None;
        string[] all = [.. notes, .. reasons];
        encoded = encoded.With([.. TrainingRows.RelatedRowNotes(data, cancellation), .. all]);
        return new Plan(PriorSelection.With(options, prior, asGiven), encoding, kappa, apart, prior, encoded, all, found, started);

        double? Noted((double Kappa, string Note)? choice)
        {
            if (choice is not var (chosen, reason))
            {
                return null;
            }

            reasons.Add(reason);
            return chosen;
        }

        IReadOnlyList<string>? ChosenApart()
        {
            if (ApartSelection.Choose(data, options, encoding, device, trials, cancellation) is not var (chosen, reason))
            {
                return null;
            }

            reasons.Add(reason);
            return chosen;
        }

        PriorChoice ChosenPrior()
        {
            (PriorChoice chosen, IReadOnlyList<string> own) = new PriorSelection(data, encoded, encoding, device, trials, cancellation).Choose(options, asGiven);
            reasons.AddRange(own);
            return chosen;
        }

        TableEncoding Chosen()
        {
            (TableEncoding chosen, IReadOnlyList<string> own) = EncodingSelection.Choose(data, options, device, trials, cancellation);
            reasons.AddRange(own);
            return chosen;
        }

        Dataset Encode()
        {
            try
            {
                return encoding.Encode(data);
            }
            catch (DataException cause) when (found is not null)
            {
                throw new InvalidDataException("its encodings are not those of this table", cause);
            }
        }
    }

    /// <summary>What is known before the first iteration.</summary>
    /// <param name="Options">With what was chosen.</param>
    /// <param name="Encoded">The rows as networks see them, with all notes.</param>
    /// <param name="Notes">On what was chosen.</param>
    /// <param name="Found">The checkpoint to go on from; null for none.</param>
    /// <param name="Started">A time stamp.</param>
    private sealed record Plan(
        TrainingOptions Options, TableEncoding Encoding, double? Kappa, IReadOnlyList<string>? ApartTargets, PriorChoice Prior, Dataset Encoded, IReadOnlyList<string> Notes, Checkpoint? Found, long Started)
    {
        public TrainingStage Stage(TrainedModel? first, TrainerState trainer) => new(Encoding, Kappa, ApartTargets, Prior, first, trainer);
    }

    /// <summary>Checks that a table extends the one that a model was trained on.</summary>
    /// <exception cref="DataException">The columns differ, or the first rows do.</exception>
    public static void RequireGrown(Dataset data, TrainedModel model)
    {
        IReadOnlyList<string> inputNames = model.Encoding.InputNames, targetNames = model.TargetNames;
        if (!data.InputNames.SequenceEqual(inputNames) || !data.TargetNames.SequenceEqual(targetNames))
        {
            throw new DataException(
                data.SourceName, $"the inputs {string.Join(", ", data.InputNames)} and targets {string.Join(", ", data.TargetNames)}; the model has the inputs "
                + $"{string.Join(", ", inputNames)} and targets {string.Join(", ", targetNames)}. Give the same columns in the same order.");
        }

        IReadOnlyList<int> earlier = model.Report.RowCounts;
        if (data.RowCount < earlier[^1] || !BeginsWithTheSameRows(data, model, earlier[0]))
        {
            throw new DataException(
                data.SourceName, $"{data.RowCount} rows that do not begin with the {earlier[^1]} of the training before. Put those first, in the same "
                + "order, and new rows behind them.");
        }
    }

    /// <summary>Compares means and scales: a model keeps those of its first training's rows.</summary>
    private static bool BeginsWithTheSameRows(Dataset data, TrainedModel model, int count)
    {
        var first = new TrainingRows(model.Encoding.Encode(data.SelectRows([.. Enumerable.Range(0, count)])), model.Options);
        return Same(first.InputScaling, model.Ensemble.InputScaling) && Same(first.TargetScaling, model.Ensemble.TargetScaling);

        static bool Same(Standardisation a, Standardisation b) => a.Mean.Zip(b.Mean).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-9 * Math.Abs(pair.Second));
    }

    /// <summary>The candidate to train beside a model; null for none.</summary>
    /// <param name="loss">Of the model on out-of-fold rows.</param>
    private static TrainingOptions? CandidateBeside(TrainedModel model, Lazy<double> loss)
    {
        int rows = model.Report.TrainingRows;
        return model.Report.StopReason == StopReason.Cancelled ? null
            : MaySelectPrior(model.Options, rows) && model.Report.Folds > 0 && loss.Value > Noisy
            ? ForNoise(model.Options, rows)
            : MaySelectLastActivation(model.Options, rows) && model.Report.KeptIteration >= model.Options.BudgetsFor(rows)[^2]
            ? model.Options with { LastActivation = Activation.Tanh }
            : null;
    }

    /// <summary>With smaller weights and more noise; tanh units, which learn less of it, in a last hidden layer behind which the output layer is solved for and whose activation is open.</summary>
    private static TrainingOptions ForNoise(TrainingOptions options, int rows)
    {
        var method = (AnchoredEnsemble)options.Method;
        options = options with { Method = method with { Prior = method.Prior with { WeightScale = NoisyWeightScale, NoiseSd = NoisyNoiseSd } } };
        return method.SolveOutputLayer == true && MaySelectLastActivation(options, rows) ? options with { LastActivation = Activation.Tanh } : options;
    }

    /// <summary>The model with the lower out-of-fold CRPS, or log loss of classes, with a note if it is the candidate.</summary>
    /// <param name="first">Loss of the model on out-of-fold rows.</param>
    private static TrainedModel Better(TrainedModel model, double first, TrainedModel candidate, Dataset data, Device device, CancellationToken cancellation)
    {
        double second = candidate.OutOfFoldLoss(data, device, cancellation);
        bool isOfPrior = ((AnchoredEnsemble)candidate.Options.Method).Prior.WeightScale != ((AnchoredEnsemble)model.Options.Method).Prior.WeightScale;
        if (!(second < (isOfPrior ? 1 - NoisyGain : 1) * first))
        {
            return model;
        }

        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"{(isOfPrior
                ? $"The weights' prior has the scale {NoisyWeightScale}, and training a noise of {NoisyNoiseSd} standard deviations (--select-prior no for the default's)"
                : "The last hidden layer has tanh units")}: out-of-fold rows were predicted better so ({(model.Encoding.Classes is null ? $"CRPS {second:G3} of a standard deviation" : $"log loss {second:G3}")}, not {first:G3}).");
        return candidate with { Report = candidate.Report with { Notes = [.. candidate.Report.Notes, note] } };
    }
}

/// <summary>Reports immediately and in order, on the training thread, unlike <see cref="Progress{T}"/>.</summary>
internal sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
