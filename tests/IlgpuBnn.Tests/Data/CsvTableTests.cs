namespace IlgpuBnn.Tests.Data;

public sealed class CsvTableTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData(" -2.5 ", -2.5)]
    [InlineData("+.5", 0.5)]
    [InlineData("3.74601e-06", 3.74601e-06)]
    [InlineData("1E3", 1000)]
    [InlineData("\"4\"", 4)]
    [InlineData("", double.NaN)]
    [InlineData("\" \"", double.NaN)]
    [InlineData("1.5D-03", 1.5e-3)]
    [InlineData("-2.5d+2", -250)]
    [InlineData("TRUE", 1)]
    [InlineData("false", 0)]
    [InlineData("NA", double.NaN)]
    [InlineData("n/a", double.NaN)]
    [InlineData("#N/A", double.NaN)]
    [InlineData("nan", double.NaN)]
    [InlineData("NULL", double.NaN)]
    [InlineData("None", double.NaN)]
    [InlineData("-", double.NaN)]
    [InlineData(".", double.NaN)]
    public void Number_reads_a_decimal_and_an_empty_cell_as_missing(string cell, double expected) =>
        Assert.Equal(expected, Tables.Parse($"x,y\n{cell},0\n").Number(0, 0));

    [Theory]
    [InlineData("oops")]
    [InlineData("D5")]
    [InlineData("0x10")]
    [InlineData("(1)")]
    [InlineData("1.2.3")]
    [InlineData("$5")]
    public void Text_that_is_no_number_is_refused_with_its_place_and_remedy(string cell)
    {
        CsvTable table = Tables.Parse("froot,slatop\n" + string.Concat(Enumerable.Repeat("1,2\n", 15)) + $"1,{cell}\n");

        DataException e = Assert.Throws<DataException>(() => table.Number(15, 1));

        Assert.Equal($"runs.csv, row 17, column \"slatop\": \"{cell}\" is not a number. "
            + "Fix the cell, or leave it empty to treat it as missing.", e.Message);
        Assert.Equal(("runs.csv", 17, "slatop", cell), (e.SourceName, e.Row, e.Column, e.RawText));
    }

    [Theory]
    [InlineData("1e999")]
    [InlineData("-Infinity")]
    public void Infinity_is_refused(string cell)
    {
        DataException e = Assert.Throws<DataException>(() => Tables.Parse($"x,y\n0,{cell}\n").Number(0, 1));

        Assert.Equal($"runs.csv, row 2, column \"y\": \"{cell}\" is not a finite number. "
            + "Fix the cell, or leave it empty to treat it as missing.", e.Message);
    }

    [Theory]
    [InlineData("2020-05-17", "is a date, not a number. Write what matters of it as a number")]
    [InlineData("17.05.2020 12:00", "is a date, not a number.")]
    [InlineData("3 May 2020", "is a date, not a number.")]
    [InlineData("12:30", "is a date, not a number.")]
    [InlineData("\u22121.5", "is not a number: its minus sign is another letter (U+2212). Write a hyphen")]
    [InlineData("51.2%", "is not a number: it looks like a percentage.")]
    [InlineData("1 234.5", "is not a number: it looks like one with thousands separators.")]
    [InlineData("\"1,234,567\"", "is not a number: it looks like one with thousands separators.")]
    [InlineData("\"1,500\"", "is not a number: it looks like one with a decimal comma or a thousands separator")]
    [InlineData("\"0,51\"", "is not a number: it looks like one with a decimal comma or a thousands separator")]
    [InlineData("5.2 kg", "is not a number: it looks like one with a unit.")]
    [InlineData("#DIV/0!", "is not a number: it looks like an error of a spreadsheet.")]
    [InlineData("****", "is not a number: it looks like a number too wide for its format in Fortran.")]
    [InlineData("<0.1", "is not a number: it looks like a limit of detection.")]
    [InlineData("inf", "is not a finite number.")]
    public void Refused_text_is_told_by_what_it_looks_like(string cell, string problem)
    {
        DataException e = Assert.Throws<DataException>(() => Tables.Parse($"x,y\n0,{cell}\n").Number(0, 1));

        Assert.StartsWith($"runs.csv, row 2, column \"y\": \"{cell.Trim('"')}\" {problem}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,51", 0.51)]
    [InlineData("-1,5e3", -1500)]
    [InlineData("1,5D-3", 1.5e-3)]
    [InlineData("12", 12)]
    public void Decimal_comma_is_read_where_it_separates_no_cells(string cell, double value)
    {
        foreach (string separator in new[] { ";", "\t", "|", "  " })
        {
            Assert.Equal(value, Tables.Parse($"x{separator}y\n0{separator}{cell}\n1{separator}2\n").Number(0, 1));
        }
    }

    [Theory]
    [InlineData("1,234,567", "thousands separators")]
    [InlineData("1.234,5", "thousands separators")]
    public void Thousands_are_refused_beside_decimal_commas(string cell, string problem) => Assert.Contains(
        problem, Assert.Throws<DataException>(() => Tables.Parse($"x;y\n0;{cell}\n").Number(0, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Words_for_missing_values_can_be_added_and_numbers_mean_their_value()
    {
        using CsvTableReader reader = new(new StringReader("x,y\ngone,1e20\n1,1.00000002004088e+20\n2,1.1e20\n3,-9999.0\n"), "runs.csv", ["gone", "1e20", "-9999"]);
        CsvTable table = reader.Read(10)!;

        Assert.Equal([true, false, false, false], Enumerable.Range(0, 4).Select(row => table.IsMissing(row, 0)));
        Assert.Equal([true, true, false, true], Enumerable.Range(0, 4).Select(row => table.IsMissing(row, 1)));
    }
}
