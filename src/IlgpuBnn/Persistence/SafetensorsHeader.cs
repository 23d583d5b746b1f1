using System.Text.Json;
using IlgpuBnn.Data;

namespace IlgpuBnn.Persistence;

/// <summary>A tensor's bytes <paramref name="Begin"/> to <paramref name="End"/> (exclusive) of the data after the header.</summary>
internal sealed record SafetensorsEntry(string Name, string DType, int[] Shape, long Begin, long End);

/// <summary>The JSON header of a safetensors file: metadata and entries of the tensors.</summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<SafetensorsEntry> Entries)
{
    /// <summary>A network of the most layers has fewer.</summary>
    public const int MaxTensors = 4096;

    /// <summary>Sizes of a shape.</summary>
    public const int MaxRank = 8;

    private const string MetadataKey = "__metadata__";
    private const string ForeignRemedy = "Give a model file written by IlgpuBnn.";
    private const string DamagedRemedy = "The file is damaged: restore a copy, or train again.";

    /// <summary>The header of these tensors, whatever their order.</summary>
    /// <exception cref="ArgumentException">A tensor has the name reserved for metadata.</exception>
    public static SafetensorsHeader Of(
        IReadOnlyDictionary<string, SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        if (tensors.ContainsKey(MetadataKey))
            throw new ArgumentException(
                $"A tensor is named {MetadataKey}, which the safetensors format reserves for metadata. Rename it.", nameof(tensors));

        List<SafetensorsEntry> entries = [];
        long begin = 0;
        // Wide types first, so that every tensor is aligned without gaps.
        foreach ((string name, SafetensorsTensor tensor) in tensors
            .OrderByDescending(pair => SafetensorsTensor.SizeOf(pair.Value.DType)).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            long end = begin + (long)tensor.Values.Length * SafetensorsTensor.SizeOf(tensor.DType)!.Value;
            entries.Add(new SafetensorsEntry(name, tensor.DType, [.. tensor.Shape], begin, end));
            begin = end;
        }

        return new SafetensorsHeader(metadata, entries);
    }

    /// <summary>JSON in UTF-8, padded with spaces to a multiple of 8 bytes.</summary>
    public byte[] Encode()
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, value);
            json.WriteEndObject();
            foreach (SafetensorsEntry entry in Entries) Encode(json, entry);
            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataLength">Bytes in the file after the header.</param>
    /// <exception cref="ModelFileException">The header is invalid, or its tensors do not exactly fill the data.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlyMemory<byte> json, long dataLength)
    {
        try
        {
            if (json.Span is not [(byte)'{', ..])
                throw new ModelFileException(path, "is not a safetensors file: its header does not begin with {", ForeignRemedy);

            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            Dictionary<string, string> metadata = [];
            List<SafetensorsEntry> entries = [];
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(MetadataKey)) metadata = ParseMetadata(path, property.Value);
                else if (entries.Count == MaxTensors) throw new ModelFileException(path, $"has more than {MaxTensors} tensors", ForeignRemedy);
                else entries.Add(ParseEntry(path, property.Name, property.Value));
            }

            entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
            RequireContiguous(path, entries, dataLength);
            return new SafetensorsHeader(metadata, entries);
        }
        // A string that is not UTF-8 throws InvalidOperationException when it is read.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ModelFileException(
                path,
                $"is not a safetensors file: its header is not valid JSON ({exception.Message.TrimEnd('.')})",
                ForeignRemedy,
                exception);
        }
    }

    private static void Encode(Utf8JsonWriter json, SafetensorsEntry entry)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", entry.DType);
        json.WriteStartArray("shape");
        foreach (int size in entry.Shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Dictionary<string, string> ParseMetadata(string path, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object
            || element.EnumerateObject().Any(pair => pair.Value.ValueKind != JsonValueKind.String))
            throw new ModelFileException(path, $"{MetadataKey} is not a map from strings to strings", DamagedRemedy);
        return element.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!);
    }

    private static SafetensorsEntry ParseEntry(string path, string name, JsonElement element)
    {
        ModelFileException Problem(string problem, string remedy = DamagedRemedy) => new(path, $"tensor \"{ShownText.Of(name)}\" {problem}", remedy);

        if (element.ValueKind != JsonValueKind.Object || element.EnumerateObject().Count() != 3
            || !element.TryGetProperty("dtype", out JsonElement dtypeElement) || dtypeElement.ValueKind != JsonValueKind.String
            || !element.TryGetProperty("shape", out JsonElement shapeElement) || Integers(shapeElement) is not { } sizes
            || !element.TryGetProperty("data_offsets", out JsonElement offsetsElement)
            || Integers(offsetsElement) is not [long begin, long end])
            throw Problem("is not described by a dtype, a shape and two data_offsets");
        if (sizes.Length > MaxRank)
            throw Problem($"has a shape of {sizes.Length} sizes; at most {MaxRank} are read", ForeignRemedy);

        string dtype = dtypeElement.GetString()!;
        if (SafetensorsTensor.SizeOf(dtype) is not int size)
            throw Problem($"has the type {ShownText.Of(dtype)}, and only F32 and F64 are read", ForeignRemedy);

        if (SafetensorsTensor.CountOf(sizes) is not int count)
            throw Problem($"has the shape [{string.Join(", ", sizes)}], which no array can have");
        if (begin < 0 || end < begin || end - begin != (long)count * size)
            throw Problem(
                $"has data_offsets {begin} to {end}, and its shape [{string.Join(", ", sizes)}] of {dtype} "
                + $"needs {(long)count * size} bytes");
        return new SafetensorsEntry(name, dtype, Array.ConvertAll(sizes, size => (int)size), begin, end);
    }

    /// <summary>The integers of a JSON array; null for anything else.</summary>
    private static long[]? Integers(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array) return null;
        List<long> values = [];
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long value)) return null;
            values.Add(value);
        }

        return [.. values];
    }

    private static void RequireContiguous(string path, List<SafetensorsEntry> entries, long dataLength)
    {
        long covered = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Begin != covered)
                throw new ModelFileException(
                    path,
                    $"tensor \"{ShownText.Of(entry.Name)}\" begins at byte {entry.Begin}, and the tensors before it end at {covered}",
                    DamagedRemedy);
            covered = entry.End;
        }

        if (covered > dataLength)
            throw new ModelFileException(
                path, $"is cut short: its tensors need {covered} bytes, and {dataLength} are there", DamagedRemedy);
        if (covered < dataLength)
            throw new ModelFileException(path, $"has {dataLength - covered} bytes after its last tensor", DamagedRemedy);
    }
}
