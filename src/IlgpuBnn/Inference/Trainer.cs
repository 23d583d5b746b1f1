using System.Diagnostics;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Inference;

/// <summary>A whole training: hold rows out, scale, iterate, look now and then, keep the best state, calibrate it.</summary>
internal sealed class Trainer : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly Device _device;
    private readonly Dataset _training;
    private readonly Dataset? _heldOut;
    private readonly Standardisation _inputScaling;
    private readonly Standardisation _targetScaling;
    private readonly ParameterLayout _layout;
    private readonly IReadOnlyList<int> _rounds;
    private readonly Folds _folds;
    private readonly TrainingStep _step;
    private readonly DeviceRows _rows;
    private readonly Batches _batches;
    private readonly HeldOutRows? _heldOutRows;
    private readonly List<string> _notes;
    private readonly List<StepInfo> _history = [];
    private readonly long _started = Stopwatch.GetTimestamp();

    // Looks reuse their memory: of thousands of particles, each copy is large.
    private readonly float[] _before;
    private float[] _after;
    private float[] _best;
    private double _bestScore = double.NaN;
    private int _bestIteration;

    public Trainer(Dataset data, TrainingOptions options, Device device)
    {
        (_options, _device) = (options, device);
        _notes = [.. data.Notes];
        (_training, _heldOut) = HoldOut(data, options, _notes);
        _inputScaling = Standardisation.Fit(_training.Inputs, _training.InputNames);
        _targetScaling = Standardisation.Fit(_training.Targets, _training.TargetNames);
        NoteConstantColumns();
        bool anchored = options.Method == InferenceMethod.AnchoredEnsemble;
        _layout = BayesianNetwork.LayoutOf(options, data.InputCount, data.TargetCount, inputScales: anchored);
        _rounds = options.RoundsFor(_training.RowCount);
        _folds = new Folds(_training.RowCount, options);
        NoteFolds();
        double[,] inputs = Scaled(_training.Inputs, _inputScaling), targets = Scaled(_training.Targets, _targetScaling);
        _rows = anchored ? AnchoredEnsemble.Upload(device, inputs, targets, _folds, options) : DeviceRows.Upload(device, inputs, targets);
        _batches = new Batches(device, _rows, options.BatchesFor(_training.RowCount), options.Seed);
        _best = ParticleInitialiser.Draw(_layout, options);
        if (!anchored && options.Initialisation == Initialisation.LiuWang && options.Method != InferenceMethod.Deterministic)
        {
            ParticleInitialiser.SetNoiseFromResiduals(device, _layout, _best, inputs, targets);
        }

        Anchors? anchors = anchored ? Anchors.At([.. _best], _layout, options.Anchors) : null;
        _step = new TrainingStep(device, _layout, options, _batches.LargestBatch, anchors, _rounds);
        (_before, _after) = (new float[_best.Length], new float[_best.Length]);
        _step.State.Particles.Upload(_best);
        if (_heldOut is not null)
        {
            _heldOutRows = new HeldOutRows(
                device, _layout, _step.State.Particles, options.Particles, Scaled(_heldOut.Inputs, _inputScaling),
                Scaled(_heldOut.Targets, _targetScaling), options.Method == InferenceMethod.Deterministic, options.DegreesOfFreedom);
        }
    }

    public BayesianNetwork Run(IProgress<StepInfo>? progress, CancellationToken cancellation)
    {
        while (_step.Iteration < _rounds[^1])
        {
            if (cancellation.IsCancellationRequested)
            {
                throw new TrainingCancelledException(Result(StopReason.Cancelled), cancellation);
            }

            bool roundEnds = _rounds.Contains(_step.Iteration + 1), look = roundEnds || (_step.Iteration + 1) % _options.CheckEvery == 0;
            if (look)
            {
                _step.State.Particles.Download(_before);
            }

            (DeviceRows data, RowRange range, double scale) = _batches.Next();
            _step.Advance(data, range, scale);
            if (look)
            {
                StepInfo info = Look(roundEnds);
                progress?.Report(info);
                bool better = _bestIteration == _step.Iteration;
                if (_heldOut is not null ? _step.Iteration - _bestIteration >= _options.Patience : roundEnds && !better)
                {
                    return Result(StopReason.HeldOutScore);
                }
            }
        }

        return Result(StopReason.IterationLimit);
    }

    public void Dispose()
    {
        _heldOutRows?.Dispose();
        _step.Dispose();
        _batches.Dispose();
        _rows.Dispose();
    }

    /// <summary>[row, column] in standard deviations from the mean.</summary>
    private static double[,] Scaled(double[,] values, Standardisation scaling)
    {
        var scaled = new double[values.GetLength(0), values.GetLength(1)];
        for (int n = 0; n < values.GetLength(0); n++)
        {
            for (int c = 0; c < values.GetLength(1); c++)
            {
                scaled[n, c] = scaling.Standardise(values[n, c], c);
            }
        }

        return scaled;
    }

    private static (Dataset Training, Dataset? HeldOut) HoldOut(Dataset data, TrainingOptions options, List<string> notes)
    {
        int count = (int)Math.Round(options.HeldOutShare * data.RowCount);
        if (options.HeldOutShare == 0 || options.Method == InferenceMethod.AnchoredEnsemble)
        {
            return (data, null);
        }

        if (count < TrainingOptions.SmallestHeldOut || count >= data.RowCount)
        {
            notes.Add($"No rows are held out: {options.HeldOutShare:P0} of {data.RowCount} rows is {count}, and fewer than "
                + $"{TrainingOptions.SmallestHeldOut} say too little. Training runs for all its iterations.");
            return (data, null);
        }

        return Split(data, count, options.Seed);
    }

    /// <summary>The rows that a training with this seed holds out: the same in every run.</summary>
    internal static (Dataset Training, Dataset HeldOut) Split(Dataset data, int heldOutRows, int seed) =>
        data.SplitRandom(heldOutRows, RandomStreams.Derive(seed, RandomStreams.Purpose.HeldOutRows));

    private void NoteFolds()
    {
        if (_options.Method == InferenceMethod.AnchoredEnsemble && _options.Folds > 1 && _folds.Count == 0)
        {
            _notes.Add($"{_options.Particles} particles are too few to leave rows out by turns: noise and intervals are not calibrated. Use at least 4.");
        }
    }

    private void NoteConstantColumns()
    {
        foreach (string name in _inputScaling.ConstantColumns)
        {
            _notes.Add($"Input \"{name}\" is the same in every training row: the model cannot tell what it does.");
        }

        foreach (string name in _targetScaling.ConstantColumns)
        {
            _notes.Add($"Target \"{name}\" is the same in every training row: the model can only repeat it.");
        }
    }

    /// <summary>Measures the state, and keeps it if it is the best so far; before there is a score, if it is finite.</summary>
    private StepInfo Look(bool roundEnds)
    {
        if (_step.Failure() is { } failure)
        {
            BayesianNetwork? lastGood = _history.Count == 0 ? null : Result(StopReason.NotFinite);
            throw new TrainingDivergedException(failure.Iteration, failure.Particle, lastGood);
        }

        _step.State.Particles.Download(_after);
        double score = IsAnnealing() ? double.NaN : _heldOutRows is not null ? _heldOutRows.Score(_after)
            : roundEnds && _rounds.Count > 1 ? Calibrate(Uncalibrated(_after, StopReason.IterationLimit)).Score : double.NaN;
        (double bandwidth, double meanLogDensity, double gradientNorm, double spread, double collapse) = _step.Measure(_before, _after);
        if (double.IsNaN(_bestScore) || score > _bestScore)
        {
            (_best, _after) = (_after, _best);
            (_bestScore, _bestIteration) = (score, _step.Iteration);
        }

        var info = new StepInfo(
            _step.Iteration, bandwidth, meanLogDensity, gradientNorm, spread, collapse, score, _bestScore, Stopwatch.GetElapsedTime(_started));
        _history.Add(info);
        return info;
    }

    /// <summary>Whether gradients do not count whole yet: particles are then not those of the posterior, and no state is better than a later one.</summary>
    private bool IsAnnealing() =>
        _options.Method == InferenceMethod.Svgd && _options.Annealing.GradientWeight(_step.Iteration, _rounds[^1]) < 1;

    /// <summary>The same particles with noise precisions that together have the tails which training assumed.</summary>
    private float[] WithTails(float[] particles, ParameterLayout layout)
    {
        float[] result = [.. particles];
        double[] widths = StudentsT.WidthOfEach(_options.Particles, _options.DegreesOfFreedom);
        for (int s = 0; s < widths.Length; s++)
        {
            foreach (ref float logPrecision in result.AsSpan((s * layout.Stride) + layout.NoiseOffset, layout.NoiseCount))
            {
                logPrecision -= (float)(2 * Math.Log(widths[s]));
            }
        }

        return result;
    }

    private BayesianNetwork Result(StopReason reason)
    {
        if (reason == StopReason.Cancelled && _heldOutRows is null && double.IsNaN(_bestScore) && _step.Failure() is null)
        {
            (_best, _bestIteration) = (_step.State.Particles.ToArray(), _step.Iteration);
        }

        BayesianNetwork model = Uncalibrated(_best, reason);
        if (_folds.Count == 0 || (reason == StopReason.NotFinite && double.IsNaN(_bestScore)))
        {
            return model;
        }

        Calibrated calibrated = Calibrate(model);
        return Model(model.Layout, calibrated.Particles, calibrated.Outputs, reason);
    }

    private Calibrated Calibrate(BayesianNetwork model) => model.Calibrate(_training, _folds, _device);

    private BayesianNetwork Uncalibrated(float[] particles, StopReason reason)
    {
        ParameterLayout layout = BayesianNetwork.LayoutOf(_options, _training.InputCount, _training.TargetCount);
        float[] own = _layout.InputScaleCount == 0 ? particles : AnchoredEnsemble.WithoutScales(_layout, layout, particles);
        return Model(layout, WithTails(own, layout), OutputCalibration.None(_training.TargetCount), reason);
    }

    private BayesianNetwork Model(ParameterLayout layout, float[] particles, OutputCalibration calibration, StopReason reason) => new(
        _options, _training.InputNames, _training.TargetNames, _inputScaling, _targetScaling, InputRange.Of(_training.Inputs), layout, particles,
        calibration, new TrainingReport(
            _step.Iteration, _bestIteration, reason, _training.RowCount, _heldOut?.RowCount ?? 0, _folds.Count,
            Stopwatch.GetElapsedTime(_started), _history, _notes));
}
