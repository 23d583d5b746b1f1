using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Persistence;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn;

/// <summary>A trained ensemble of networks: a surrogate that predicts with uncertainties.</summary>
/// <remarks>Immutable and thread-safe. All values are in the table's raw units.</remarks>
public sealed partial class BayesianNetwork
{
    internal BayesianNetwork(TrainedModel model) => Model = model;

    /// <summary>Options that it was trained with.</summary>
    public TrainingOptions Options => Model.Options;

    /// <summary>Columns it reads, in the order of <see cref="Predict(double[,], Device?)"/>.</summary>
    public IReadOnlyList<string> InputNames => Model.Encoding.InputNames;

    /// <summary>[target]: column names.</summary>
    public IReadOnlyList<string> TargetNames => Model.TargetNames;

    /// <summary>Targets that are fields or series, whose errors have a spectrum (<see cref="FieldSpectrum"/>); none of a model of classes.</summary>
    public IReadOnlyList<TargetField> TargetFields => Classes is null ? TargetField.Find(TargetNames, Options.HiddenLayers) : [];

    /// <summary>How the training went.</summary>
    public TrainingReport Report => Model.Report;

    /// <summary>Range of each input over the training rows.</summary>
    public InputRange InputRange => Model.Encoding.RangeWithLevels;

    /// <summary>Units of inputs and targets, by name, as the training table gave them; only of those that have one.</summary>
    public IReadOnlyDictionary<string, string> Units => Model.Units;

    /// <summary>How its inputs are windows of series; null where they are columns of a table.</summary>
    public SeriesDescription? Series => Model.Series;

    /// <summary>[target]: scores on rows that the networks had not seen; null where <see cref="WithUnseenScores"/> did not note them. "ilgpubnn train" does, of out-of-fold or validation rows.</summary>
    public IReadOnlyList<TargetScores>? UnseenScores => Model.UnseenScores;

    /// <summary>How networks see each input.</summary>
    public IReadOnlyList<InputEncoding> InputEncodings => Model.Encoding.Inputs;

    /// <summary>On which scale each target is learnt.</summary>
    public IReadOnlyList<TargetTransform> TargetTransforms => Model.Encoding.Targets;

    /// <summary>[target]: factor of the particles' deviations from their mean, calibrated with the noise on out-of-fold rows; otherwise 1.</summary>
    public IReadOnlyList<double> EpistemicScales => Model.Calibration.EpistemicScales;

    /// <summary>
    /// [target]: slope of the log noise standard deviation, per standard deviation of the target, against the predicted mean, up to 2 standard
    /// deviations from the target's mean. Calibrated on out-of-fold rows; otherwise 0.
    /// </summary>
    public IReadOnlyList<double> LogSdSlopes => Model.Calibration.LogSdSlopes;

    /// <summary>
    /// [target]: bounds to which networks' outputs are clamped: the target's smallest or largest training value, where out-of-fold rows are
    /// predicted much better with it; otherwise none.
    /// </summary>
    public IReadOnlyList<OutputBounds> OutputBounds => Model.Calibration.Bounds;

    /// <summary>Principal components of the targets that its networks learnt; null where they learnt the targets themselves.</summary>
    public int? ComponentCount => Ensemble.Components?.Count;

    /// <summary>S.</summary>
    public int ParticleCount => Ensemble.ParticleCount;

    /// <summary>P: weights, biases and learned log precisions of one particle.</summary>
    public int ParameterCount => Ensemble.Layout.ParameterCount;

    /// <summary>Copies of the weights, biases and learned log precisions of all particles, as named arrays.</summary>
    public IReadOnlyList<ParameterArray> Parameters() => [.. Ensemble.Parameters()];

    internal TrainedModel Model { get; }

    private Ensemble Ensemble => Model.Ensemble;

