using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Moves an output layer's weights to their most probable values, given all others: a Cholesky factorisation and two substitutions.</summary>
/// <remarks>A group takes a particle, whose sums it overwrites with factors and solutions. Grid: particles.</remarks>
internal static class OutputSolve
{
    public static void Run(OutputSolveArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int particle = Grid.IdxX, unknowns = g.Inputs + 1;
        ArrayView<float> sums = g.Sums.SubView(particle * (long)g.SumsStride, g.SumsStride);
        ArrayView<float> weights = g.Particles.SubView((particle * (long)g.ParticleStride) + g.WeightOffset, unknowns * g.Outputs);
        ArrayView<float> anchors = g.Anchors.SubView((particle * (long)g.ParticleStride) + g.WeightOffset, unknowns * g.Outputs);
        ArrayView<float> right = sums.SubView(unknowns * g.Inputs, unknowns * g.Outputs);
        AddPrior(g, sums, right, weights, anchors);
        Group.Barrier();
        float damping = Damp(g, sums, shared);
        for (int k = 0; k < unknowns; k++)
        {
            Eliminate(g, sums, right, damping, k);
        }

        for (int k = unknowns - 1; k >= 0; k--)
        {
            Substitute(g, sums, right, damping, k);
        }

        for (int e = Group.IdxX; e < unknowns * g.Outputs; e += Group.DimX)
        {
            weights[e] += right[e];
        }
    }

    private static void AddPrior(OutputSolveArguments g, ArrayView<float> sums, ArrayView<float> right, ArrayView<float> weights, ArrayView<float> anchors)
    {
        int unknowns = g.Inputs + 1;
        for (int e = Group.IdxX; e < unknowns * unknowns; e += Group.DimX)
        {
            int i = e / unknowns, j = e % unknowns;
            if (j <= i)
            {
                int at = At(g, i, j);
                sums[at] = (g.Gamma * sums[at]) + (i == j ? g.Precisions[g.WeightOffset + (i * g.Outputs)] : 0f);
            }
        }

        for (int e = Group.IdxX; e < unknowns * g.Outputs; e += Group.DimX)
        {
            right[e] += g.Precisions[g.WeightOffset + e] * (anchors[e] - weights[e]);
        }
    }

    /// <returns>What it adds to the diagonal.</returns>
    private static float Damp(OutputSolveArguments g, ArrayView<float> sums, ArrayView<float> shared)
    {
        float own = 0f;
        for (int i = Group.IdxX; i <= g.Inputs; i += Group.DimX)
        {
            own += sums[At(g, i, i)];
        }

        float damping = g.Damping * Groups.Sum(shared, own);
        for (int i = Group.IdxX; i <= g.Inputs; i += Group.DimX)
        {
            sums[At(g, i, i)] += damping;
        }

        Group.Barrier();
        return damping;
    }

    /// <summary>Column k of the lower triangle L becomes that of the factor below its diagonal; the columns behind it and the right-hand sides lose its part.</summary>
    /// <param name="smallest">Of a pivot: the damping is part of each, but for rounding.</param>
    private static void Eliminate(OutputSolveArguments g, ArrayView<float> sums, ArrayView<float> right, float smallest, int k)
    {
        int unknowns = g.Inputs + 1, below = unknowns - 1 - k;
        float scale = Scale(g, sums, smallest, k);
        for (int e = Group.IdxX; e < below; e += Group.DimX)
        {
            sums[At(g, k + 1 + e, k)] *= scale;
        }

        for (int o = Group.IdxX; o < g.Outputs; o += Group.DimX)
        {
            right[(k * g.Outputs) + o] *= scale;
        }

        Group.Barrier();
        for (int e = Group.IdxX; e < below * below; e += Group.DimX)
        {
            int i = k + 1 + (e / below), j = k + 1 + (e % below);
            if (j <= i)
                sums[At(g, i, j)] -= sums[At(g, i, k)] * sums[At(g, j, k)];
        }

        for (int e = Group.IdxX; e < below * g.Outputs; e += Group.DimX)
        {
            int i = k + 1 + (e / g.Outputs), o = e % g.Outputs;
            right[(i * g.Outputs) + o] -= sums[At(g, i, k)] * right[(k * g.Outputs) + o];
        }

        Group.Barrier();
    }

    private static void Substitute(OutputSolveArguments g, ArrayView<float> sums, ArrayView<float> right, float smallest, int k)
    {
        float scale = Scale(g, sums, smallest, k);
        for (int o = Group.IdxX; o < g.Outputs; o += Group.DimX)
        {
            right[(k * g.Outputs) + o] *= scale;
        }

        Group.Barrier();
        for (int e = Group.IdxX; e < k * g.Outputs; e += Group.DimX)
        {
            int i = e / g.Outputs, o = e % g.Outputs;
            right[(i * g.Outputs) + o] -= sums[At(g, k, i)] * right[(k * g.Outputs) + o];
        }

        Group.Barrier();
    }

    /// <summary>1 over the factor's diagonal element, which is not stored: PoCL 3.1 lets a thread that reads a pivot before a barrier see what another writes there behind it.</summary>
    private static float Scale(OutputSolveArguments g, ArrayView<float> sums, float smallest, int k)
    {
        float pivot = sums[At(g, k, k)];
        return 1f / XMath.Sqrt(pivot < smallest ? smallest : pivot);
    }

    /// <summary>The bias's row has the sums of the inputs; its own element, the number of rows, is the last of all.</summary>
    private static int At(OutputSolveArguments g, int i, int j) => j < g.Inputs ? (i * g.Inputs) + j : (g.Inputs + 1) * (g.Inputs + g.Outputs);
}

/// <summary>Arguments of <see cref="OutputSolve"/>.</summary>
/// <remarks>Particles, Anchors: [S, ParticleStride]. Precisions: [ParticleStride]. Sums: [S, SumsStride], see the library's OutputSystem; overwritten. Gamma: precision of the noise. Damping: share of the trace that is added to the diagonal.</remarks>
internal struct OutputSolveArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Anchors;
    public ArrayView<float> Precisions;
    public ArrayView<float> Sums;
    public int ParticleStride;
    public int SumsStride;
    public int WeightOffset;
    public int Inputs;
    public int Outputs;
    public float Gamma;
    public float Damping;
}
