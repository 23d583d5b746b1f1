using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

public sealed class EqualGroupsTests
{
    [Fact]
    public void Groups_are_equal_ordered_and_never_part_equal_values()
    {
        double[] column = [.. Enumerable.Range(0, 100).Select(i => (double)((i * 37) % 100))];
        IReadOnlyList<int[]> groups = EqualGroups.Of(column);
        Assert.Equal(Enumerable.Repeat(10, 10), groups.Select(group => group.Length));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (double)i), groups.SelectMany(group => group.Select(row => column[row])));

        IReadOnlyList<int[]> ties = EqualGroups.Of([1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        Assert.Equal([7, 5], ties.Select(group => group.Length));
        Assert.Single(EqualGroups.Of([1, 2, 3, 4]));
    }

    [Fact]
    public void A_link_is_seen_whatever_its_shape_and_chance_is_none()
    {
        var random = new Random(6);
        double[] column = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())];
        Assert.True(EqualGroups.Link(column, [.. column.Select(x => (x - 0.5) * (x - 0.5))]) > 0.9);
        double chance = Enumerable.Range(0, 40).Average(_ => EqualGroups.Link(column, [.. column.Select(_ => random.NextDouble())]));
        Assert.InRange(chance, 0, 0.01);
        Assert.Equal(0, EqualGroups.Link(column, [.. column.Select(_ => 3.0)]));
        Assert.Equal(0, EqualGroups.Link([.. column.Select(_ => 1.0)], column));
        Assert.Equal(0, EqualGroups.Link([], []));
    }
}
