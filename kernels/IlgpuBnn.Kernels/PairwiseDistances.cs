using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Squared distances between particles, over one chunk of the parameters.</summary>
/// <remarks>
/// A group computes a tile of (4 DimY) x (4 DimX) pairs, a thread 4 x 4 of them, DimY and DimX apart. 16 parameters at a time pass through shared memory.
/// Tiles below the diagonal are skipped, the others written twice, so that the matrix is exactly symmetric. Differences are squared, as norms would
/// cancel for close particles. Grid: tiles x tiles x chunks.
/// </remarks>
internal static class PairwiseDistances
{
    public static void Run(PairwiseDistancesArguments g)
    {
        ArrayView<Float4> rowTile = SharedMemory.Allocate<Float4>(QuadTile.Size);
        ArrayView<Float4> columnTile = SharedMemory.Allocate<Float4>(QuadTile.Size);
        int firstRow = 4 * Grid.IdxY * Group.DimY, firstColumn = 4 * Grid.IdxX * Group.DimX;
        if (firstColumn + (4 * Group.DimX) <= firstRow)
            return;

        int start = Grid.IdxZ * g.ChunkQuads, end = start + g.ChunkQuads;
        end = end < g.Quads ? end : g.Quads;
        Tile4x4 sums = default;
        for (int quad = start; quad < end; quad += QuadTile.Depth)
        {
            Load(rowTile, g, firstRow, 4 * Group.DimY, quad);
            Load(columnTile, g, firstColumn, 4 * Group.DimX, quad);
            Group.Barrier();
            for (int k = 0; k < QuadTile.Depth; k++)
            {
                int i = (Group.IdxY * QuadTile.Pitch) + k, iStep = Group.DimY * QuadTile.Pitch;
                int j = (Group.IdxX * QuadTile.Pitch) + k, jStep = Group.DimX * QuadTile.Pitch;
                sums = Tile4x4.AddSquaredDistances(
                    sums, rowTile[i], rowTile[i + iStep], rowTile[i + (2 * iStep)], rowTile[i + (3 * iStep)],
                    columnTile[j], columnTile[j + jStep], columnTile[j + (2 * jStep)], columnTile[j + (3 * jStep)]);
            }

            Group.Barrier();
        }

        ArrayView<float> distances = g.Distances.SubView((long)Grid.IdxZ * g.ParticleCount * g.ParticleCount, (long)g.ParticleCount * g.ParticleCount);
        int row = firstRow + Group.IdxY, column = firstColumn + Group.IdxX;
        Store(distances, g.ParticleCount, row, column, sums.Row0);
        Store(distances, g.ParticleCount, row + Group.DimY, column, sums.Row1);
        Store(distances, g.ParticleCount, row + (2 * Group.DimY), column, sums.Row2);
        Store(distances, g.ParticleCount, row + (3 * Group.DimY), column, sums.Row3);
    }

    private static void Load(ArrayView<Float4> tile, PairwiseDistancesArguments g, int firstParticle, int particles, int firstQuad)
    {
        for (int e = QuadTile.Thread(); e < particles * QuadTile.Depth; e += QuadTile.Threads())
        {
            int line = e / QuadTile.Depth, k = e % QuadTile.Depth, particle = firstParticle + line;
            Float4 value = default;
            if (particle < g.ParticleCount)
                value = g.Particles[(particle * (long)g.StrideQuads) + firstQuad + k];
            tile[(line * QuadTile.Pitch) + k] = value;
        }
    }

    private static void Store(ArrayView<float> distances, int particles, int row, int column, Float4 sums)
    {
        Store(distances, particles, row, column, sums.X);
        Store(distances, particles, row, column + Group.DimX, sums.Y);
        Store(distances, particles, row, column + (2 * Group.DimX), sums.Z);
        Store(distances, particles, row, column + (3 * Group.DimX), sums.W);
    }

    private static void Store(ArrayView<float> distances, int particles, int row, int column, float sum)
    {
        // Pairs below the diagonal are written with their mirror image.
        if (row > column || column >= particles)
            return;
        distances[(row * (long)particles) + column] = sum;
        distances[(column * (long)particles) + row] = sum;
    }
}

/// <summary>Arguments of <see cref="PairwiseDistances"/>.</summary>
/// <remarks>Particles: theta [S, 4 StrideQuads], of which the first 4 Quads count. Distances: sums over each chunk, [chunks, S, S]. ChunkQuads: Float4s of a chunk, a multiple of four.</remarks>
internal struct PairwiseDistancesArguments
{
    public ArrayView<Float4> Particles;
    public ArrayView<float> Distances;
    public int ParticleCount;
    public int StrideQuads;
    public int Quads;
    public int ChunkQuads;
}
