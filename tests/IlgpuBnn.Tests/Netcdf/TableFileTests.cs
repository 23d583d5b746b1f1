using System.Globalization;
using IlgpuBnn.Netcdf;

namespace IlgpuBnn.Tests.Netcdf;

/// <summary>Files of netCDF's own library, made by files/make.py.</summary>
public sealed class TableFileTests
{
    // [column]: name, unit and cells of the five members; "" where missing.
    private static readonly (string Name, string Unit, string[] Cells)[] _table =
    [
        ("rain", "mm", ["1.5", "2.5", "3.25", "", "5"]), ("count", "", ["3", "-4", "32767", "6", ""]), ("packed[0]", "K", ["10", "11", "12", "13", "6"]),
        ("packed[1]", "K", ["10.5", "", "12.5", "13.5", "14.5"]),
        .. Enumerable.Range(0, 6).Select(k => ($"GPP[{k / 2},{k % 2}]", "", Enumerable.Range(0, 5).Select(n => Gpp(k / 2, n, k % 2)).ToArray())),
        ("site", "", ["oak", "ash", "oak", "elm", ""]),
    ];

    [Theory]
    [InlineData("runs-classic.nc")]
    [InlineData("runs-64bit-offset.nc")]
    [InlineData("runs-cdf5.nc")]
    [InlineData("runs-netcdf4.nc")]
    [InlineData("runs-netcdf4-classic.nc")]
    [InlineData("runs-by-number.nc")]
    public void Variables_are_columns_of_the_sample_dimension(string file)
    {
        CsvTable table = TableFile.Read(Place(file), "member");
        bool isHdf = file.Contains("netcdf4", StringComparison.Ordinal) || file.Contains("by-number", StringComparison.Ordinal);
        string[] columns = [.. _table.Select(own => own.Name)];
        string[] expected = file switch
        {
            "runs-by-number.nc" => [.. columns[4..10], "count", "rain"],
            "runs-netcdf4.nc" => [.. columns[4..10], "chunked[0]", "chunked[1]", "chunked[2]", "count", "name", "packed[0]", "packed[1]", "rain", "site"],
            _ => isHdf ? [.. columns[4..10], "count", "packed[0]", "packed[1]", "rain", "site"] : columns,
        };
        Assert.Equal(expected, table.ColumnNames);
        Assert.Equal(5, table.RowCount);
        Assert.Equal([1, 2, 3, 4, 5], Enumerable.Range(0, 5).Select(table.LineNumber));
        foreach ((string name, string unit, string[] cells) in _table.Where(own => expected.Contains(own.Name)))
        {
            int column = table.ColumnNames.ToList().IndexOf(name);
            Assert.Equal(cells, Enumerable.Range(0, 5).Select(row => table.Cell(row, column)));
            Assert.Equal(unit, table.Units[column]);
        }

        Assert.Contains(table.Notes, note => note.EndsWith("variable member only counts rows: it is left out.", StringComparison.Ordinal));
        Assert.Contains(table.Notes, note => note.Contains("without dimension member are left out: layer", StringComparison.Ordinal));
    }

    [Fact]
    public void Compressed_chunks_and_texts_of_any_length_are_read()
    {
        CsvTable table = TableFile.Read(Place("runs-netcdf4.nc"), "member");
        int chunked = table.ColumnNames.ToList().IndexOf("chunked[2]"), name = table.ColumnNames.ToList().IndexOf("name");
        Assert.Equal(["2", "5", "8", "11", "14"], Enumerable.Range(0, 5).Select(row => table.Cell(row, chunked)));
        Assert.Equal(["a", "b", "c", "d", "e"], Enumerable.Range(0, 5).Select(row => table.Cell(row, name)));
    }

    [Fact]
    public void The_only_dimension_of_all_variables_is_found()
    {
        CsvTable one = TableFile.Read(Place("one-record.nc")), plain = TableFile.Read(Place("plain.h5"));
        Assert.Equal(["7", "8", "9"], Enumerable.Range(0, 3).Select(row => one.Cell(row, 0)));
        Assert.Equal(Gpp(1, 4, 1), plain.Cell(4, 3));
        Assert.Contains(plain.Notes, note => note.Contains("rows are along dimension size_5", StringComparison.Ordinal));
    }

    /// <summary>A dimension is that of the nearest group around, as netCDF says.</summary>
    [Fact]
    public void Variables_of_groups_have_their_paths()
    {
        CsvTable table = TableFile.Read(Place("groups.nc"), "member");
        Assert.Equal(["rain", "forcing/temp", "output/GPP[0]", "output/GPP[1]", "output/soil/carbon[0]", "output/soil/carbon[1]", "output/soil/carbon[2]"], table.ColumnNames);
        Assert.Equal(["", "K", "", "", "", "", ""], table.Units);
        Assert.Equal(["3", "290", "30", "31", "130", "131", "132"], Enumerable.Range(0, 7).Select(column => table.Cell(3, column)));
        Assert.Contains(table.Notes, note => note.EndsWith("variables without dimension member are left out: forcing/other.", StringComparison.Ordinal));
        Assert.Equal(["output/soil/carbon[0]", "output/soil/carbon[1]", "output/soil/carbon[2]", "output/soil/carbon[3]", "output/soil/carbon[4]"], TableFile.Read(Place("groups.nc"), "output/soil/layer").ColumnNames);
        Dataset data = Dataset.FromTable(table, ["output/soil/*"]);
        Assert.Equal(["rain", "forcing/temp", "output/GPP[0]", "output/GPP[1]"], data.InputNames);
    }

