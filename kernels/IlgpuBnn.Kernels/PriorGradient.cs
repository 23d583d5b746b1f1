using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Completes the gradient of weights and biases: the chunks' partial sums in order, and the prior's -lambda w.</summary>
/// <remarks>
/// A group takes one of the <see cref="Pieces"/> of one particle's weights, all under one precision. It also sums the piece's squares and counts entries
/// that are not finite, for <see cref="PrecisionGradient"/>. Grid: pieces x particles.
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

/// <summary>The table of pieces of weights: first parameter, end, and offset of the log precision in a particle.</summary>
internal static class Pieces
{
    public const int Width = 3;

    /// <summary>Offset for weights without a learned precision.</summary>
    public const int NoPrecision = -1;
}

/// <summary>Arguments of <see cref="PriorGradient"/>.</summary>
/// <remarks>
/// Particles (theta), Gradients: [S, ParticleStride]. Partials: sums over chunks of rows, [Chunks, S, ParticleStride]; may be the gradients themselves.
/// Pieces: [PieceCount, <see cref="Kernels.Pieces.Width"/>]. PieceSquares, PieceNotFinite: [S, PieceCount].
/// </remarks>
internal struct PriorGradientArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Partials;
    public ArrayView<float> Gradients;
    public ArrayView<int> Pieces;
    public ArrayView<float> PieceSquares;
    public ArrayView<float> PieceNotFinite;
    public int ParticleCount;
    public int ParticleStride;
    public int PieceCount;
    public int Chunks;
}
