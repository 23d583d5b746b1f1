using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Bandwidth by the median heuristic for too many distances for one group.</summary>
/// <remarks>
/// A launch of <see cref="Count"/> for every pass, over many groups, then one of <see cref="Finish"/>. Every group first resolves the previous pass from
/// all groups' counts, which is cheaper than another launch.
/// </remarks>
internal static class LargeBandwidth
{
    /// <summary>One pass over the distances. Grid: CountGroups.</summary>
    public static void Count(BandwidthArguments g)
    {
        SelectionCounts counts = MedianSelection.Allocate();
        Selection selection = Before(g, counts, g.Pass);
        if (Grid.IdxX == 0 && Group.IdxX == 0)
            g.Selections[g.Pass] = selection;

        MedianSelection.Count(counts, g, selection, g.Pass, (Grid.IdxX * Group.DimX) + Group.IdxX, g.CountGroups * Group.DimX);
        for (int bin = Group.IdxX; bin < MedianSelection.Bins; bin += Group.DimX)
            g.Counts[(((g.Pass * g.CountGroups) + Grid.IdxX) * MedianSelection.Bins) + bin] = counts.Totals[bin];
    }

    /// <summary>The bandwidth, from the counts of the last pass. Grid: one group.</summary>
    public static void Finish(BandwidthArguments g)
    {
        SelectionCounts counts = MedianSelection.Allocate();
        Selection selection = Before(g, counts, MedianSelection.Passes);
        if (Group.IdxX == 0)
            g.Bandwidth[0] = MedianSelection.Bandwidth(g, selection);
    }

    /// <summary>The selection before a pass.</summary>
    private static Selection Before(BandwidthArguments g, SelectionCounts counts, int pass)
    {
        Selection selection = MedianSelection.Start(g);
        if (pass == 0)
            return selection;
        if (pass > 1)
            selection = g.Selections[pass - 1];
        long passCounts = (long)g.CountGroups * MedianSelection.Bins;
        MedianSelection.Total(counts, g.Counts.SubView((pass - 1) * passCounts, passCounts), 1, MedianSelection.Bins, g.CountGroups);
        return MedianSelection.Resolve(counts, selection, pass - 1);
    }
}
