using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using IlgpuBnn.Data;

namespace IlgpuBnn.Netcdf;

/// <summary>An array that NumPy saved (.npy), or several (.npz); the first axis of all of them is that of rows.</summary>
/// <remarks>"numpy.lib.format" of NumPy's documentation.</remarks>
internal sealed partial class NumpyFile : IArrayFile
{
    /// <summary>Dimension of runs.</summary>
    public const string Rows = "row";

    private const int MaxHeader = 1 << 16;

    private static readonly byte[] _signature = [0x93, .. "NUMPY"u8];

    private readonly string _path;
    private readonly ZipArchive? _archive;
    private readonly List<ArrayVariable> _variables = [];

    public NumpyFile(string path)
    {
        _path = path;
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (!IsZip(path))
        {
            using (file)
            {
                _variables.Add(Variable(Path.GetFileNameWithoutExtension(path), file, file.Length, () => File.OpenRead(path)));
            }

            return;
        }

        try
        {
            _archive = new ZipArchive(file, ZipArchiveMode.Read);
            foreach (ZipArchiveEntry entry in _archive.Entries.Where(own => own.Name.EndsWith(".npy", StringComparison.Ordinal)))
            {
                using Stream stream = entry.Open();
                _variables.Add(Variable(entry.Name[..^4], stream, entry.Length, entry.Open));
            }
        }
        catch (InvalidDataException cause)
        {
            file.Dispose();
            throw Damaged("this is no complete archive of NumPy", cause);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        string[] rows = [.. _variables.Where(own => own.Dimensions.Count > 0).GroupBy(own => own.Dimensions[0].Size).Select(own => $"{ShownText.Of(own.First().Name)} {own.Key}")];
        if (rows.Length > 1)
        {
            _archive.Dispose();
            throw new DataException(path, $"arrays have different numbers of rows: {string.Join(", ", rows)}. Save arrays of the same runs.");
        }
    }

    public IReadOnlyList<ArrayVariable> Variables => _variables;

    public IReadOnlyList<string> Notes => [];

    /// <summary>Whether a file begins as one, or is an archive with the name of one.</summary>
    public static bool IsOne(ReadOnlySpan<byte> head, string path) => head.StartsWith(_signature) || (head.StartsWith("PK"u8) && IsZip(path));

    public void Dispose() => _archive?.Dispose();

    private static bool IsZip(string path) => Path.GetExtension(path).Equals(".npz", StringComparison.OrdinalIgnoreCase);

    private ArrayVariable Variable(string name, Stream stream, long length, Func<Stream> open)
    {
        var start = new byte[12];
        Read(stream, start.AsSpan(0, 10), name);
        bool isLong = start[6] > 1;
        Read(stream, start.AsSpan(10, isLong ? 2 : 0), name);
        long size = isLong ? BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8)) : BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8)), first = (isLong ? 12 : 10) + size;
        if (size > MaxHeader)
        {
            throw Damaged($"the header of array \"{ShownText.Of(name)}\" has {size} bytes");
        }

        var header = new byte[size];
        Read(stream, header, name);
        string text = Encoding.Latin1.GetString(header);
        if (Header().Match(text) is not { Success: true } match)
        {
            throw new DataException(
                _path, $"array \"{ShownText.Of(name)}\" is described by {ShownText.Of(text.Trim())}, where only arrays of numbers or texts are read. Save such columns as arrays of their own (np.savez).");
        }

        (bool isBig, char kind, int bytes) = (match.Groups[1].Value == ">", match.Groups[2].Value[0], int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value == "U" ? 4 : 1));
        long[] shape = [.. match.Groups[5].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(own => long.Parse(own, CultureInfo.InvariantCulture))];
        double wanted = shape.Aggregate((double)bytes, (product, own) => product * own);
        if (wanted > length - first)
        {
            throw Damaged($"array \"{ShownText.Of(name)}\" should have {wanted} bytes, and {length - first} are there");
        }

        bool isFortran = match.Groups[4].Value == "True", isText = kind is 'U' or 'S';
        return new ArrayVariable
        {
            Name = name,
            Dimensions = [.. shape.Select((own, axis) => new ArrayDimension(axis == 0 ? Rows : $"{name} axis {axis}", own))],
            Numbers = isText ? null : () => InOrder(Array.ConvertAll(Cells(), own => Number(own, kind, isBig)), shape, isFortran),
            Texts = isText ? () => InOrder(Array.ConvertAll(Cells(), own => (kind == 'S' ? Encoding.UTF8 : isBig ? new UTF32Encoding(true, false) : Encoding.UTF32).GetString(own).TrimEnd('\0')), shape, isFortran) : null,
        };

        byte[][] Cells()
        {
            using Stream whole = open();
            Read(whole, new byte[first], name);
            var all = new byte[(int)wanted];
            Read(whole, all, name);
            return [.. all.Chunk(Math.Max(bytes, 1))];
        }
    }

    private static double Number(byte[] bytes, char kind, bool isBig)
    {
        if (isBig)
        {
            Array.Reverse(bytes);
        }

        return (kind, bytes.Length) switch
        {
            ('f', 8) => BitConverter.ToDouble(bytes),
            ('f', 4) => BitConverter.ToSingle(bytes),
            ('f', _) => (double)BitConverter.ToHalf(bytes),
            ('i', 8) => BitConverter.ToInt64(bytes),
            ('i', 4) => BitConverter.ToInt32(bytes),
            ('i', 2) => BitConverter.ToInt16(bytes),
            ('i', _) => (sbyte)bytes[0],
            (_, 8) => BitConverter.ToUInt64(bytes),
            (_, 4) => BitConverter.ToUInt32(bytes),
            (_, 2) => BitConverter.ToUInt16(bytes),
            _ => bytes[0],
        };
    }

    /// <summary>Row-major.</summary>
    private static T[] InOrder<T>(T[] values, long[] shape, bool isFortran)
    {
        if (!isFortran || shape.Length < 2)
        {
            return values;
        }

        var ordered = new T[values.Length];
        for (int k = 0; k < values.Length; k++)
        {
            long rest = k, at = 0;
            foreach (long size in shape)
            {
                (rest, long index) = Math.DivRem(rest, size);
                at = (at * size) + index;
            }

            ordered[at] = values[k];
        }

        return ordered;
    }

    private void Read(Stream stream, Span<byte> bytes, string name)
    {
        try
        {
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            {
                throw Damaged($"array \"{ShownText.Of(name)}\" ends too early");
            }
        }
        catch (InvalidDataException cause)
        {
            throw Damaged($"array \"{ShownText.Of(name)}\" cannot be unpacked", cause);
        }
    }

    private DataException Damaged(string problem, Exception? cause = null) =>
        new(_path, $"{problem}. The file is damaged or was cut short: copy it again, or save it anew.", innerException: cause);

    [GeneratedRegex(@"^\{'descr': '([<>|=])(f(?=[248]')|[iu](?=[1248]')|b(?=1')|[US])(\d{1,6})', 'fortran_order': (True|False), 'shape': \(((?:\d{1,18}(?:, ?|(?=\))))*)\),? *\}")]
    private static partial Regex Header();
}
