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
        AssertRefused($"a,b\n1,{longest}x\n", "row 2: column 2 has a cell of 65537 characters; at most 65536 are read.");
        AssertRefused($"{longest}x,b\n1,2\n", "row 1: column 1 has a cell of 65537 characters");
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
    [InlineData("a,b,\" \"\n1,2,3\n",
        "runs.csv, row 2: 3 cells, but the header has 2. Look for a missing or extra separator (\",\"), and quote cells that contain one.",
        2)]
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

    [Theory]
    [InlineData("a,,c\n1,2,3\n2,3,4\n3,4,5\n", "runs.csv, row 1: column 2 has no name. Name it, or delete the column.")]
    [InlineData("\na,c, a\n1,2,3\n2,3,4\n3,4,5\n", "runs.csv, row 2, column \"a\": columns 1 and 3 have the same name. Rename one of them.")]
    public void Only_a_name_that_is_used_must_be_there_and_unique(string text, string message)
    {
        CsvTable table = Tables.Parse(text + "4,5,6\n");

        Assert.Equal(message, Assert.Throws<DataException>(() => Dataset.FromTable(table, ["c"])).Message);
        if (table.ColumnNames[0] == table.ColumnNames[2])
        {
            Assert.Throws<DataException>(() => Dataset.ReadInputs(table, ["a"]));
        }
        else
        {
            Assert.Equal(["a"], Dataset.FromTable(table, ["c"], inputs: ["a"]).InputNames);
        }
    }

    [Theory]
    [InlineData("a,b,,\n1.5,2,,\n3,4\n", "")]
    [InlineData("a,b\n1.5,2,\n3,4,,,\n", "")]
    [InlineData("# made by a model\n#\n\na,b\n1.5,2\n3,4\n", "")]
    [InlineData("# run 3\n# a, b\n1.5,2\n3,4\n", "the header is taken from the comment in line 2, \"a, b\".")]
    [InlineData("#a b\n1.5 2\n3 4\n", "the header is taken from the comment in line 1, \"a b\".|columns are taken to be separated by blanks.")]
    [InlineData("  a     b\n 1.5   2  \n  3    4\n", "columns are taken to be separated by blanks.")]
    [InlineData("a,b\nK,-\n1.5,2\n3,4\n", "row 2 has no numbers: it is taken as units (K, -).")]
    [InlineData("a,b\nm/s,1\n1.5,2\n3,4\n", "row 2 has no numbers: it is taken as units (m/s, 1).")]
    [InlineData(",a,b\n0,1.5,2\n1,3,4\n", "the first column has no name: it is left out as labels of rows.")]
    [InlineData("\"\",\"a\",\"b\"\n\"x y\",1.5,2\n\"z\",3,4\n", "the first column has no name: it is left out as labels of rows.")]
    [InlineData("Unnamed: 0,a,b\n0,1.5,2\n1,3,4\n", "the first column has no name: it is left out as labels of rows.")]
    [InlineData("\"a\" \"b\"\n\"1\" 1.5 2\n\"2\" 3 4\n",
        "columns are taken to be separated by blanks.|rows have one cell more than the header: the first is left out as labels of rows.")]
    [InlineData("a;b\n1,5;2\n3;4\n", "columns are taken to be separated by semicolons.")]
    [InlineData("sep=;\na;b\n1.5;2\n3;4\n", "")]
    [InlineData("a,b\n1.5,2\n# a gap in time\n3,4\n", "")]
    public void Table_reads_the_same_from_every_program(string text, string notes)
    {
        CsvTable table = Tables.Parse(text);

        Assert.Equal(["a", "b"], table.ColumnNames);
        Assert.Equal([1.5, 2, 3, 4], [table.Number(0, 0), table.Number(0, 1), table.Number(1, 0), table.Number(1, 1)]);
        Assert.Equal(2, table.RowCount);
        string[] expected = [.. notes.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(note => $"runs.csv: {note}")];
        Assert.Equal(text.Contains("gap", StringComparison.Ordinal)
            ? ["runs.csv: lines that begin with # and have another number of cells than the header are left out as comments."]
            : expected, table.Notes);
    }

    [Fact]
    public void A_row_is_no_units_where_texts_are_below_it_too_or_nothing_is_text()
    {
        Assert.Equal(3, Tables.Parse("site,soil,y\nA,clay,NA\nB,sand,1.5\nC,clay,2\n").RowCount);
        Assert.Equal(3, Tables.Parse("x,y\nNA,NA\n1,1.5\n2,2\n").RowCount);
        Assert.Equal(3, Tables.Parse("x,y\nfailed,7\n1,1.5\n2,2\n").RowCount);
    }

    [Fact]
    public void Labels_and_units_are_kept_and_lines_counted()
    {
        CsvTable table = Tables.Parse("# note\n,a,b\n,m/s,[K]\nx,1,2\ny,3,4\n");

        Assert.Equal(("", "x", "y"), (table.RowLabelName, table.RowLabel(0), table.RowLabel(1)));
        Assert.Equal(["m/s", "K"], table.Units);
        Assert.Equal([4, 5], [table.LineNumber(0), table.LineNumber(1)]);
        Assert.Equal(["m/s", "K"], Tables.Parse("# units: m/s, K\na,b\n1,2\n").Units);
        Assert.Equal(["", "K"], Tables.Parse("# b [K]\na,b\n1,2\n").Units);
        Assert.Null(Tables.Parse("a,b\n1,2\n").RowLabelName);
    }

    [Fact]
    public void Text_that_is_not_utf_8_is_read_as_windows_1252_wherever_it_shows()
    {
        string path = Path.Combine(_folder, "latin.csv");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes("d\u00E9bit,b\n1,2\n"));
        Assert.Equal(["d\u00E9bit", "b"], CsvTable.Read(path).ColumnNames);
        Assert.Contains("not UTF-8", CsvTable.Read(path).Notes[0], StringComparison.Ordinal);

        // Behind what is looked at for the header.
        string rows = string.Concat(Enumerable.Repeat("1,abc\n", 30000));
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes($"a,b\n{rows}1,d\u00E9bit\n"));
        Assert.Equal("d\u00E9bit", CsvTable.Read(path).Cell(30000, 1));

        // Letters of several bytes across the parts that are looked at.
        File.WriteAllText(path, $"a,b\n{string.Concat(Enumerable.Repeat("1,\u20AC\n", 30000))}");
        Assert.Empty(CsvTable.Read(path).Notes);
    }

    [Fact]
    public void Problems_of_a_file_are_reported_together()
    {
        string text = "x,y\n1,1\n2,2,2\n3,oops\n4,4\n" + string.Concat(Enumerable.Repeat("5,bad\n", 12));
        string path = Path.Combine(_folder, "bad.csv");
        File.WriteAllText(path, text);

        DataException e = Assert.Throws<DataException>(() => Dataset.ReadCsv(path, ["y"]));

        string[] lines = e.Message.Split('\n');
        Assert.Equal($"{path}: 14 problems", lines[0]);
        Assert.StartsWith("  row 3: 3 cells, but the header has 2.", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  row 4, column \"y\": \"oops\" is not a number.", lines[2], StringComparison.Ordinal);
        Assert.Equal("  and 4 more", lines[^1]);
        Assert.Equal((12, 10), (lines.Length, e.Problems.Count));
        Assert.Equal((3, "bad"), (e.Problems[0].Row, e.Problems[^1].RawText));
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
        File.WriteAllText(path, "a,b\n1,2,3\n");
        Assert.Throws<DataException>(() => CsvTable.Read(path));

        using FileStream exclusive = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Assert.True(exclusive.CanWrite);
    }
}
