using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Second stage of a sum in chunks: adds them up in order. Grid: groups of elements.</summary>
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

/// <summary>What <see cref="SumChunks"/> works on.</summary>
internal struct SumChunksArguments
{
    /// <summary>[Chunks, elements].</summary>
    public ArrayView<float> Partials;

    /// <summary>[elements].</summary>
    public ArrayView<float> Sums;

    public int Chunks;
}
