using System.Xml.Linq;
using IlgpuBnn.Reporting;
using Xunit;

namespace IlgpuBnn.Tests.Reporting;

public sealed class ObservedAgainstPredictedTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Every_present_row_is_drawn_and_those_outside_are_open()
    {
        XElement svg = Draw(new PredictedTarget("flux <a&b>", [1, 2, double.NaN, 4], [1.1, 3, 3, 4], [1, 2.5, 2, 3], [1.5, 3.5, 4, 5]));
        string[] fills = [.. svg.Elements(Svg + "circle").Select(dot => dot.Attribute("fill")!.Value)];
        Assert.Equal(3, fills.Length);
        Assert.Equal("white", fills[1]);
        Assert.All([fills[0], fills[2]], fill => Assert.NotEqual("white", fill));
        Assert.Contains(svg.Elements(Svg + "text"), text => text.Value == "flux <a&b>");
        Assert.Contains(svg.Elements(Svg + "text"), text => text.Value.StartsWith("Bars: 95 % predictive intervals", StringComparison.Ordinal));
    }

    [Fact]
    public void Dots_and_bars_lie_inside_the_frame_and_on_the_axes_scale()
    {
        XElement svg = Draw(new PredictedTarget("t", [-3, 8], [-2, 7], [-5, 2], [1, 9]));
        XElement frame = svg.Elements(Svg + "rect").Single(rect => rect.Attribute("fill")!.Value == "none");
        double left = (double)frame.Attribute("x")!, right = left + (double)frame.Attribute("width")!;
        double[] across = [.. svg.Elements(Svg + "circle").Select(dot => (double)dot.Attribute("cx")!)];
        double[] up = [.. svg.Elements(Svg + "circle").Select(dot => (double)dot.Attribute("cy")!)];
        Assert.All(across, x => Assert.InRange(x, left, right));
        Assert.True(across[0] < across[1] && up[0] > up[1], "larger values lie to the right and higher");

        // Both axes cover -5 to 9: nine units across, eleven up.
        double pixelsPerUnit = (across[1] - across[0]) / 9;
        Assert.Equal((right - left) / (14 * 1.08), pixelsPerUnit, 0.1);
    }

    [Theory]
    [InlineData(-230, 10, "-200", "0")]
    [InlineData(0.001, 0.0042, "0.001", "0.004")]
    [InlineData(5, 5, "4.6", "5.4")]
    public void Ticks_are_round_and_never_minus_zero(double smallest, double largest, string first, string last)
    {
        string[] labels = [.. new Axis([smallest, largest], 0, 100).Ticks().Select(tick => tick.Label)];
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

    private static XElement Draw(PredictedTarget target) => XElement.Parse(ObservedAgainstPredicted.Svg([target], 0.95));
}
