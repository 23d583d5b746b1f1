using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Copies units over rows, times a factor: outputs out of the workspace, inputs into it. Grid: units x groups of four rows x particles.</summary>
internal static class CopyUnits
{
    public static void Run(CopyUnitsArguments g)
    {
        int unit = Grid.IdxX, row = (Grid.IdxY * Group.DimX) + Group.IdxX;
        if (row >= g.Rows)
            return;
        ArrayView<Float4> from = UnitRows.Of(g.From, Grid.IdxZ), to = UnitRows.Of(g.To, Grid.IdxZ);
        to[(unit * g.To.UnitStride) + row] = g.Scale * from[(unit * g.From.UnitStride) + row];
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
