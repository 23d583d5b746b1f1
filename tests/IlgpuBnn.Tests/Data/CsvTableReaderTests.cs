using System.Text;

namespace IlgpuBnn.Tests.Data;

public sealed class CsvTableReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilgpubnn-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a,b\n1.5,2\n", ',')]
    [InlineData("a;b\n1.5;2\n", ';')]
    [InlineData("a\tb\n1.5\t2\n", '\t')]
    [InlineData("a|b\n1.5|2\n", '|')]
    [InlineData("a,b\r\n1.5,2\r\n", ',')]
    [InlineData("a,b\n1.5,2", ',')]
    [InlineData("\uFEFFa,b\n1.5,2\n", ',')]
    [InlineData("\n\r\n a , b \n\n 1.5 , 2 \n   \n,\n", ',')]
    [InlineData("\"a\",\" b \"\n\"1.5\",\"2\"\n", ',')]
    public void Table_reads_the_same_from_every_dialect(string text, char separator)
    {
        using CsvTableReader reader = Tables.Open(text);
        CsvTable table = reader.Read(int.MaxValue)!;

        Assert.Equal(separator, reader.Separator);
        Assert.Equal(["a", "b"], table.ColumnNames);
        Assert.Equal(1, table.RowCount);
        Assert.Equal(["1.5", "2"], [table.Cell(0, 0), table.Cell(0, 1)]);
    }

    [Theory]
    [InlineData("x, m;y, s\n1;2\n3;4\n", ';', 2)]
    [InlineData("x;y;z\n1,5;2,5;3,5\n1,5;2,5;3,5\n", ';', 3)]
    [InlineData("\"x;y;z\",u\n1,2\n3,4\n", ',', 2)]
    public void Separator_is_not_taken_from_names_quotes_or_decimal_commas(string text, char separator, int columns)
    {
        using CsvTableReader reader = Tables.Open(text);

        Assert.Equal(separator, reader.Separator);
        Assert.Equal(columns, reader.ColumnNames.Count);
        Assert.Equal(2, reader.Read(int.MaxValue)!.RowCount);
    }

    [Fact]
    public void Cells_columns_and_rows_have_a_limit()
    {
        string longest = new('x', CsvTableReader.MaxCellLength), most = string.Join(',', Enumerable.Range(0, CsvTableReader.MaxColumns));
        Assert.Equal(longest, Tables.Parse($"a,b\n{longest},2\n").Cell(0, 0));
        Assert.Equal(CsvTableReader.MaxColumns, Tables.Parse($"{most}\n{most}\n").ColumnNames.Count);
        AssertRefused($"a,b\n1,{longest}x\n", "row 2, column \"b\": a cell of 65537 characters; at most 65536 are read.");
        AssertRefused($"{longest}x,b\n1,2\n", "row 1: a cell of 65537 characters");
        AssertRefused($"{most},x\n1\n", "row 1: there are 100001 columns; at most 100000 are read.");
        AssertRefused($"a,b\n1,{new string(' ', 3 * CsvTableReader.MaxRowBytes)}", "row 2: a row of more than 16 MB.");
        AssertRefused(new string('\0', 3 * CsvTableReader.MaxRowBytes), "row 1: a row of more than 16 MB.");

        void AssertRefused(string text, string message)
        {
            string refused = Assert.Throws<DataException>(() => Tables.Parse(text)).Message;
            Assert.Contains(message, refused, StringComparison.Ordinal);
            Assert.InRange(refused.Length, 1, 299);
        }
    }

    [Fact]
    public void Quoted_cell_keeps_separators_quotes_and_line_breaks()
    {
        CsvTable table = Tables.Parse("\"a, b\",note\n1,\"said \"\"no\"\",\nthen left\"\n2,x\n");

        Assert.Equal("a, b", table.ColumnNames[0]);
        Assert.Equal("said \"no\",\nthen left", table.Cell(0, 1));
        Assert.Equal("x", table.Cell(1, 1));
    }

    [Fact]
    public void Line_number_counts_blank_lines_and_lines_inside_quotes()
    {
        CsvTable table = Tables.Parse("a,b\n1,\"x\ny\"\n\n2,z\n,\n3,z\n");

        Assert.Equal([2, 5, 7], Enumerable.Range(0, table.RowCount).Select(table.LineNumber));
    }

    [Fact]
    public void Read_hands_out_parts_and_then_null()
    {
        using CsvTableReader reader = Tables.Open("a,b\n1,2\n3,4\n5,6\n");

        CsvTable first = reader.Read(2)!;
        CsvTable second = reader.Read(2)!;

        Assert.Equal(["1", "3"], [first.Cell(0, 0), first.Cell(1, 0)]);
        Assert.Equal((1, "5", 4), (second.RowCount, second.Cell(0, 0), second.LineNumber(0)));
        Assert.Null(reader.Read(2));
        Assert.Null(reader.Read(2));
    }

    [Theory]
    [InlineData("", "runs.csv: the file is empty. The first row names the columns, each further row holds one run.", null)]
    [InlineData("\n \n", "runs.csv: the file is empty. The first row names the columns, each further row holds one run.", null)]
    [InlineData("a,b\n", "runs.csv: the file has a header but no rows. Add one row per run below the header.", null)]
    [InlineData("a,b\n,\n", "runs.csv: the file has a header but no rows. Add one row per run below the header.", null)]
    [InlineData("a,,c\n1,2,3\n", "runs.csv, row 1: column 2 has no name. Name it, or delete the column.", 1)]
    [InlineData("a,b,\" \"\n1,2,3\n", "runs.csv, row 1: column 3 has no name. Name it, or delete the column.", 1)]
    [InlineData("\na,b, a\n1,2,3\n",
        "runs.csv, row 2, column \"a\": columns 1 and 3 have the same name. Rename one of them.", 2)]
    [InlineData("a,b\n1,2\n3,4,5\n",
        "runs.csv, row 3: 3 cells, but the header has 2. Look for a missing or extra separator (\",\"), and quote cells that contain one.",
        3)]
    [InlineData("a\tb\n1\t2\n\n3\n",
        "runs.csv, row 4: 1 cell, but the header has 2. Look for a missing or extra separator (tab), and quote cells that contain one.",
        4)]
    [InlineData("a,b\n1,2\n3,\"4\n5,6\n",
        "runs.csv, row 3: a quotation mark is never closed, or stands in the middle of a cell. "
        + "Quote whole cells, and double the quotation marks inside them.", 3)]
    public void Bad_table_is_refused_with_its_place_and_remedy(string text, string message, int? row)
    {
        DataException e = Assert.Throws<DataException>(() => Tables.Parse(text));

        Assert.Equal(message, e.Message);
        Assert.Equal(("runs.csv", row), (e.SourceName, e.Row));
    }

    [Fact]
    public void Missing_file_and_directory_are_refused_by_name()
    {
        string missing = Path.Combine(_folder, "none.csv");

        Assert.Equal($"{missing}: there is no such file. Check the path; it is looked up from {Environment.CurrentDirectory}.",
            Assert.Throws<DataException>(() => CsvTable.Read(missing)).Message);
        Assert.Equal($"{_folder}: this is a directory. Name a CSV file in it.",
            Assert.Throws<DataException>(() => CsvTable.Read(_folder)).Message);
    }

    [Fact]
    public void File_with_a_byte_order_mark_reads_in_its_encoding()
    {
        Encoding[] encodings = [new UTF8Encoding(true), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true)];
        foreach (Encoding encoding in encodings)
        {
            string path = Path.Combine(_folder, $"{encoding.WebName}.csv");
            File.WriteAllText(path, "δ,b\n1,2\n", encoding);

            CsvTable table = CsvTable.Read(path);

            Assert.Equal(["δ", "b"], table.ColumnNames);
            Assert.Equal(path, table.SourceName);
        }
    }

    [Fact]
    public void Refused_file_is_closed()
    {
        string path = Path.Combine(_folder, "bad.csv");
        File.WriteAllText(path, "a,a\n1,2\n");
        Assert.Throws<DataException>(() => CsvTable.Read(path));

        using FileStream exclusive = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Assert.True(exclusive.CanWrite);
    }
}
