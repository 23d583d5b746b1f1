using System.Text;

namespace IlgpuBnn.Tests.Data;

public sealed class ShownTextTests
{
    [Theory]
    [InlineData("leaf area", "leaf area")]
    [InlineData("\u001b[2J\u001b]0;title\a", "\\u001b[2J\\u001b]0;title\\u0007")]
    [InlineData("a\r\nb\tc\0", "a\\r\\nb\\tc\\u0000")]
    [InlineData("\u009b31m\u007f", "\\u009b31m\\u007f")]
    [InlineData("\u202egpj.exe\u2066\u2028\ufeff", "\\u202egpj.exe\\u2066\\u2028\\ufeff")]
    [InlineData("Blattfläche µ°, 葉面積, \U0001f33f", "Blattfläche µ°, 葉面積, \U0001f33f")]
    [InlineData("می\u200cشود", "می\u200cشود")]
    public void What_does_not_print_is_shown_as_an_escape(string text, string shown)
    {
        Assert.Equal(shown, ShownText.Of(text));
        Assert.Equal(shown, ShownText.Escaped(text));
    }

    [Fact]
    public void Long_text_is_shortened()
    {
        Assert.Equal(new string('x', 60), ShownText.Of(new string('x', 60)));
        Assert.Equal(new string('x', 57) + "...", ShownText.Of(new string('x', 100_000)));
        Assert.InRange(ShownText.Of(new string('\u001b', 100_000)).Length, 50, 60);
        Assert.Equal("..." + new string('x', 112) + "/m.st", ShownText.Path("/" + new string('x', 4000) + "/m.st"));

        Assert.Equal("\ufffdx", ShownText.Of("\ud800x"));

        // No half of a pair is left.
        for (int length = 50; length < 60; length++)
        {
            Assert.DoesNotContain('\ufffd', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(ShownText.Of(new string('x', length) + string.Concat(Enumerable.Repeat("\U0001f33f", 100))))));
            Assert.DoesNotContain('\ufffd', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(ShownText.Path(string.Concat(Enumerable.Repeat("\U0001f33f", 100)) + new string('x', length)))));
        }
    }

    [Theory]
    [InlineData("-1.5", "-1.5")]
    [InlineData("+2e-7", "+2e-7")]
    [InlineData("-1,5", "-1,5")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0")]
    [InlineData("+x", "'+x")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("", "")]
    [InlineData("a=1", "a=1")]
    public void Cells_that_start_like_formulas_are_numbers_or_guarded(string text, string cell) => Assert.Equal(cell, ShownText.ForCell(text));

    [Fact]
    public void Messages_about_a_table_show_names_and_cells_escaped()
    {
        string escape = "\u001b[31m", message = new DataException("a\nb.csv", "is not a number.", 3, escape + new string('y', 1000), escape).Message;
        Assert.StartsWith("a\\nb.csv, row 3, column \"\\u001b[31myyy", message, StringComparison.Ordinal);
        Assert.EndsWith("yyy...\": \"\\u001b[31m\" is not a number.", message, StringComparison.Ordinal);
    }
}
