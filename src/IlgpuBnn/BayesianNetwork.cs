using System.Diagnostics;
using System.Runtime.InteropServices;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Persistence;
using IlgpuBnn.Prediction;

namespace IlgpuBnn;

/// <summary>A trained ensemble of networks: a surrogate that predicts and says how sure it is.</summary>
/// <remarks>Immutable; may be used from several threads. Every number it takes and gives is in the table's own units.</remarks>
public sealed class BayesianNetwork
{
    // Rows that are predicted at once: enough to keep a device busy, few enough to stay small.
    private const int ChunkRows = 2048;

    // Rows left out by turns: enough to tell a quantile of 95 % to a third of a percent.
    private const int MostCalibrationRows = 5000;

    // Fewer rows for thousands of particles: all their outputs are in memory at once.
    private const long MostOutputs = 1 << 22;

    internal BayesianNetwork(
        TrainingOptions options, IReadOnlyList<string> inputNames, IReadOnlyList<string> targetNames, Standardisation inputScaling,
        Standardisation targetScaling, InputRange inputRange, ParameterLayout layout, float[] particles, OutputCalibration calibration,
        TrainingReport report)
    {
        (Options, InputNames, TargetNames, InputScaling, TargetScaling) = (options, inputNames, targetNames, inputScaling, targetScaling);
        (InputRange, Layout, Particles, Calibration, Report) = (inputRange, layout, particles, calibration, report);
    }

    /// <summary>How it was trained.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Columns it reads, in the order of <see cref="Predict(double[,], Device?)"/>.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>Columns it predicts.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>How the training went.</summary>
    public TrainingReport Report { get; }

    /// <summary>Range of each input over the training rows.</summary>
    public InputRange InputRange { get; }

    /// <summary>
    /// What the particles' deviations from their mean are multiplied by, for each target: found, with the noise, on rows that particles had left
    /// out, so that intervals hold what they promise. 1 without such a calibration.
    /// </summary>
    public IReadOnlyList<double> SpreadFactors => Calibration.SpreadFactors;

    /// <summary>
    /// How the noise changes with the prediction, for each target: what ln of its standard deviation rises by where the predicted mean rises by a
    /// standard deviation of the training rows, from 2 of them below their mean to 2 above it. Found on rows that particles had left out; 0 without
    /// <see cref="TrainingOptions.HeteroscedasticNoise"/> or such a calibration.
    /// </summary>
    public IReadOnlyList<double> NoiseSlopes => Calibration.NoiseSlopes;

    /// <summary>
    /// Between which values single networks' predictions are kept, for each target: its smallest or largest value among the training rows, where
    /// rows that particles had left out are predicted so much better with that end than without. None without
    /// <see cref="TrainingOptions.LearnLimits"/> or such rows.
    /// </summary>
    public IReadOnlyList<OutputLimits> OutputLimits => Calibration.Limits;

    /// <summary>P: weights, biases and log precisions of one particle.</summary>
    public int ParameterCount => Layout.ParameterCount;

    internal Standardisation InputScaling { get; }

    internal Standardisation TargetScaling { get; }

    internal ParameterLayout Layout { get; }

    /// <summary>theta [S, stride], of scaled inputs and targets.</summary>
    internal float[] Particles { get; }

    internal OutputCalibration Calibration { get; }

    /// <summary>Trains an ensemble.</summary>
    /// <param name="data">At least 3 rows.</param>
    /// <param name="options">Default: those of <see cref="TrainingOptions"/>.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">
    /// Told every <see cref="TrainingOptions.CheckEvery"/> iterations, which start anew where <see cref="TrainingOptions.SharperNetworks"/> are tried.
    /// </param>
    /// <param name="cancellation">Stops between two iterations.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DataException">Fewer than 3 rows.</exception>
    /// <exception cref="InsufficientMemoryException">This computer has less memory than <see cref="TrainingMemory.Estimate"/> tells.</exception>
    /// <exception cref="TrainingCancelledException">Cancelled; has the best state so far.</exception>
    /// <exception cref="TrainingDivergedException">A gradient was not finite; has the last good state.</exception>
    public static BayesianNetwork Fit(
        Dataset data, TrainingOptions? options = null, Device? device = null, IProgress<StepInfo>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= new TrainingOptions();
        options.Validate();
        if (data.RowCount < 3)
        {
            throw new DataException(data.SourceName, $"there are {data.RowCount} rows; training needs at least 3. Add runs.");
        }

        device ??= DeviceCatalog.Default;
        TrainingMemory.Estimate(data, options, device).RequireRoom();
        long started = Stopwatch.GetTimestamp();
        BayesianNetwork model = Train(options);
        if (SharperNetworks.OptionsBeside(model) is not { } sharper)
        {
            return model;
        }

        try
        {
            model = SharperNetworks.Better(model, Train(sharper), data, device);
        }
        catch (TrainingCancelledException)
        {
            throw new TrainingCancelledException(Timed(model), cancellation);
        }
        catch (TrainingDivergedException)
        {
            // There is a model, and it stays.
        }

        return Timed(model);

        BayesianNetwork Timed(BayesianNetwork trained) =>
            trained.WithReport(trained.Report with { Elapsed = Stopwatch.GetElapsedTime(started) });

        BayesianNetwork Train(TrainingOptions own)
        {
            using var trainer = new Trainer(data, own, device);
            return trainer.Run(progress, cancellation);
        }
    }

