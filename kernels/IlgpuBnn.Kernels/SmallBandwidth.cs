using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Bandwidth by the median heuristic, all passes of <see cref="MedianSelection"/> in one group. Grid: one group.</summary>
internal static class SmallBandwidth
{
    public static void Run(BandwidthArguments g)
    {
        ArrayView<int> counts = SharedMemory.Allocate<int>(MedianSelection.Bins);
        ArrayView<int> blocks = SharedMemory.Allocate<int>(MedianSelection.Blocks);
        Selection selection = MedianSelection.Start(g);
        for (int pass = 0; pass < MedianSelection.Passes; pass++)
        {
            MedianSelection.Clear(counts);
            MedianSelection.Count(counts, g, selection, pass, Group.IdxX, Group.DimX);
            selection = MedianSelection.Resolve(counts, blocks, selection, pass);
        }

        if (Group.IdxX == 0)
            g.Bandwidth[0] = MedianSelection.Bandwidth(g, selection);
    }
}
