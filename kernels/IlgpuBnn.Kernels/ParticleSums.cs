using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>What an evaluation asks of each particle's numbers: the sum of their squares, or of precision (theta - anchor)^2.</summary>
/// <remarks>A group takes a chunk of one particle; whoever reads the sums adds up the chunks in order. Grid: particles x chunks.</remarks>
internal static class ParticleSums
{
    public static void Squares(ParticleSumsArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        long at = Grid.IdxX * (long)g.Stride;
        float sum = 0f;
        for (int p = (Grid.IdxY * g.ChunkLength) + Group.IdxX; p < End(g); p += Group.DimX)
        {
            float value = g.Values[at + p];
            sum += value * value;
        }

        Store(g, Groups.Sum(shared, sum));
    }

    public static void AnchorDistances(ParticleSumsArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        long at = Grid.IdxX * (long)g.Stride;
        float sum = 0f;
        for (int p = (Grid.IdxY * g.ChunkLength) + Group.IdxX; p < End(g); p += Group.DimX)
        {
            float deviation = g.Values[at + p] - g.Anchors[at + p];
            sum += g.Precisions[p] * deviation * deviation;
        }

        Store(g, Groups.Sum(shared, sum));
    }

    private static int End(ParticleSumsArguments g)
    {
        int end = (Grid.IdxY + 1) * g.ChunkLength;
        return end < g.Stride ? end : g.Stride;
    }

    private static void Store(ParticleSumsArguments g, float sum)
    {
        if (Group.IdxX == 0)
            g.Sums[(Grid.IdxY * (long)g.ParticleCount) + Grid.IdxX] = sum;
    }
}

/// <summary>Arguments of <see cref="ParticleSums"/>: Values, Anchors [ParticleCount, Stride]; Precisions [Stride]; Sums [chunks, ParticleCount]. Anchors and Precisions may be any view where squares are summed.</summary>
internal struct ParticleSumsArguments
{
    public ArrayView<float> Values;
    public ArrayView<float> Anchors;
    public ArrayView<float> Precisions;
    public ArrayView<float> Sums;
    public int ParticleCount;
    public int Stride;
    public int ChunkLength;
}
