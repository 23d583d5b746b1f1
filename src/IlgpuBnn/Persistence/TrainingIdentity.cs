using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using IlgpuBnn.Data;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>Tells whether a checkpoint is of the training that asks for it: the same data, options and model to continue from.</summary>
/// <param name="Kind">Training or search.</param>
/// <param name="Values">SHA-256 of inputs, their texts, targets and groups.</param>
/// <param name="Earlier">SHA-256 of the particles of the model to continue from; null to start anew.</param>
internal sealed record TrainingIdentity(
    string Kind, int Rows, IReadOnlyList<string> InputNames, IReadOnlyList<string> TargetNames, string Values, string? Earlier, JsonElement Options)
{
    /// <summary>Of a shard, which: "3/16"; otherwise null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Shard { get; init; }

    private const int PieceLength = 1 << 20;
    private const int MostDifferences = 3;

    public static TrainingIdentity Of(string kind, Dataset data, TrainingOptions options, TrainedModel? earlier) => new(
        kind, data.RowCount, data.InputNames, data.TargetNames, HashOf(data), earlier is null ? null : HashOf(earlier.Ensemble.Particles),
        JsonSerializer.SerializeToElement(options, ModelJson.Of<TrainingOptions>()));

    /// <exception cref="FormatException">They are none.</exception>
    public TrainingOptions OptionsOf() => Options.Deserialize(ModelJson.Of<TrainingOptions>()) ?? throw new FormatException("there are no options");

    /// <summary>How the checkpoint's training differs from this one, for its user; null if it does not.</summary>
    public string? DifferenceTo(TrainingIdentity other)
    {
        if (Kind != other.Kind)
        {
            return $"a {Kind}, and this is a {other.Kind}";
        }

        if (!InputNames.SequenceEqual(other.InputNames) || !TargetNames.SequenceEqual(other.TargetNames))
        {
            return "a training with other inputs or targets";
        }

        if (Rows != other.Rows || Values != other.Values)
        {
            return Rows == other.Rows ? "a training on other values" : $"a training on {Rows} rows, and here are {other.Rows}";
        }

        string[] options = [.. Differences("", Options, other.Options).Take(MostDifferences)];
        return options.Length > 0 ? $"a training with other options ({string.Join("; ", options)})"
            : Earlier != other.Earlier ? "a training that continued from another model"
            : Shard != other.Shard ? Shard is null ? "a training of all networks, and this is of a shard" : $"shard {Shard}, and this is {(other.Shard is null ? "of all networks" : other.Shard)}"
            : null;
    }

    private static IEnumerable<string> Differences(string name, JsonElement there, JsonElement here)
    {
        if (there.ValueKind != JsonValueKind.Object || here.ValueKind != JsonValueKind.Object)
        {
            return there.ValueKind == here.ValueKind && (there.ValueKind == JsonValueKind.Undefined || JsonElement.DeepEquals(there, here)) ? [] : [$"{name.Replace('_', ' ')}: {Text(there)} there, {Text(here)} here"];
        }

        string prefix = name.Length == 0 ? "" : $"{name}.";
        return there.EnumerateObject().Select(own => own.Name).Union(here.EnumerateObject().Select(own => own.Name)).SelectMany(
            own => Differences($"{prefix}{own}", Member(there, own), Member(here, own)));
    }

    private static JsonElement Member(JsonElement parent, string name) => parent.TryGetProperty(name, out JsonElement value) ? value : default;

    private static string Text(JsonElement value) =>
        value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "none" : value.ToString() is { Length: <= 40 } text ? text : "something else";

    private static string HashOf(Dataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, NumbersOf(data.Inputs));
        Append(hash, NumbersOf(data.Targets));
        foreach (string text in data.InputTexts.SelectMany(texts => texts ?? []).Concat(data.Classes ?? []))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{text}\n"));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(string.Join(',', data.Groups ?? [])));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static string HashOf(float[] particles)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append<float>(hash, particles);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static void Append<T>(IncrementalHash hash, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        // A span of bytes is limited to 2 GB.
        for (; values.Length > 0; values = values[Math.Min(PieceLength, values.Length)..])
        {
            hash.AppendData(MemoryMarshal.AsBytes(values[..Math.Min(PieceLength, values.Length)]));
        }
    }

    private static ReadOnlySpan<double> NumbersOf(double[,] table) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, double>(ref MemoryMarshal.GetArrayDataReference(table)), table.Length);
}
