using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Persistence;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn;

/// <summary>A trained ensemble of networks: a surrogate that predicts and says how sure it is.</summary>
/// <remarks>Immutable; may be used from several threads. Every number it takes and gives is in the table's own units.</remarks>
public sealed class BayesianNetwork
{
    internal BayesianNetwork(TrainedModel model) => Model = model;

    /// <summary>How it was trained.</summary>
    public TrainingOptions Options => Model.Options;

    /// <summary>Columns it reads, in the order of <see cref="Predict(double[,], Device?)"/>.</summary>
    public IReadOnlyList<string> InputNames => Model.Encoding.InputNames;

    /// <summary>Columns it predicts.</summary>
    public IReadOnlyList<string> TargetNames => Ensemble.TargetNames;

    /// <summary>How the training went.</summary>
    public TrainingReport Report => Model.Report;

    /// <summary>Range of each input over the training rows.</summary>
    public InputRange InputRange => Model.Encoding.RangeWithLevels;

    /// <summary>How networks see each input.</summary>
    public IReadOnlyList<InputEncoding> InputEncodings => Model.Encoding.Inputs;

    /// <summary>On which scale each target is learnt.</summary>
    public IReadOnlyList<TargetTransform> TargetTransforms => Model.Encoding.Targets;

    /// <summary>
    /// What the particles' deviations from their mean are multiplied by, for each target: found, with the noise, on out-of-fold rows, so that
    /// intervals hold what they promise. 1 without such a calibration.
    /// </summary>
    public IReadOnlyList<double> EpistemicScales => Model.Calibration.EpistemicScales;

    /// <summary>
    /// How the noise changes with the prediction, for each target: what ln of its standard deviation rises by where the predicted mean rises by a
    /// standard deviation of the training rows, from 2 of them below their mean to 2 above it. Found on out-of-fold rows; else 0.
    /// </summary>
    public IReadOnlyList<double> LogSdSlopes => Model.Calibration.LogSdSlopes;

    /// <summary>
    /// Between which values single networks' predictions are kept, for each target: its smallest or largest value among the training rows, where
    /// out-of-fold rows are predicted so much better with that end than without; else none.
    /// </summary>
    public IReadOnlyList<OutputBounds> OutputBounds => Model.Calibration.Bounds;

    /// <summary>S.</summary>
    public int ParticleCount => Ensemble.ParticleCount;

    /// <summary>P: weights, biases and learned log precisions of one particle.</summary>
    public int ParameterCount => Ensemble.Layout.ParameterCount;

    /// <summary>Weights, biases and learned log precisions of all particles, as named arrays; copies.</summary>
    public IReadOnlyList<ParameterArray> Parameters() => [.. Ensemble.Parameters()];

    internal TrainedModel Model { get; }

    private Ensemble Ensemble => Model.Ensemble;

