using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

public sealed class ChartTests
{
    private static readonly double[] Sizes = [10, 30, 100, 300, 900];
    private static readonly double[] Rising = [0.1, 0.5, 0.8, 0.9, 0.95];

    public static TheoryData<string, Figure> Figures() => new()
    {
        { "log x", new Chart("R2", new ChartAxis("rows") { Logarithmic = true }, new ChartAxis("R2"), [new Line("SVGD", Sizes, Rising)]) },
        { "six decades", new Chart("", new ChartAxis("x"), new ChartAxis("error") { Logarithmic = true },
            [new Line("a", [1, 2, 3], [1e-3, 1, 1e3])]) },
        { "forty decades", new Chart("", new ChartAxis("x") { Logarithmic = true }, new ChartAxis("y"),
            [new Line("a", [1e-20, 1, 1e20], [1, 2, 3])]) },
        { "tiny", new Chart("", new ChartAxis("kg"), new ChartAxis("m"), [new Line("", [1e-9, 2e-9, 3.5e-9], [1e-12, 5e-12, 2e-12])]) },
        { "huge", new Chart("", new ChartAxis("J"), new ChartAxis("K"), [new Points("", [1.2e15, 2.7e15], [-3e20, 8e21])]) },
        { "offset", new Chart("", new ChartAxis("time"), new ChartAxis("y"),
            [new Points("", [1e9, 1e9 + 1, 1e9 + 3], [1, 1 + 1e-9, 1 + 2e-9])]) },
        { "one point", new Chart("one", new ChartAxis("x"), new ChartAxis("y"), [new Points("p", [7], [-7])]) },
        { "one point, log", new Chart("one", new ChartAxis("x") { Logarithmic = true }, new ChartAxis("y"), [new Points("p", [7], [-7])]) },
        { "less than a decade", new Chart("", new ChartAxis("x") { Logarithmic = true }, new ChartAxis("y"),
            [new Points("p", [2.1, 2.9], [1, 2])]) },
        { "many long names", new Chart(new string('W', 90), new ChartAxis(new string('m', 90)), new ChartAxis(new string('n', 90)),
            [.. Enumerable.Range(1, 9).Select(i => new Line($"method number {i} {new string('x', 8 * i)}", Sizes, Rising))]) },
        { "small", new Chart("s", new ChartAxis("x"), new ChartAxis("y"), [new Line("a", Sizes, Rising)]) { Width = 160, Height = 150 } },
        { "map", Map(["NEE", "GPP", "a name of a quantity that goes on for rather long, longer than any map"], ["10", "300"]) },
        { "map with long columns", Map(["a"], [.. Enumerable.Range(0, 12).Select(i => $"configuration {i}")]) },
        { "map with many columns", Map(["a", "b"], [.. Enumerable.Range(0, 80).Select(i => $"c{i}")]) },
        { "map with flat rows", Map([.. Enumerable.Range(0, 40).Select(i => $"row {i}")], ["1", "2"]) with { CellHeight = 5 } },
        { "panels", new Panels("all",
            [Map(["a"], ["b"]), new Chart("c", new ChartAxis("x"), new ChartAxis("y"), [new Line("l", Sizes, Rising)])], 1) },
        { "calibration", CalibrationChart.Create("c", [0.5, 0.9], [("one", [0.4, 0.8]), ("two", [0.6, 1])], 20) },
    };

    [Theory]
    [MemberData(nameof(Figures))]
    public void Texts_stay_in_the_picture_and_apart(string name, Figure figure)
    {
        Assert.NotEmpty(name);
        new SvgPicture(figure.Svg()).AssertReadable();
    }

    [Fact]
    public void Points_lie_where_the_axes_say()
    {
        var chart = new Chart("", new ChartAxis("x") { Logarithmic = true }, new ChartAxis("y"),
            [new Line("a", [10, 100, 1000], [0, 40, 80])]);
        var picture = new SvgPicture(chart.Svg());
        (double X, double Y)[] points = [.. SvgPicture.Points(Assert.Single(picture.Paths("line")))];

        // Equal factors across, equal steps up: the middle lies in the middle.
        Assert.Equal(points[1].X, (points[0].X + points[2].X) / 2, 0.1);
        Assert.Equal(points[1].Y, (points[0].Y + points[2].Y) / 2, 0.1);
        Assert.True(points[0].X < points[2].X && points[0].Y > points[2].Y, "larger values lie to the right and higher");
        SvgPicture.Box tick = picture.BoxOf("1000");
        Assert.Equal(points[2].X, (tick.Left + tick.Right) / 2, 0.2);
        tick = picture.BoxOf("40");
        Assert.Equal(points[1].Y, ((tick.Top + tick.Bottom) / 2) - 0.6, 0.9);
    }

    [Fact]
    public void A_missing_value_is_a_gap_in_line_and_band()
    {
        double[] values = [1, 2, double.NaN, 4, 5, 6];
        var line = new Line("", [1, 2, 3, 4, 5, 6], values) { Lower = [0, 1, 2, 3, double.NaN, 5], Upper = [2, 3, 4, 5, 6, 7] };
        var picture = new SvgPicture(new Chart("", new ChartAxis("x"), new ChartAxis("y"), [line]).Svg());

        Assert.Equal([2, 3], picture.Paths("line").Select(path => SvgPicture.Points(path).Count));
        Assert.Equal([8, 2], picture.Paths("band").Select(path => SvgPicture.Points(path).Count));
        Assert.Equal(5, SvgPicture.Points(Assert.Single(picture.Paths("markers"))).Count);
    }

