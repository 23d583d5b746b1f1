using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Bandwidth by the median heuristic, all passes of <see cref="MedianSelection"/> in one group. Grid: one group.</summary>
internal static class SmallBandwidth
{
    public static void Run(BandwidthArguments g)
    {
        SelectionCounts counts = MedianSelection.Allocate();
        Selection selection = MedianSelection.Start(g);
        for (int pass = 0; pass < MedianSelection.Passes; pass++)
        {
            MedianSelection.Count(counts, g, selection, pass, Group.IdxX, Group.DimX);
            selection = MedianSelection.Resolve(counts, selection, pass);
        }

        if (Group.IdxX == 0)
            g.Bandwidth[0] = MedianSelection.Bandwidth(g, selection);
    }
}
