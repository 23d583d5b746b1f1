using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Bandwidth by the median heuristic where there are too many distances for one group.</summary>
/// <remarks>
/// Four launches of <see cref="Count"/>, each over many groups, then one of <see cref="Finish"/>. Every group of a launch first resolves
/// the pass before from all groups' counts, each for itself: that is cheaper than a launch in between.
/// </remarks>
internal static class LargeBandwidth
{
    /// <summary>One pass over the distances. Grid: CountGroups.</summary>
    public static void Count(BandwidthArguments g)
    {
        ArrayView<int> counts = SharedMemory.Allocate<int>(MedianSelection.Bins);
        ArrayView<int> blocks = SharedMemory.Allocate<int>(MedianSelection.Blocks);
        Selection selection = Before(g, counts, blocks, g.Pass);
        if (Grid.IdxX == 0 && Group.IdxX == 0)
            g.Selections[g.Pass] = selection;

        MedianSelection.Clear(counts);
        MedianSelection.Count(counts, g, selection, g.Pass, (Grid.IdxX * Group.DimX) + Group.IdxX, g.CountGroups * Group.DimX);
        for (int bin = Group.IdxX; bin < MedianSelection.Bins; bin += Group.DimX)
            g.Counts[(((g.Pass * g.CountGroups) + Grid.IdxX) * MedianSelection.Bins) + bin] = counts[bin];
    }

    /// <summary>The bandwidth, from the counts of all passes. Grid: one group.</summary>
    public static void Finish(BandwidthArguments g)
    {
        ArrayView<int> counts = SharedMemory.Allocate<int>(MedianSelection.Bins);
        ArrayView<int> blocks = SharedMemory.Allocate<int>(MedianSelection.Blocks);
        Selection selection = Before(g, counts, blocks, MedianSelection.Passes);
        if (Group.IdxX == 0)
            g.Bandwidth[0] = MedianSelection.Bandwidth(g, selection);
    }

    /// <summary>What is known before a pass.</summary>
    private static Selection Before(BandwidthArguments g, ArrayView<int> counts, ArrayView<int> blocks, int pass)
    {
        Selection selection = MedianSelection.Start(g);
        if (pass == 0)
            return selection;
        if (pass > 1)
            selection = g.Selections[pass - 1];
        for (int bin = Group.IdxX; bin < MedianSelection.Bins; bin += Group.DimX)
        {
            int sum = 0;
            for (int group = 0; group < g.CountGroups; group++)
                sum += g.Counts[((((pass - 1) * g.CountGroups) + group) * MedianSelection.Bins) + bin];
            counts[bin] = sum;
        }

        Group.Barrier();
        return MedianSelection.Resolve(counts, blocks, selection, pass - 1);
    }
}
