using System.Buffers.Binary;
using System.Text;
using IlgpuBnn.Data;

namespace IlgpuBnn.Netcdf;

/// <summary>A file of netCDF-3: classic (CDF-1), with 64-bit offsets (CDF-2) or with 64-bit data (CDF-5).</summary>
/// <remarks>
/// "NetCDF Classic Format Specification" (docs.unidata.ucar.edu) and the CDF-5 format of PnetCDF. Every size is held against the length of the file before anything of
/// that size is allocated.
/// </remarks>
internal sealed class Netcdf3File : IArrayFile
{
    private const int DimensionTag = 10, VariableTag = 11, AttributeTag = 12, Character = 2;
    private const string Remedy = "The file is damaged or was cut short: copy it again, or write it anew.";

    // [type]: bytes, and the number that stands for what was never written.
    private static readonly (int Bytes, double Fill)[] _types =
    [
        default, (1, double.NaN), (1, double.NaN), (2, -32767), (4, -2147483647), (4, 9.969209968386869e36f), (8, 9.969209968386869e36), (1, double.NaN), (2, 65535), (4, 4294967295),
        (8, -9223372036854775806), (8, 18446744073709551614),
    ];

    private readonly string _path;
    private readonly FileStream _file;
    private readonly bool _wide;
    private readonly bool _longOffsets;
    private readonly byte[] _buffer = new byte[8];
    private readonly List<ArrayVariable> _variables = [];

