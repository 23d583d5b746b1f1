using IlgpuBnn.Netcdf;

namespace IlgpuBnn.Tests.Netcdf;

/// <summary>Files of NumPy, made by files/make.py.</summary>
public sealed class NumpyFileTests
{
    [Fact]
    public void An_array_has_a_row_for_each_place_of_its_first_axis()
    {
        CsvTable table = TableFile.Read(Place("runs.npy"));
        Assert.Equal(["runs[0]", "runs[1]"], table.ColumnNames);
        Assert.Equal([["0", "1"], ["2", "3"], ["4", "5"]], Cells(table));
    }

    [Fact]
    public void Arrays_of_an_archive_stand_side_by_side()
    {
        CsvTable table = TableFile.Read(Place("runs.npz"));
        Assert.Equal(["a[0,0]", "a[0,1]", "a[1,0]", "a[1,1]", "b", "c", "d"], table.ColumnNames);
        Assert.Equal([["0", "1", "2", "3", "1", "oak", "1.5"], ["4", "5", "6", "7", "0", "ash", ""], ["8", "9", "10", "11", "1", "élm", "-2.5"]], Cells(table));
        Assert.Contains(table.Notes, note => note.EndsWith("without dimension row are left out: scalar.", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_no_array_of_numbers_is_refused_with_the_remedy() =>
        Assert.Contains("Save such columns as arrays of their own (np.savez).", Assert.Throws<DataException>(() => TableFile.Read(Place("records.npy"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("runs.npy")]
    [InlineData("runs.npz")]
    public void A_file_that_is_cut_short_is_refused_wherever_it_ends(string file)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(Place(file));
        string path = folder.File(file);
        for (int length = 6; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.StartsWith(ShownText.Path(path), Assert.Throws<DataException>(() => TableFile.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_damaged_archive_is_read_or_refused_in_a_sentence()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(Place("runs.npz"));
        string path = folder.File("runs.npz");
        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0xff;
            File.WriteAllBytes(path, changed);
            try
            {
                TableFile.Read(path);
            }
            catch (DataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, whole.Length / 2, whole.Length);
    }

    private static string[][] Cells(CsvTable table) =>
        [.. Enumerable.Range(0, table.RowCount).Select(row => Enumerable.Range(0, table.ColumnNames.Count).Select(column => table.Cell(row, column)).ToArray())];

    private static string Place(string file) => Repository.Path("tests", "IlgpuBnn.Tests", "Netcdf", "files", file);
}
