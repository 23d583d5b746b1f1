using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Persistence;

/// <summary>A trained ensemble as a safetensors file.</summary>
/// <remarks>
/// Tensors, S particles first: <c>layers.L.weight</c> [S, inputs, outputs], <c>layers.L.bias</c> [S, outputs],
/// <c>log_noise_precision</c> [S, 1 or O], <c>log_weight_precision</c> [S, 1 or layers], all F32 and of scaled inputs and
/// targets; <c>input_mean</c>, <c>input_scale</c>, <c>input_smallest</c>, <c>input_largest</c> [I], <c>target_mean</c>,
/// <c>target_scale</c>, <c>spread_factor</c>, <c>noise_slope</c>, <c>lower_limit</c>, <c>upper_limit</c> [O], the last two infinite where there is none, and
/// <c>history</c> [looks, 9], F64. Everything else is in the metadata, <see cref="ModelMetadata"/>.
/// </remarks>
internal static class ModelFile
{
    private const int HistoryColumns = 9;

    public static void Write(string path, BayesianNetwork model)
    {
        ParameterLayout layout = model.Layout;
        int particles = model.Options.Particles;
        var tensors = new Dictionary<string, SafetensorsTensor>();
        for (int l = 0; l < layout.Layers.Count; l++)
        {
            DenseLayer layer = layout.Layers[l];
            tensors[$"layers.{l}.weight"] = new(Columns(model, layer.WeightOffset, layer.Inputs * layer.Outputs), particles, layer.Inputs, layer.Outputs);
            tensors[$"layers.{l}.bias"] = new(Columns(model, layer.BiasOffset, layer.Outputs), particles, layer.Outputs);
        }

        tensors["log_noise_precision"] = new(Columns(model, layout.NoiseOffset, layout.NoiseCount), particles, layout.NoiseCount);
        tensors["log_weight_precision"] = new(
            Columns(model, layout.WeightPrecisionOffset, layout.WeightGroups.Count), particles, layout.WeightGroups.Count);
        Add("input_mean", model.InputScaling.Mean);
        Add("input_scale", model.InputScaling.Scale);
        Add("input_smallest", model.InputRange.Smallest);
        Add("input_largest", model.InputRange.Largest);
        Add("target_mean", model.TargetScaling.Mean);
        Add("target_scale", model.TargetScaling.Scale);
        Add("spread_factor", model.SpreadFactors);
        Add("noise_slope", model.NoiseSlopes);
        Add("lower_limit", [.. model.OutputLimits.Select(limits => limits.Lower)]);
        Add("upper_limit", [.. model.OutputLimits.Select(limits => limits.Upper)]);
        tensors["history"] = new(WriteHistory(model.Report.History), model.Report.History.Count, HistoryColumns);
        SafetensorsFile.Write(path, tensors, ModelMetadata.Of(model).Write());

        void Add(string name, IReadOnlyList<double> values) => tensors[name] = new([.. values], values.Count);
    }

    public static BayesianNetwork Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        ModelMetadata metadata = ModelMetadata.Read(path, file.Metadata);
        int inputs = metadata.InputNames.Count, outputs = metadata.TargetNames.Count, particles = metadata.Options.Particles;
        ParameterLayout layout = BayesianNetwork.LayoutOf(metadata.Options, inputs, outputs);
        var theta = new float[(long)particles * layout.Stride];
        for (int l = 0; l < layout.Layers.Count; l++)
        {
            DenseLayer layer = layout.Layers[l];
            Fill($"layers.{l}.weight", layer.WeightOffset, layer.Inputs * layer.Outputs);
            Fill($"layers.{l}.bias", layer.BiasOffset, layer.Outputs);
        }

