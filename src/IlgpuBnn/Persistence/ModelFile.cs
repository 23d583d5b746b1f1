using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>A trained ensemble as a safetensors file.</summary>
/// <remarks>
/// Tensors, S particles first. Of standardised inputs and targets, F32: a tensor [S, shape] for each block of parameters, e.g.
/// <c>layers.0.weight</c> [S, inputs, units], and <c>predictive_log_noise_precision</c> [S, O], the noise that particles predict with. F64:
/// <c>input_mean</c>, <c>input_scale</c> [features], <c>input_smallest</c>, <c>input_largest</c> [I]; <c>target_mean</c>, <c>target_scale</c>,
/// <c>epistemic_scale</c>, <c>log_sd_slope</c>, <c>shrinkage</c>, <c>smoothing</c>, <c>lower_bound</c>, <c>upper_bound</c> [O], the last two infinite where there is none; and
/// <c>history</c> [looks, 9]; where they are known, <c>unseen_scores</c> [O, 7] as <see cref="TargetScores"/>. Of networks that learn K principal components, a block's outputs are these, and <c>components</c> [F, K, O] holds what a score of 1 on
/// each adds to standardised targets, for each fold F that particles leave out. Of classes O are the outputs, logits whose mean is 0 and whose scale is 1, and there is a
/// <c>temperature</c> [1]. Everything else is in the metadata, <see cref="ModelMetadata"/>.
/// </remarks>
internal static class ModelFile
{
    // Without signs, of earlier versions.
    private const string ErrorName = "out_of_fold_error", ErrorSizeName = "conformal_score";

    private const string NoiseName = "predictive_log_noise_precision";
    private const string ComponentsName = "components";
    private const string TemperatureName = "temperature";
    private const string ScoresName = "unseen_scores";
    private const int HistoryColumns = 9;
    private const int ScoreColumns = 7;

    public static void Write(string path, TrainedModel model)
    {
        (Dictionary<string, SafetensorsTensor> tensors, Dictionary<string, string> metadata) = PartsOf(model);
        SafetensorsFile.Write(path, tensors, metadata);
    }

    public static (Dictionary<string, SafetensorsTensor> Tensors, Dictionary<string, string> Metadata) PartsOf(TrainedModel model)
    {
        Ensemble ensemble = model.Ensemble;
        OutputCalibration calibration = model.Calibration;
        var tensors = new Dictionary<string, SafetensorsTensor>();
        foreach (ParameterArray parameters in ensemble.Parameters())
        {
            tensors[parameters.Name] = new([.. parameters.Values], [.. parameters.Shape]);
        }

        if (calibration.NoiseLogPrecisions is { } noise)
        {
            tensors[NoiseName] = new([.. noise.Cast<float>()], ensemble.ParticleCount, ensemble.TargetNames.Count);
        }

        Add("input_mean", ensemble.InputScaling.Mean);
        Add("input_scale", ensemble.InputScaling.Scale);
        Add("input_smallest", model.Encoding.Range.Smallest);
        Add("input_largest", model.Encoding.Range.Largest);
        Add("target_mean", ensemble.TargetScaling.Mean);
        Add("target_scale", ensemble.TargetScaling.Scale);
        Add("epistemic_scale", calibration.EpistemicScales);
        Add("log_sd_slope", calibration.LogSdSlopes);
        Add("shrinkage", calibration.Shrinkages);
        Add("smoothing", calibration.Smoothings);
        Add("lower_bound", [.. calibration.Bounds.Select(bounds => bounds.Lower)]);
        Add("upper_bound", [.. calibration.Bounds.Select(bounds => bounds.Upper)]);
        if (model.Encoding.Classes is not null)
        {
            Add(TemperatureName, [calibration.Temperature]);
        }

        if (ensemble.Components is { } components)
        {
            tensors[ComponentsName] = new(
                [.. components.Loadings.SelectMany(fold => fold.SelectMany(own => own))], components.FoldCount, components.Count, components.TargetCount);
        }

        if (model.Conformal is { } conformal)
        {
            tensors[ErrorName] = new([.. conformal.Errors.Cast<double>()], conformal.Folds.Length, ensemble.TargetNames.Count);
            Add("conformal_fold", [.. conformal.Folds.Select(fold => (double)fold)]);
            Add("conformal_weight", conformal.Weights);
        }

        if (model.UnseenScores is { } scores)
        {
            tensors[ScoresName] = new([.. scores.SelectMany(own => new[] { own.Rmse, own.Mae, own.R2, own.LogScore, own.Crps, own.Coverage95, own.Width95 })], scores.Count, ScoreColumns);
        }

        tensors["history"] = HistoryTensor(model.Report.History);
        return (tensors, ModelMetadata.Of(model).Write());

        void Add(string name, IReadOnlyList<double> values) => tensors[name] = new([.. values], values.Count);
    }

