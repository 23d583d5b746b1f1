using IlgpuBnn.Data;

namespace IlgpuBnn.Netcdf;

/// <summary>Reads tables from files of whichever kind: CSV, netCDF-3, netCDF-4, HDF5 and NumPy's, told apart by their first bytes.</summary>
/// <remarks>
/// Variables become columns, rows are along the sample dimension, and further dimensions become indices: <c>GPP[0,3]</c>, from 0, in the variable's order of dimensions.
/// Units, <c>_FillValue</c>, <c>missing_value</c>, <c>scale_factor</c> and <c>add_offset</c> are honoured. Variables of groups have their paths: <c>output/GPP</c>. The first axis of NumPy's arrays is of runs.
/// </remarks>
public static class TableFile
{
    // Names that only files of arrays have.
    private static readonly string[] _arrayExtensions = [".nc", ".nc3", ".nc4", ".cdf", ".h5", ".hdf5", ".he5", ".npy", ".npz"];

    /// <summary>Opens a file and finds its columns.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="sampleDimension">Dimension of the runs; null for the one that all variables have. Not for CSV.</param>
    /// <param name="missing">As of <see cref="CsvTable.Read"/>.</param>
    /// <exception cref="DataException">The file cannot be read, or is no table; the message says what is wrong and what to do.</exception>
    public static CsvTableReader Open(string path, string? sampleDimension = null, IReadOnlyList<string>? missing = null) => Open(path, sampleDimension, missing, null);

    /// <summary>Opens files whose columns stand side by side, such as inputs and outputs of the same runs; several are read into memory.</summary>
    /// <param name="paths">At least one, of any kinds.</param>
    /// <param name="key">
    /// Column that all files have, and that says which rows belong together; it labels rows then, and is no column. Null for rows in the same order.
    /// </param>
    /// <param name="sampleDimension">Of those with dimensions.</param>
    /// <param name="missing">As of <see cref="CsvTable.Read"/>.</param>
    /// <inheritdoc cref="Open(string, string?, IReadOnlyList{string}?)"/>
    public static CsvTableReader Open(IReadOnlyList<string> paths, string? key, string? sampleDimension = null, IReadOnlyList<string>? missing = null)
    {
        if (paths.Count == 1)
        {
            return Open(paths[0], sampleDimension, missing);
        }

        bool[] haveDimensions = [.. paths.Select(path => HasDimensions(Head(path)))];
        CsvTable[] tables = [.. paths.Select((path, k) =>
        {
            using CsvTableReader reader = Open(path, haveDimensions[k] || !haveDimensions.Contains(true) ? sampleDimension : null, missing, key);
            return reader.Read(int.MaxValue)!; // a table without rows has thrown
        })];
        (TableSource source, string name) = JoinedTables.Of(tables, key);
        return CsvTableReader.Of(source, name, missing);
    }

    /// <summary>Reads a whole file into memory.</summary>
    /// <inheritdoc cref="Open(string, string?, IReadOnlyList{string}?)"/>
    public static CsvTable Read(string path, string? sampleDimension = null, IReadOnlyList<string>? missing = null)
    {
        CsvTable table = ReadWithProblems(path, sampleDimension, missing);
        table.Problems.ThrowIfAny();
        return table;
    }

    /// <summary>Leaves it to the caller to report <see cref="CsvTable.Problems"/>, together with others.</summary>
    internal static CsvTable ReadWithProblems(string path, string? sampleDimension, IReadOnlyList<string>? missing)
    {
        using CsvTableReader reader = Open(path, sampleDimension, missing);
        return reader.ReadWithProblems(int.MaxValue)!; // a table without rows has thrown
    }

    private static CsvTableReader Open(string path, string? sampleDimension, IReadOnlyList<string>? missing, string? key)
    {
        byte[] head = Head(path);
        if (sampleDimension is not null && !HasDimensions(head))
        {
            throw new DataException(
                path, "a sample dimension is given, and this is no netCDF or HDF5 file, whose arrays have dimensions. Leave --sample-dimension out, or look at the file: it may be cut short.");
        }

        bool isNumpy = NumpyFile.IsOne(head, path);
        if (!isNumpy && !HasDimensions(head))
        {
            if (_arrayExtensions.FirstOrDefault(own => path.EndsWith(own, StringComparison.OrdinalIgnoreCase)) is { } extension && File.Exists(path))
            {
                string kind = extension.StartsWith(".np", StringComparison.Ordinal) ? "NumPy" : "netCDF or HDF5";
                throw new DataException(
                    path, $"this is no {kind} file, although its name ends in {extension}: it does not begin as one. Copy it again if it was cut short or is a page that a download got instead; "
                        + "give a table of text the name .csv.");
            }

            return CsvTableReader.Open(path, missing);
        }

        using IArrayFile file = isNumpy ? new NumpyFile(path) : HdfFile.IsOne(head) ? new HdfFile(path) : new Netcdf3File(path);
        return CsvTableReader.Of(ArrayTable.Of(file, path, isNumpy ? NumpyFile.Rows : sampleDimension, key), path, missing);
    }

    /// <summary>Whether dimensions of its arrays have names.</summary>
    private static bool HasDimensions(byte[] head) => HdfFile.IsOne(head) || Netcdf3File.IsOne(head);

    /// <summary>First bytes; none of what is no ordinary file, which the reader of CSV files explains.</summary>
    private static byte[] Head(string path)
    {
        if (!File.Exists(path) || File.GetAttributes(path).HasFlag(FileAttributes.Device))
        {
            return [];
        }

        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
            var head = new byte[8];
            return file.CanSeek ? head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)] : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
