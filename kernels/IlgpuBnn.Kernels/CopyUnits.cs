using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Copies units over rows, times a factor: outputs out of the workspace, inputs into it. Grid: groups of four rows x units x particles.</summary>
internal static class CopyUnits
{
    public static void Run(CopyUnitsArguments g)
    {
        int row = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (row >= g.Rows)
            return;
        ArrayView<Float4> from = UnitRows.Of(g.From, Grid.IdxZ), to = UnitRows.Of(g.To, Grid.IdxZ);
        to[(Grid.IdxY * g.To.UnitStride) + row] = g.Scale * from[(Grid.IdxY * g.From.UnitStride) + row];
    }
}

/// <summary>Arguments of <see cref="CopyUnits"/>. Rows in Float4s.</summary>
internal struct CopyUnitsArguments
{
    public UnitRows From;
    public UnitRows To;
    public int Rows;
    public float Scale;
}