    /// <exception cref="ModelFileException">Whatever is wrong with the file.</exception>
    public static TrainedModel Read(string path) => Of(SafetensorsFile.Read(path));

    /// <inheritdoc cref="Read"/>
    public static TrainedModel Of(SafetensorsFile file)
    {
        try
        {
            return OfChecked(file);
        }
        catch (Exception cause) when (cause is ArgumentException or OverflowException or InsufficientMemoryException)
        {
            throw Damaged(file.Path, cause.Message.TrimEnd('.'), cause);
        }
    }

    private static TrainedModel OfChecked(SafetensorsFile file)
    {
        string path = file.Path;
        ModelMetadata metadata = ModelMetadata.Read(path, file.Metadata);
        TrainingOptions options = metadata.Options;
        var tensors = new TensorReader(file);
        int inputs = metadata.InputNames.Count, features = metadata.InputEncodings.Sum(own => own.Width), outputs = metadata.Classes?.OutputCount ?? metadata.TargetNames.Count, particles = options.Method.Particles;
        OutputComponents? components = options.Components is not null && file.Tensors.ContainsKey(ComponentsName)
            ? new OutputComponents(tensors.Loadings(ComponentsName, metadata.Report.Folds, outputs, ModelRanges.MaxLoading))
            : null;
        ParameterLayout layout = options.LayoutOf(
            options.ApartTargets is { Count: > 0 } ? options.BuildNetwork(features, metadata.TargetNames) : options.BuildNetwork(features, components?.Count ?? outputs), training: false);
        var encoding = new TableEncoding(
            metadata.InputNames, metadata.InputEncodings, metadata.TargetTransforms,
            new InputRange(tensors.Finite("input_smallest", inputs, double.MaxValue / 4), tensors.Finite("input_largest", inputs, double.MaxValue / 4)))
        {
            ComponentCount = components?.Count,
            Classes = metadata.Classes,
        };
        var ensemble = new Ensemble
        {
            InputNames = encoding.FeatureNames,
            TargetNames = metadata.Classes?.OutputNames ?? metadata.TargetNames,
            InputScaling = new Standardisation(tensors.Finite("input_mean", features, double.MaxValue / 4), tensors.Positive("input_scale", features, double.Epsilon, double.MaxValue / 4)),
            TargetScaling = new Standardisation(
                tensors.Finite("target_mean", outputs, ModelRanges.MaxSize), tensors.Positive("target_scale", outputs, ModelRanges.MinScale, ModelRanges.MaxSize)),
            Layout = layout,
            Likelihood = options.UsedLikelihood,
            NoiseLogPrecision = options.Method.NoiseLogPrecision,
            Particles = ReadParticles(tensors, layout, particles),
            Components = components,
        };
        var calibration = new OutputCalibration(
            tensors.Positive("epistemic_scale", outputs, double.Epsilon, ModelRanges.MaxEpistemicScale),
            tensors.Finite("log_sd_slope", outputs, ModelRanges.MaxLogSdSlope), ReadBounds(tensors, path, outputs),
            ensemble.Likelihood.HasNoise ? ReadNoise(tensors, particles, outputs) : null,
            metadata.Version == 1 ? [.. Enumerable.Repeat(1.0, outputs)] : tensors.Fractions("shrinkage", outputs),
            metadata.Version == 1 ? new double[outputs] : tensors.Fractions("smoothing", outputs))
        {
            Temperature = metadata.Classes is null ? 1 : tensors.Positive(TemperatureName, 1, ModelRanges.MinTemperature, ModelRanges.MaxTemperature)[0],
        };
        if (ModelRanges.ProblemOf(encoding, ensemble, calibration) is { } problem)
        {
            throw Damaged(path, problem);
        }

        return new TrainedModel(options, encoding, ensemble, calibration, metadata.Report with { History = ReadHistory(file) })
        {
            Units = metadata.Units,
            Series = metadata.Series,
            UnseenScores = file.Tensors.ContainsKey(ScoresName) && metadata.Classes is null ? ReadScores(tensors, path, outputs) : null,
            Conformal = Array.Find([ErrorName, ErrorSizeName], file.Tensors.ContainsKey) is { } name ? ReadConformal(tensors, path, name, outputs, metadata.Report.Folds) : null,
        };
    }

