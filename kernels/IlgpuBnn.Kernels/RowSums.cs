using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Sums over rows, each to a place of its own. A group takes one of a particle: every thread its rows in order, then a tree. Grid: sums x particles.</summary>
internal static class RowSums
{
    public static void Run(RowSumsArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int which = Grid.IdxX, particle = Grid.IdxY;
        long from = ((particle * (long)g.Count) + which) * g.Rows;
        float sum = 0f;
        for (int row = Group.IdxX; row < g.Rows; row += Group.DimX)
            sum += g.Values[from + row];
        sum = Groups.Sum(shared, sum);
        if (Group.IdxX != 0)
            return;
        if (which == 0)
            g.Squares[(particle * g.SquaresStride) + g.SquaresOffset] = sum;
        else
            g.Gradients[(particle * (long)g.ParticleStride) + g.GradientOffset + which - 1] = sum;
    }
}

/// <summary>Arguments of <see cref="RowSums"/>: Values [S, Count, Rows]; the first sum goes to Squares [S, SquaresStride], the others to Gradients [S, ParticleStride].</summary>
internal struct RowSumsArguments
{
    public ArrayView<float> Values;
    public ArrayView<float> Squares;
    public ArrayView<float> Gradients;
    public int Count;
    public int Rows;
    public int SquaresStride;
    public int SquaresOffset;
    public int ParticleStride;
    public int GradientOffset;
}
