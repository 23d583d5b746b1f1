using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;

namespace IlgpuBnn.Persistence;

/// <summary>What a model file says besides numbers: one text per name, lists as JSON arrays.</summary>
internal sealed record ModelMetadata(
    IReadOnlyList<string> InputNames, IReadOnlyList<string> TargetNames, TrainingOptions Options, TrainingReport Report)
{
    private const string Automatic = "automatic";

    private const string Gaussian = "gaussian";

    private const string Same = "same";

    private const string Format = "ilgpubnn-model";

    // Raised when an older library could misread a newer file.
    private const int FormatVersion = 5;

    public static ModelMetadata Of(BayesianNetwork model) => new(model.InputNames, model.TargetNames, model.Options, model.Report);

    public Dictionary<string, string> Write() => new()
    {
        ["format"] = Format,
        ["format_version"] = FormatVersion.ToString(CultureInfo.InvariantCulture),
        ["ilgpubnn_version"] = typeof(ModelMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        ["input_names"] = WriteList(InputNames),
        ["target_names"] = WriteList(TargetNames),
        ["hidden"] = WriteNumbers(Options.Hidden.Select(units => (double)units)),
        ["activation"] = Options.Activation.ToString(),
        ["last_activation"] = Options.LastActivation?.ToString() ?? Same,
        ["sharper_networks"] = Options.SharperNetworks ? "yes" : "no",
        ["linear_path"] = Options.LinearPath ? "yes" : "no",
        ["particles"] = Number(Options.Particles),
        ["method"] = Options.Method.ToString(),
        ["bandwidth"] = Options.Bandwidth.ToString(),
        ["stein_kernel"] = Options.SteinKernel.ToString(),
        ["annealing"] = WriteNumbers([Options.Annealing.Cycles, Options.Annealing.Share]),
        ["noise_precision"] = Options.Noise.ToString(),
        ["heteroscedastic_noise"] = Options.HeteroscedasticNoise ? "yes" : "no",
        ["learn_limits"] = Options.LearnLimits ? "yes" : "no",
        ["degrees_of_freedom"] = Options.DegreesOfFreedom is { } degrees ? Number(degrees) : Gaussian,
        ["weight_precision"] = Options.WeightPrecision.ToString(),
        ["initialisation"] = Options.Initialisation.ToString(),
        ["gamma_priors"] = WriteNumbers(
            [Options.Priors.WeightShape, Options.Priors.WeightRate, Options.Priors.NoiseShape, Options.Priors.NoiseRate]),
        ["adam"] = WriteNumbers([Options.Adam.StepSizeFor(Options.Method), Options.Adam.Beta1, Options.Adam.Beta2, Options.Adam.Epsilon, Options.Adam.DecayShare]),
        ["anchored_prior"] = WriteNumbers([Options.Anchors.WeightScale, Options.Anchors.InputScaleSpread, Options.Anchors.TargetNoise]),
        ["folds"] = Number(Options.Folds),
        ["iterations"] = Options.Iterations is { } iterations ? Number(iterations) : Automatic,
        ["batch_rows"] = Options.BatchRows is { } rows ? Number(rows) : Automatic,
        ["held_out_share"] = Number(Options.HeldOutShare),
        ["patience"] = Number(Options.Patience),
        ["check_every"] = Number(Options.CheckEvery),
        ["seed"] = Number(Options.Seed),
        ["iterations_done"] = Number(Report.Iterations),
        ["kept_iteration"] = Number(Report.KeptIteration),
        ["stop_reason"] = Report.StopReason.ToString(),
        ["training_rows"] = Number(Report.TrainingRows),
        ["held_out_rows"] = Number(Report.HeldOutRows),
        ["folds_made"] = Number(Report.Folds),
        ["elapsed_seconds"] = Number(Report.Elapsed.TotalSeconds),
        ["notes"] = WriteList(Report.Notes),
    };

    public static ModelMetadata Read(string path, IReadOnlyDictionary<string, string> texts)
    {
        RequireFormat(path, texts);
        var reader = new Reader(path, Upgraded(texts, VersionOf(texts)));
        try
        {
            double[] priors = reader.Numbers("gamma_priors", 4), adam = reader.Numbers("adam", 5), anchors = reader.Numbers("anchored_prior", 3), annealing = reader.Numbers("annealing", 2);
            var options = new TrainingOptions
            {
                Hidden = [.. reader.Numbers("hidden").Select(units => checked((int)units))],
                Activation = reader.Choice<Activation>("activation"),
                LastActivation = reader.Text("last_activation") == Same ? null : reader.Choice<Activation>("last_activation"),
                SharperNetworks = reader.Boolean("sharper_networks"),
                LinearPath = reader.Boolean("linear_path"),
                Particles = reader.Integer("particles"),
                Method = reader.Choice<InferenceMethod>("method"),
                Bandwidth = reader.Choice<BandwidthRule>("bandwidth"),
                SteinKernel = reader.Choice<SteinKernel>("stein_kernel"),
                Annealing = new AnnealingOptions(checked((int)annealing[0]), annealing[1]),
                Noise = reader.Choice<NoisePrecision>("noise_precision"),
                HeteroscedasticNoise = reader.Boolean("heteroscedastic_noise"),
                LearnLimits = reader.Boolean("learn_limits"),
                DegreesOfFreedom = reader.Has("degrees_of_freedom") && reader.Text("degrees_of_freedom") != Gaussian ? reader.Number("degrees_of_freedom") : null,
                WeightPrecision = reader.Choice<WeightPrecision>("weight_precision"),
                Initialisation = reader.Choice<Initialisation>("initialisation"),
                Priors = new GammaPriors(priors[0], priors[1], priors[2], priors[3]),
                Adam = new AdamOptions(null, adam[1], adam[2], adam[3], adam[4]),
                Anchors = new AnchoredPrior(anchors[0], anchors[1], anchors[2]),
                Folds = reader.Integer("folds"),
                Iterations = reader.Text("iterations") == Automatic ? null : reader.Integer("iterations"),
                BatchRows = reader.Text("batch_rows") == Automatic ? null : reader.Integer("batch_rows"),
                HeldOutShare = reader.Number("held_out_share"),
                Patience = reader.Integer("patience"),
                CheckEvery = reader.Integer("check_every"),
                Seed = reader.Integer("seed"),
            };

            // The file has the step that was used, whether asked for or not.
            options = adam[0] == options.Adam.StepSizeFor(options.Method) ? options : options with { Adam = options.Adam with { StepSize = adam[0] } };
            options.Validate();
            var report = new TrainingReport(
                reader.Integer("iterations_done"), reader.Integer("kept_iteration"), reader.Choice<StopReason>("stop_reason"),
                reader.Integer("training_rows"), reader.Integer("held_out_rows"), reader.Integer("folds_made"),
                Seconds(reader.Number("elapsed_seconds")), [], reader.List("notes"));
            return new ModelMetadata(reader.Names("input_names"), reader.Names("target_names"), options, report);
        }
        catch (Exception cause) when (cause is FormatException or OverflowException or ArgumentException or JsonException or InvalidOperationException)
        {
            throw ModelFile.Damaged(path, $"its metadata is not that of a model ({cause.Message.TrimEnd('.')})", cause);
        }
    }

    // Rounded, so that a time comes back to the very tick; a damaged one becomes 0.
    public static TimeSpan Seconds(double seconds) =>
        Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond)) : TimeSpan.Zero;

    private static void RequireFormat(string path, IReadOnlyDictionary<string, string> texts)
    {
        if (!texts.TryGetValue("format", out string? format) || format != Format)
        {
            throw new ModelFileException(
                path, "is a safetensors file, but not a model of IlgpuBnn", "Give a file that \"ilgpubnn train\" or BayesianNetwork.Save wrote.");
        }

        if (!int.TryParse(texts.GetValueOrDefault("format_version"), NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version < 1)
        {
            throw ModelFile.Damaged(path, "has no valid format version");
        }

        if (version > FormatVersion)
        {
            throw new ModelFileException(
                path,
                $"has format version {version}, written by IlgpuBnn {texts.GetValueOrDefault("ilgpubnn_version")}; this version reads up to {FormatVersion}",
                "Update IlgpuBnn, or train again with this version.");
        }
    }

    /// <summary>
    /// Version 1 had no linear path, anchors, folds or spread factors, and a history without collapse ratios; version 2 no slopes of the noise;
    /// version 3 no limits, kernels or annealing; version 4 one activation.
    /// </summary>
    internal static int VersionOf(IReadOnlyDictionary<string, string> texts) => int.Parse(texts["format_version"], CultureInfo.InvariantCulture);

    /// <summary>What an earlier version took for granted, in the words of this one; what it has not either is missed later.</summary>
    private static IReadOnlyDictionary<string, string> Upgraded(IReadOnlyDictionary<string, string> texts, int version)
    {
        if (version == FormatVersion)
        {
            return texts;
        }

        var upgraded = new Dictionary<string, string>(texts)
        {
            ["last_activation"] = Same,
            ["sharper_networks"] = "no",
        };
        if (version > 3)
        {
            return upgraded;
        }

        (upgraded["learn_limits"], upgraded["stein_kernel"], upgraded["annealing"]) = ("no", SteinKernel.Gaussian.ToString(), "[0, 0.5]");
        if (version > 2)
        {
            return upgraded;
        }

        upgraded["heteroscedastic_noise"] = "no";
        if (version > 1)
        {
            return upgraded;
        }

        (upgraded["linear_path"], upgraded["anchored_prior"], upgraded["folds"], upgraded["folds_made"]) = ("no", "[1, 1, 1]", "0", "0");
        if (texts.TryGetValue("adam", out string? adam))
        {
            upgraded["adam"] = adam.Replace("]", ", 0]", StringComparison.Ordinal);
        }

        if (texts.GetValueOrDefault("batch_rows") == "all")
        {
            upgraded["batch_rows"] = Number(int.MaxValue);
        }

        return upgraded;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string WriteNumbers(IEnumerable<double> values) => $"[{string.Join(", ", values.Select(Number))}]";

    private static string WriteList(IEnumerable<string> items)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (string item in items)
            {
                writer.WriteStringValue(item);
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads texts by name; a missing or unreadable one is a FormatException.</summary>
    private sealed class Reader(string path, IReadOnlyDictionary<string, string> texts)
    {
        public string Text(string name) =>
            texts.TryGetValue(name, out string? text) ? text : throw new FormatException($"\"{name}\" is missing from {path}");

        /// <summary>Of what files had not from the start.</summary>
        public bool Has(string name) => texts.ContainsKey(name);

        public int Integer(string name) => int.Parse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

        public double Number(string name) => double.Parse(Text(name), NumberStyles.Float, CultureInfo.InvariantCulture);

        public T Choice<T>(string name)
            where T : struct, Enum => Enum.TryParse(Text(name), out T value) && Enum.IsDefined(value)
                ? value
                : throw new FormatException($"\"{name}\" is \"{Text(name)}\"; it must be one of {string.Join(", ", Enum.GetNames<T>())}");

        public bool Boolean(string name) => Text(name) switch
        {
            "yes" => true,
            "no" => false,
            var other => throw new FormatException($"\"{name}\" is \"{other}\"; it must be yes or no"),
        };

        public string[] List(string name)
        {
            using var json = JsonDocument.Parse(Text(name));
            return [.. json.RootElement.EnumerateArray().Select(item => item.GetString()!)];
        }

        public string[] Names(string name) =>
            List(name) is { Length: > 0 } names ? names : throw new FormatException($"\"{name}\" is empty");

        public double[] Numbers(string name)
        {
            using var json = JsonDocument.Parse(Text(name));
            return [.. json.RootElement.EnumerateArray().Select(item => item.GetDouble())];
        }

        public double[] Numbers(string name, int count) => Numbers(name) is var values && values.Length == count
            ? values
            : throw new FormatException($"\"{name}\" is {Text(name)}; it needs {count} numbers");
    }
}