    [Fact]
    public void A_file_without_variables_is_said_so()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("empty.nc");
        File.WriteAllBytes(path, [.. "CDF\u0001"u8, .. new byte[28]]);
        AssertFails(() => TableFile.Read(path, "member"), "there is no variable with a dimension");
        AssertFails(() => TableFile.Read(path), "there is no variable with a dimension");
    }

    [Theory]
    [InlineData("runs-classic.nc", "membr", "there is no dimension \"membr\". Did you mean \"member\"? The dimensions are layer, member, month. Name one of them with --sample-dimension.")]
    [InlineData("runs-netcdf4.nc", "membr", "Did you mean \"member\"?")]
    [InlineData("runs.csv", "member", "this is no netCDF or HDF5 file")]
    public void A_dimension_that_is_not_there_is_named(string file, string dimension, string message)
    {
        using var folder = new TemporaryFolder();
        string path = file == "runs.csv" ? folder.Write(file, "a,b\n1,2\n") : Place(file);
        Assert.StartsWith(ShownText.Path(path), AssertFails(() => TableFile.Read(path, dimension), message), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_dimensions_that_could_be_of_runs_are_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("grid.nc");
        File.WriteAllBytes(path, Classic("lat", "lon"));
        AssertFails(() => TableFile.Read(path), "rows may be along dimension lat or lon. Say which one is of runs, such as --sample-dimension lat.");
        Assert.Equal(["v[0]", "v[1]"], TableFile.Read(path, "lat").ColumnNames);
    }

    [Theory]
    [InlineData("runs-classic.nc")]
    [InlineData("runs-cdf5.nc")]
    [InlineData("runs-netcdf4.nc")]
    public void A_file_that_is_cut_short_is_refused_wherever_it_ends(string file)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(Place(file));
        string path = folder.File("cut.nc");
        for (int length = 8; length < whole.Length; length += Math.Max(1, whole.Length / 150))
        {
            File.WriteAllBytes(path, whole[..length]);
            try
            {
                // What is cut off may be padding.
                Assert.Equal(5, TableFile.Read(path, "member").RowCount);
                Assert.True(length > whole.Length / 2, $"{file} is read although it ends at {length} of {whole.Length}.");
            }
            catch (DataException exception)
            {
                Assert.StartsWith(ShownText.Path(path), exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void What_is_cut_off_is_named_with_the_remedy()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("cut.nc");
        File.WriteAllBytes(path, File.ReadAllBytes(Place("runs-classic.nc"))[..^20]);
        AssertFails(() => TableFile.Read(path, "member"), "this is no complete netCDF-3 file: variable \"GPP\" ends at byte", "The file is damaged or was cut short: copy it again");
        File.WriteAllBytes(path, File.ReadAllBytes(Place("runs-netcdf4.nc"))[..3000]);
        AssertFails(() => TableFile.Read(path, "member"), "cut.nc", "Copy the file again if it was cut short");
    }

    [Fact]
    public void Sizes_that_no_file_has_are_refused_before_anything_is_allocated()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("hostile.nc");
        byte[] honest = Classic("lat", "lon");
        for (int at = 4; at + 4 <= honest.Length; at += 4)
        {
            foreach (byte[] size in (byte[][])[[0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0x10, 0, 0, 0]])
            {
                byte[] changed = [.. honest];
                size.CopyTo(changed, at);
                File.WriteAllBytes(path, changed);
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    TableFile.Read(path, "lat");
                }
                catch (DataException)
                {
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            }
        }
    }

    [Theory]
    [InlineData("runs.nc", "this is no netCDF or HDF5 file, although its name ends in .nc")]
    [InlineData("RUNS.H5", "this is no netCDF or HDF5 file, although its name ends in .h5")]
    [InlineData("runs.npz", "this is no NumPy file, although its name ends in .npz")]
    public void A_file_of_arrays_that_does_not_begin_as_one_is_said_so(string name, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(name, "<html>Not found</html>\n");
        AssertFails(() => TableFile.Read(path), message, "a page that a download got instead");
        File.WriteAllBytes(path, []);
        AssertFails(() => TableFile.Read(path), message);
        AssertFails(() => TableFile.Read(path, "member"), "this is no netCDF or HDF5 file");
        AssertFails(() => TableFile.Read(folder.File("absent.nc")), "there is no such file");
    }

    private static string Gpp(int month, int member, int layer) => (month, member, layer) is (0, 1, 0) or (1, 2, 1) or (2, 3, 0)
        ? "" : (((((month * 5) + member) * 2) + layer) / 4.0).ToString(CultureInfo.InvariantCulture);

    private static string Place(string file) => Repository.Path("tests", "IlgpuBnn.Tests", "Netcdf", "files", file);

    private static string AssertFails(Action read, params string[] parts)
    {
        string message = Assert.Throws<DataException>(read).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        return message;
    }

    /// <summary>A classic file of one variable v of shorts, [2, 2].</summary>
    private static byte[] Classic(params string[] dimensions)
    {
        List<byte> bytes = [.. "CDF\u0001"u8, 0, 0, 0, 0];
        Add(10, dimensions.Length);
        foreach (string dimension in dimensions)
        {
            Name(dimension);
            Add(2);
        }

        Add(0, 0, 11, 1);
        Name("v");
        Add(2, 0, 1, 0, 0, 3, 8, bytes.Count + (8 * 4));
        bytes.AddRange([0, 1, 0, 2, 0, 3, 0, 4]);
        return [.. bytes];

        void Add(params int[] values)
        {
            foreach (int value in values)
            {
                bytes.AddRange([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
            }
        }

        void Name(string name)
        {
            Add(name.Length);
            bytes.AddRange(name.Select(letter => (byte)letter));
            bytes.AddRange(new byte[-name.Length & 3]);
        }
    }
}
