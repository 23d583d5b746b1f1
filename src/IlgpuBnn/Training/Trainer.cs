using System.Diagnostics;
using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>One training: holds rows out, standardises, iterates, evaluates now and then, keeps the best state and calibrates it.</summary>
internal sealed class Trainer : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly TrainingTeam _team;
    private readonly ModelBuilder _builder;
    private readonly IReadOnlyList<int> _budgets;
    private readonly DeviceRows _rows;
    private readonly Batches _batches;
    private readonly ISampler _sampler;
    private readonly ValidationRows? _validation;
    private readonly List<StepInfo> _history = [];

    // Of a shard, whose averages are nothing without the others' particles: two entries for each evaluation.
    private readonly List<double[]> _particleHistory = [];
    private readonly bool _goesOn;
    private readonly long _started;

    // [particle here, stride], on the device as the particles are: thousands of them are large.
    private readonly DeviceBuffer _best;
    private double _bestScore = double.NaN;
    private int _bestIteration;

    // Of out-of-fold rows at the end of a budget; null where they are computed once more when they are needed.
    private double[]? _bestBlockScores;

    // Whether out-of-fold rows cannot tell the last budget from a better one before it.
    private bool _inDoubt;

    // The last iteration's, while the evaluation after it is not finished.
    private StepStatistics? _pending;

    /// <param name="data">Features and transformed targets.</param>
    /// <param name="encoding">What made them so.</param>
    /// <param name="earlier">The model to continue from; null to start anew.</param>
    /// <param name="from">The state of this very training to go on from; null for its beginning.</param>
    /// <param name="team">Where not all particles are trained here. Null for one process.</param>
    /// <exception cref="InvalidDataException">That state cannot be one of this training.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Trainer(
        Dataset data, TrainingOptions options, Device device, TableEncoding encoding, TrainedModel? earlier = null, TrainerState? from = null,
        TrainingTeam? team = null, CancellationToken cancellation = default)
    {
        (_options, _goesOn, _team) = (options, earlier is not null && from is null, team ?? TrainingTeam.Alone(cancellation));
        _started = Stopwatch.GetTimestamp() - (long)((from?.Elapsed ?? TimeSpan.Zero).TotalSeconds * Stopwatch.Frequency);
        InferenceMethod method = options.Method;
        if (method is AnchoredEnsemble { SolveOutputLayer: true } && OutputLayerChoice.ProblemOf(options, data) is { } problem)
        {
            throw new ArgumentException($"The output layer cannot be solved for: {problem}. Leave SolveOutputLayer (--solve-output-layer) out.", nameof(options));
        }

        _builder = new ModelBuilder(data, options, device, encoding, earlier, cancellation);
        TrainingRows all = _builder.Rows;
        ParameterLayout layout = _builder.Layout;
        if ((method as AnchoredEnsemble)?.Prior.ProblemFor(layout) is { } mismatch)
        {
            throw new ArgumentException(mismatch, nameof(options));
        }

        double[][,]? scores = _builder.Components is not { } components ? null
            : [.. Enumerable.Range(0, all.Folds.Count).Select(fold => components.Encode(_builder.Targets, fold))];
        IReadOnlyList<int> budgets = options.BudgetsFor(all.Training.RowCount);

        // Where all rows are related, nothing tells budgets apart.
        _budgets = budgets.Count > 1 && all.Folds.Count == 0 ? [budgets[^1] / 4] : budgets;
        ParticleShare share = _team.Share;
        int count = share.CountOf(method.Particles);
        _rows = method.Upload(device, options.UsedLikelihood, _builder.Inputs, scores?[0] ?? _builder.Targets, all.Folds, options.Seed, scores, share, cancellation);
        _batches = new Batches(device, _rows, options.BatchesFor(all.Training.RowCount), options.Seed);
        float[] drawn = method.DrawAll(layout, options.Seed, share, cancellation);
        method.Adjust(layout, drawn, device, _builder.Inputs, _builder.Targets);
        float[] initial = earlier is null ? drawn : method.GoOnFrom(layout, _builder.ModelLayout, drawn, earlier.Ensemble.Particles);
        ConstraintRows? constraints = options.Constraints is not { HasTerm: true } prior || _builder.Components is not null ? null
            : new(device, prior, encoding, data.TargetNames, all.InputScaling, all.TargetScaling, all.Training.RowCount, options.Seed);
        var target = new LogPosterior(
            device, layout, options.UsedLikelihood, method.GradientOfPrior(device, layout, drawn), method.NoiseLogPrecision, count, _batches.LargestBatch,
            constraints, method.SolvedOutputs(layout.Network));
        _sampler = method.Start(target, device, initial, options.Optimizer, _team.Group);
        _best = device.Allocate(initial.Length);
        _best.CopyFrom(_sampler.Particles);
        if (all.Validation is { } held)
        {
            (double[,] heldInputs, double[,] heldTargets) = all.Standardised(held);
            _validation = new ValidationRows(
                device, layout, options.UsedLikelihood, encoding.Classes, _sampler.Particles, method.Particles, _team, heldInputs, heldTargets);
        }

        if (from is not null)
        {
            Restore(from, cancellation);
        }
    }

    /// <summary>Whether its models are calibrated. Default yes; a trial of other things need not be.</summary>
    public bool Calibrates { get; init; } = true;

    /// <param name="checkpoints">Written now and then, and when it is cancelled.</param>
    /// <exception cref="OperationCanceledException">It was cancelled before the first iteration.</exception>
    public TrainingOutcome Run(IProgress<StepInfo>? progress, CancellationToken cancellation, Checkpointing? checkpoints = null)
    {
        try
        {
            return RunOrThrow(cancellation, progress, checkpoints);
        }
        catch (OperationCanceledException) when (_sampler.Iteration > 0 || _goesOn)
        {
            KeepCheckpoint(checkpoints);
            return Result(StopReason.Cancelled, default);
        }
    }

    /// <summary>Trains a shard to the end.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <inheritdoc cref="Run"/>
    public (TrainerState State, (int Iteration, int Particle)? Failure) RunShard(IProgress<StepInfo>? progress, CancellationToken cancellation, Checkpointing? checkpoints = null)
    {
        try
        {
            (int Iteration, int Particle)? failure = Iterate(progress, checkpoints, cancellation);
            return (State(), failure);
        }
        catch (OperationCanceledException)
        {
            KeepCheckpoint(checkpoints);
            throw;
        }
    }

    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TrainingOutcome RunOrThrow(CancellationToken cancellation, IProgress<StepInfo>? progress = null, Checkpointing? checkpoints = null) =>
        Iterate(progress, checkpoints, cancellation) is { } failure
            ? new TrainingOutcome(_history.Count == 0 ? null : Model(StopReason.NotFinite, default), failure)
            : Result(IsGoodEnough() ? StopReason.ValidationScore : StopReason.IterationLimit, cancellation);

    /// <returns>The first gradient that was not finite, of all particles; null for none.</returns>
    private (int Iteration, int Particle)? Iterate(IProgress<StepInfo>? progress, Checkpointing? checkpoints, CancellationToken cancellation)
    {
        using Activity? span = TrainingTrace.Start(TrainingTrace.Iterations);
        if (_goesOn)
        {
            // The earlier state is kept until there is a better one.
            (_bestScore, _bestBlockScores) = Score(budgetEnds: true, cancellation);
        }

        if (_pending is { } pending)
        {
            Report(Keep(pending, cancellation));
        }

        while (!IsGoodEnough() && _sampler.Iteration < _budgets[^1])
        {
            if (MayTalk)
            {
                _team.HearCancellation();
            }

            cancellation.ThrowIfCancellationRequested();
            if (MayTalk && _team.Any(checkpoints is { IsDue: true }))
            {
                KeepCheckpoint(checkpoints);
            }

            int iteration = _sampler.Iteration + 1;
            bool budgetEnds = _budgets.Contains(iteration), look = budgetEnds || iteration % _options.EvaluationInterval == 0;
            _sampler.Step(_batches.Next(), StepSize(iteration), GradientWeight(iteration), look, Gathers);
            if (!look)
            {
                continue;
            }

            using Activity? evaluation = TrainingTrace.Start(TrainingTrace.Evaluation);
            _sampler.Settle();
            if (Failure() is { } failure)
            {
                return failure;
            }

            Report(Keep(_sampler.Measure(HasSpread(budgetEnds), Together, Gathers), cancellation));
        }

        return null;

        void Report(StepInfo info) => progress?.Report(info);
    }

    public void Dispose()
    {
        _validation?.Dispose();
        _sampler.Dispose();
        _best.Dispose();
        _batches.Dispose();
        _rows.Dispose();
    }

    // Of all particles, or of a shard.
    private TrainerState State() => new(
        _sampler.Iteration, [.. _sampler.State.Select(buffer => All(buffer.ToArray()))], All(_best.ToArray()), _bestScore, _bestIteration, _history,
        Stopwatch.GetElapsedTime(_started), _pending, _particleHistory);

    /// <summary>In a group only where all have just evaluated.</summary>
    private bool MayTalk => !_team.IsGroup || _sampler.Iteration % _options.EvaluationInterval == 0;

    private int Stride => _builder.Layout.Stride;

    private float[] All(float[] own) => _team.Gather(own, Stride, _options.Method.Particles);

    /// <summary>Null where all particles are here, or out of reach.</summary>
    private Func<float[], float[]>? Gathers => _team.IsGroup ? All : null;

    private double[] Together(double[] own)
    {
        if (_team.IsShard)
        {
            _particleHistory.Add(own);
        }

        return _team.Gather(own, 1, _options.Method.Particles);
    }

    /// <summary>Of an anchored ensemble where all particles come together anyway.</summary>
    private bool HasSpread(bool budgetEnds) => _options.Method is not AnchoredEnsemble || (budgetEnds && !_team.IsShard);

    private (int Iteration, int Particle)? Failure()
    {
        (int Iteration, int Particle) own = _sampler.Failure() is var (iteration, particle) ? (iteration, _team.Share.Particle(particle)) : (int.MaxValue, 0);
        int[] all = _team.Exchange([own.Iteration, own.Particle]);
        (int Iteration, int Particle) first = all.Chunk(2).Select(pair => (pair[0], pair[1])).Min();
        return first.Iteration == int.MaxValue ? null : first;
    }

    private void KeepCheckpoint(Checkpointing? checkpoints)
    {
        if (checkpoints is not null && _sampler.Iteration > 0 && Failure() is null)
        {
            checkpoints.Write(State());
        }
    }

    private void Restore(TrainerState state, CancellationToken cancellation)
    {
        // What a group wrote is of all particles, and how many processes it had does not matter.
        long whole = _team.IsShard ? _best.Length : _builder.Layout.LengthOf(_options.Method.Particles);
        if (state.Sampler.Count != _sampler.State.Count || state.Sampler.Append(state.Best).Any(values => values.Length != whole) || state.Iteration < 0 || state.Iteration > _budgets[^1]
            || state.BestIteration < 0 || state.BestIteration > state.Iteration)
        {
            throw new InvalidDataException("its networks or iterations are not those of this training");
        }

        if (!ParameterRanges.Contain(_builder.Layout, state.Sampler[0]) || !ParameterRanges.Contain(_builder.Layout, state.Best))
        {
            throw new InvalidDataException("a weight or precision of its networks is beyond what a training reaches");
        }

        _sampler.Restore(state.Iteration, [.. state.Sampler.Select(Own)]);
        _batches.Skip(state.Iteration, cancellation);
        _best.Upload(Own(state.Best));
        (_bestScore, _bestIteration) = (state.BestScore, state.BestIteration);
        _history.AddRange(state.History);
        _particleHistory.AddRange(state.ParticleHistory);
        _pending = state.Pending;

        float[] Own(float[] values) => _team.IsGroup ? _team.Share.Of(values, Stride) : values;
    }

    /// <summary>Whether training need not go on to its last budget, as the last evaluation says.</summary>
    /// <remarks>One budget that is worse may be so by chance: where out-of-fold rows leave that open, the next one decides.</remarks>
    private bool IsGoodEnough()
    {
        int iteration = _sampler.Iteration;
        return _history.Count > 0 && _history[^1].Iteration == iteration
            && (_validation is not null ? iteration - _bestIteration >= _options.Method.Stopping!.Patience : _budgets.Contains(iteration) && IsPastBest());

        bool IsPastBest()
        {
            int since = _budgets.Count(end => end > _bestIteration && end <= iteration);
            return since > 1 || (since == 1 && !_inDoubt);
        }
    }

    /// <summary>Evaluates the state, and keeps it if it is the best so far or there is no score yet.</summary>
    /// <param name="step">Of the last iteration.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the evaluation is pending.</exception>
    private StepInfo Keep(StepStatistics step, CancellationToken cancellation)
    {
        _pending = step;
        (double score, double[]? ofBlocks) = Score(_budgets.Contains(_sampler.Iteration), cancellation);
        if (double.IsNaN(_bestScore) || score > _bestScore)
        {
            _best.CopyFrom(_sampler.Particles);
            (_bestScore, _bestBlockScores, _bestIteration) = (score, ofBlocks, _sampler.Iteration);
        }
        else if (ofBlocks is not null)
        {
            _bestBlockScores ??= OutOfFoldScore(_best, cancellation).OfBlocks!;
            _inDoubt = PairedDifference.Of(ofBlocks, _bestBlockScores).MayBeAbove(0);
        }

        _pending = null;
        _history.Add(new StepInfo(
            _sampler.Iteration, step.Bandwidth, step.MeanLogDensity, step.GradientNorm, step.Spread, step.SteinIdentityRatio, score, _bestScore,
            Stopwatch.GetElapsedTime(_started)));
        return _history[^1];
    }

    /// <summary>NaN if there is no score at this iteration; while the posterior is annealed, the latest state is kept.</summary>
    private (double Mean, double[]? OfBlocks) Score(bool budgetEnds, CancellationToken cancellation) =>
        GradientWeight(_sampler.Iteration) < 1 ? (double.NaN, null)
        : _validation is not null ? (_validation.Score(), null)
        : budgetEnds && _budgets.Count > 1 && _options.Method is AnchoredEnsemble ? OutOfFoldScore(_sampler.Particles, cancellation)
        : (double.NaN, null);

    private (double Mean, double[] OfBlocks) OutOfFoldScore(DeviceBuffer particles, CancellationToken cancellation) =>
        _builder.Score(All(particles.ToArray()), (AnchoredEnsemble)_options.Method, cancellation);

    private double StepSize(int iteration)
    {
        int end = _budgets.First(end => end >= iteration), start = _budgets.LastOrDefault(end => end < iteration);
        return _options.Optimizer.StepAt(_options.Method, _builder.Rows.Training.RowCount, iteration - start, end - start);
    }

    private double GradientWeight(int iteration) => _options.Method.GradientWeight(iteration, _budgets[^1]);

    private TrainingOutcome Result(StopReason reason, CancellationToken cancellation)
    {
        if (reason == StopReason.Cancelled && _validation is null && double.IsNaN(_bestScore) && Failure() is null)
        {
            _sampler.Settle();
            _best.CopyFrom(_sampler.Particles);
            _bestIteration = _sampler.Iteration;
        }

        return new TrainingOutcome(Model(reason, cancellation));
    }

    private TrainedModel Model(StopReason reason, CancellationToken cancellation) => _builder.Model(
        All(_best.ToArray()), Calibrates && (reason != StopReason.NotFinite || !double.IsNaN(_bestScore)),
        new TrainingEnd(_sampler.Iteration, _bestIteration, reason, Stopwatch.GetElapsedTime(_started), _history), cancellation);
}
