using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

public sealed class ObservedAgainstPredictedTests
{
    [Fact]
    public void Every_present_row_is_drawn_and_those_outside_are_open()
    {
        SvgPicture picture = Draw(new PredictedTarget("flux <a&b>", [1, 2, double.NaN, 4], [1.1, 3, 3, 4], [0.5, 2.5, 2, 3],
            [1.5, 3.5, 4, 5])).AssertReadable();

        // The first two are the signs of the legend.
        Assert.Equal([2, 1], picture.Paths("markers").Skip(2).Select(path => SvgPicture.Points(path).Count));
        Assert.Equal(["none", "white"], picture.Attributes("markers", "fill").Skip(2));
        Assert.Contains("flux <a&b>", picture.Texts);
        Assert.Contains("inside its 95 % interval", picture.Texts);
    }

    [Fact]
    public void Dots_and_bars_lie_inside_the_frame_and_on_the_axes_scale()
    {
        SvgPicture picture = Draw(new PredictedTarget("t", [-3, 8], [-2, 7], [-5, 2], [1, 9]));
        (double left, _, double width, _, _) = Assert.Single(picture.Rectangles("frame"));
        (double X, double Y)[] dots = [.. SvgPicture.Points(picture.Paths("markers")[^1])];
        Assert.All(dots, dot => Assert.InRange(dot.X, left - 60, left + width));
        Assert.True(dots[0].X < dots[1].X && dots[0].Y > dots[1].Y, "larger values lie to the right and higher");

        // Both axes cover -5 to 9: nine units across, eleven up.
        double pixelsPerUnit = (dots[1].X - dots[0].X) / 9;
        Assert.Equal(width / (14 * 1.08), pixelsPerUnit, 0.1);
    }

    [Fact]
    public void Targets_without_values_outside_or_inside_are_drawn()
    {
        SvgPicture picture = new(ObservedAgainstPredicted.Create(
            [new PredictedTarget("all in", [1, 2], [1, 2], [0, 1], [2, 3]),
                new PredictedTarget("all out", [1, 2], [5, 6], [4, 5], [6, 7])], 0.9, 1).Svg());
        Assert.Equal(2, picture.AssertReadable().Rectangles("frame").Count);
    }

    [Theory]
    [InlineData(-230, 10, "-200", "0")]
    [InlineData(0.001, 0.0042, "0.001", "0.004")]
    [InlineData(5, 5, "4.6", "5.4")]
    public void Ticks_are_round_and_never_minus_zero(double smallest, double largest, string first, string last)
    {
        string[] labels = [.. new Axis(new ChartAxis("x"), [smallest, largest], 0, 200).Ticks.Select(tick => tick.Label)];
        Assert.Equal(first, labels[0]);
        Assert.Equal(last, labels[^1]);
        Assert.DoesNotContain("-0", labels);
        Assert.InRange(labels.Length, 3, 8);
    }

    [Fact]
    public void Columns_of_different_length_are_refused()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Draw(new PredictedTarget("t", [1, 2], [1], [0], [2])));
        Assert.Contains("\"t\" has 2 observed values", refused.Message, StringComparison.Ordinal);
    }

    private static SvgPicture Draw(PredictedTarget target) => new(ObservedAgainstPredicted.Svg([target], 0.95));
}
