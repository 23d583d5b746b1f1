using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>Metadata of a model file: one text per name, options and report as JSON.</summary>
internal sealed record ModelMetadata(
    IReadOnlyList<string> InputNames, IReadOnlyList<string> TargetNames, TrainingOptions Options, TrainingReport Report)
{
    private const string Format = "ilgpubnn-model";

    // Raised when an older library could misread a newer file.
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    public static ModelMetadata Of(TrainedModel model) =>
        new(model.Ensemble.InputNames, model.Ensemble.TargetNames, model.Options, model.Report with { History = [] });

    public Dictionary<string, string> Write() => new()
    {
        ["format"] = Format,
        ["format_version"] = FormatVersion.ToString(CultureInfo.InvariantCulture),
        ["ilgpubnn_version"] = typeof(ModelMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        ["input_names"] = JsonSerializer.Serialize(InputNames, _json),
        ["target_names"] = JsonSerializer.Serialize(TargetNames, _json),
        ["options"] = JsonSerializer.Serialize(Options, _json),
        ["report"] = JsonSerializer.Serialize(Report, _json),
    };

    /// <exception cref="ModelFileException">The texts are not those of a model, or are of a newer version.</exception>
    public static ModelMetadata Read(string path, IReadOnlyDictionary<string, string> texts)
    {
        RequireFormat(path, texts);
        try
        {
            var metadata = new ModelMetadata(
                Names("input_names"), Names("target_names"), Parse<TrainingOptions>("options"), Parse<TrainingReport>("report"));
            metadata.Options.Validate();
            RequireRisingRowCounts(metadata.Report);
            return metadata;
        }
        catch (Exception cause) when (cause is JsonException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            throw ModelFile.Damaged(path, $"its metadata is invalid ({cause.Message.TrimEnd('.')})", cause);
        }

        T Parse<T>(string name) =>
            texts.TryGetValue(name, out string? text) && JsonSerializer.Deserialize<T>(text, _json) is { } value
                ? value
                : throw new FormatException($"\"{name}\" is missing");

        string[] Names(string name) => Parse<string[]>(name) is { Length: > 0 } names && Array.TrueForAll(names, own => !string.IsNullOrEmpty(own))
            && names.Distinct().Count() == names.Length
                ? names
                : throw new FormatException($"\"{name}\" must be distinct names");
    }

    private static void RequireRisingRowCounts(TrainingReport report)
    {
        int[] counts = [0, .. report.RowCounts];
        if (!Enumerable.Range(1, counts.Length - 1).All(k => counts[k] > 0 && counts[k] >= counts[k - 1]))
        {
            throw new FormatException("the numbers of rows decrease between trainings");
        }
    }

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
}
