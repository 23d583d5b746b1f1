using System.Diagnostics;
using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>One training: holds rows out, standardises, iterates, evaluates now and then, keeps the best state and calibrates it.</summary>
internal sealed class Trainer : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly TableEncoding _encoding;
    private readonly TrainingRows _data;
    private readonly ICalibrator _calibrator;
    private readonly OutputComponents? _components;

    // Scores budgets: of components, which may stand for thousands of targets, on some of these.
    private readonly ICalibrator _scorer;
    private readonly int[]? _scored;
    private readonly ParameterLayout _layout;
    private readonly ParameterLayout _modelLayout;
    private readonly IReadOnlyList<int> _budgets;
    private readonly DeviceRows _rows;
    private readonly Batches _batches;
    private readonly ISampler _sampler;
    private readonly ValidationRows? _validation;
    private readonly List<StepInfo> _history = [];
    private readonly bool _goesOn;
    private readonly long _started;

    // Reused by every evaluation: copies of thousands of particles are large.
    private readonly float[] _before;
    private float[] _after;
    private float[] _best;
    private double _bestScore = double.NaN;
    private int _bestIteration;

    // The last iteration's.
    private Batch? _batch;

    // The last iteration's, while the evaluation after it is not finished.
    private StepStatistics? _pending;

    /// <param name="data">Features and transformed targets.</param>
    /// <param name="encoding">What made them so.</param>
    /// <param name="earlier">The model to continue from; null to start anew.</param>
    /// <param name="from">The state of this very training to go on from; null for its beginning.</param>
    /// <exception cref="InvalidDataException">That state cannot be one of this training.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Trainer(
        Dataset data, TrainingOptions options, Device device, TableEncoding encoding, TrainedModel? earlier = null, TrainerState? from = null,
        CancellationToken cancellation = default)
    {
        (_options, _encoding, _goesOn) = (options, encoding, earlier is not null && from is null);
        _started = Stopwatch.GetTimestamp() - (long)((from?.Elapsed ?? TimeSpan.Zero).TotalSeconds * Stopwatch.Frequency);
        InferenceMethod method = options.Method;
        if (method is AnchoredEnsemble { SolveOutputLayer: true } && OutputLayerChoice.ProblemOf(options, data) is { } problem)
        {
            throw new ArgumentException($"The output layer cannot be solved for: {problem}. Leave SolveOutputLayer out.", nameof(options));
        }

        _data = new TrainingRows(data, options, earlier, cancellation);
        _calibrator = encoding.Classes is { } classes
            ? new ClassCalibrator(_data.Training, classes, _data.Folds, device)
            : new Calibrator(_data.Training, _data.Folds, encoding.Targets, device) { Summed = [.. options.Constraints?.Summed ?? []] };
        (double[,] inputs, double[,] targets) = _data.Standardised(_data.Training);
        _components = earlier is not null ? earlier.Ensemble.Components
            : encoding.ComponentCount is { } most ? OutputComponents.Fit(targets, _data.Folds, most)
            : null;
        _scored = _components is null ? null : ComponentSelection.SomeTargets(_data.Training);
        _scorer = _scored is null ? _calibrator
            : new Calibrator(_data.Training.SelectTargets(_scored), _data.Folds, [.. _scored.Select(o => encoding.Targets[o])], device);
        double[][,]? scores = _components is null ? null : [.. Enumerable.Range(0, _data.Folds.Count).Select(fold => _components.Encode(targets, fold))];
        Network network = _components is null ? options.BuildNetwork(data.InputCount, data.TargetNames) : options.BuildNetwork(data.InputCount, _components.Count);
        (_layout, _modelLayout) = (options.LayoutOf(network, training: true), options.LayoutOf(network, training: false));
        IReadOnlyList<int> budgets = options.BudgetsFor(_data.Training.RowCount);

        // Where all rows are related, nothing tells budgets apart.
        _budgets = budgets.Count > 1 && _data.Folds.Count == 0 ? [budgets[^1] / 4] : budgets;
        _rows = method.Upload(device, options.UsedLikelihood, inputs, scores?[0] ?? targets, _data.Folds, options.Seed, scores, cancellation);
        _batches = new Batches(device, _rows, options.BatchesFor(_data.Training.RowCount), options.Seed);
        float[] drawn = method.DrawAll(_layout, options.Seed, cancellation);
        method.Adjust(_layout, drawn, device, inputs, targets);
        _best = earlier is null ? drawn : method.GoOnFrom(_layout, _modelLayout, drawn, earlier.Ensemble.Particles);
        ConstraintRows? constraints = options.Constraints is not { HasTerm: true } prior || _components is not null ? null
            : new(device, prior, encoding, data.TargetNames, _data.InputScaling, _data.TargetScaling, _data.Training.RowCount, options.Seed);
        var target = new LogPosterior(
            device, _layout, options.UsedLikelihood, method.GradientOfPrior(device, _layout, drawn), method.NoiseLogPrecision, method.Particles,
            _batches.LargestBatch, constraints, method.SolvedOutputs(_layout.Network));
        _sampler = method.Start(target, device, _best, options.Adam);
        (_before, _after) = (new float[_best.Length], new float[_best.Length]);
        if (_data.Validation is { } held)
        {
            (double[,] heldInputs, double[,] heldTargets) = _data.Standardised(held);
            _validation = new ValidationRows(
                device, _layout, options.UsedLikelihood, encoding.Classes, _sampler.Particles, method.Particles, heldInputs, heldTargets);
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
            if (_sampler.Iteration > 0 && _sampler.Failure() is null)
            {
                checkpoints?.Write(State());
            }

            return Result(StopReason.Cancelled, default);
        }
    }

    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TrainingOutcome RunOrThrow(CancellationToken cancellation, IProgress<StepInfo>? progress = null, Checkpointing? checkpoints = null)
    {
        if (_goesOn)
        {
            // The earlier state is kept until there is a better one.
            _bestScore = Score(_best, budgetEnds: true, cancellation);
        }

        if (_pending is { } pending)
        {
            _sampler.Particles.Download(_after);
            Report(Keep(pending, cancellation));
        }

        while (!IsGoodEnough() && _sampler.Iteration < _budgets[^1])
        {
            cancellation.ThrowIfCancellationRequested();
            if (checkpoints is { IsDue: true } && _sampler.Failure() is null)
            {
                checkpoints.Write(State());
            }

            int iteration = _sampler.Iteration + 1;
            bool budgetEnds = _budgets.Contains(iteration), look = budgetEnds || iteration % _options.EvaluationInterval == 0;
            if (look)
            {
                _sampler.Particles.Download(_before);
            }

            Batch batch = _batches.Next();
            _batch = batch;
            _sampler.Step(batch, StepSize(iteration), GradientWeight(iteration));
            if (!look)
            {
                continue;
            }

            _sampler.Settle(batch);

            if (_sampler.Failure() is { } failure)
            {
                return new TrainingOutcome(_history.Count == 0 ? null : Model(StopReason.NotFinite, default), failure);
            }

            _sampler.Particles.Download(_after);
            Report(Keep(_sampler.Measure(_before, _after), cancellation));
        }

        return Result(IsGoodEnough() ? StopReason.ValidationScore : StopReason.IterationLimit, cancellation);

        void Report(StepInfo info) => progress?.Report(info);
    }

    public void Dispose()
    {
        _validation?.Dispose();
        _sampler.Dispose();
        _batches.Dispose();
        _rows.Dispose();
    }

    private TrainerState State() => new(
        _sampler.Iteration, [.. _sampler.State.Select(buffer => buffer.ToArray())], _best, _bestScore, _bestIteration, _history,
        Stopwatch.GetElapsedTime(_started), _pending);

    private void Restore(TrainerState state, CancellationToken cancellation)
    {
        long[] lengths = [.. _sampler.State.Select(buffer => buffer.Length), _best.Length];
        if (!lengths.SequenceEqual(state.Sampler.Append(state.Best).Select(values => (long)values.Length)) || state.Iteration < 0 || state.Iteration > _budgets[^1]
            || state.BestIteration < 0 || state.BestIteration > state.Iteration)
        {
            throw new InvalidDataException("its networks or iterations are not those of this training");
        }

        _sampler.Restore(state.Iteration, state.Sampler);
        _batches.Skip(state.Iteration, cancellation);
        state.Best.CopyTo(_best, 0);
        (_bestScore, _bestIteration) = (state.BestScore, state.BestIteration);
        _history.AddRange(state.History);
        _pending = state.Pending;
    }

    /// <summary>Whether training need not go on to its last budget, as the last evaluation says.</summary>
    private bool IsGoodEnough()
    {
        int iteration = _sampler.Iteration;
        return _history.Count > 0 && _history[^1].Iteration == iteration
            && (_validation is not null ? iteration - _bestIteration >= _options.Method.Stopping!.Patience : _budgets.Contains(iteration) && _bestIteration != iteration);
    }

    /// <summary>Evaluates the state, and keeps it if it is the best so far or there is no score yet.</summary>
    /// <param name="step">Of the last iteration.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the evaluation is pending.</exception>
    private StepInfo Keep(StepStatistics step, CancellationToken cancellation)
    {
        _pending = step;
        double score = Score(_after, _budgets.Contains(_sampler.Iteration), cancellation);
        _pending = null;
        if (double.IsNaN(_bestScore) || score > _bestScore)
        {
            (_best, _after) = (_after, _best);
            (_bestScore, _bestIteration) = (score, _sampler.Iteration);
        }

        _history.Add(new StepInfo(
            _sampler.Iteration, step.Bandwidth, step.MeanLogDensity, step.GradientNorm, step.Spread, step.SteinIdentityRatio, score, _bestScore,
            Stopwatch.GetElapsedTime(_started)));
        return _history[^1];
    }

    /// <summary>NaN if there is no score at this iteration; while the posterior is annealed, the latest state is kept.</summary>
    private double Score(float[] particles, bool budgetEnds, CancellationToken cancellation) =>
        GradientWeight(_sampler.Iteration) < 1 ? double.NaN
        : _validation is not null ? _validation.Score(particles)
        : budgetEnds && _budgets.Count > 1 && _options.Method is AnchoredEnsemble method ? _scorer.Calibrate(_scored is null ? Ensemble(particles) : Ensemble(particles).Select(_scored), method, cancellation).Scores.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average()
        : double.NaN;

    private double StepSize(int iteration)
    {
        int end = _budgets.First(end => end >= iteration), start = _budgets.LastOrDefault(end => end < iteration);
        return _options.Adam.StepSizeFor(_options.Method) * _options.Adam.StepFactor(iteration - start, end - start);
    }

    private double GradientWeight(int iteration) => _options.Method.GradientWeight(iteration, _budgets[^1]);

    private TrainingOutcome Result(StopReason reason, CancellationToken cancellation)
    {
        (int Iteration, int Particle)? failure = _sampler.Failure();
        if (reason == StopReason.Cancelled && _validation is null && double.IsNaN(_bestScore) && failure is null)
        {
            if (_batch is { } batch)
            {
                _sampler.Settle(batch);
            }

            (_best, _bestIteration) = (_sampler.Particles.ToArray(), _sampler.Iteration);
        }

        return new TrainingOutcome(Model(reason, cancellation));
    }

    private TrainedModel Model(StopReason reason, CancellationToken cancellation)
    {
        ICalibrator calibrator = reason == StopReason.Cancelled ? _calibrator.OfFewRows() : _calibrator;
        Ensemble ensemble = Ensemble(_best);
        bool calibrated = Calibrates && _data.Folds.Count > 0 && (reason != StopReason.NotFinite || !double.IsNaN(_bestScore));
        Dataset training = _data.Training;
        (OutputCalibration calibration, double[] scores) = calibrated && _options.Method is AnchoredEnsemble method
            ? calibrator.Calibrate(ensemble, method, cancellation)
            : (OutputCalibration.None(ensemble).WithConstants([.. Enumerable.Range(0, training.TargetCount).Select(o => _encoding.Classes is null && training.IsConstant(o))]), []);
        return new TrainedModel(_options, _encoding, ensemble, calibration, new TrainingReport(
            _sampler.Iteration, _bestIteration, reason, _data.Training.RowCount, _data.Validation?.RowCount ?? 0, _data.Folds.Count,
            Stopwatch.GetElapsedTime(_started), _history, _data.Notes)
        {
            EarlierRowCounts = _data.EarlierRowCounts,
            GroupNames = training.GroupNames,
        })
        {
            OutOfFoldLogScores = scores,
            Conformal = scores.Length > 0 ? calibrator.Conformal(ensemble, calibration, cancellation) : null,
        };
    }

    private float[] WithSums(float[] particles) => _options.Constraints is { } prior && prior.Summed.Any()
        ? new SumProjection(prior, _data.Training.TargetNames, _data.TargetScaling).Apply(_modelLayout, particles)
        : particles;

    private Ensemble Ensemble(float[] particles) => new()
    {
        InputNames = _data.Training.InputNames,
        TargetNames = _data.Training.TargetNames,
        InputScaling = _data.InputScaling,
        TargetScaling = _data.TargetScaling,
        Layout = _modelLayout,
        Likelihood = _options.UsedLikelihood,
        NoiseLogPrecision = _options.Method.NoiseLogPrecision,
        Particles = WithSums(_options.Method.Finish(_layout, _modelLayout, particles)),
        Components = _components,
    };
}
