using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Sets units of rows without a target to 0, and counts the other rows. A group takes a particle. Grid: particles.</summary>
internal static class PresentRows
{
    public static void Run(PresentRowsArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int particle = Grid.IdxX;
        ArrayView<Float4> values = UnitRows.Of(g.Values, particle), targets = UnitRows.Of(g.Targets, particle);
        float present = 0f;
        for (int row = Group.IdxX; row < g.Rows; row += Group.DimX)
        {
            Float4 y = targets[row];
            present += Likelihood.Present(y);
            for (int unit = 0; unit < g.Units; unit++)
            {
                int at = (unit * g.Values.UnitStride) + row;
                Float4 value = values[at];
                values[at] = Float4.Of(Kept(y.X, value.X), Kept(y.Y, value.Y), Kept(y.Z, value.Z), Kept(y.W, value.W));
            }
        }

        present = Groups.Sum(shared, present);
        if (Group.IdxX == 0)
            g.Sums[(particle * (long)g.Stride) + g.CountOffset] = present;
    }

    private static float Kept(float target, float value) => KernelMath.IsNaN(target) ? 0f : value;
}

/// <summary>Arguments of <see cref="PresentRows"/>. Rows in Float4s.</summary>
/// <remarks>Values: [S, Units, rows]. Targets: the first of each row says whether it has all or none. Sums: [S, Stride], at CountOffset of which the count goes.</remarks>
internal struct PresentRowsArguments
{
    public UnitRows Values;
    public UnitRows Targets;
    public ArrayView<float> Sums;
    public int Units;
    public int Rows;
    public int Stride;
    public int CountOffset;
}