    /// <summary>Reads a model written by <see cref="Save"/>.</summary>
    /// <exception cref="ModelFileException">The file is missing, damaged, foreign or newer than this library; the message says which.</exception>
    public static BayesianNetwork Load(string path) => ModelFile.Read(path);

    /// <summary>Writes the model as a safetensors file: beside its place first, then renamed, so that no half file is ever seen.</summary>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public void Save(string path) => ModelFile.Write(path, this);

    /// <summary>Predicts the rows of a dataset with this model's inputs, found by name.</summary>
    /// <exception cref="DataException">An input is missing.</exception>
    public PredictiveDistribution Predict(Dataset data, Device? device = null) => Predict(data.SelectInputs(InputNames), device);

    /// <summary>Predicts rows.</summary>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, or a value is not finite.</exception>
    public PredictiveDistribution Predict(double[,] inputs, Device? device = null) =>
        new(TargetNames, ParticleOutputs(inputs, device ?? DeviceCatalog.Default), NoiseVariances(), SpreadFactors, NoiseTrends());

    /// <summary>
    /// Predicts the rows it was trained on, each by the particles that left it out: a cross-validation without a second training. Those are a
    /// tenth of the ensemble with ten folds, so that all particles together are somewhat better than this says. Spread and noise are the
    /// model's, found on all of these rows.
    /// </summary>
    /// <param name="training">The rows that <see cref="Fit"/> was given, in the same order.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="InvalidOperationException">No particle left a row out, see <see cref="TrainingOptions.Folds"/>.</exception>
    /// <exception cref="ArgumentException">The number of rows is not that of the training.</exception>
    /// <exception cref="DataException">An input is missing.</exception>
    public PredictiveDistribution PredictOutOfFold(Dataset training, Device? device = null)
    {
        if (Report.Folds == 0)
        {
            throw new InvalidOperationException(
                "No particle of this model left rows out: only an anchored ensemble of at least 4 particles, trained with 2 folds or more, does.");
        }

        if (training.RowCount != Report.TrainingRows)
        {
            throw new ArgumentException(
                $"{training.SourceName} has {training.RowCount} rows; the model was trained on {Report.TrainingRows}. Give the very rows it was trained on.",
                nameof(training));
        }

        int[] rows = [.. Enumerable.Range(0, training.RowCount)];
        return LimitedOutOfFold(training, rows, device ?? DeviceCatalog.Default).Predict(TargetNames, SpreadFactors, NoiseVariances(), NoiseTrends());
    }

    /// <summary>
    /// Mean CRPS, over targets, of the rows it was trained on, each predicted by the particles that left it out; in standard deviations of each target.
    /// Of many rows, of an even sample.
    /// </summary>
    internal double CrpsOfRowsLeftOut(Dataset training, Device device)
    {
        int[] rows = SampleOf(training);
        return LimitedOutOfFold(training, rows, device)
            .Crps(training.SelectRows(rows).Targets, TargetScaling, SpreadFactors, NoiseVariances(), NoiseTrends());
    }

    private OutOfFold LimitedOutOfFold(Dataset training, int[] rows, Device device)
    {
        var folds = new Folds(training.RowCount, Options);
        OutOfFold outOfFold = OutOfFoldOf(training.SelectRows(rows).SelectInputs(InputNames), rows, folds, device);

        // A row at an end would vouch for itself.
        return training.TargetNames.SequenceEqual(TargetNames)
            ? outOfFold.Limited(OutputLimits, new TargetExtremes(training.Targets, folds), [.. rows.Select(folds.Of)])
            : outOfFold;
    }

