using System.Buffers.Binary;
using IlgpuBnn.Data;
using IlgpuBnn.Netcdf;

namespace IlgpuBnn.Fuzz;

/// <summary>Files of arrays: refused with a <see cref="DataException"/>, or read to a table.</summary>
/// <param name="name">Of the target.</param>
/// <param name="sampleDimension">Of files whose dimensions have names.</param>
/// <param name="files">Of the tests, beside this program.</param>
internal sealed class ArrayFiles(string name, string? sampleDimension, params string[] files) : FuzzTarget
{
    private static readonly long[] _numbers = [0, 1, 2, -1, 255, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, long.MaxValue];

    public override string Name => name;

    // Archives are known by it.
    public override string Extension => Path.GetExtension(files[0]);

    // PureHDF believes sizes that a damaged file claims.
    public override bool LimitsMemory => Name != "hdf5";

    public override int MaxMessage => 599;

    // A heading, ten problems, and a count of the others.
    public override int MaxLines => 12;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. files.Select(file => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "files", file)))];

    /// <summary>A number of four or eight bytes: sizes, offsets, counts.</summary>
    public override byte[]? Mutate(byte[] file, Random random)
    {
        if (file.Length < 16)
        {
            return null;
        }

        byte[] changed = [.. file];
        long value = _numbers[random.Next(_numbers.Length)];
        Span<byte> place = changed.AsSpan(random.Next((file.Length - 8) / 4) * 4, 8);
        switch (random.Next(4))
        {
            case 0:
                BinaryPrimitives.WriteInt32BigEndian(place, (int)value);
                break;
            case 1:
                BinaryPrimitives.WriteInt64BigEndian(place, value);
                break;
            case 2:
                BinaryPrimitives.WriteInt32LittleEndian(place, (int)value);
                break;
            default:
                BinaryPrimitives.WriteInt64LittleEndian(place, value);
                break;
        }

        return changed;
    }

    public override string? Read(string path)
    {
        try
        {
            TableFile.Read(path, sampleDimension);
            return null;
        }
        catch (DataException exception)
        {
            return exception.Message;
        }
    }
}
