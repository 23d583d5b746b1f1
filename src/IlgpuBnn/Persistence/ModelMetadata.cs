using System.Globalization;
using System.Reflection;
using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>Metadata of a model file: one text per name, options and report as JSON.</summary>
internal sealed record ModelMetadata(
    IReadOnlyList<string> InputNames, IReadOnlyList<string> TargetNames, TrainingOptions Options, TrainingReport Report,
    IReadOnlyList<InputEncoding> InputEncodings, IReadOnlyList<TargetTransform> TargetTransforms, int Version)
{
    private const string Format = "ilgpubnn-model";

    // Raised when an older library could misread a newer file.
    private const int FormatVersion = 8;

    // What all but these need: such files are for older libraries too.
    private const int ConstraintsVersion = 7;
    private const int ClassesVersion = 6;
    private const int FieldLayersVersion = 5;
    private const int FirstLayersVersion = 4;
    private const int ComponentsVersion = 3;
    private const int PlainVersion = 2;

    public static ModelMetadata Of(TrainedModel model) =>
        new(model.Encoding.InputNames, model.TargetNames, model.Options, model.Report with { History = [] }, model.Encoding.Inputs, model.Encoding.Targets,
            VersionOf(model.Options))
        {
            Classes = model.Encoding.Classes,
            Units = model.Units,
            Series = model.Series,
        };

    /// <summary>How classes become outputs; null of numbers.</summary>
    public ClassEncoding? Classes { get; init; }

    /// <summary>Of columns, by name; only of those that have one.</summary>
    public IReadOnlyDictionary<string, string> Units { get; init; } = new Dictionary<string, string>();

    /// <summary>How inputs are windows of series; null of columns.</summary>
    public SeriesDescription? Series { get; init; }

    private static int VersionOf(TrainingOptions options) => options.GradientDescent is not null ? FormatVersion
        : options.Constraints is not null ? ConstraintsVersion
        : options.UsedLikelihood.IsOfClasses || options.Layers?.Any(layer => layer is Recurrence) == true || options.ApartTargets is not null ? ClassesVersion
        : options.Layers?.Any(layer => layer is FieldLayer) == true ? FieldLayersVersion
        : options.Layers?.Any(layer => layer is FourierFeatures or Sine) == true ? FirstLayersVersion
        : options.Components is not null ? ComponentsVersion
        : PlainVersion;

    public Dictionary<string, string> Write()
    {
        Dictionary<string, string> texts = WriteAlways();
        if (Classes is not null)
        {
            texts["classes"] = Text(Classes);
        }

        if (Units.Count > 0)
        {
            texts["units"] = Text(new Dictionary<string, string>(Units));
        }

        if (Series is not null)
        {
            texts["series"] = Text(Series);
        }

        return texts;
    }

    private Dictionary<string, string> WriteAlways() => new()
    {
        ["format"] = Format,
        ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
        ["ilgpubnn_version"] = typeof(ModelMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        ["input_names"] = Text<string[]>([.. InputNames]),
        ["target_names"] = Text<string[]>([.. TargetNames]),
        ["input_encodings"] = Text<InputEncoding[]>([.. InputEncodings]),
        ["target_transforms"] = Text<TargetTransform[]>([.. TargetTransforms]),
        ["options"] = Text(Options),
        ["report"] = Text(Report),
    };

    /// <exception cref="ModelFileException">The texts are not those of a model, or are of a newer version.</exception>
    public static ModelMetadata Read(string path, IReadOnlyDictionary<string, string> texts)
    {
        int version = RequireFormat(path, texts);
        try
        {
            string[] inputs = Names("input_names"), targets = Names("target_names");

            // Version 1 knew columns as they are only.
            var metadata = new ModelMetadata(
                inputs, targets, Parse<TrainingOptions>("options"), Parse<TrainingReport>("report"),
                version == 1 ? [.. inputs.Select(_ => new NumericEncoding())] : OnePer<InputEncoding>(inputs, "input_encodings"),
                version == 1 ? [.. targets.Select(_ => new IdentityTransform())] : OnePer<TargetTransform>(targets, "target_transforms"), version)
            {
                Classes = texts.ContainsKey("classes") ? Parse<ClassEncoding>("classes") : null,
                Units = texts.ContainsKey("units") ? Parse<Dictionary<string, string>>("units") : [],
                Series = texts.ContainsKey("series") ? Parse<SeriesDescription>("series") : null,
            };
            if (metadata.Options.ApartTargets is { Count: > 0 } apart && (apart.Distinct().Count() != apart.Count || !apart.All(metadata.TargetNames.Contains) || metadata.Classes is not null))
            {
                throw new FormatException("the targets apart are not distinct targets");
            }

            if (metadata.Units.Values.Any(unit => unit is null))
            {
                throw new FormatException("a unit is null");
            }

            if (metadata.Series?.ProblemIn(inputs) is { } wrong)
            {
                throw new FormatException(wrong);
            }

            RequireSound(metadata.Options);
            return ModelRanges.ProblemOf(metadata) is { } problem ? throw new FormatException(problem) : metadata;
        }
        catch (Exception cause) when (IsDamage(cause))
        {
            throw ModelFile.Damaged(path, $"its metadata is invalid ({cause.Message.TrimEnd('.')})", cause);
        }

        T Parse<T>(string name) => Parsed<T>(texts, name);

        IReadOnlyList<T> OnePer<T>(string[] columns, string name) =>
            Parse<T[]>(name) is var values && values.Length == columns.Length && values.All(own => own is not null)
                ? values
                : throw new FormatException($"\"{name}\" must have one entry per column");

        string[] Names(string name) => Parse<string[]>(name) is { Length: > 0 } names && Array.TrueForAll(names, own => !string.IsNullOrEmpty(own))
            && names.Distinct().Count() == names.Length
                ? names
                : throw new FormatException($"\"{name}\" must be distinct names");
    }

    /// <exception cref="FormatException">A layer or a constraint is null.</exception>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public static void RequireSound(TrainingOptions options)
    {
        if (options.Layers?.Any(layer => layer is null) == true)
        {
            throw new FormatException("a layer is null");
        }

        if (options.Constraints?.Constraints.Any(own => own is null || (own as FixedSum)?.Terms.Any(term => term is null) == true) == true)
        {
            throw new FormatException("a constraint is null");
        }

        options.Validate();
    }

    /// <summary>Whether an exception says that a file's texts or numbers are none.</summary>
    public static bool IsDamage(Exception cause) => cause is JsonException or FormatException or ArgumentException or NotSupportedException or OverflowException;

    /// <summary>A value as JSON, for a file's texts.</summary>
    public static string Text<T>(T value) => JsonSerializer.Serialize(value, ModelJson.Of<T>());

    /// <summary>A value that stands as JSON in a file's texts.</summary>
    /// <exception cref="FormatException">It is missing.</exception>
    /// <exception cref="JsonException">It is none.</exception>
    public static T Parsed<T>(IReadOnlyDictionary<string, string> texts, string name) =>
        texts.TryGetValue(name, out string? text) && JsonSerializer.Deserialize(text, ModelJson.Of<T>()) is { } value
            ? value
            : throw new FormatException($"\"{name}\" is missing");

    /// <inheritdoc cref="Parsed"/>
    public static string[] Texts(IReadOnlyDictionary<string, string> texts, string name) =>
        Parsed<string[]>(texts, name) is var all && Array.TrueForAll(all, own => own is not null) ? all : throw new FormatException($"\"{name}\" has a null");

    private static int RequireFormat(string path, IReadOnlyDictionary<string, string> texts)
    {
        if (ShardFile.IsShard(texts))
        {
            throw new ModelFileException(path, "is a part of an ensemble, not a whole model", "Put all parts together with \"ilgpubnn merge\" or EnsembleShard.Merge.");
        }

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

        return version;
    }
}
