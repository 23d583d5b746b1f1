namespace IlgpuBnn.Tests.Prediction;

public sealed class CoverageByPartsTests
{
    /// <summary>The interval of 10 in 10 is from 0.025^(1/10) to 1, that of 9 in 10 stands in tables.</summary>
    [Fact]
    public void Parts_by_a_key_are_those_counted_by_hand()
    {
        // The keys fall; the one value outside has a key of 3.
        double[] keys = [.. Enumerable.Range(0, 20).Select(i => 20.0 - i)], pit = [.. Enumerable.Repeat(0.5, 20)];
        pit[17] = 0.98;
        IReadOnlyList<PartCoverage> parts = CoverageByParts.ByKey(pit, keys);

        Assert.Equal(2, parts.Count);
        Assert.Equal((1.0, 10.0, 10, 0.9), (parts[0].From, parts[0].To, parts[0].Count, parts[0].Coverage));
        Assert.Equal((11.0, 20.0, 10, 1.0), (parts[1].From, parts[1].To, parts[1].Count, parts[1].Coverage));
        Assert.Equal(0.5549839, parts[0].Lower, 1e-6);
        Assert.Equal(0.9974714, parts[0].Upper, 1e-6);
        Assert.Equal(Math.Pow(0.025, 0.1), parts[1].Lower, 1e-9);
        Assert.Equal(1, parts[1].Upper);
        Assert.Equal(1, CoverageByParts.ByKey(pit, keys, level: 0.97)[0].Coverage);
        Assert.Equal(0, CoverageByParts.ByKey([.. pit.Select(_ => 0.0)], keys)[0].Lower);
    }

    [Fact]
    public void Values_with_the_same_key_are_never_apart_and_missing_ones_do_not_count()
    {
        double[] keys = [.. Enumerable.Range(0, 60).Select(i => i < 25 ? 1.0 : i)], pit = [.. Enumerable.Repeat(0.5, 60)];
        pit[59] = double.NaN;
        IReadOnlyList<PartCoverage> parts = CoverageByParts.ByKey(pit, keys);
        Assert.Equal(59, parts.Sum(part => part.Count));
        Assert.Equal((1.0, 25), (parts[0].To, parts[0].Count));
        Assert.Equal(4, CoverageByParts.ByKey(pit, [.. Enumerable.Range(0, 60).Select(i => (double)i)]).Count);
        Assert.Single(CoverageByParts.ByKey(pit, new double[60]));
        Assert.Empty(CoverageByParts.ByKey([double.NaN], [1]));
    }

    [Fact]
    public void Values_that_are_repeated_do_not_narrow_the_interval()
    {
        double[] pit = [.. Enumerable.Range(0, 40).Select(i => i % 8 == 0 ? 0.999 : 0.5)], keys = new double[40], sure = [.. Enumerable.Repeat(0.5, 40)];
        int[] ids = [.. Enumerable.Range(0, 40)];
        Same(CoverageByParts.ByKey(pit, keys)[0], CoverageByParts.ByKey([.. pit, .. pit], [.. keys, .. keys], [.. ids, .. ids])[0]);
        Same(CoverageByParts.ByKey(sure, keys)[0], CoverageByParts.ByKey([.. sure, .. sure], [.. keys, .. keys], [.. ids, .. ids])[0]);

        static void Same(PartCoverage once, PartCoverage twice)
        {
            Assert.Equal(2 * once.Count, twice.Count);
            Assert.Equal(once.Coverage, twice.Coverage);
            Assert.Equal(once.Lower, twice.Lower, 1e-9);
            Assert.Equal(once.Upper, twice.Upper, 1e-9);
        }
    }

    [Fact]
    public void Every_group_is_a_part_however_small()
    {
        IReadOnlyList<PartCoverage> parts = CoverageByParts.ByGroup([0.5, 0, 0.5, double.NaN, 0.5, 1], [7, -2, 7, 3, 7, 7]);
        Assert.Equal([(-2.0, 1, 0.0), (7.0, 4, 0.75)], parts.Select(part => (part.From, part.Count, part.Coverage)));
        Assert.Equal(0.975, parts[0].Upper, 1e-9);
        Assert.Equal(0.1941204, parts[1].Lower, 1e-6);
    }

    [Fact]
    public void A_key_or_a_group_too_few_is_refused()
    {
        Assert.Contains("2 values and 1 keys", Assert.Throws<ArgumentException>(() => CoverageByParts.ByKey([0.5, 0.5], [1])).Message, StringComparison.Ordinal);
        Assert.Contains("1 values and 0 groups", Assert.Throws<ArgumentException>(() => CoverageByParts.ByGroup([0.5], [])).Message, StringComparison.Ordinal);
    }
}
