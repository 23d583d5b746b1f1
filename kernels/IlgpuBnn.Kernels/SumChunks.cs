using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Second stage of a sum in chunks: adds them in order. Grid: groups of elements.</summary>
internal static class SumChunks
{
    public static void Run(SumChunksArguments g)
    {
        long element = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (element >= g.Sums.Length)
            return;
        float sum = 0f;
        for (int chunk = 0; chunk < g.Chunks; chunk++)
            sum += g.Partials[(chunk * g.Sums.Length) + element];
        g.Sums[element] = sum;
    }
}

/// <summary>Arguments of <see cref="SumChunks"/>: Partials [Chunks, elements], Sums [elements].</summary>
internal struct SumChunksArguments
{
    public ArrayView<float> Partials;
    public ArrayView<float> Sums;
    public int Chunks;
}
