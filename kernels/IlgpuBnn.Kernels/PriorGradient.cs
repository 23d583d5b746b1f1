using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Gradient of weights and biases complete: the chunks' partial sums in order, and the prior's - lambda w.</summary>
/// <remarks>
/// A group takes one piece of one particle's weights: a run of <see cref="Pieces"/>' table, all under one precision. It also sums the
/// piece's squares and counts entries that are not finite, for <see cref="PrecisionGradient"/>. Grid: pieces x particles.
/// </remarks>
internal static class PriorGradient
{
    public static void Run(PriorGradientArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int piece = Grid.IdxX, particle = Grid.IdxY;
        int start = g.Pieces[Pieces.Width * piece], end = g.Pieces[(Pieces.Width * piece) + 1], precision = g.Pieces[(Pieces.Width * piece) + 2];
        long at = particle * (long)g.ParticleStride, chunkStride = (long)g.ParticleCount * g.ParticleStride;
        float lambda = precision != Pieces.NoPrecision ? XMath.Exp(g.Particles[at + precision]) : 0f;

        float squares = 0f, notFinite = 0f;
        for (int p = start + Group.IdxX; p < end; p += Group.DimX)
        {
            float gradient = 0f;
            for (int chunk = 0; chunk < g.Chunks; chunk++)
                gradient += g.Partials[(chunk * chunkStride) + at + p];
            float weight = g.Particles[at + p];
            squares += weight * weight;
            gradient -= lambda * weight;
            notFinite += KernelMath.IsNotFinite(gradient);
            g.Gradients[at + p] = gradient;
        }

        squares = Groups.Sum(shared, squares);
        notFinite = Groups.Sum(shared, notFinite);
        if (Group.IdxX == 0)
        {
            int sum = (particle * g.PieceCount) + piece;
            g.PieceSquares[sum] = squares;
            g.PieceNotFinite[sum] = notFinite;
        }
    }
}

/// <summary>The table of pieces: for each its first parameter, the one behind its last, and its log precision's place in a particle.</summary>
internal static class Pieces
{
    public const int Width = 3;

    /// <summary>In place of the log precision of weights that have none.</summary>
    public const int NoPrecision = -1;
}

/// <summary>What <see cref="PriorGradient"/> works on.</summary>
internal struct PriorGradientArguments
{
    /// <summary>theta [S, ParticleStride].</summary>
    public ArrayView<float> Particles;

    /// <summary>Partial sums over chunks of rows, [Chunks, S, ParticleStride]; may be the gradients themselves.</summary>
    public ArrayView<float> Partials;

    /// <summary>[S, ParticleStride].</summary>
    public ArrayView<float> Gradients;

    /// <summary>[PieceCount, <see cref="Kernels.Pieces.Width"/>].</summary>
    public ArrayView<int> Pieces;

    /// <summary>[S, PieceCount].</summary>
    public ArrayView<float> PieceSquares;

    /// <summary>[S, PieceCount].</summary>
    public ArrayView<float> PieceNotFinite;

    public int ParticleCount;
    public int ParticleStride;
    public int PieceCount;
    public int Chunks;
}
