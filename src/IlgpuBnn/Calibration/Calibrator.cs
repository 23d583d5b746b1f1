using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>Calibrates predictions of numbers.</summary>
internal sealed class Calibrator : ICalibrator
{
    // Enough to estimate a coverage of 95 % to a third of a percent.
    private const int MaxRows = 5000;

    // Of a training that was cancelled: to a hundredth, and ten times as soon.
    private const int FewRows = 500;

    // Of errors in standard deviations: single rows far out say nothing of what rows have in common.
    private const double LargestSquare = 9;

    // Whole chunks of rows that an ensemble predicts at a time.
    private const int PieceRows = 1 << 13;

    private readonly Dataset _training;
    private readonly Folds _folds;
    private readonly IReadOnlyList<TargetTransform> _transforms;
    private readonly Device _device;

    // The rows that calibrate: all, or of many an even sample. The same for every state of a training.
    private readonly int[] _rows;
    private readonly int[] _foldOfRow;
    private readonly Dataset _sample;
    private readonly Lazy<IReadOnlyList<RowBlock>> _blocks;
    private readonly Lazy<TargetExtremes> _extremes;

    /// <param name="training">The rows that the ensemble was trained on.</param>
    /// <param name="folds">Of these rows.</param>
    /// <param name="transforms">[target]: what they are on the scale of.</param>
    public Calibrator(Dataset training, Folds folds, IReadOnlyList<TargetTransform> transforms, Device device)
        : this(training, folds, transforms, device, MaxRows, new(() => new TargetExtremes(training.Targets, folds)))
    {
    }

    private Calibrator(Dataset training, Folds folds, IReadOnlyList<TargetTransform> transforms, Device device, int maxRows, Lazy<TargetExtremes> extremes)
    {
        (_training, _folds, _transforms, _device, _extremes) = (training, folds, transforms, device, extremes);
        int every = (training.RowCount + maxRows - 1) / maxRows;
        _rows = [.. Enumerable.Range(0, training.RowCount).Where(row => row % every == 0)];
        _foldOfRow = [.. _rows.Select(folds.Of)];
        _sample = training.SelectRows(_rows);
        _blocks = new(() => RelatedRows.Of(_sample).Blocks(0, _rows.Length));
    }

    /// <summary>Names of targets whose outputs have a fixed sum, which neither shrinkage nor bounds of one of them may change.</summary>
    public IReadOnlyList<string> Summed { get; init; } = [];

    public ICalibrator OfFewRows() => new Calibrator(_training, _folds, _transforms, _device, FewRows, _extremes) { Summed = Summed };