        Fill("log_noise_precision", layout.NoiseOffset, layout.NoiseCount);
        Fill("log_weight_precision", layout.WeightPrecisionOffset, layout.WeightGroups.Count);
        var inputScaling = new Standardisation(Numbers("input_mean", inputs), Positive("input_scale", inputs));
        var targetScaling = new Standardisation(Numbers("target_mean", outputs), Positive("target_scale", outputs));
        var range = new InputRange(Numbers("input_smallest", inputs), Numbers("input_largest", inputs));
        int version = ModelMetadata.VersionOf(file.Metadata);
        double[] spreadFactors = version < 2
            ? [.. metadata.TargetNames.Select(_ => 1.0)]
            : Positive("spread_factor", outputs);
        double[] noiseSlopes = version < 3 ? new double[outputs] : Numbers("noise_slope", outputs);
        OutputLimits[] limits = version < 4 ? [.. metadata.TargetNames.Select(_ => OutputLimits.None)] : Limits("lower_limit", "upper_limit", outputs);
        TrainingReport report = metadata.Report with { History = ReadHistory(file.Doubles("history"), withCollapseRatio: version >= 2) };
        return new BayesianNetwork(
            metadata.Options, metadata.InputNames, metadata.TargetNames, inputScaling, targetScaling, range, layout, theta,
            new OutputCalibration(spreadFactors, noiseSlopes, limits), report);

        void Fill(string name, int offset, int count)
        {
            float[] values = file.Singles(name);
            RequireLength(name, values.Length, (long)particles * count);
            if (!Array.TrueForAll(values, float.IsFinite))
            {
                throw Damaged(path, $"tensor \"{name}\" has a value that is not finite");
            }

            for (int s = 0; s < particles; s++)
            {
                values.AsSpan(s * count, count).CopyTo(theta.AsSpan((s * layout.Stride) + offset));
            }
        }

        double[] Numbers(string name, int count)
        {
            double[] values = file.Doubles(name);
            RequireLength(name, values.Length, count);
            return Array.TrueForAll(values, double.IsFinite)
                ? values
                : throw Damaged(path, $"tensor \"{name}\" has a value that is not finite");
        }

        double[] Positive(string name, int count)
        {
            double[] values = Numbers(name, count);
            return Array.TrueForAll(values, value => value > 0)
                ? values
                : throw Damaged(path, $"tensor \"{name}\" has a value that is not above 0");
        }

        OutputLimits[] Limits(string lowerName, string upperName, int count)
        {
            double[] lower = file.Doubles(lowerName), upper = file.Doubles(upperName);
            RequireLength(lowerName, lower.Length, count);
            RequireLength(upperName, upper.Length, count);
            OutputLimits[] limits = [.. lower.Zip(upper, (least, most) => new OutputLimits(least, most))];
            return Array.TrueForAll(limits, own => own.Lower <= own.Upper && own.Lower < double.PositiveInfinity && own.Upper > double.NegativeInfinity)
                ? limits
                : throw Damaged(path, $"tensor \"{lowerName}\" has a value that is not at most that of \"{upperName}\"");
        }

        void RequireLength(string name, long found, long needed)
        {
            if (found != needed)
            {
                throw Damaged(path, $"tensor \"{name}\" has {found} values where the network that the file describes needs {needed}");
            }
        }
    }

    internal static ModelFileException Damaged(string path, string problem, Exception? cause = null) =>
        new(path, problem, "The file is damaged, or another program changed it; use a copy, or train again.", cause);

    private static float[] Columns(BayesianNetwork model, int offset, int count)
    {
        int particles = model.Options.Particles;
        var values = new float[particles * count];
        for (int s = 0; s < particles; s++)
        {
            model.Particles.AsSpan((s * model.Layout.Stride) + offset, count).CopyTo(values.AsSpan(s * count));
        }

        return values;
    }

    private static double[] WriteHistory(IReadOnlyList<StepInfo> history) =>
    [
        .. history.SelectMany(step => new[]
        {
            step.Iteration, step.Bandwidth, step.MeanLogDensity, step.GradientNorm, step.Spread, step.CollapseRatio, step.HeldOutScore, step.BestHeldOutScore,
            step.Elapsed.TotalSeconds,
        }),
    ];

    private static StepInfo[] ReadHistory(double[] values, bool withCollapseRatio)
    {
        int columns = withCollapseRatio ? HistoryColumns : HistoryColumns - 1;
        return
        [
            .. values.Chunk(columns).Where(row => row.Length == columns).Select(row => new StepInfo(
                (int)row[0], row[1], row[2], row[3], row[4], withCollapseRatio ? row[5] : double.NaN, row[^3], row[^2],
                ModelMetadata.Seconds(row[^1]))),
        ];
    }
}
