using CoverageStudy;

namespace IlgpuBnn.Tests.Samples;

public sealed class CoverageStudyTests
{
    public static TheoryData<string> Names => [.. Families.All.Select(family => family.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Tables_are_decided_by_rows_and_seed(string name)
    {
        Family family = Find(name);
        (Table training, Table test) = family.Tables(23, seed: 3);
        (Table again, Table testAgain) = family.Tables(23, seed: 3);
        Assert.Equal((23, Family.TestRows), (training.Targets.Length, test.Targets.Length));
        Assert.Equal(training.Inputs, again.Inputs);
        Assert.Equal(training.Targets, again.Targets);
        Assert.Equal(test.Inputs, testAgain.Inputs);
        Assert.Equal(test.Targets, testAgain.Targets);
        Assert.NotEqual(training.Targets, family.Tables(23, seed: 4).Training.Targets);
        Assert.NotEqual(training.Inputs[0, 0], test.Inputs[0, 0]);
        Assert.All(test.Targets, y => Assert.True(double.IsFinite(y)));
    }

    [Fact]
    public void Twenty_families_have_names_of_their_own() => Assert.Equal(20, Families.All.Select(family => family.Name).Distinct().Count());

    [Fact]
    public void Groups_share_inputs_where_the_family_says_so()
    {
        Table runs = Find("runs-over-time").Tables(43, seed: 0).Training, repeats = Find("repeats-5").Tables(12, seed: 0).Training;
        Assert.Equal(Enumerable.Range(0, 43).Select(row => row / 20), runs.Groups!);
        Assert.Equal((runs.Inputs[0, 5], 0.0, 1.0), (runs.Inputs[19, 5], runs.Inputs[20, 6], runs.Inputs[39, 6]));
        Assert.NotEqual(runs.Inputs[19, 5], runs.Inputs[20, 5]);
        Assert.Null(repeats.Groups);
        Assert.Equal((repeats.Inputs[5, 2], 3), (repeats.Inputs[9, 2], Enumerable.Range(0, 12).Select(row => repeats.Inputs[row, 0]).Distinct().Count()));
        Assert.NotEqual(repeats.Targets[5], repeats.Targets[9]);
    }

    // Targets -3, -1, 1, 3 have the standard deviation sqrt(5). Intervals end at 0.674 (50 %) and 1.960 (95 %) standard deviations of the prediction.
    [Theory]
    [InlineData(1.55, 1, 0.5)]
    [InlineData(1.5, 0.5, 0.5)]
    [InlineData(1.45, 0.5, 0)]
    [InlineData(5, 1, 1)]
    public void Coverage_counts_the_rows_inside(double sd, double coverage95, double coverage50)
    {
        double[] targets = [-3, -1, 1, 3], means = [0], deviations = [sd];
        Study.Result result = Study.Score(targets, _ => new GaussianMixture(means, deviations));
        double logSd = Math.Log(sd / Math.Sqrt(5)) + (0.5 * Math.Log(2 * Math.PI));
        Assert.Equal((coverage95, coverage50), (result.Coverage95, result.Coverage50));
        Assert.Equal(0, result.R2, 1e-12);
        Assert.Equal(-logSd - (2.5 / (sd * sd)), result.LogScore, 1e-12);
        Assert.Equal(-logSd - (4.5 / (sd * sd)), result.SmallestLogDensity, 1e-12);
        // A search for a quantile ends with a step of 1e-5 standard deviations.
        Assert.Equal(2 * 1.959964 * sd / Math.Sqrt(5), result.Width95, 1e-4);
    }

    [Fact]
    public void Seeds_are_averaged_but_for_R2_and_the_smallest_density()
    {
        Study.Result over = Study.Over([new(0.9, 0.9, 0.4, -1, 2, -30, 1), new(-5, 1, 0.5, -2, 4, -4, 2), new(0.8, 0.95, 0.6, -3, 3, -5, 3)]);
        Assert.Equal((0.8, -2, 3, -30, 2), (over.R2, over.LogScore, over.Width95, over.SmallestLogDensity, over.Seconds));
        Assert.Equal((0.95, 0.5), (over.Coverage95, over.Coverage50), EqualityComparer<(double, double)>.Create((a, b) =>
            Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-12));
    }

    [Fact]
    public void The_report_names_what_falls_outside()
    {
        using var text = new StringWriter();
        Report.Write([new("good", 50, new(1, 0.92, 0.6, 0, 1, -4, 1)), new("narrow", 300, new(1, 0.9, 0.61, 0, 1, -9, 1))], text);
        Assert.EndsWith(
            "95 % intervals outside 92-98 %: 1 of 2: narrow (300 rows: 90.0 %).\n50 % intervals outside 42-60 %: 1 of 2: narrow (300 rows: 61.0 %).\n",
            text.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Families_are_trained_and_judged_in_their_order()
    {
        Study.Cell[] cells = [.. Study.Run([Find("runs-over-time"), Find("noise-small")], [20, 12], seeds: 1, threads: 2)];
        Assert.Equal([("runs-over-time", 20), ("runs-over-time", 12), ("noise-small", 20), ("noise-small", 12)], cells.Select(cell => (cell.Family, cell.Rows)));
        Assert.All(cells, cell => Assert.InRange(cell.Over.Coverage95, cell.Over.Coverage50, 1));
    }

    private static Family Find(string name) => Families.All.Single(family => family.Name == name);
}