    /// <summary>Predicts mean and variances only: for millions of rows, where the particles' outputs would not fit into memory.</summary>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>. It averages over the particles itself, in single precision.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, or a value is not finite.</exception>
    public PredictiveMoments PredictMoments(double[,] inputs, Device? device = null)
    {
        int targets = TargetNames.Count;
        double[,] mean = new double[inputs.GetLength(0), targets], epistemic = new double[mean.GetLength(0), targets];
        double[,] aleatoric = new double[mean.GetLength(0), targets], noise = NoiseVariances();
        double[] noiseOf = [.. Enumerable.Range(0, targets).Select(o => Enumerable.Range(0, Options.Particles).Average(s => noise[s, o]))];
        NoiseTrend[] trends = NoiseTrends();
        (float[] Lower, float[] Upper) limits = ScaledLimits();
        ForChunks(inputs, device ?? DeviceCatalog.Default, (outputs, rows, first, length) =>
        {
            (float[] scaledMean, float[] scaledVariance) = outputs.ComputeMoments(rows, limits);
            for (int o = 0; o < targets; o++)
            {
                double scale = TargetScaling.Scale[o];
                for (int n = 0; n < length; n++)
                {
                    double value = OutputLimits[o].Clamp(TargetScaling.Restore(scaledMean[(o * rows.Stride) + n], o)), factor = trends[o].FactorAt(value);
                    mean[first + n, o] = value;
                    epistemic[first + n, o] = scale * scale * SpreadFactors[o] * SpreadFactors[o] * scaledVariance[(o * rows.Stride) + n];
                    aleatoric[first + n, o] = factor * factor * noiseOf[o];
                }
            }
        });
        return new PredictiveMoments(mean, epistemic, aleatoric);
    }

    internal BayesianNetwork WithReport(TrainingReport report) => new(
        Options, InputNames, TargetNames, InputScaling, TargetScaling, InputRange, Layout, Particles, Calibration, report);

    /// <param name="inputScales">While an anchored ensemble trains; its models have them in their weights.</param>
    internal static ParameterLayout LayoutOf(TrainingOptions options, int inputs, int outputs, bool inputScales = false) =>
        new(
            inputs, options.Hidden, outputs, options.Activation, options.Noise, options.WeightPrecision, options.LastActivation, options.LinearPath,
            inputScales);

    /// <summary>Limits, noise and spread as the particles that left rows out show them.</summary>
    internal Calibrated Calibrate(Dataset training, Folds folds, Device device)
    {
        int[] rows = SampleOf(training);
        Dataset some = training.SelectRows(rows);
        OutOfFold outOfFold = OutOfFoldOf(some.Inputs, rows, folds, device);
        OutputLimits[] limits = [.. OutputLimits];
        if (Options.LearnLimits)
        {
            var extremes = new TargetExtremes(training.Targets, folds);
            int[] foldOfRow = [.. rows.Select(folds.Of)];
            limits = outOfFold.FindLimits(some.Targets, extremes, foldOfRow);
            outOfFold = outOfFold.Limited(limits, extremes, foldOfRow);
        }

        SpreadCalibration?[] found = outOfFold.Calibrate(some.Targets, TargetScaling, Options);
        float[] particles = [.. Particles];
        double[] spreadFactors = [.. SpreadFactors], noiseSlopes = [.. NoiseSlopes];
        for (int o = 0; o < spreadFactors.Length; o++)
        {
            if (found[o] is not { } calibration)
            {
                continue;
            }

            spreadFactors[o] = calibration.SpreadFactor(Options.Particles);
            noiseSlopes[o] = calibration.NoiseSlope;
            double[] noise = calibration.NoiseStandardDeviations(Options.Particles);
            for (int s = 0; s < noise.Length; s++)
            {
                particles[(s * Layout.Stride) + Layout.NoiseIndex(o)] = (float)(-2 * Math.Log(noise[s]));
            }
        }

        return new Calibrated(particles, new OutputCalibration(spreadFactors, noiseSlopes, limits), found.Average(calibration => calibration?.Score) ?? double.NaN);
    }

    private static int[] SampleOf(Dataset training)
    {
        int every = (training.RowCount + MostCalibrationRows - 1) / MostCalibrationRows;
        return [.. Enumerable.Range(0, training.RowCount).Where(row => row % every == 0)];
    }

    private OutOfFold OutOfFoldOf(double[,] inputs, int[] rows, Folds folds, Device device) =>
        OutOfFold.Of(ParticleOutputs(inputs, device), rows, folds);