    /// <summary>Trains an ensemble.</summary>
    /// <param name="data">At least 3 rows.</param>
    /// <param name="options">Default: those of <see cref="TrainingOptions"/>.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">Told every <see cref="TrainingOptions.EvaluationInterval"/> iterations, on the thread that trains.</param>
    /// <param name="cancellation">Stops between two iterations.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DataException">Fewer than 3 rows.</exception>
    /// <exception cref="InsufficientMemoryException">This computer has less memory than <see cref="TrainingMemory.Estimate"/> tells.</exception>
    /// <exception cref="TrainingCancelledException">Cancelled; has the best state so far.</exception>
    /// <exception cref="TrainingDivergedException">A gradient was not finite; has the last good state.</exception>
    public static BayesianNetwork Fit(
        Dataset data, TrainingOptions? options = null, Device? device = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Train(data, options ?? new TrainingOptions(), device ?? DeviceCatalog.Default, null, progress, cancellation);

    /// <summary>Goes on training this ensemble, with more rows, for more iterations, or both. This model stays as it is.</summary>
    /// <remarks>
    /// Units of inputs and targets, priors and anchors are those of the first training; rows that were left out or held out stay so, and new ones join
    /// them. Where such rows can tell, what is trained already is kept until something predicts them better.
    /// </remarks>
    /// <param name="data">The rows it was trained on, in the same order, and new ones behind them, if any; the same columns.</param>
    /// <param name="maxIterations">Most iterations more. Default: as many as <see cref="Options"/> allowed the first time.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">As of <see cref="Fit"/>.</param>
    /// <param name="cancellation">Stops between two iterations.</param>
    /// <exception cref="DataException">The data have other columns, or do not begin with the rows of the training.</exception>
    /// <exception cref="TrainingCancelledException">Cancelled; has the best state so far.</exception>
    /// <exception cref="TrainingDivergedException">A gradient was not finite; has the last good state.</exception>
    public BayesianNetwork Resume(
        Dataset data, int? maxIterations = null, Device? device = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        Fitting.RequireGrown(data, Model);
        TrainingOptions options = Options with { MaxIterations = maxIterations ?? Options.MaxIterations };
        options.Validate();
        return Train(data, options, device ?? DeviceCatalog.Default, Model, progress, cancellation);
    }

    private static BayesianNetwork Train(
        Dataset data, TrainingOptions options, Device device, TrainedModel? earlier, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        TrainingMemory.Estimate(data, options, device).RequireRoom();
        (TrainingOutcome outcome, bool secondStopped) = Fitting.Run(data, options, device, progress, cancellation, earlier);
        BayesianNetwork? model = outcome.Model is null ? null : new BayesianNetwork(outcome.Model);
        if (outcome.Failure is { } failure)
        {
            throw new TrainingDivergedException(failure.Iteration, failure.Particle, model);
        }

        return secondStopped || model!.Report.StopReason == StopReason.Cancelled ? throw new TrainingCancelledException(model!, cancellation) : model;
    }

    /// <summary>Reads a model written by <see cref="Save"/>.</summary>
    /// <exception cref="ModelFileException">The file is missing, damaged, foreign or newer than this library; the message says which.</exception>
    public static BayesianNetwork Load(string path) => new(ModelFile.Read(path));

    /// <summary>Writes the model as a safetensors file: beside its place first, then renamed, so that no half file is ever seen.</summary>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public void Save(string path) => ModelFile.Write(path, Model);

    /// <summary>Predicts the rows of a dataset with this model's inputs, found by name.</summary>
    /// <exception cref="DataException">An input is missing.</exception>
    public PredictiveDistribution Predict(Dataset data, Device? device = null) => Predict(data.SelectInputs(InputNames), device);

    /// <summary>Predicts rows.</summary>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, or a value is not finite.</exception>
    public PredictiveDistribution Predict(double[,] inputs, Device? device = null) =>
        Model.Predict(inputs, device ?? DeviceCatalog.Default);

    /// <summary>Predicts mean and variances only: for millions of rows, where the particles' outputs would not fit into memory.</summary>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>. It averages over the particles itself, in single precision.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, or a value is not finite.</exception>
    public PredictiveMoments PredictMoments(double[,] inputs, Device? device = null) =>
        Model.PredictMoments(inputs, device ?? DeviceCatalog.Default);

    /// <summary>For one row after the other, in microseconds each: a surrogate inside a loop.</summary>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <returns>To be disposed of.</returns>
    public Predictor CreatePredictor(Device? device = null) => new(Model.Encoding, Ensemble, Model.Calibration, device ?? DeviceCatalog.Default);

    /// <summary>
    /// Predicts the rows it was trained on, each by the particles that left it out: a cross-validation without a second training. Those are a
    /// tenth of the ensemble with ten folds, so that all particles together are somewhat better than this says.
    /// </summary>
    /// <param name="training">The rows that <see cref="Fit"/> was given, in the same order.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="InvalidOperationException">No particle left a row out, see <see cref="Inference.AnchoredEnsemble.Folds"/>.</exception>
    /// <exception cref="ArgumentException">The number of rows is not that of the training.</exception>
    /// <exception cref="DataException">An input is missing.</exception>
    public PredictiveDistribution PredictOutOfFold(Dataset training, Device? device = null) =>
        Model.OutOfFold(training, device ?? DeviceCatalog.Default).Predict(Ensemble, Model.Calibration, Model.Encoding.Targets);
}