    /// <summary>Trains an ensemble.</summary>
    /// <param name="data">At least 3 rows.</param>
    /// <param name="options">Default: those of <see cref="TrainingOptions"/>.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">Called every <see cref="TrainingOptions.EvaluationInterval"/> iterations, on the training thread.</param>
    /// <param name="checkpoints">Where to keep checkpoints, and to look for one to go on from. Default none.</param>
    /// <param name="cancellation">Stops between two iterations.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DataException">
    /// There are fewer than 3 rows, or targets so large or so small that their squares are no numbers; or of <see cref="TrainingOptions.Components"/>, a missing target.
    /// </exception>
    /// <exception cref="ModelFileException">The checkpoint to go on from is damaged, of a newer version, or of another training.</exception>
    /// <exception cref="InsufficientMemoryException">Main memory is smaller than <see cref="TrainingMemory.Estimate"/>.</exception>
    /// <exception cref="TrainingCancelledException">It was cancelled; has the best state so far.</exception>
    /// <exception cref="TrainingDivergedException">A gradient was not finite; has the best earlier state.</exception>
    public static BayesianNetwork Fit(
        Dataset data, TrainingOptions? options = null, Device? device = null, IProgress<TrainingProgress>? progress = null,
        Checkpoints? checkpoints = null, CancellationToken cancellation = default)
    {
        options ??= new TrainingOptions();
        return Train(
            data, options, device ?? DeviceCatalog.Default, null, progress, checkpoints?.Open(TrainingIdentity.Of("training", data, options, null)), cancellation);
    }

    /// <summary>Continues training with more rows, more iterations, or both. This model does not change.</summary>
    /// <remarks>
    /// Scaling, priors and anchors are those of the first training; rows stay in their folds or the validation rows, and new ones join them. Where there
    /// are such rows, the present state is kept until another predicts them better.
    /// </remarks>
    /// <param name="data">The training rows in the same order, then new ones, if any; the same columns.</param>
    /// <param name="maxIterations">Maximum number of further iterations. Default: that of <see cref="Options"/>.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">As in <see cref="Fit"/>.</param>
    /// <param name="checkpoints">As in <see cref="Fit"/>.</param>
    /// <param name="cancellation">Stops between two iterations.</param>
    /// <exception cref="DataException">The columns differ, or the data do not begin with the training rows.</exception>
    /// <exception cref="TrainingCancelledException">It was cancelled; has the best state so far.</exception>
    /// <exception cref="TrainingDivergedException">A gradient was not finite; has the best earlier state.</exception>
    public BayesianNetwork Resume(
        Dataset data, int? maxIterations = null, Device? device = null, IProgress<TrainingProgress>? progress = null,
        Checkpoints? checkpoints = null, CancellationToken cancellation = default)
    {
        data = data.InputTexts.All(texts => texts is null) && data.Classes is null ? data : Model.Encoding.Align(data);
        Fitting.RequireGrown(data, Model);
        TrainingOptions options = Options with { MaxIterations = maxIterations ?? Options.MaxIterations };
        options.Validate();
        return Train(
            data, options, device ?? DeviceCatalog.Default, Model, progress, checkpoints?.Open(TrainingIdentity.Of("training", data, options, Model)), cancellation);
    }

    internal static BayesianNetwork Train(
        Dataset data, TrainingOptions options, Device device, TrainedModel? earlier, IProgress<TrainingProgress>? progress,
        Checkpointing? checkpoints, CancellationToken cancellation, IProcessGroup? group = null)
    {
        data.RequireUsableTargets();
        options = options.For(data);
        if (options.Constraints is { HasTerm: true } && !device.HasConstraints)
        {
            throw new ArgumentException($"Monotonicity, and limits of targets in a sum, are trained on the CPU so far, and the device is {device.Description.Id} ({device.Description.Name}). Use the CPU, or leave these constraints out.");
        }

        TrainingMemory.OfGroup(data, options, device, group).RequireRoom();
        (TrainingOutcome outcome, bool secondStopped) = Run();
        BayesianNetwork? model = outcome.Model is null ? null : new BayesianNetwork(outcome.Model);
        if (outcome.Failure is { } failure)
        {
            throw new TrainingDivergedException(failure.Iteration, failure.Particle, model);
        }

        return secondStopped || model!.Report.StopReason == StopReason.Cancelled ? throw new TrainingCancelledException(model!, cancellation) : model;

        (TrainingOutcome Outcome, bool SecondStopped) Run()
        {
            try
            {
                return Fitting.Run(data, options, device, progress, cancellation, earlier, checkpoints, group);
            }
            catch (OperationCanceledException)
            {
                throw new TrainingCancelledException(null, cancellation);
            }
            catch (InvalidDataException cause) when (checkpoints is not null)
            {
                throw CheckpointFormat.Damaged(checkpoints.Name, cause);
            }
        }
    }

