using System.Buffers.Binary;
using IlgpuBnn.Data;

namespace IlgpuBnn.Persistence;

/// <summary>
/// A file in the safetensors format (https://github.com/huggingface/safetensors): the header's length in 8 bytes, the header, the values of all tensors.
/// </summary>
internal sealed class SafetensorsFile
{
    // The format's own limit is 100 MB; a model of thousands of columns has one of some 100 kB.
    private const ulong MaximalHeaderLength = 1 << 24;

    private const int LengthBytes = sizeof(ulong);

    private SafetensorsFile(
        string path, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, SafetensorsTensor> tensors) =>
        (Path, Metadata, Tensors) = (path, metadata, tensors);

    public string Path { get; }

    /// <summary>Free text by name; empty if the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors { get; }

    /// <summary>Writes the file atomically.</summary>
    /// <exception cref="ModelFileException">The file could not be written.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            AtomicFile.Write(path, stream => Write(stream, tensors, metadata));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(
                path,
                $"could not be written ({exception.Message.TrimEnd('.')})",
                "Check that its folder exists and may be written to, and that the disk has room.",
                exception);
        }
    }

    public static void Write(
        Stream stream, IReadOnlyDictionary<string, SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        SafetensorsHeader header = SafetensorsHeader.Of(tensors, metadata);
        byte[] json = header.Encode();
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        stream.Write(length);
        stream.Write(json);
        foreach (SafetensorsEntry entry in header.Entries) tensors[entry.Name].WriteTo(stream);
    }

    /// <exception cref="ModelFileException">The file is missing, unreadable, of another format, truncated or damaged.</exception>
    public static SafetensorsFile Read(string path)
    {
        try
        {
            if (string.IsNullOrEmpty(path) || path.Contains('\0'))
            {
                throw new ModelFileException(path ?? "", "is not the name of a file", "Give the path of a model file.");
            }

            using FileStream stream = new(path, FileMode.Open, FileAccess.Read);
            return Read(stream, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <param name="stream">Seekable, at its beginning.</param>
    /// <param name="path">For messages.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static SafetensorsFile Read(Stream stream, string path)
    {
        try
        {
            SafetensorsHeader header = ReadHeader(path, stream);
            Dictionary<string, SafetensorsTensor> tensors = [];
            foreach (SafetensorsEntry entry in header.Entries)
                tensors.Add(entry.Name, SafetensorsTensor.Read(stream, entry));
            return new SafetensorsFile(path, header.Metadata, tensors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or OutOfMemoryException)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>The tensors and texts whose names begin so, without it: one file inside another.</summary>
    public SafetensorsFile Under(string prefix)
    {
        return new SafetensorsFile(Path, Part(Metadata), Part(Tensors));

        Dictionary<string, T> Part<T>(IReadOnlyDictionary<string, T> all) =>
            all.Where(own => own.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(own => own.Key[prefix.Length..], own => own.Value);
    }

    /// <summary>The values of an F32 tensor.</summary>
    /// <exception cref="ModelFileException">The tensor is missing, or of another type.</exception>
    public float[] Singles(string name) => ValuesOf<float>(name, "F32");

    /// <summary>The values of an F64 tensor.</summary>
    /// <exception cref="ModelFileException">The tensor is missing, or of another type.</exception>
    public double[] Doubles(string name) => ValuesOf<double>(name, "F64");

    private static ModelFileException Unreadable(string path, Exception cause) =>
        new(path, $"could not be read ({cause.Message.TrimEnd('.')})", "Check the path, and that the file may be read.", cause);

    private static SafetensorsHeader ReadHeader(string path, Stream stream)
    {
        const string remedy = "Give a complete model file written by IlgpuBnn.";
        if (stream.Length < LengthBytes)
            throw new ModelFileException(path, $"is not a safetensors file: it has only {stream.Length} bytes", remedy);

        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        stream.ReadExactly(lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaximalHeaderLength)
            throw new ModelFileException(
                path,
                $"is not a safetensors file: it announces a header of {length} bytes, and at most {MaximalHeaderLength} are allowed",
                remedy);
        long following = stream.Length - LengthBytes;
        if ((long)length > following)
            throw new ModelFileException(
                path,
                $"is not a safetensors file, or is cut short: it announces a header of {length} bytes, and {following} follow",
                remedy);

        byte[] json = new byte[length];
        stream.ReadExactly(json);
        return SafetensorsHeader.Parse(path, json, following - json.Length);
    }

    private T[] ValuesOf<T>(string name, string dtype)
    {
        const string remedy = "Give a model file that this version of IlgpuBnn can read.";
        if (!Tensors.TryGetValue(name, out SafetensorsTensor? tensor))
            throw new ModelFileException(
                Path, $"has no tensor \"{name}\", only {ColumnSelection.List([.. Tensors.Keys.Order(StringComparer.Ordinal)])}", remedy);
        return tensor.Values as T[]
            ?? throw new ModelFileException(Path, $"tensor \"{name}\" has the type {tensor.DType}, and {dtype} is needed", remedy);
    }
}
