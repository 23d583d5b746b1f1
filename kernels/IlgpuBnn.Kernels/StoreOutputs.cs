using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Copies the last layer's outputs out of the workspace. Grid: groups of four rows x outputs x particles.</summary>
internal static class StoreOutputs
{
    public static void Run(StoreOutputsArguments g)
    {
        int row = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (row >= g.Rows)
            return;
        ArrayView<Float4> units = UnitRows.Of(g.Units, Grid.IdxZ), outputs = UnitRows.Of(g.Outputs, Grid.IdxZ);
        outputs[(Grid.IdxY * g.Outputs.UnitStride) + row] = units[(Grid.IdxY * g.Units.UnitStride) + row];
    }
}

/// <summary>What <see cref="StoreOutputs"/> works on. Rows count Float4s.</summary>
internal struct StoreOutputsArguments
{
    public UnitRows Units;
    public UnitRows Outputs;
    public int Rows;
}
