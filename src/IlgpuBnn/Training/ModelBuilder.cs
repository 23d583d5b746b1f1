using System.Diagnostics;
using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>Makes models of particles, wherever these were trained: knows the rows, their scaling and folds, and calibrates on them.</summary>
internal sealed class ModelBuilder
{
    private readonly TrainingOptions _options;
    private readonly TableEncoding _encoding;
    private readonly ICalibrator _calibrator;

    // Scores budgets: of components, which may stand for thousands of targets, on some of these.
    private readonly ICalibrator _scorer;
    private readonly int[]? _scored;

    /// <param name="data">Features and transformed targets.</param>
    /// <param name="encoding">What made them so.</param>
    /// <param name="earlier">The model to continue from; null to start anew.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ModelBuilder(Dataset data, TrainingOptions options, Device device, TableEncoding encoding, TrainedModel? earlier, CancellationToken cancellation)
    {
        (_options, _encoding) = (options, encoding);
        Rows = new TrainingRows(data, options, earlier, cancellation);
        _calibrator = encoding.Classes is { } classes
            ? new ClassCalibrator(Rows.Training, classes, Rows.Folds, device)
            : new Calibrator(Rows.Training, Rows.Folds, encoding.Targets, device) { Summed = [.. options.Constraints?.Summed ?? []] };
        (Inputs, Targets) = Rows.Standardised(Rows.Training);
        Components = earlier is not null ? earlier.Ensemble.Components
            : encoding.ComponentCount is { } most ? OutputComponents.Fit(Targets, Rows.Folds, most)
            : null;
        _scored = Components is null ? null : ComponentSelection.SomeTargets(Rows.Training);
        _scorer = _scored is null ? _calibrator
            : new Calibrator(Rows.Training.SelectTargets(_scored), Rows.Folds, [.. _scored.Select(o => encoding.Targets[o])], device);
        Network network = Components is null ? options.BuildNetwork(data.InputCount, data.TargetNames) : options.BuildNetwork(data.InputCount, Components.Count);
        (Layout, ModelLayout) = (options.LayoutOf(network, training: true), options.LayoutOf(network, training: false));
    }

    public TrainingRows Rows { get; }

    /// <summary>[row, input] of the training rows, standardised.</summary>
    public double[,] Inputs { get; }

    /// <summary>[row, target] of the training rows, standardised.</summary>
    public double[,] Targets { get; }

    /// <summary>Null where networks learn the targets themselves.</summary>
    public OutputComponents? Components { get; }

    /// <summary>Of a particle in training.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Of a particle in a model.</summary>
    public ParameterLayout ModelLayout { get; }

    /// <summary>Mean log score of out-of-fold rows, and of each block of related ones; higher is better.</summary>
    /// <param name="particles">[S, stride] in training.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (double Mean, double[] OfBlocks) Score(float[] particles, AnchoredEnsemble method, CancellationToken cancellation)
    {
        using Activity? span = TrainingTrace.Start(TrainingTrace.Calibration);
        Ensemble ensemble = Ensemble(particles);
        (_, double[] scores, double[] ofBlocks) = _scorer.Calibrate(_scored is null ? ensemble : ensemble.Select(_scored), method, cancellation);
        return (scores.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(), ofBlocks);
    }

    /// <param name="particles">[S, stride] in training.</param>
    /// <param name="calibrates">Whether to calibrate where there are folds.</param>
    /// <param name="end">How the training went.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TrainedModel Model(float[] particles, bool calibrates, TrainingEnd end, CancellationToken cancellation)
    {
        using Activity? span = TrainingTrace.Start(TrainingTrace.Calibration);
        ICalibrator calibrator = end.Reason == StopReason.Cancelled ? _calibrator.OfFewRows() : _calibrator;
        Ensemble ensemble = Ensemble(particles);
        Dataset training = Rows.Training;
        (OutputCalibration calibration, double[] scores, _) = calibrates && Rows.Folds.Count > 0 && _options.Method is AnchoredEnsemble method
            ? calibrator.Calibrate(ensemble, method, cancellation)
            : (OutputCalibration.None(ensemble).WithConstants([.. Enumerable.Range(0, training.TargetCount).Select(o => _encoding.Classes is null && training.IsConstant(o))]), [], []);
        return new TrainedModel(_options, _encoding, ensemble, calibration, new TrainingReport(
            end.Iterations, end.KeptIteration, end.Reason, training.RowCount, Rows.Validation?.RowCount ?? 0, Rows.Folds.Count, end.Elapsed, end.History, Rows.Notes)
        {
            EarlierRowCounts = Rows.EarlierRowCounts,
            GroupNames = training.GroupNames,
        })
        {
            OutOfFoldLogScores = scores,
            Conformal = scores.Length > 0 ? calibrator.Conformal(ensemble, calibration, cancellation) : null,
        };
    }

    private float[] WithSums(float[] particles) => _options.Constraints is { } prior && prior.Summed.Any()
        ? new SumProjection(prior, Rows.Training.TargetNames, Rows.TargetScaling).Apply(ModelLayout, particles)
        : particles;

    private Ensemble Ensemble(float[] particles) => new()
    {
        InputNames = Rows.Training.InputNames,
        TargetNames = Rows.Training.TargetNames,
        InputScaling = Rows.InputScaling,
        TargetScaling = Rows.TargetScaling,
        Layout = ModelLayout,
        Likelihood = _options.UsedLikelihood,
        NoiseLogPrecision = _options.Method.NoiseLogPrecision,
        Particles = WithSums(_options.Method.Finish(Layout, ModelLayout, particles)),
        Components = Components,
    };
}

/// <summary>How a training ended; see <see cref="TrainingReport"/>.</summary>
internal readonly record struct TrainingEnd(int Iterations, int KeptIteration, StopReason Reason, TimeSpan Elapsed, IReadOnlyList<StepInfo> History);
