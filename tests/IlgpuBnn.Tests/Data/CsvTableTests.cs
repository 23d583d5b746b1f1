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
    public void Number_reads_a_decimal_and_an_empty_cell_as_missing(string cell, double expected) =>
        Assert.Equal(expected, Tables.Parse($"x,y\n{cell},0\n").Number(0, 0));

    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0 / 3)]
    [InlineData(-1.7976931348623157E+308)]
    [InlineData(5E-324)]
    public void Number_gives_back_every_bit_that_was_written(double value) =>
        Assert.Equal(value, Tables.Parse($"x,y\n{value:R},0\n").Number(0, 0));

    [Theory]
    [InlineData("n/a")]
    [InlineData("NaN")]
    [InlineData("0x10")]
    [InlineData("(1)")]
    [InlineData("1 000")]
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
    [InlineData("x;y\n0;1,5\n", "1,5")]
    [InlineData("x,y\n0,\"1,500\"\n", "1,500")]
    public void Comma_in_a_number_is_refused_with_its_own_remedy(string text, string cell)
    {
        DataException e = Assert.Throws<DataException>(() => Tables.Parse(text).Number(0, 1));

        Assert.Equal($"runs.csv, row 2, column \"y\": \"{cell}\" is not a number. "
            + "Write numbers with a decimal point, and without thousands separators.", e.Message);
    }
}