    internal static ModelFileException Damaged(string path, string problem, Exception? cause = null) =>
        new(path, problem, "The file is damaged or was changed by another program: restore a copy, or train again.", cause);

    private static float[] ReadParticles(TensorReader tensors, ParameterLayout layout, int particles)
    {
        float[][] values = [.. layout.StoredBlocks.Select(block => tensors.FiniteSingles(block.Name, [particles, .. block.Shape], -ParameterRanges.MaxOf(block.Role), ParameterRanges.MaxOf(block.Role)))];
        var theta = new float[layout.LengthOf(particles)];
        for (int b = 0; b < values.Length; b++)
        {
            ParameterBlock block = layout.StoredBlocks[b];
            for (int s = 0; s < particles; s++)
            {
                values[b].AsSpan(s * block.Count, block.Count).CopyTo(theta.AsSpan((s * layout.Stride) + block.Offset));
            }
        }

        return theta;
    }

    private static ConformalScores ReadConformal(TensorReader tensors, string path, string name, int outputs, int folds)
    {
        double[][] rows = tensors.Rows(name, outputs);
        double[] fold = tensors.Finite("conformal_fold", rows.Length, int.MaxValue), weights = tensors.Fractions("conformal_weight", rows.Length);
        if ((name == ErrorSizeName && !rows.All(row => Array.TrueForAll(row, score => !(score < 0)))) || !Array.TrueForAll(fold, own => own >= 0 && own < folds && double.IsInteger(own)))
        {
            throw Damaged(path, $"tensor \"{name}\" or \"conformal_fold\" has a value that cannot be");
        }

        var errors = new double[rows.Length, outputs];
        for (int n = 0; n < rows.Length; n++)
        {
            for (int o = 0; o < outputs; o++)
            {
                errors[n, o] = rows[n][o];
            }
        }

        return new ConformalScores(errors, [.. fold.Select(own => (int)own)], weights);
    }

    private static TargetScores[] ReadScores(TensorReader tensors, string path, int targets)
    {
        double[][] rows = tensors.Rows(ScoresName, ScoreColumns);
        return rows.Length == targets
            ? [.. rows.Select(row => new TargetScores(row[0], row[1], row[2], row[3], row[4], row[5], row[6]))]
            : throw Damaged(path, $"tensor \"{ScoresName}\" has {rows.Length} rows, and there are {targets} targets");
    }

    private static float[,] ReadNoise(TensorReader tensors, int particles, int outputs)
    {
        float[] values = tensors.FiniteSingles(NoiseName, [particles, outputs], ModelRanges.MinNoiseLogPrecision, float.MaxValue);
        var noise = new float[particles, outputs];
        Buffer.BlockCopy(values, 0, noise, 0, values.Length * sizeof(float));
        return noise;
    }

    private static OutputBounds[] ReadBounds(TensorReader tensors, string path, int outputs)
    {
        OutputBounds[] bounds =
            [.. tensors.Doubles("lower_bound", outputs).Zip(tensors.Doubles("upper_bound", outputs), (lower, upper) => new OutputBounds(lower, upper))];
        return Array.TrueForAll(bounds, own => own.Lower <= own.Upper && own.Lower < double.PositiveInfinity && own.Upper > double.NegativeInfinity)
            ? bounds
            : throw Damaged(path, "tensor \"lower_bound\" has a value above that of \"upper_bound\"");
    }

    public static SafetensorsTensor HistoryTensor(IReadOnlyList<StepInfo> history) => new(
    [
        .. history.SelectMany(step => new[]
        {
            step.Iteration, step.Bandwidth, step.MeanLogDensity, step.GradientNorm, step.Spread, step.SteinIdentityRatio, step.ValidationScore,
            step.BestValidationScore, step.Elapsed.TotalSeconds,
        }),
    ],
        history.Count, HistoryColumns);

    public static StepInfo[] ReadHistory(SafetensorsFile file)
    {
        double[][] rows = new TensorReader(file).Rows("history", HistoryColumns);
        return Array.Exists(rows, row => !(row[0] is >= 0 and <= int.MaxValue && double.IsInteger(row[0])))
            ? throw Damaged(file.Path, "tensor \"history\" has a number of iterations that cannot be")
            : [.. rows.Select(row => new StepInfo((int)row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], Seconds(row[8])))];
    }

    // Rounded, so that times round-trip to the tick; a damaged one becomes 0.
    private static TimeSpan Seconds(double seconds) =>
        Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond)) : TimeSpan.Zero;
}