    public Netcdf3File(string path)
    {
        _path = path;
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            int version = (int)(Unsigned(4) & 0xff);
            (_wide, _longOffsets) = (version == 5, version != 1);
            ReadHeader();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public IReadOnlyList<ArrayVariable> Variables => _variables;

    public IReadOnlyList<string> Notes => [];

    public static bool IsOne(ReadOnlySpan<byte> head) => head is [(byte)'C', (byte)'D', (byte)'F', 1 or 2 or 5, ..];

    public void Dispose() => _file.Dispose();

    private void ReadHeader()
    {
        ulong written = Unsigned(_wide ? 8 : 4);
        bool unknown = written == (_wide ? ulong.MaxValue : uint.MaxValue);
        List<(string Name, long Size)> dimensions = [];
        List(DimensionTag, () => dimensions.Add((Name(), Count())));
        Attributes();
        List<Layout> layouts = [];
        List(VariableTag, () => layouts.Add(ReadLayout(dimensions)));
        Layout[] records = [.. layouts.Where(own => own.IsRecord)];
        long step = records.Length == 1 ? records[0].RecordBytes : records.Aggregate(0L, (sum, own) => checked(sum + ((own.RecordBytes + 3) / 4 * 4)));
        long count = !unknown ? checked((long)Math.Min(written, long.MaxValue)) : step == 0 ? 0 : Math.Max(0, _file.Length - records.Min(own => own.Begin)) / step;
        layouts.ForEach(own => _variables.Add(Variable(own, count, step)));
    }

    private Layout ReadLayout(List<(string Name, long Size)> dimensions)
    {
        string name = Name();
        long rank = Counted(4);
        List<(string Name, long Size)> own = [];
        for (long k = 0; k < rank; k++)
        {
            long id = Count();
            own.Add(id < dimensions.Count ? dimensions[(int)id] : throw Damaged($"variable \"{ShownText.Of(name)}\" has a dimension {id}, and there are {dimensions.Count}"));
        }

        Dictionary<string, object> attributes = Attributes();
        int type = Type();

        // The size that follows is too small for large variables, and follows from the dimensions.
        Count();
        ulong begin = Unsigned(_longOffsets ? 8 : 4);
        bool isRecord = own is [{ Size: 0 }, ..];
        if (own.Skip(1).Any(dimension => dimension.Size == 0))
        {
            throw Damaged($"variable \"{ShownText.Of(name)}\" has an unlimited dimension that is not its first");
        }

        long bytes = own.Skip(isRecord ? 1 : 0).Aggregate((long)_types[type].Bytes, (product, dimension) => Multiplied(product, dimension.Size, name));
        return new Layout(name, own, attributes, type, (long)Math.Min(begin, long.MaxValue), isRecord, bytes);
    }

    private ArrayVariable Variable(Layout layout, long records, long step)
    {
        long count = layout.IsRecord ? records : 1, end = count == 0 ? 0 : Sum(layout.Begin, Sum(Multiplied(count - 1, step, layout.Name), layout.RecordBytes));
        if (end > _file.Length)
        {
            throw Damaged($"variable \"{ShownText.Of(layout.Name)}\" ends at byte {end}, and the file has {_file.Length}");
        }

        List<ArrayDimension> dimensions = [.. layout.Dimensions.Select((own, k) => new ArrayDimension(own.Name, k == 0 && layout.IsRecord ? records : own.Size))];
        byte[] Bytes()
        {
            var bytes = new byte[checked((int)(count * layout.RecordBytes))];
            for (long k = 0; k < count; k++)
            {
                _file.Position = layout.Begin + (k * step);
                _file.ReadExactly(bytes, checked((int)(k * layout.RecordBytes)), checked((int)layout.RecordBytes));
            }

            return bytes;
        }

        if (layout.Type == Character)
        {
            int letters = dimensions.Count == 0 ? 1 : checked((int)dimensions[^1].Size);
            return new ArrayVariable { Name = layout.Name, Dimensions = [.. dimensions.SkipLast(1)], Texts = () => TextsIn(Bytes(), letters) };
        }

        (int size, double fill) = _types[layout.Type];
        Dictionary<string, object> attributes = layout.Attributes;
        return new ArrayVariable
        {
            Name = layout.Name,
            Dimensions = dimensions,
            Units = attributes.GetValueOrDefault("units") as string ?? "",
            ScaleFactor = Numbers("scale_factor") is [var factor, ..] ? factor : 1,
            AddOffset = Numbers("add_offset") is [var offset, ..] ? offset : 0,
            Missing = [.. Numbers("_FillValue") is { Length: > 0 } own ? own : [fill], .. Numbers("missing_value")],
            Numbers = () => NumbersIn(Bytes(), layout.Type, size),
        };

        double[] Numbers(string name) => attributes.GetValueOrDefault(name) as double[] ?? [];
    }

    private Dictionary<string, object> Attributes()
    {
        Dictionary<string, object> attributes = [];
        List(AttributeTag, () =>
        {
            string name = Name();
            int type = Type(), size = _types[type].Bytes;
            byte[] bytes = Padded(checked(Counted(size) * size));
            attributes[name] = type == Character ? Encoding.UTF8.GetString(bytes).TrimEnd('\0') : NumbersIn(bytes, type, size);
        });
        return attributes;
    }

    /// <summary>An absent list, or one of a kind.</summary>
    private void List(int tag, Action read)
    {
        ulong found = Unsigned(4);
        long count = Counted(1);
        if (found != (ulong)tag && (found != 0 || count != 0))
        {
            throw Damaged($"a list begins with {found} where {tag} was expected");
        }

        for (long k = 0; k < count; k++)
        {
            read();
        }
    }

    private int Type()
    {
        ulong type = Unsigned(4);
        return type >= 1 && type < (ulong)_types.Length ? (int)type : throw Damaged($"a type is {type}, which is none of netCDF-3");
    }

    private string Name() => Encoding.UTF8.GetString(Padded(Counted(1)));

    private long Count() => (long)Math.Min(Unsigned(_wide ? 8 : 4), long.MaxValue);

    /// <summary>A number of things of at least so many bytes each, which follow.</summary>
    private long Counted(int bytes)
    {
        long count = Count();
        return count <= (_file.Length - _file.Position) / bytes ? count : throw Damaged($"at byte {_file.Position} there should be {count} entries, and the file has {_file.Length} bytes");
    }

    private byte[] Padded(long count)
    {
        var bytes = new byte[checked((int)count)];
        Read(bytes);
        Read(_buffer.AsSpan(0, (int)(-count & 3)));
        return bytes;
    }

    private ulong Unsigned(int size)
    {
        Read(_buffer.AsSpan(0, size));
        return size == 8 ? BinaryPrimitives.ReadUInt64BigEndian(_buffer) : BinaryPrimitives.ReadUInt32BigEndian(_buffer);
    }

    private void Read(Span<byte> bytes)
    {
        if (_file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw Damaged($"it ends at byte {_file.Length}, within its header");
        }
    }

    private static double[] NumbersIn(byte[] bytes, int type, int size)
    {
        var values = new double[bytes.Length / size];
        for (int k = 0; k < values.Length; k++)
        {
            ReadOnlySpan<byte> own = bytes.AsSpan(k * size, size);
            values[k] = type switch
            {
                1 => (sbyte)own[0],
                3 => BinaryPrimitives.ReadInt16BigEndian(own),
                4 => BinaryPrimitives.ReadInt32BigEndian(own),
                5 => BinaryPrimitives.ReadSingleBigEndian(own),
                6 => BinaryPrimitives.ReadDoubleBigEndian(own),
                8 => BinaryPrimitives.ReadUInt16BigEndian(own),
                9 => BinaryPrimitives.ReadUInt32BigEndian(own),
                10 => BinaryPrimitives.ReadInt64BigEndian(own),
                11 => BinaryPrimitives.ReadUInt64BigEndian(own),
                _ => own[0],
            };
        }

        return values;
    }

    internal static string[] TextsIn(byte[] bytes, int letters) =>
        [.. Enumerable.Range(0, bytes.Length / Math.Max(letters, 1)).Select(k => Encoding.UTF8.GetString(bytes, k * letters, letters).Split('\0')[0].Trim())];

    private long Multiplied(long a, long b, string variable) => b == 0 || a <= long.MaxValue / b ? a * b
        : throw Damaged($"variable \"{ShownText.Of(variable)}\" has a size that no file has");

    private static long Sum(long a, long b) => a <= long.MaxValue - b ? a + b : long.MaxValue;

    private DataException Damaged(string problem) => new(_path, $"this is no complete netCDF-3 file: {problem}. {Remedy}");

    /// <summary>Where a variable lies.</summary>
    /// <param name="Begin">Of its first byte.</param>
    /// <param name="IsRecord">Whether it has a part in each record, instead of one place.</param>
    /// <param name="RecordBytes">Of that part, or of all.</param>
    private sealed record Layout(
        string Name, IReadOnlyList<(string Name, long Size)> Dimensions, Dictionary<string, object> Attributes, int Type, long Begin, bool IsRecord, long RecordBytes);
}
