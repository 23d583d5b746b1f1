using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

public sealed class HeatMapTests
{
    [Fact]
    public void Every_cell_has_its_place_colour_and_number()
    {
        var picture = new SvgPicture(Map(new double[,] { { 1, 2, 3 }, { 4, double.NaN, 6 } }).Svg());
        (double X, double Y, double Width, double Height, string Fill)[] cells = [.. picture.Rectangles("cell")];

        Assert.Equal(6, cells.Length);
        Assert.Equal(3, cells.Select(cell => cell.X).Distinct().Count());
        Assert.Equal(2, cells.Select(cell => cell.Y).Distinct().Count());
        Assert.Equal(ColourScale.Colour(0), cells[0].Fill);
        Assert.Equal(ColourScale.Colour(0.2), cells[1].Fill);
        Assert.Equal(ColourScale.Colour(1), cells[5].Fill);
        Assert.Equal(ChartStyle.Missing, cells[4].Fill);
        Assert.All(["1.00", "4.00", "×"], text => Assert.Contains(text, picture.Texts));
    }

    [Fact]
    public void A_logarithmic_scale_has_equal_steps_for_equal_factors()
    {
        var scale = new ChartAxis("s") { Logarithmic = true };
        var picture = new SvgPicture((Map(new double[,] { { 1, 10, 100 } }) with { Scale = scale }).Svg());
        Assert.Equal(ColourScale.Colour(0.5), picture.Rectangles("cell")[1].Fill);
        Assert.Contains("is 0, and the axis is logarithmic", Assert.Throws<ArgumentException>(
            (Map(new double[,] { { 0, 10, 100 } }) with { Scale = scale }).Svg).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_that_are_given_make_maps_comparable()
    {
        var scale = new ChartAxis("s") { From = 0, To = 10 };
        string[] fills = [.. new SvgPicture((Map(new double[,] { { 5, 20, -3 } }) with { Scale = scale }).Svg()).Rectangles("cell")
            .Select(cell => cell.Fill)];
        Assert.Equal([ColourScale.Colour(0.5), ColourScale.Colour(1), ColourScale.Colour(0)], fills);
    }

    [Fact]
    public void Numbers_stand_in_all_cells_or_in_none()
    {
        var values = new double[1, 60];
        values[0, 7] = 12345;
        Assert.DoesNotContain("0", new SvgPicture((Map(values) with { Scale = new ChartAxis("s") { From = 1, To = 2 } }).Svg()).Texts);
    }

    [Fact]
    public void Cells_of_a_table_have_lines_between_them_and_those_of_an_image_none()
    {
        const string line = "stroke=\"white\"";
        HeatMap map = Map(new double[4, 60]) with { Scale = new ChartAxis("s") { From = 0, To = 1 } };
        Assert.Contains(line, (Map(new double[4, 6]) with { Scale = map.Scale }).Svg(), StringComparison.Ordinal);
        Assert.DoesNotContain(line, map.Svg(), StringComparison.Ordinal);
        Assert.DoesNotContain(line, (Map(new double[4, 6]) with { Scale = map.Scale, CellHeight = 5 }).Svg(), StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_are_ordered_by_lightness_and_ink_stands_out()
    {
        double[] shares = [.. Enumerable.Range(0, 201).Select(i => i / 200.0)];
        Assert.All(shares.Zip(shares.Skip(1)), pair => Assert.True(ColourScale.Luminance(pair.First) < ColourScale.Luminance(pair.Second)));
        Assert.All(shares, share =>
        {
            double ink = ColourScale.Ink(share) == "white" ? 1 : 0, ground = ColourScale.Luminance(share);
            Assert.True((Math.Max(ink, ground) + 0.05) / (Math.Min(ink, ground) + 0.05) > 3, $"contrast at {share}");
        });
    }

    [Fact]
    public void Shapes_and_values_that_make_no_map_are_refused()
    {
        Assert.Contains("2 x 3 values, 1 names of rows", Assert.Throws<ArgumentException>(
            (Map(new double[2, 3]) with { Rows = ["one"] }).Svg).Message, StringComparison.Ordinal);
        Assert.Contains("no value to draw", Assert.Throws<ArgumentException>(Map(new double[,] { { double.NaN } }).Svg).Message,
            StringComparison.Ordinal);
        Assert.Contains("is infinite", Assert.Throws<ArgumentException>(Map(new double[,] { { 1, double.NegativeInfinity } }).Svg).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5678, 3, "0.568")]
    [InlineData(12345.6, 3, "12346")]
    [InlineData(-0.00012, 2, "-1.2E-4")]
    [InlineData(123456, 1, "1E+5")]
    [InlineData(0, 2, "0")]
    public void Numbers_are_short(double value, int digits, string text) => Assert.Equal(text, NumberText.Short(value, digits));

    private static HeatMap Map(double[,] values) => new(
        "map", "row", [.. Enumerable.Range(0, values.GetLength(0)).Select(i => $"r{i}")],
        "column", [.. Enumerable.Range(0, values.GetLength(1)).Select(i => $"c{i}")], values, new ChartAxis("scale"));
}
