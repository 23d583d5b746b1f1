using IlgpuBnn.Netcdf;

namespace IlgpuBnn.Tests.Netcdf;

public sealed class JoinedTablesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Rows_are_joined_by_a_key_whatever_their_order()
    {
        string inputs = _folder.Write("inputs.csv", "x;run;name\n0,5;3;\"a; \"\"b\"\"\"\n1,5;1;c\n2,5;7;d\n"), outputs = _folder.Write("outputs.csv", "run,y\n1.0,10\n3,30\n8,80\n");
        CsvTable table = Read([inputs, outputs], "run");
        Assert.Equal(["x", "name", "y"], table.ColumnNames);
        Assert.Equal("run", table.RowLabelName);
        Assert.Equal([["0.5", "a; \"b\"", "30"], ["1.5", "c", "10"]], Cells(table));
        Assert.Equal(["3", "1"], [table.RowLabel(0), table.RowLabel(1)]);
        Assert.Contains(table.Notes, note => note.Contains($"left out: 1 row of {inputs} whose run is not in all files: 7.", StringComparison.Ordinal));
        Assert.Contains(table.Notes, note => note.Contains($"left out: 1 row of {outputs} whose run is not in all files: 8.", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_of_arrays_are_joined_too()
    {
        string outputs = _folder.Write("outputs.csv", "member,y\n4,1\n0,2\n");
        CsvTable table = Read([Repository.Path("tests", "IlgpuBnn.Tests", "Netcdf", "files", "runs-classic.nc"), outputs], "member", "member");
        Assert.Equal(["rain", "count"], table.ColumnNames.Take(2));
        Assert.Equal("mm", table.Units[0]);
        Assert.Equal([("1.5", "2"), ("5", "1")], Cells(table).Select(own => (own[0], own[^1])));
    }

    [Fact]
    public void Without_a_key_rows_are_joined_in_order()
    {
        string inputs = _folder.Write("inputs.csv", "x\n1\n2\n"), outputs = _folder.Write("outputs.csv", "y,z\n3,5\n,6\n"), more = _folder.Write("more.csv", "w\n1\n");
        CsvTable table = Read([inputs, outputs], null);
        Assert.Equal([["1", "3", "5"], ["2", "", "6"]], Cells(table));
        Assert.Null(table.RowLabelName);
        AssertFails([inputs, more], null, $"{more}: 1 row, and {inputs} has 2 rows. Name a column that both have", "with --key");
    }

    [Fact]
    public void A_key_that_says_nothing_is_refused()
    {
        string inputs = _folder.Write("inputs.csv", "run,x\n1,1\n2,2\n1,3\n"), outputs = _folder.Write("outputs.csv", "run,y\n5,3\n6,4\n"), other = _folder.Write("other.csv", "run,y\n7,3\n");
        AssertFails([outputs, inputs], "run", $"{inputs}, row 4, column \"run\": \"1\" stands in row 2 too");
        AssertFails([outputs, other], "run", $"{other}: no row has a \"run\" of {outputs}");
        AssertFails([outputs, other], "ruun", $"{outputs}: there is no column \"ruun\" (key). Did you mean \"run\"?");
        AssertFails([outputs, _folder.File("none.csv")], "run", "none.csv: there is no such file");
    }

    public void Dispose() => _folder.Dispose();

    private static CsvTable Read(string[] paths, string? key, string? samples = null)
    {
        using CsvTableReader reader = TableFile.Open(paths, key, samples);
        return reader.Read(int.MaxValue)!;
    }

    private static void AssertFails(string[] paths, string? key, params string[] parts)
    {
        string message = Assert.Throws<DataException>(() => Read(paths, key)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private static string[][] Cells(CsvTable table) =>
        [.. Enumerable.Range(0, table.RowCount).Select(row => Enumerable.Range(0, table.ColumnNames.Count).Select(column => table.Cell(row, column)).ToArray())];
}