    [Fact]
    public void Bars_reach_from_end_to_end_and_points_without_one_stand_alone()
    {
        var points = new Points("", [1, 2, 3], [10, 20, double.NaN]) { YLower = [5, double.NaN, 1], YUpper = [15, 25, 2] };
        var picture = new SvgPicture(new Chart("", new ChartAxis("x"), new ChartAxis("y") { From = 0, To = 30 }, [points]).Svg());
        (_, double top, _, double height, _) = Assert.Single(picture.Rectangles("frame"));

        string bar = Assert.Single(picture.Paths("bars"));
        Assert.Equal(2, SvgPicture.Points(Assert.Single(picture.Paths("markers"))).Count);
        Assert.Equal(top + (height * 25 / 30), SvgPicture.Points(bar)[0].Y, 0.2);
        Assert.EndsWith($"V{ChartCanvas.Number(top + (height * 15 / 30))}", bar, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_cut_at_the_frame_and_points_beyond_it_are_not_drawn()
    {
        var chart = new Chart("", new ChartAxis("x"), new ChartAxis("R2") { From = 0, To = 1 },
            [new Points("", [10, 20, 30], [0.5, -30, 1])]);
        Assert.Equal(2, SvgPicture.Points(Assert.Single(new SvgPicture(chart.Svg()).Paths("markers"))).Count);
        string[] labels = [.. new SvgPicture(chart.Svg()).Texts.Where(text => text.Contains('.'))];
        Assert.Equal(("0.0", "1.0"), (labels[0], labels[^1]));
    }

    [Fact]
    public void Series_differ_without_colour()
    {
        Line[] lines = [.. Enumerable.Range(0, 12).Select(i => new Line($"{i}", Sizes, Rising))];
        var picture = new SvgPicture(new Chart("", new ChartAxis("x"), new ChartAxis("y"), lines).Svg());
        string[] looks =
        [
            .. picture.Attributes("line", "stroke-dasharray").Zip(
                picture.Paths("markers").Skip(12),
                (dash, marker) => dash + marker[marker.LastIndexOf(' ')..].TrimStart([.. " .0123456789"])),
        ];
        Assert.Equal(12, looks.Distinct().Count());
    }

    [Fact]
    public void Legend_lies_above_the_frame()
    {
        Chart chart = new("title", new ChartAxis("x"), new ChartAxis("y"),
            [new Line("first", Sizes, Rising), new Line("second", Sizes, Rising), new Guide("limit") { Y = 0.3 }]);
        var picture = new SvgPicture(chart.Svg());
        Assert.All(["first", "second", "limit"], name =>
            Assert.True(picture.BoxOf(name).Bottom <= Assert.Single(picture.Rectangles("frame")).Y));
        Assert.DoesNotContain("first", new SvgPicture((chart with { Legend = false }).Svg()).Texts);
    }

    [Fact]
    public void Panels_with_the_same_marks_share_a_legend()
    {
        var chart = new Chart("one", new ChartAxis("x"), new ChartAxis("y"), [new Line("first", Sizes, Rising)]);
        Chart other = chart with { Title = "two", Marks = [new Line("else", Sizes, Rising)] };
        Assert.Single(new SvgPicture(new Panels("", [chart, chart, chart], 2).Svg()).AssertReadable().Texts, "first");
        IReadOnlyList<string> texts = new SvgPicture(new Panels("", [chart, other], 2).Svg()).AssertReadable().Texts;
        Assert.Equal(["else", "first"], texts.Where(text => text is "first" or "else").Order());
    }

    [Fact]
    public void Text_is_escaped()
    {
        string name = "a<b> & \"c\" \u0001 é";
        var chart = new Chart(name, new ChartAxis(name), new ChartAxis(name), [new Line(name, Sizes, Rising)]);
        Assert.Equal(4, new SvgPicture(chart.Svg()).Texts.Count(text => text == "a<b> & \"c\" \\u0001 é"));
    }

    [Fact]
    public void What_cannot_be_drawn_is_refused_by_name()
    {
        Refused("mark \"a\": its columns have 5, 2 values", new Line("a", Sizes, [1, 2]));
        Refused("mark \"a\": its columns have 5, 5, 0, 5 values", new Line("a", Sizes, Rising) { Upper = Rising });
        Refused("\"a\", value 2 on axis \"rows\" is infinite", new Line("a", [1, double.PositiveInfinity], [1, 2]));
        Refused("\"a\", value 1 on axis \"rows\" is 0, and the axis is logarithmic", new Points("a", [0, 1], [1, 2]));
        Refused("has no value to draw", new Line("a", [double.NaN], [1]));
        Refused("has no value to draw", new Guide("a") { Y = 1 });
        Refused("has no value to draw");

        static void Refused(string message, params Mark[] marks)
        {
            var chart = new Chart("t", new ChartAxis("rows") { Logarithmic = true }, new ChartAxis("y"), marks);
            Assert.Contains(message, Assert.Throws<ArgumentException>(chart.Svg).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1.0, 1.0, false, "runs from 1 to 1")]
    [InlineData(0.0, 2.0, true, "is logarithmic and runs from 0")]
    [InlineData(double.NaN, 2.0, false, "Give finite limits")]
    public void Limits_of_an_axis_that_make_none_are_refused(double from, double to, bool logarithmic, string message)
    {
        var chart = new Chart("", new ChartAxis("x") { From = from, To = to, Logarithmic = logarithmic }, new ChartAxis("y"),
            [new Line("a", [1, 2], [1, 2])]);
        Assert.Contains(message, Assert.Throws<ArgumentException>(chart.Svg).Message, StringComparison.Ordinal);
    }

    private static HeatMap Map(string[] rows, string[] columns)
    {
        var values = new double[rows.Length, columns.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int column = 0; column < columns.Length; column++)
            {
                values[row, column] = (row + 1) * (column + 0.5);
            }
        }

        return new HeatMap("map", "rows", rows, "columns", columns, values, new ChartAxis("error"));
    }
}
