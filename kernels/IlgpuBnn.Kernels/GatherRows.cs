using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Copies rows of a unit-major table in a given order. Grid: groups of rows x columns.</summary>
internal static class GatherRows
{
    public static void Run(GatherRowsArguments g)
    {
        int row = (Grid.IdxX * Group.DimX) + Group.IdxX, column = Grid.IdxY;
        if (row >= g.Order.IntLength)
            return;
        int from = g.Order[row];
        g.Destination[(column * (long)g.DestinationStride) + row] = from < 0 ? g.Empty : g.Source[(column * (long)g.SourceStride) + from];
    }
}

/// <summary>What <see cref="GatherRows"/> works on.</summary>
internal struct GatherRowsArguments
{
    /// <summary>[columns, SourceStride].</summary>
    public ArrayView<float> Source;

    /// <summary>[columns, DestinationStride].</summary>
    public ArrayView<float> Destination;

    /// <summary>Source row of each destination row; -1 for an empty one.</summary>
    public ArrayView<int> Order;

    public int SourceStride;
    public int DestinationStride;

    /// <summary>What an empty row holds.</summary>
    public float Empty;
}
