using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Completes an anchored particle's gradient, and moves it along: sums of chunks, relevances, anchors and Adam in one launch.</summary>
/// <remarks>
/// A thread takes an element. What it needs of other elements it reads from the networks' copy of the particles, which has the log relevances as they were, and
/// from the partial gradients: neither is written here, so that no thread waits for another. The first group of each particle also adds up the chunks'
/// residuals. All groups that find a gradient that is not finite write the same number. Grid: groups of elements x particles.
/// </remarks>
internal static class AnchoredUpdate
{
    public static void Run(AnchoredUpdateArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int p = (Grid.IdxX * Group.DimX) + Group.IdxX, particle = Grid.IdxY;
        long at = particle * (long)g.ParticleStride;
        float notFinite = 0f;
        if (p < g.Parameters)
        {
            float raw = p < g.WeightCount ? ChunkSum(g, at + p) : 0f;
            notFinite = KernelMath.IsNotFinite(raw);
            float gradient = Chained(g, at, p, raw) + (g.Precisions[p] * (g.Anchors[at + p] - g.Particles[at + p]));
            g.Gradients[at + p] = gradient;
            if (g.Steps != 0)
                Step(g, at + p, gradient);
        }

        if (Grid.IdxX == 0)
            StoreResiduals(g, particle);
        notFinite = Groups.Sum(shared, notFinite);
        if (Group.IdxX == 0 && notFinite > 0f && g.FailedAt[particle] == 0f)
            g.FailedAt[particle] = g.Iteration;
    }

    private static float ChunkSum(AnchoredUpdateArguments g, long at)
    {
        float sum = 0f;
        for (int chunk = 0; chunk < g.Chunks; chunk++)
            sum += g.Partials[(chunk * (long)g.ParticleCount * g.ParticleStride) + at];
        return sum;
    }

    /// <summary>Backpropagates through w = exp(s) v: g_v = exp(s) g_w, and g_s = sum of g_w w.</summary>
    private static float Chained(AnchoredUpdateArguments g, long at, int p, float raw)
    {
        float gradient = raw;
        for (int k = 0; k < g.RelevanceTerms; k++)
        {
            int inputs = g.Relevances[RelevanceTable.Width * k], units = g.Relevances[(RelevanceTable.Width * k) + 1];
            int weight = p - g.Relevances[(RelevanceTable.Width * k) + 2], relevance = p - g.Relevances[(RelevanceTable.Width * k) + 3];
            if (weight >= 0 && weight < inputs * units)
                gradient = XMath.Exp(g.Networks[at + p - relevance + (weight / units)]) * raw;
            if (relevance >= 0 && relevance < inputs)
            {
                gradient = 0f;
                long first = at + p - weight + (relevance * (long)units);
                for (int u = 0; u < units; u++)
                    gradient += ChunkSum(g, first + u) * g.Networks[first + u];
            }
        }

        return gradient;
    }

    /// <summary>As in <see cref="Adam"/>.</summary>
    private static void Step(AnchoredUpdateArguments g, long element, float direction)
    {
        float first = (g.Beta1 * g.FirstMoment[element]) + ((1f - g.Beta1) * direction);
        float second = (g.Beta2 * g.SecondMoment[element]) + ((1f - g.Beta2) * (direction * direction));
        g.FirstMoment[element] = first;
        g.SecondMoment[element] = second;
        g.Particles[element] += g.CorrectedStep * first / (XMath.Sqrt(second * g.SecondCorrection) + g.Epsilon);
    }

    private static void StoreResiduals(AnchoredUpdateArguments g, int particle)
    {
        int all = g.ParticleCount * g.OutputCount;
        for (int output = Group.IdxX; output < g.OutputCount; output += Group.DimX)
        {
            int at = (particle * g.OutputCount) + output;
            float squares = 0f, counts = 0f, logTerms = 0f;
            for (int chunk = 0; chunk < g.Chunks; chunk++)
            {
                squares += g.PartialSquares[(chunk * all) + at];
                counts += g.PartialCounts[(chunk * all) + at];
                logTerms += g.PartialLogTerms[(chunk * all) + at];
            }

            g.ResidualSquares[at] = squares;
            g.PresentCounts[at] = counts;
            g.LogTerms[at] = logTerms;
        }
    }
}

/// <summary>The table of relevances: inputs, weights of each, offsets of the weights and of the log relevances in a particle.</summary>
internal static class RelevanceTable
{
    public const int Width = 4;
}

/// <summary>Arguments of <see cref="AnchoredUpdate"/>.</summary>
/// <remarks>
/// Particles (theta), Networks (theta with scaled weights; the particles themselves without relevances), Anchors, Gradients, FirstMoment, SecondMoment:
/// [S, ParticleStride]. Partials: [Chunks, S, ParticleStride], other than the gradients. Precisions: [ParticleStride]. Relevances: [RelevanceTerms,
/// <see cref="RelevanceTable.Width"/>]. PartialSquares, PartialCounts, PartialLogTerms: [Chunks, S, OutputCount]; ResidualSquares, PresentCounts, LogTerms: [S, OutputCount].
/// FailedAt: [S]. Steps: 0 where particles stay; the moments may then be any view.
/// </remarks>
internal struct AnchoredUpdateArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Networks;
    public ArrayView<float> Anchors;
    public ArrayView<float> Precisions;
    public ArrayView<float> Partials;
    public ArrayView<float> Gradients;
    public ArrayView<float> FirstMoment;
    public ArrayView<float> SecondMoment;
    public ArrayView<int> Relevances;
    public ArrayView<float> PartialSquares;
    public ArrayView<float> PartialCounts;
    public ArrayView<float> PartialLogTerms;
    public ArrayView<float> ResidualSquares;
    public ArrayView<float> PresentCounts;
    public ArrayView<float> LogTerms;
    public ArrayView<float> FailedAt;
    public int ParticleCount;
    public int ParticleStride;
    public int Parameters;
    public int WeightCount;
    public int OutputCount;
    public int RelevanceTerms;
    public int Chunks;
    public int Iteration;
    public int Steps;
    public float Beta1;
    public float Beta2;
    public float Epsilon;
    public float CorrectedStep;
    public float SecondCorrection;
}