    /// <summary>Fits shrinkage, output bounds, noise, epistemic scale and smoothing.</summary>
    /// <returns>
    /// The scores, one per target, are the mean log density over rows, standardised targets, as the whole ensemble would predict them; higher is better. NaN
    /// for a constant target. Those of blocks are means over their rows and the targets that vary.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (OutputCalibration Calibration, double[] Scores, double[] BlockScores) Calibrate(Ensemble ensemble, AnchoredEnsemble method, CancellationToken cancellation = default)
    {
        OutputCalibration none = OutputCalibration.None(ensemble);
        bool[] constant = [.. Enumerable.Range(0, _sample.TargetCount).Select(_training.IsConstant)];
        OutOfFold outOfFold = OutOfFold.Of(ensemble, _sample.Inputs, none, _device, _rows, _folds, cancellation);
        IReadOnlyList<double> shrinkages = method.Shrinkage
            ? ShrinkageSearch.Find(outOfFold, _sample, ensemble.TargetScaling, method.Particles, _blocks.Value.Count)
            : none.Shrinkages;
        bool[] summed = [.. ensemble.TargetNames.Select(Summed.Contains)];
        shrinkages = [.. shrinkages.Select((own, o) => summed[o] ? 1 : own)];
        outOfFold = outOfFold.Shrunk(shrinkages, ensemble.TargetScaling);
        OutputBounds[] bounds = [.. none.Bounds];
        if (method.OutputBounds)
        {
            bounds = [.. outOfFold.FindBounds(_sample.Targets, _extremes.Value, _foldOfRow).Select((own, o) => summed[o] ? OutputBounds.None : own)];
            outOfFold = outOfFold.Bounded(bounds, _extremes.Value, _foldOfRow);
        }

        int targets = ensemble.TargetNames.Count;
        bool shared = ensemble.Likelihood.NoisePrecisions(targets) == 1;
        SpreadFit?[] found = outOfFold.Calibrate(_sample.Targets, ensemble.TargetScaling, shared, _transforms, method, cancellation);
        double[] epistemicScales = [.. none.EpistemicScales], slopes = [.. none.LogSdSlopes];
        float[,] noise = none.NoiseLogPrecisions!;
        for (int o = 0; o < targets; o++)
        {
            if (found[o] is { } own)
            {
                double widening = Widening(outOfFold, o, own.Calibration, ensemble);
                (epistemicScales[o], slopes[o]) = (widening * own.Calibration.EpistemicScale(ensemble.ParticleCount), own.Calibration.NoiseSlope);
                double[] deviations = own.Calibration.NoiseStandardDeviations(ensemble.ParticleCount);
                for (int s = 0; s < deviations.Length; s++)
                {
                    noise[s, o] = (float)(-2 * Math.Log(widening * deviations[s]));
                }
            }
        }

        var calibration = new OutputCalibration(epistemicScales, slopes, bounds, noise, shrinkages, none.Smoothings);
        VarianceFunction[] functions = ensemble.VarianceFunctions(calibration);
        calibration = calibration with { Smoothings = [.. Enumerable.Range(0, targets).Select(Smoothing)] };
        return (
            calibration.WithConstants(constant), [.. found.Select((own, o) => constant[o] || own is null ? double.NaN : own.Score)],
            BlockScores([.. found.Where((own, o) => !constant[o] && own is not null).Select(own => own!.LogDensities)]));

        double Smoothing(int o)
        {
            cancellation.ThrowIfCancellationRequested();
            return found[o] is { } own && !constant[o]
                ? SmoothingChoice.Of(outOfFold, _sample.Targets, o, own.Calibration, functions[o], method.Particles)
                : 1;
        }
    }

    /// <summary>For want of independent errors of a target.</summary>
    private double Widening(OutOfFold outOfFold, int target, SpreadCalibration found, Ensemble ensemble)
    {
        if (_blocks.Value.Count == _rows.Length)
        {
            return SmallSample.Widening(_rows.Length);
        }

        int particles = ensemble.ParticleCount;
        double scale = ensemble.TargetScaling.Scale[target], epistemicScale = found.EpistemicScale(particles), noise = found.NoiseStandardDeviations(particles).Sum(own => scale * scale * own * own / particles);
        var function = new VarianceFunction(ensemble.TargetScaling.Mean[target], scale, found.NoiseSlope);
        var squares = new double[_rows.Length];
        for (int n = 0; n < squares.Length; n++)
        {
            (double mean, double deviation) = outOfFold.Predicted(n, target, epistemicScale, noise, particles, function);
            squares[n] = Math.Min(Math.Pow((_sample.Targets[n, target] - mean) / deviation, 2), LargestSquare);
        }

        return SmallSample.Widening(SmallSample.IndependentErrors(_blocks.Value, squares));
    }

    /// <param name="scores">[target][row].</param>
    private double[] BlockScores(double[][] scores) =>
        [.. _blocks.Value.Select(block => block.Rows.SelectMany(row => scores.Select(own => own[row])).Where(own => !double.IsNaN(own)).DefaultIfEmpty(double.NaN).Average())];

    /// <summary>The training rows, each predicted by the particles not fitted to it, with the whole ensemble's noise and epistemic scale.</summary>
    public PredictiveDistribution Predict(Ensemble ensemble, OutputCalibration calibration) =>
        Predict(ensemble, calibration, [.. Enumerable.Range(0, _training.RowCount)], ModerationOf(ensemble, calibration));