    /// <summary>[particle, row, target], raw units.</summary>
    private double[,,] ParticleOutputs(double[,] inputs, Device device)
    {
        var particleOutputs = new double[Options.Particles, inputs.GetLength(0), TargetNames.Count];
        ForChunks(inputs, device, (outputs, rows, first, length) =>
        {
            outputs.Compute(rows);
            Restore(outputs, particleOutputs, first, length);
        });
        return particleOutputs;
    }

    private delegate void ChunkWork(EnsembleOutputs outputs, DeviceRows rows, int first, int length);

    /// <summary>Scales and uploads some rows at a time.</summary>
    private void ForChunks(double[,] inputs, Device device, ChunkWork work)
    {
        if (inputs.GetLength(1) != InputNames.Count)
        {
            throw new ArgumentException(
                $"The rows have {inputs.GetLength(1)} columns; the model has {InputNames.Count} inputs: {string.Join(", ", InputNames)}.", nameof(inputs));
        }

        int rows = inputs.GetLength(0), chunk = Math.Clamp((int)(MostOutputs / ((long)Options.Particles * Layout.Outputs)), 1, ChunkRows);
        chunk = Math.Min(chunk, Math.Max(rows, 1));
        using DeviceBuffer particles = device.Allocate(Particles.Length);
        particles.Upload(Particles);
        using DeviceRows deviceRows = DeviceRows.Empty(device, chunk, InputNames.Count, 0);
        using var outputs = new EnsembleOutputs(device, Layout, particles, Options.Particles, chunk);
        var column = new float[deviceRows.Stride];
        for (int first = 0; first < rows; first += chunk)
        {
            int length = Math.Min(chunk, rows - first);
            for (int i = 0; i < InputNames.Count; i++)
            {
                ScaleInput(inputs, i, first, column.AsSpan(0, length));
                deviceRows.Inputs.Upload(column, (long)i * deviceRows.Stride);
            }

            work(outputs, deviceRows, first, length);
        }
    }

    private void ScaleInput(double[,] inputs, int input, int first, Span<float> scaled)
    {
        double mean = InputScaling.Mean[input], scale = InputScaling.Scale[input];
        for (int n = 0; n < scaled.Length; n++)
        {
            double value = inputs[first + n, input];
            if (!double.IsFinite(value))
            {
                throw new ArgumentException(
                    $"inputs[{first + n}, {input}] (\"{InputNames[input]}\") is {value}. Inputs must be finite.", nameof(inputs));
            }

            scaled[n] = (float)((value - mean) / scale);
        }
    }

    private void Restore(EnsembleOutputs outputs, double[,,] particleOutputs, int first, int length)
    {
        int targets = TargetNames.Count, rows = particleOutputs.GetLength(1);
        Span<double> all = MemoryMarshal.CreateSpan(ref particleOutputs[0, 0, 0], particleOutputs.Length);
        for (int s = 0; s < outputs.Particles; s++)
        {
            for (int o = 0; o < targets; o++)
            {
                double mean = TargetScaling.Mean[o], scale = TargetScaling.Scale[o];
                OutputLimits limits = OutputLimits[o];
                bool limited = limits != Prediction.OutputLimits.None;
                ReadOnlySpan<float> scaled = outputs.Of(s, o)[..length];
                Span<double> restored = all[((((s * rows) + first) * targets) + o)..];
                for (int n = 0; n < scaled.Length; n++)
                {
                    double value = mean + (scale * scaled[n]);
                    restored[n * targets] = limited ? limits.Clamp(value) : value;
                }
            }
        }
    }

    /// <summary>1 / gamma of each particle and target, raw units; 0 for a deterministic network.</summary>
    private double[,] NoiseVariances()
    {
        var variances = new double[Options.Particles, TargetNames.Count];
        for (int s = 0; s < Options.Particles && Options.Method != InferenceMethod.Deterministic; s++)
        {
            for (int o = 0; o < TargetNames.Count; o++)
            {
                double scale = TargetScaling.Scale[o];
                variances[s, o] = scale * scale * Math.Exp(-Particles[(s * Layout.Stride) + Layout.NoiseIndex(o)]);
            }
        }

        return variances;
    }

    /// <summary>Lower and upper, of scaled targets.</summary>
    private (float[] Lower, float[] Upper) ScaledLimits() => (
        [.. OutputLimits.Select((limits, o) => (float)TargetScaling.Standardise(limits.Lower, o))],
        [.. OutputLimits.Select((limits, o) => (float)TargetScaling.Standardise(limits.Upper, o))]);

    private NoiseTrend[] NoiseTrends() =>
        [.. NoiseSlopes.Select((slope, o) => new NoiseTrend(TargetScaling.Mean[o], TargetScaling.Scale[o], slope))];
}
