using System.Runtime.InteropServices;

namespace IlgpuBnn.Persistence;

/// <summary>Values of one type with a shape, row-major: F32 for <c>float[]</c>, F64 for <c>double[]</c>.</summary>
internal sealed class SafetensorsTensor
{
    // Values are copied in chunks, as a span of bytes is limited to 2 GB.
    private const int ChunkLength = 1 << 20;

    /// <exception cref="ArgumentException">The shape has a negative size or does not hold as many values.</exception>
    public SafetensorsTensor(float[] values, params int[] shape)
        : this((Array)values, shape)
    {
    }

    /// <inheritdoc cref="SafetensorsTensor(float[], int[])"/>
    public SafetensorsTensor(double[] values, params int[] shape)
        : this((Array)values, shape)
    {
    }

    private SafetensorsTensor(Array values, int[] shape)
    {
        if (CountOf(Array.ConvertAll(shape, size => (long)size)) != values.Length)
            throw new ArgumentException($"A tensor of shape [{string.Join(", ", shape)}] has {values.Length} values.", nameof(shape));
        Values = values;
        Shape = shape;
    }

    /// <summary>A <c>float[]</c> or a <c>double[]</c>.</summary>
    public Array Values { get; }

    /// <summary>Row-major; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape { get; }

    public string DType => Values.GetType() == typeof(float[]) ? "F32" : "F64";

    /// <summary>Bytes per value; null for other types than F32 and F64.</summary>
    public static int? SizeOf(string dtype) => dtype switch
    {
        "F32" => sizeof(float),
        "F64" => sizeof(double),
        _ => null,
    };

    /// <summary>Number of values of a shape; null if an array cannot have it.</summary>
    public static int? CountOf(long[] shape)
    {
        if (shape.Any(size => size < 0 || size > Array.MaxLength)) return null;
        if (shape.Contains(0)) return 0;
        long count = 1;
        foreach (long size in shape)
        {
            count *= size;
            if (count > Array.MaxLength) return null;
        }

        return (int)count;
    }

    /// <summary>Reads the values of a checked entry.</summary>
    public static SafetensorsTensor Read(Stream stream, SafetensorsEntry entry)
    {
        long bytes = entry.End - entry.Begin;
        return entry.DType == "F32"
            ? new SafetensorsTensor(ReadValues<float>(stream, (int)(bytes / sizeof(float))), entry.Shape)
            : new SafetensorsTensor(ReadValues<double>(stream, (int)(bytes / sizeof(double))), entry.Shape);
    }

    /// <summary>Writes the values in the machine's byte order, little-endian.</summary>
    public void WriteTo(Stream stream)
    {
        if (Values is float[] singles) WriteValues(stream, singles);
        else WriteValues(stream, (double[])Values);
    }

    private static T[] ReadValues<T>(Stream stream, int count)
        where T : unmanaged
    {
        T[] values = new T[count];
        for (int start = 0; start < count; start += ChunkLength)
            stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(start, Math.Min(ChunkLength, count - start))));
        return values;
    }

    private static void WriteValues<T>(Stream stream, T[] values)
        where T : unmanaged
    {
        for (int start = 0; start < values.Length; start += ChunkLength)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(start, Math.Min(ChunkLength, values.Length - start))));
    }
}
