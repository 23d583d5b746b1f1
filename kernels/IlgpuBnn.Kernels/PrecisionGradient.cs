using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Gradient of the log precisions, sums of the gradient, and detection of gradients that are not finite.</summary>
/// <remarks>
/// d/d log lambda = K / 2 - lambda |w|^2 / 2 + a0 - b0 lambda over the K weights of a group, and
/// d/d log gamma = N/B (present - gamma weighted residuals^2) / 2 + a1 - b1 gamma (docs/maths.md, "Posterior"). Partial sums are added in order.
/// Grid: particles.
/// </remarks>
internal static class PrecisionGradient
{
    public static void Run(PrecisionGradientArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int particle = Grid.IdxX;
        ArrayView<float> theta = g.Particles.SubView(particle * (long)g.ParticleStride, g.ParticleStride);
        ArrayView<float> gradient = g.Gradients.SubView(particle * (long)g.ParticleStride, g.ParticleStride);
        float notFinite = WeightPrecisions(g, shared, theta, gradient, particle);
        StoreResiduals(g, particle);
        notFinite += NoisePrecisions(g, theta, gradient, particle);
        for (int piece = Group.IdxX; piece < g.PieceCount; piece += Group.DimX)
            notFinite += g.PieceNotFinite[(particle * g.PieceCount) + piece];

        notFinite = Groups.Sum(shared, notFinite);
        if (Group.IdxX == 0 && notFinite > 0f && g.FailedAt[particle] == 0f)
            g.FailedAt[particle] = g.Iteration;
    }

    private static float WeightPrecisions(
        PrecisionGradientArguments g, ArrayView<float> shared, ArrayView<float> theta, ArrayView<float> gradient, int particle)
    {
        float notFinite = 0f;
        int first = 0;
        for (int group = 0; group < g.WeightGroupCount; group++)
        {
            // The table lists each group's pieces together.
            int own = g.WeightPrecisionOffset + group, next = first;
            float count = 0f, sum = 0f;
            while (next < g.PieceCount && g.Pieces[(Pieces.Width * next) + 2] == own)
            {
                count += g.Pieces[(Pieces.Width * next) + 1] - g.Pieces[Pieces.Width * next];
                next++;
            }

            for (int piece = first + Group.IdxX; piece < next; piece += Group.DimX)
                sum += g.PieceSquares[(particle * g.PieceCount) + piece];
            float squares = Groups.Sum(shared, sum);
            if (Group.IdxX == 0)
            {
                float lambda = XMath.Exp(theta[own]);
                float value = (0.5f * count) - (0.5f * lambda * squares) + g.WeightShape - (g.WeightRate * lambda);
                gradient[own] = value;
                g.WeightSquares[(particle * g.WeightGroupCount) + group] = squares;
                notFinite += KernelMath.IsNotFinite(value);
            }

            first = next;
        }

        return notFinite;
    }

    private static void StoreResiduals(PrecisionGradientArguments g, int particle)
    {
        for (int output = Group.IdxX; output < g.OutputCount; output += Group.DimX)
        {
            int at = (particle * g.OutputCount) + output;
            g.ResidualSquares[at] = Chunks(g.PartialSquares, g, at);
            g.PresentCounts[at] = Chunks(g.PartialCounts, g, at);
            g.LogTerms[at] = Chunks(g.PartialLogTerms, g, at);
        }
    }

    private static float NoisePrecisions(PrecisionGradientArguments g, ArrayView<float> theta, ArrayView<float> gradient, int particle)
    {
        float notFinite = 0f;
        int perPrecision = g.NoiseCount == 1 ? g.OutputCount : 1;
        for (int noise = Group.IdxX; noise < g.NoiseCount; noise += Group.DimX)
        {
            float gamma = XMath.Exp(theta[g.NoiseOffset + noise]), sum = 0f;
            for (int o = noise * perPrecision; o < (noise + 1) * perPrecision; o++)
            {
                int at = (particle * g.OutputCount) + o;
                sum += 0.5f * (Chunks(g.PartialCounts, g, at) - (gamma * Chunks(g.PartialSquares, g, at)));
            }

            float value = (g.Scale * sum) + g.NoiseShape - (g.NoiseRate * gamma);
            gradient[g.NoiseOffset + noise] = value;
            notFinite += KernelMath.IsNotFinite(value);
        }

        return notFinite;
    }

    private static float Chunks(ArrayView<float> partial, PrecisionGradientArguments g, int at)
    {
        float sum = 0f;
        for (int chunk = 0; chunk < g.Chunks; chunk++)
            sum += partial[(chunk * g.ParticleCount * g.OutputCount) + at];
        return sum;
    }
}

/// <summary>Arguments of <see cref="PrecisionGradient"/>.</summary>
/// <remarks>
/// Particles (theta), Gradients: [S, ParticleStride]. Pieces: [PieceCount, <see cref="Kernels.Pieces.Width"/>]. PieceSquares, PieceNotFinite:
/// [S, PieceCount]. PartialSquares, PartialCounts, PartialLogTerms: [Chunks, S, OutputCount]. ResidualSquares, PresentCounts, LogTerms: [S, OutputCount].
/// WeightSquares: [S, WeightGroupCount]. FailedAt: first iteration, 1-based, with a gradient that is not finite, otherwise 0, [S]. Scale: N/B.
/// </remarks>
internal struct PrecisionGradientArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Gradients;
    public ArrayView<int> Pieces;
    public ArrayView<float> PieceSquares;
    public ArrayView<float> PieceNotFinite;
    public ArrayView<float> PartialSquares;
    public ArrayView<float> PartialCounts;
    public ArrayView<float> PartialLogTerms;
    public ArrayView<float> ResidualSquares;
    public ArrayView<float> PresentCounts;
    public ArrayView<float> LogTerms;
    public ArrayView<float> WeightSquares;
    public ArrayView<float> FailedAt;
    public int ParticleCount;
    public int ParticleStride;
    public int PieceCount;
    public int Chunks;
    public int OutputCount;
    public int NoiseOffset;
    public int NoiseCount;
    public int WeightPrecisionOffset;
    public int WeightGroupCount;
    public int Iteration;
    public float Scale;
    public float WeightShape;
    public float WeightRate;
    public float NoiseShape;
    public float NoiseRate;
}
