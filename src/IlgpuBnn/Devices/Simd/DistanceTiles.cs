namespace IlgpuBnn.Devices.Simd;

/// <summary>Squared distances of a share of the particles to all, [particle of the share, S]: held, or computed on demand where they are too many.</summary>
/// <param name="group">Processes, each of which has a share; null where one has all.</param>
/// <param name="held">How many are held: all of them, or 0.</param>
internal sealed class DistancesOfShare(IProcessGroup? group, long held) : SimdBuffer(held)
{
    public IProcessGroup? Group => group;

    public ParticleShare Share { get; } = group is null ? ParticleShare.Whole : new ParticleShare(group.Rank, group.Size);

    public bool AreHeld => Length > 0;

    /// <summary>theta [S, stride], which must not change until the distances have been used.</summary>
    public SimdBuffer? Particles { get; set; }

    public ParticleShape Shape { get; set; }
}

/// <summary>Squared distances between two ranges of particles; a pair has the same bits in every tile and in either order.</summary>
internal static unsafe class DistanceTiles<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Particles of a tile, and parameters of a piece of them: two pieces stay in the second-level cache.</summary>
    public const int Size = 32;

    private const int PieceParameters = 2048;

    /// <summary>Particles i of a share against particles j of all, to tile [i, tileStride].</summary>
    /// <param name="particles">Of all.</param>
    public static void Compute(float* particles, ParticleShape shape, ParticleShare share, ParticleRange i, ParticleRange j, float* tile, nint tileStride)
    {
        int stride = shape.Stride, extent = shape.Extent;
        nint shareStride = (nint)stride * share.Count;
        for (int jStart = 0; jStart < j.Count; jStart += Size)
        {
            for (int iStart = 0; iStart < i.Count; iStart += Size)
            {
                int iCount = Math.Min(Size, i.Count - iStart), jCount = Math.Min(Size, j.Count - jStart);
                float* a = particles + (share.Particle(i.Start + iStart) * (nint)stride), b = particles + ((nint)(j.Start + jStart) * stride);
                float* to = tile + (iStart * tileStride) + jStart;
                for (int p = 0; p < extent; p += PieceParameters)
                {
                    ReductionKernel<TSimd, V>.Run<SquaredDifferenceTerm<TSimd, V>>(
                        a + p, shareStride, iCount, b + p, stride, jCount, Math.Min(PieceParameters, extent - p), to, tileStride, p > 0);
                }
            }
        }
    }
}

/// <summary>Adjacent particles.</summary>
internal readonly record struct ParticleRange(int Start, int Count)
{
    /// <summary>Number of ranges of a given length.</summary>
    public static int Ranges(int length, int particles) => (particles + length - 1) / length;

    /// <summary>The index-th range; the last may be shorter.</summary>
    public static ParticleRange Of(int index, int length, int particles) => new(index * length, Math.Min(length, particles - (index * length)));

    /// <summary>Number of pairs of ranges with row &lt;= column.</summary>
    public static int Pairs(int ranges) => checked(ranges * (ranges + 1) / 2);

    /// <summary>The item-th pair, column by column: (0,0), (0,1), (1,1), (0,2), ...</summary>
    public static (int Row, int Column) Pair(int item)
    {
        int column = 0;
        while (item > column)
        {
            item -= ++column;
        }

        return (item, column);
    }
}