    /// <summary>The same, a piece of the rows at a time: its first row, and the prediction.</summary>
    public IEnumerable<(int First, PredictiveDistribution Prediction)> PredictInPieces(Ensemble ensemble, OutputCalibration calibration)
    {
        IReadOnlyList<ModeratedVariances>? moderation = ModerationOf(ensemble, calibration);
        for (int first = 0; first < _training.RowCount; first += PieceRows)
        {
            yield return (first, Predict(ensemble, calibration, [.. Enumerable.Range(first, Math.Min(PieceRows, _training.RowCount - first))], moderation));
        }
    }

    /// <summary>Mean CRPS over targets of the same predictions, in standard deviations of each target; of many rows, of an even sample.</summary>
    public double Loss(Ensemble ensemble, OutputCalibration calibration, CancellationToken cancellation = default) => CalibratedOutOfFold(ensemble, calibration, _rows, cancellation).Crps(
        _sample.Targets, ensemble.TargetScaling, calibration.EpistemicScales, ensemble.NoiseVariances(calibration), ensemble.VarianceFunctions(calibration), cancellation);

    /// <summary>How far rows lie from their out-of-fold predictions; of many rows, an even sample.</summary>
    public ConformalScores? Conformal(Ensemble ensemble, OutputCalibration calibration, CancellationToken cancellation = default)
    {
        OutOfFold outOfFold = CalibratedOutOfFold(ensemble, calibration, _rows, cancellation);
        double[] noise = OutOfFold.MeanNoise(ensemble.NoiseVariances(calibration));
        VarianceFunction[] functions = ensemble.VarianceFunctions(calibration);
        var errors = new double[_rows.Length, _sample.TargetCount];
        for (int n = 0; n < _rows.Length; n++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int o = 0; o < _sample.TargetCount; o++)
            {
                (double mean, double deviation) = outOfFold.Predicted(n, o, calibration.EpistemicScales[o], noise[o], ensemble.ParticleCount, functions[o]);
                double error = _sample.Targets[n, o] - mean;
                errors[n, o] = error == 0 ? 0 : error / deviation;
            }
        }

        var weights = new double[_rows.Length];
        foreach (RowBlock block in _blocks.Value)
        {
            block.Rows.ForEach(row => weights[row] = 1.0 / block.Rows.Count);
        }

        return new ConformalScores(errors, _foldOfRow, weights);
    }

    /// <summary>By the rows that calibrate; null where these are all rows, which then tell by themselves.</summary>
    private IReadOnlyList<ModeratedVariances>? ModerationOf(Ensemble ensemble, OutputCalibration calibration) =>
        _rows.Length == _training.RowCount ? null : CalibratedOutOfFold(ensemble, calibration, _rows).Moderation;

    private PredictiveDistribution Predict(Ensemble ensemble, OutputCalibration calibration, int[] rows, IReadOnlyList<ModeratedVariances>? moderation)
    {
        OutOfFold outOfFold = CalibratedOutOfFold(ensemble, calibration, rows);
        return outOfFold.Predict(
            ensemble.TargetNames, calibration, ensemble.NoiseVariances(calibration), ensemble.VarianceFunctions(calibration), moderation ?? outOfFold.Moderation, _transforms);
    }

    private OutOfFold CalibratedOutOfFold(Ensemble ensemble, OutputCalibration calibration, int[] rows, CancellationToken cancellation = default)
    {
        double[,] inputs = _training.SelectRows(rows).SelectInputs(ensemble.InputNames);
        OutOfFold outOfFold = OutOfFold.Of(ensemble, inputs, calibration, _device, rows, _folds, cancellation);

        // A row at a bound would vouch for itself.
        return _training.TargetNames.SequenceEqual(ensemble.TargetNames)
            ? outOfFold.Bounded(calibration.Bounds, _extremes.Value, [.. rows.Select(_folds.Of)])
            : outOfFold;
    }
}