    /// <summary>The same model, whose file says how good it is.</summary>
    /// <param name="scores">On rows that the networks had not seen, such as those of <see cref="PredictOutOfFold"/>.</param>
    /// <exception cref="ArgumentException">They are of other targets.</exception>
    public BayesianNetwork WithUnseenScores(Scores scores) => scores.TargetNames.SequenceEqual(TargetNames)
        ? new BayesianNetwork(Model with { UnseenScores = scores.PerTarget })
        : throw new ArgumentException(
            $"These are scores of {ColumnSelection.List(scores.TargetNames)}, and the model predicts {ColumnSelection.List(TargetNames)}. Give those of its own predictions.", nameof(scores));

    /// <summary>Reads a model written by <see cref="Save"/>.</summary>
    /// <exception cref="ModelFileException">The file is missing, damaged, not a model, or newer than this library.</exception>
    public static BayesianNetwork Load(string path) => new(ModelFile.Read(path));

    /// <summary>Writes the model as a safetensors file, atomically: a temporary file is renamed.</summary>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public void Save(string path) => ModelFile.Write(path, Model);

    /// <summary>Predicts the rows of a dataset, whose inputs are found by name.</summary>
    /// <exception cref="DataException">An input is missing, or has a text that is no level of the model's.</exception>
    public PredictiveDistribution Predict(Dataset data, Device? device = null)
    {
        double[,] inputs = Model.Encoding.Align(data).Inputs;
        Model.Encoding.RequireDomain(inputs, data.SourceName, data.LineNumber);
        return Predict(inputs, device);
    }

    /// <summary>Takes this model's inputs from a table, by name, of the rows that have all of them; other columns are ignored. Of a model of series from a long table, too.</summary>
    /// <exception cref="DataException">The table lacks a column, a cell is not a number, or times of series do not rise in equal steps.</exception>
    public PredictableRows ReadRows(CsvTable table) => Model.SeriesIn(table.ColumnNames) is { } series
        ? PredictableRows.Read(SeriesTable.Of(table, series), 0, table.RowCount, Model.Encoding) : PredictableRows.Read(table, Model.Encoding);

    /// <summary>Takes this model's inputs and targets from a table, to score predictions: of the rows that have all inputs and a target. Of a model of series from a long table, too.</summary>
    /// <exception cref="DataException">The table lacks a column, a cell cannot be used, or fewer than 3 rows remain.</exception>
    public Dataset ReadDataset(CsvTable table) => Model.ReadDataset(table);

    /// <summary>Predicts rows.</summary>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, or a value is not finite.</exception>
    /// <exception cref="InvalidOperationException">The model predicts classes.</exception>
    public PredictiveDistribution Predict(double[,] inputs, Device? device = null) =>
        Model.Predict(inputs, device ?? DeviceCatalog.Default);

    /// <summary>Predicts mean and variances only, for millions of rows whose particles' outputs would not fit in memory.</summary>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>. Averages over the particles in single precision.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, or a value is not finite.</exception>
    public PredictiveMoments PredictMoments(double[,] inputs, Device? device = null) =>
        Model.PredictMoments(inputs, device ?? DeviceCatalog.Default);

