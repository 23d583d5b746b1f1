using System.Globalization;
using IlgpuBnn.Reporting;
using MathNet.Numerics;

namespace IlgpuBnn.Tests.Reporting;

public sealed class ReadyChartsTests
{
    [Fact]
    public void Calibration_has_the_diagonal_a_line_per_series_and_room_for_chance()
    {
        Chart chart = CalibrationChart.Create("c", [0.1, 0.5, 0.9],
            [("over", [0, 0.2, 0.5]), ("point", [double.NaN, double.NaN, double.NaN])], 40);
        var picture = new SvgPicture(chart.Svg()).AssertReadable();

        Assert.Single(picture.Paths("guide"));
        Assert.Single(picture.Paths("band"));
        Assert.Equal(3, SvgPicture.Points(Assert.Single(picture.Paths("line"))).Count);
        Assert.Contains("point (no values)", picture.Texts);
        Assert.Empty(new SvgPicture(CalibrationChart.Create("c", [0.5], [("a", [0.5])]).Svg()).Paths("band"));
        Assert.Throws<ArgumentException>(() => CalibrationChart.Create("c", [0.5], [("a", [0.5])], 0));
    }

    [Fact]
    public void Transforms_have_a_bar_per_bin_the_expected_count_and_room_for_chance()
    {
        var histogram = PitHistogram.Of([.. Enumerable.Range(0, 60).Select(i => i / 60.0), .. Enumerable.Repeat(0.31, 6)]);
        var picture = new SvgPicture(PitChart.Create("y", histogram).Svg()).AssertReadable();

        Assert.Equal([6, 6, 6, 12, 6, 6, 6, 6, 6, 6], histogram.Counts);
        IReadOnlyList<string> bars = picture.Paths("bar");
        Assert.Equal(10, bars.Count);
        Assert.Equal(2, Height(3) / Height(0), 0.01);
        Assert.Equal(Left(0) + (9 * (Left(1) - Left(0))), Left(9), 0.5);
        double guide = SvgPicture.Points(Assert.Single(picture.Paths("guide")))[0].Y, bottom = Top(0) + Height(0);
        Assert.Equal(6.6 / 6, (bottom - guide) / Height(0), 0.01);
        (double X, double Y)[] band = [.. SvgPicture.Points(Assert.Single(picture.Paths("band")))];
        Assert.Equal(histogram.Band.Lower / 6, (bottom - band.Max(point => point.Y)) / Height(0), 0.01);
        Assert.Equal(histogram.Band.Upper / 6, (bottom - band.Min(point => point.Y)) / Height(0), 0.01);

        double Left(int bin) => SvgPicture.Points(bars[bin])[0].X;
        double Top(int bin) => SvgPicture.Points(bars[bin])[0].Y;
        double Height(int bin) => double.Parse(bars[bin].Split('v')[1].Split('h')[0], CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.95, 100)]
    [InlineData(0.99, 7)]
    public void Chance_holds_at_least_95_percent_and_no_count_to_spare(double probability, int count)
    {
        (double lower, double upper) = CalibrationChart.Chance(probability, count);
        int least = (int)Math.Round(lower * count), most = (int)Math.Round(upper * count);
        double Below(int k) => Enumerable.Range(0, k + 1).Sum(i =>
            SpecialFunctions.Binomial(count, i) * Math.Pow(probability, i) * Math.Pow(1 - probability, count - i));
        Assert.True(Below(most) - Below(least - 1) >= 0.95);
        Assert.True(Below(least) >= 0.025 && Below(least - 1) < 0.025);
        Assert.True(Below(most) >= 0.975 && Below(most - 1) < 0.975);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public void History_shows_the_held_out_score_where_there_is_one(bool validated, int panels)
    {
        StepInfo[] history = [.. Enumerable.Range(1, 8)
            .Select(i => new StepInfo(25 * i, 1, -100.0 / i, 1, 1, 1, validated ? -1.0 / i : double.NaN, 0, TimeSpan.Zero))];
        var picture = new SvgPicture(TrainingHistoryChart.Create(history, 75, logarithmic: true).Svg()).AssertReadable();

        Assert.Equal(panels, picture.Paths("line").Count);
        Assert.Equal(panels, picture.Paths("guide").Count);
        (double X, double Y) kept = SvgPicture.Points(picture.Paths("guide")[0])[0], third = SvgPicture.Points(picture.Paths("line")[0])[2];
        Assert.Equal(third.X, kept.X, 0.1);
    }

    /// <summary>Out-of-fold rows have a score at the ends of training budgets only.</summary>
    [Fact]
    public void Scores_of_budgets_are_joined_across_the_reports_between()
    {
        StepInfo[] history = [.. Enumerable.Range(1, 8)
            .Select(i => new StepInfo(25 * i, 1, -100.0 / i, 1, 1, 1, i % 4 == 0 ? i : double.NaN, 0, TimeSpan.Zero))];
        string svg = TrainingHistoryChart.Create(history, 200).Svg();
        var picture = new SvgPicture(svg).AssertReadable();

        Assert.Equal([2, 8], picture.Paths("line").Select(line => SvgPicture.Points(line).Count));
        Assert.Contains("Out-of-fold score", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_without_looks_is_refused() =>
        Assert.Contains("no value to draw", Assert.Throws<ArgumentException>(TrainingHistoryChart.Create([], 0).Svg).Message,
            StringComparison.Ordinal);
}
