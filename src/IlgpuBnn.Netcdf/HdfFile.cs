using System.Text;
using IlgpuBnn.Data;
using PureHDF;
using PureHDF.VOL.Native;

namespace IlgpuBnn.Netcdf;

/// <summary>The datasets of an HDF5 file, in the order of their names, with the dimensions that netCDF-4 gives them; those of groups after those of the root, by their paths.</summary>
internal sealed class HdfFile : IArrayFile
{
    private const string ScaleWithoutValues = "This is a netCDF dimension but not a netCDF variable";

    // What is not packed takes its place in the file, but for small arrays that were never written.
    private const long MaxUnwritten = 1 << 26;

    // Links may run in circles.
    private const int MaxDepth = 16, MaxObjects = 10_000;

    private static readonly byte[] _signature = [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    private readonly string _path;
    private readonly NativeFile _file;
    private readonly List<ArrayVariable> _variables = [];
    private readonly List<string> _notes = [];

    // Dimensions by netCDF's numbers, and sizes of those with a name of their own.
    private readonly Dictionary<long, string> _names = [];
    private readonly List<(string Name, long Size)> _scales = [];

    public HdfFile(string path)
    {
        _path = path;
        _file = Try(null, () => H5File.OpenRead(path));
        try
        {
            List<(string Group, NativeDataset Dataset)> datasets = [];
            Try(null, () => Collect(_file, "", datasets));
            foreach ((string group, NativeDataset scale) in datasets)
            {
                Try(group + scale.Name, () => AddScale(group, scale));
            }

            foreach ((string group, NativeDataset dataset) in datasets)
            {
                if (Try(group + dataset.Name, () => VariableOf(group, dataset)) is { } variable)
                {
                    _variables.Add(variable);
                }
            }
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public IReadOnlyList<ArrayVariable> Variables => _variables;

    public IReadOnlyList<string> Notes => _notes;

    public static bool IsOne(ReadOnlySpan<byte> head) => head.StartsWith(_signature);

    public void Dispose() => _file.Dispose();

    /// <param name="path">Of the group: "" of the root, else it ends with a slash.</param>
    private bool Collect(IH5Group group, string path, List<(string Group, NativeDataset Dataset)> datasets)
    {
        IH5Object[] children = [.. group.Children().OrderBy(own => own.Name, StringComparer.Ordinal)];
        datasets.AddRange(children.OfType<NativeDataset>().Select(own => (path, own)));
        foreach (IH5Group child in children.OfType<IH5Group>())
        {
            if (datasets.Count > MaxObjects || path.Count(letter => letter == '/') >= MaxDepth)
            {
                throw new DataException(_path, $"it has groups within groups beyond {MaxDepth} levels, or more than {MaxObjects} variables. Write the variables that are needed to another file, such as with ncks -v.");
            }

            Collect(child, $"{path}{child.Name}/", datasets);
        }

        return true;
    }

    private bool AddScale(string group, NativeDataset dataset)
    {
        if (TextOf(dataset, "CLASS") != "DIMENSION_SCALE" || dataset.Space.Dimensions is not [var size])
        {
            return false;
        }

        _scales.Add((group + dataset.Name, checked((long)size)));
        if (NumbersOf(dataset, "_Netcdf4Dimid") is [var id])
        {
            _names[(long)id] = group + dataset.Name;
        }

        return true;
    }

    /// <summary>Null for a dimension without values, and for what holds neither numbers nor texts.</summary>
    private ArrayVariable? VariableOf(string group, NativeDataset dataset)
    {
        if (TextOf(dataset, "NAME").StartsWith(ScaleWithoutValues, StringComparison.Ordinal))
        {
            return null;
        }

        string name = group + dataset.Name;
        List<ArrayDimension> dimensions = DimensionsOf(group, dataset);
        IH5DataType type = dataset.Type;
        double bytes = dimensions.Aggregate((double)type.Size, (product, own) => product * own.Size);
        long length = new FileInfo(_path).Length;
        if (dataset.Layout.Class == H5DataLayoutClass.Contiguous && bytes > Math.Max(length, MaxUnwritten))
        {
            throw new DataException(_path, $"variable \"{ShownText.Of(name)}\" should have {bytes} bytes, and the file has {length}. It is damaged or was cut short: copy it again, or write it anew.");
        }

        if (type.Class is H5DataTypeClass.FixedPoint or H5DataTypeClass.FloatingPoint)
        {
            double fill = DefaultFill(type);
            return new ArrayVariable
            {
                Name = name,
                Dimensions = dimensions,
                Units = TextOf(dataset, "units"),
                ScaleFactor = NumbersOf(dataset, "scale_factor") is [var factor, ..] ? factor : 1,
                AddOffset = NumbersOf(dataset, "add_offset") is [var offset, ..] ? offset : 0,
                Missing = [.. NumbersOf(dataset, "_FillValue") is { Length: > 0 } own ? own : [fill], .. NumbersOf(dataset, "missing_value")],
                Numbers = () => Try(name, () => Numbers(type, new DatasetReader(dataset))),
            };
        }

        if (type.Class == H5DataTypeClass.String && type.Size == 1 && dimensions.Count > 0)
        {
            int letters = checked((int)dimensions[^1].Size);
            return new ArrayVariable
            {
                Name = name,
                Dimensions = [.. dimensions.SkipLast(1)],
                Texts = () => Try(name, () => Netcdf3File.TextsIn(Encoding.UTF8.GetBytes(string.Concat(dataset.Read<string[]>().Select(own => own.Length == 0 ? "\0" : own))), letters)),
            };
        }

        if (type.Class is H5DataTypeClass.String or H5DataTypeClass.VariableLength)
        {
            return new ArrayVariable { Name = name, Dimensions = dimensions, Texts = () => Try(name, () => dataset.Read<string[]>()) };
        }

        _notes.Add($"{ShownText.Of(name)} is left out: it holds neither numbers nor texts.");
        return null;
    }

    /// <summary>By references to dimensions; where there are none, by netCDF's numbers of them, and then by sizes.</summary>
    private List<ArrayDimension> DimensionsOf(string group, NativeDataset dataset)
    {
        long[] sizes = [.. dataset.Space.Dimensions.Select(size => checked((long)size))];
        string?[] names = new string?[sizes.Length];
        if (dataset.AttributeExists("DIMENSION_LIST"))
        {
            NativeObjectReference1[][] references = dataset.Attribute("DIMENSION_LIST").Read<NativeObjectReference1[][]>();
            for (int k = 0; k < Math.Min(names.Length, references.Length); k++)
            {
                names[k] = references[k] is [var first, ..] ? NameOf(group, _file.Get(first).Name) : null;
            }
        }
        else if (NumbersOf(dataset, "_Netcdf4Coordinates") is { } ids && ids.Length == sizes.Length)
        {
            names = [.. ids.Select(id => _names.GetValueOrDefault((long)id))];
        }
        else if (sizes.Length == 1 && TextOf(dataset, "CLASS") == "DIMENSION_SCALE")
        {
            names = [group + dataset.Name];
        }
        else if (sizes.Length > 0 && NumbersOf(dataset, "_Netcdf4Dimid") is [var id])
        {
            names[0] = _names.GetValueOrDefault((long)id);
        }

        return [.. sizes.Select((size, k) => new ArrayDimension(names[k] ?? NameOf(size), size))];
    }

    /// <summary>The path of a dimension that a dataset refers to: of its own group, or of the nearest one around it.</summary>
    private string NameOf(string group, string name)
    {
        while (group.Length > 0 && !_scales.Exists(own => own.Name == group + name))
        {
            group = group[..(group.AsSpan(0, group.Length - 1).LastIndexOf('/') + 1)];
        }

        return group + name;
    }

    private string NameOf(long size)
    {
        string[] ofSize = [.. _scales.Where(own => own.Size == size).Select(own => own.Name)];
        return ofSize is [var only] ? only : $"size_{size}";
    }

    private static string TextOf(NativeDataset dataset, string attribute)
    {
        if (!dataset.AttributeExists(attribute))
        {
            return "";
        }

        IH5Attribute own = dataset.Attribute(attribute);
        bool isText = own.Type.Class is H5DataTypeClass.String || (own.Type.Class == H5DataTypeClass.VariableLength && attribute != "DIMENSION_LIST");
        return !isText ? "" : own.Space.Type == H5DataspaceType.Scalar ? own.Read<string>().TrimEnd('\0') : own.Read<string[]>().FirstOrDefault() ?? "";
    }

    private static double[] NumbersOf(NativeDataset dataset, string attribute) =>
        dataset.AttributeExists(attribute) && dataset.Attribute(attribute) is { Type.Class: H5DataTypeClass.FixedPoint or H5DataTypeClass.FloatingPoint } own
            ? Numbers(own.Type, new AttributeReader(own)) : [];

    private static double[] Numbers<TReader>(IH5DataType type, TReader reader)
        where TReader : IReader => (type.Class, type.Size) switch
        {
            (H5DataTypeClass.FloatingPoint, 8) => reader.Read<double>(),
            (H5DataTypeClass.FloatingPoint, 4) => Array.ConvertAll(reader.Read<float>(), value => (double)value),
            (H5DataTypeClass.FloatingPoint, 2) => Array.ConvertAll(reader.Read<Half>(), value => (double)value),
            (H5DataTypeClass.FixedPoint, 1) => type.FixedPoint.IsSigned ? Array.ConvertAll(reader.Read<sbyte>(), value => (double)value) : Array.ConvertAll(reader.Read<byte>(), value => (double)value),
            (H5DataTypeClass.FixedPoint, 2) => type.FixedPoint.IsSigned ? Array.ConvertAll(reader.Read<short>(), value => (double)value) : Array.ConvertAll(reader.Read<ushort>(), value => (double)value),
            (H5DataTypeClass.FixedPoint, 4) => type.FixedPoint.IsSigned ? Array.ConvertAll(reader.Read<int>(), value => (double)value) : Array.ConvertAll(reader.Read<uint>(), value => (double)value),
            (H5DataTypeClass.FixedPoint, 8) => type.FixedPoint.IsSigned ? Array.ConvertAll(reader.Read<long>(), value => (double)value) : Array.ConvertAll(reader.Read<ulong>(), value => (double)value),
            _ => throw new NotSupportedException($"numbers of {type.Size} bytes are not read"),
        };

    /// <summary>What netCDF writes where nothing was written.</summary>
    private static double DefaultFill(IH5DataType type) => (type.Class, type.Size, type.Class == H5DataTypeClass.FixedPoint && type.FixedPoint.IsSigned) switch
    {
        (H5DataTypeClass.FloatingPoint, 4, _) => 9.969209968386869e36f,
        (H5DataTypeClass.FloatingPoint, 8, _) => 9.969209968386869e36,
        (H5DataTypeClass.FixedPoint, 2, true) => -32767,
        (H5DataTypeClass.FixedPoint, 2, false) => 65535,
        (H5DataTypeClass.FixedPoint, 4, true) => -2147483647,
        (H5DataTypeClass.FixedPoint, 4, false) => 4294967295,
        (H5DataTypeClass.FixedPoint, 8, true) => -9223372036854775806,
        (H5DataTypeClass.FixedPoint, 8, false) => 18446744073709551614,
        _ => double.NaN,
    };

    /// <summary>A damaged file may fail anywhere in the reader, with any exception, also for want of memory that it claims to need.</summary>
    private T Try<T>(string? variable, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception cause) when (cause is not DataException)
        {
            string what = variable is null ? "this is no HDF5 or netCDF-4 file that can be read" : $"variable \"{ShownText.Of(variable)}\" cannot be read";
            throw new DataException(
                _path, $"{what} ({ShownText.Of(cause.Message.TrimEnd('.'), ShownText.MaxMessage)}). Copy the file again if it was cut short; otherwise rewrite it with nccopy -k classic or as CSV.",
                innerException: cause);
        }
    }

    private interface IReader
    {
        T[] Read<T>();
    }

    private readonly struct DatasetReader(NativeDataset dataset) : IReader
    {
        public T[] Read<T>() => dataset.Space.Type == H5DataspaceType.Scalar ? [dataset.Read<T>()] : dataset.Read<T[]>();
    }

    private readonly struct AttributeReader(IH5Attribute attribute) : IReader
    {
        public T[] Read<T>() => attribute.Space.Type == H5DataspaceType.Scalar ? [attribute.Read<T>()] : attribute.Read<T[]>();
    }
}