    /// <summary>Derivatives of the targets by each input: which way, and how fast, a target changes. In double precision, on the CPU.</summary>
    /// <remarks>Of the networks' outputs without noise. Where an output is cut off at a bound its derivative is 0; by a category there is none.</remarks>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, a value is not finite, or the networks have fields.</exception>
    public InputGradients Gradients(double[,] inputs) => Model.Gradients(inputs);

    /// <summary>Intervals with a guarantee that rests only on rows, or groups of them, being exchangeable: CV+ conformal prediction.</summary>
    /// <remarks>
    /// Whatever the networks are like, a new row lies inside with probability 2 <paramref name="level"/> - 1 at least, and <paramref name="level"/> or nearly in practice:
    /// averaged over rows, where <see cref="PredictiveDistribution.Interval"/> follows what is known of each.
    /// </remarks>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="level">Between 0 and 1; 0.95 for 95 %.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <returns>[row, target], raw units; infinite where there are too few rows, or groups, for the level (19 are needed for 95 %).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">It was trained without folds.</exception>
    public (double[,] Lower, double[,] Upper) ConformalInterval(double[,] inputs, double level, Device? device = null) =>
        Model.ConformalInterval(inputs, level, device ?? DeviceCatalog.Default);

    /// <summary>A predictor of single rows, in microseconds each, for a surrogate inside a loop.</summary>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <returns>To be disposed of.</returns>
    /// <exception cref="InvalidOperationException">The model predicts classes.</exception>
    public Predictor CreatePredictor(Device? device = null)
    {
        Model.RequireNumbers();
        return new Predictor(Model.Encoding, Ensemble, Model.Calibration, device ?? DeviceCatalog.Default);
    }

    /// <summary>
    /// A predictor of one of the ensemble's networks alone, for states that each network carries forward by itself: its <see cref="RowPrediction.Mean"/> is that network's output,
    /// the epistemic variance is 0, and <see cref="EpistemicScales"/> have no part in it.
    /// </summary>
    /// <param name="particle">0 to <see cref="ParticleCount"/> - 1.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <returns>To be disposed of.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such network.</exception>
    /// <exception cref="InvalidOperationException">The model predicts classes.</exception>
    public Predictor CreatePredictor(int particle, Device? device = null)
    {
        Model.RequireNumbers();
        ArgumentOutOfRangeException.ThrowIfNegative(particle);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(particle, ParticleCount);
        return new Predictor(Model.Encoding, Ensemble.Particle(particle), Model.Calibration, device ?? DeviceCatalog.Default);
    }

    /// <summary>
    /// A predictor of one series step by step, for a model whose networks are recurrent: it takes the values of a step, keeps each network's state, and allocates nothing.
    /// </summary>
    /// <param name="device">A CPU. Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <returns>Before the first step; to be disposed of.</returns>
    /// <exception cref="ArgumentException">A layer needs more than a step and the state; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The model predicts classes.</exception>
    /// <exception cref="NotSupportedException">The device keeps no states.</exception>
    public SeriesPredictor CreateSeriesPredictor(Device? device = null)
    {
        Model.RequireNumbers();
        var steps = StepNetwork.Of(Options.HiddenLayers, Model.Encoding, Ensemble, Model.Calibration);
        return new SeriesPredictor(steps, Model.Series?.MarksSteps == true, device ?? DeviceCatalog.Default);
    }

    /// <summary>
    /// Cross-validation without another training: predicts each training row by the particles not fitted to it. With ten folds these are a tenth of
    /// the ensemble, so the whole ensemble is slightly better.
    /// </summary>
    /// <param name="training">The rows that <see cref="Fit"/> was given, in the same order.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="InvalidOperationException">It was trained without <see cref="Inference.AnchoredEnsemble.Folds"/>.</exception>
    /// <exception cref="ArgumentException">The number of rows is not that of the training.</exception>
    /// <exception cref="DataException">An input is missing.</exception>
    public PredictiveDistribution PredictOutOfFold(Dataset training, Device? device = null) =>
        Model.OutOfFold(training, device ?? DeviceCatalog.Default).Predict(Ensemble, Model.Calibration);
}
