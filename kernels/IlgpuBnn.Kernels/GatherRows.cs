using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Copies rows of a unit-major table in a given order. Grid: columns x groups of rows.</summary>
internal static class GatherRows
{
    public static void Run(GatherRowsArguments g)
    {
        int row = (Grid.IdxY * Group.DimX) + Group.IdxX, column = Grid.IdxX;
        if (row >= g.Order.IntLength)
            return;
        int from = g.Order[row];
        g.Destination[(column * (long)g.DestinationStride) + row] = from < 0 ? g.Empty : g.Source[(column * (long)g.SourceStride) + from];
    }
}

/// <summary>Arguments of <see cref="GatherRows"/>.</summary>
/// <remarks>
/// Source: [columns, SourceStride]. Destination: [columns, DestinationStride]. Order: source row of each destination row, or -1 for an empty one, which
/// is filled with Empty.
/// </remarks>
internal struct GatherRowsArguments
{
    public ArrayView<float> Source;
    public ArrayView<float> Destination;
    public ArrayView<int> Order;
    public int SourceStride;
    public int DestinationStride;
    public float Empty;
}
