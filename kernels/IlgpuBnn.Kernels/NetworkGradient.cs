using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Forward pass, likelihood and backward pass of a small dense network in one launch.</summary>
/// <remarks>
/// A group takes one particle over one chunk of rows. The particle's weights stay in shared memory; 32 rows at a time pass through all layers and back,
/// with their activations in shared memory too: global memory is accessed once for the data and once per 32 rows for the partial gradient. Products are
/// split into 4 x 4 sums, which the threads take in turn; a thread's units lie a quarter of the layer apart, so that adjacent threads read adjacent
/// lines. Sums over rows run in order, tile by tile. Grid: particles x chunks. Three sizes of shared memory, as a small network leaves room for more
/// groups per multiprocessor (ILGPU 1.5.3 cannot compile dynamic shared memory of structs to OpenCL).
/// </remarks>
internal static class NetworkGradient
{
    /// <summary>Float4s of shared memory of <see cref="Small"/>: 20 KiB.</summary>
    public const int SmallQuads = 1280;

    /// <summary>Float4s of shared memory of <see cref="Medium"/>: 34 KiB.</summary>
    public const int MediumQuads = 2176;

    /// <summary>Float4s of shared memory of <see cref="Large"/>: 48 KiB, available on every GPU.</summary>
    public const int LargeQuads = 3072;

    public static void Small(NetworkGradientArguments g) => Run(g, SharedMemory.Allocate<Float4>(SmallQuads));

    public static void Medium(NetworkGradientArguments g) => Run(g, SharedMemory.Allocate<Float4>(MediumQuads));

    public static void Large(NetworkGradientArguments g) => Run(g, SharedMemory.Allocate<Float4>(LargeQuads));

    private static void Run(NetworkGradientArguments g, ArrayView<Float4> shared)
    {
        ArrayView<float> weights = shared.SubView(0, g.WeightQuads).Cast<float>();
        ArrayView<Float4> units = shared.SubView(g.WeightQuads, g.UnitQuads);
        ArrayView<float> sums = shared.SubView(g.WeightQuads + g.UnitQuads, NetworkTile.SumQuads(g.OutputCount)).Cast<float>();
        int particle = Grid.IdxX, chunk = Grid.IdxY;
        ArrayView<float> theta = g.Particles.SubView(particle * (long)g.ParticleStride, g.ParticleStride);
        long at = ((long)chunk * g.ParticleCount) + particle;
        ArrayView<float> partial = g.Partials.SubView(at * g.ParticleStride, g.ParticleStride);
        for (int p = Group.IdxX; p < g.WeightCount; p += Group.DimX)
            weights[p] = theta[p];
        for (int p = Group.IdxX; p < g.FrozenCount; p += Group.DimX)
            weights[g.WeightCount + p] = theta[g.FrozenOffset + p];
        for (int n = Group.IdxX; n < NetworkTile.Quads; n += Group.DimX)
            units[(g.OnesSlot * NetworkTile.Pitch) + n] = Float4.Of(1f, 1f, 1f, 1f);

        int start = chunk * g.ChunkRows, end = start + g.ChunkRows, row = start;
        end = end < g.Rows ? end : g.Rows;
        do
        {
            // An empty chunk runs once, without rows: its sums are 0.
            LoadInputs(units, g, row, end);
            Group.Barrier();
            for (int layer = 0; layer < g.LayerCount; layer++)
                NetworkTile.Forward(units, weights, NetworkLayer.Load(g.Layers, layer));
            if (g.Kind >= ClassLikelihood.Bernoulli)
                ClassGradient(units, sums, g, row, end);
            else
                OutputGradient(units, sums, theta, g, row, end);
            StoreSums(sums, g, at, row > start);
            for (int layer = g.LayerCount - 1; layer >= g.FirstTrained; layer--)
            {
                NetworkLayer dense = NetworkLayer.Load(g.Layers, layer);
                NetworkTile.BackwardWeights(units, partial, dense, g.OnesSlot, row > start);
                Group.Barrier();
                if (layer > g.FirstTrained)
                    NetworkTile.BackwardInputs(units, weights, dense, NetworkLayer.Load(g.Layers, layer - 1));
            }

            row += NetworkTile.Quads;
        }
        while (row < end);
    }

    /// <summary>Rows beyond the end of the chunk are 0.</summary>
    private static void LoadInputs(ArrayView<Float4> units, NetworkGradientArguments g, int row, int end)
    {
        ArrayView<Float4> inputs = UnitRows.Of(g.Inputs, 0);
        for (int e = Group.IdxX; e < g.InputCount * NetworkTile.Quads; e += Group.DimX)
        {
            int input = e / NetworkTile.Quads, n = e % NetworkTile.Quads;
            Float4 value = default;
            if (row + n < end)
                value = inputs[(input * g.Inputs.UnitStride) + row + n];
            units[((g.InputSlot + input) * NetworkTile.Pitch) + n] = g.InputScale * value;
            if (g.CopySlot >= 0)
                units[((g.CopySlot + input) * NetworkTile.Pitch) + n] = value;
        }
    }

    /// <summary>As <see cref="Likelihood"/>; the sums of each Float4 go to shared memory.</summary>
    private static void OutputGradient(ArrayView<Float4> units, ArrayView<float> sums, ArrayView<float> theta, NetworkGradientArguments g, int row, int end)
    {
        ArrayView<Float4> targets = UnitRows.Of(g.Targets, Grid.IdxX);
        int quads = g.OutputCount * NetworkTile.Quads;
        for (int e = Group.IdxX; e < quads; e += Group.DimX)
        {
            int output = e / NetworkTile.Quads, n = e % NetworkTile.Quads, at = ((g.OutputSlot + output) * NetworkTile.Pitch) + n;
            Float4 residual = default;
            float present = 0f, logTerms = 0f;
            if (row + n < end)
            {
                Float4 y = targets[(output * g.Targets.UnitStride) + row + n];
                residual = Likelihood.Residual(y, units[at]);
                present = Likelihood.Present(y);
            }

            float gamma = g.FixedPrecision != 0f ? g.FixedPrecision : XMath.Exp(theta[g.NoiseOffset + (g.NoiseCount == 1 ? 0 : output)]);
            Float4 weighted = residual;
            if (g.Kind == Likelihood.StudentT)
            {
                weighted = Likelihood.Weighted(residual, gamma, g.DegreesOfFreedom);
                logTerms = Likelihood.LogTerms(residual, gamma, g.DegreesOfFreedom);
            }

            units[at] = g.Scale * gamma * weighted;
            sums[e] = Float4.AddProduct(0f, weighted, residual);
            sums[quads + e] = present;
            sums[(2 * quads) + e] = logTerms;
        }

        Group.Barrier();
    }

    /// <summary>As <see cref="ClassLikelihood"/>; a thread takes four rows.</summary>
    private static void ClassGradient(ArrayView<Float4> units, ArrayView<float> sums, NetworkGradientArguments g, int row, int end)
    {
        ArrayView<Float4> targets = UnitRows.Of(g.Targets, Grid.IdxX);
        int quads = g.OutputCount * NetworkTile.Quads, first = g.OutputSlot * NetworkTile.Pitch;
        for (int e = Group.IdxX; e < 3 * quads; e += Group.DimX)
            sums[e] = 0f;
        Group.Barrier();
        for (int n = Group.IdxX; n < NetworkTile.Quads; n += Group.DimX)
        {
            if (row + n < end)
            {
                sums[(2 * quads) + n] = ClassLikelihood.Gradient(
                    units, first + n, NetworkTile.Pitch, targets, row + n, g.Targets.UnitStride, g.OutputCount, g.Kind, g.Scale);
            }
            else
            {
                for (int o = 0; o < g.OutputCount; o++)
                    units[first + (o * NetworkTile.Pitch) + n] = default;
            }
        }

        Group.Barrier();
    }

    private static void StoreSums(ArrayView<float> sums, NetworkGradientArguments g, long at, bool add)
    {
        for (int output = Group.IdxX; output < g.OutputCount; output += Group.DimX)
        {
            long to = (at * g.OutputCount) + output;
            float squares = add ? g.ResidualSquares[to] : 0f, present = add ? g.PresentCounts[to] : 0f, logTerms = add ? g.LogTerms[to] : 0f;
            for (int n = 0; n < NetworkTile.Quads; n++)
            {
                squares += sums[(output * NetworkTile.Quads) + n];
                present += sums[((g.OutputCount + output) * NetworkTile.Quads) + n];
                logTerms += sums[(((2 * g.OutputCount) + output) * NetworkTile.Quads) + n];
            }

            g.ResidualSquares[to] = squares;
            g.PresentCounts[to] = present;
            g.LogTerms[to] = logTerms;
        }
    }
}

/// <summary>Arguments of <see cref="NetworkGradient"/>. Rows in Float4s; slots are units in shared memory.</summary>
/// <remarks>
/// Inputs: [InputCount, rows]. Layers: [LayerCount, <see cref="NetworkLayer.Width"/>]. Partials: partial gradients, [chunks, S, ParticleStride].
/// FrozenOffset, FrozenCount: weights of the layers before FirstTrained, which have no gradient. InputScale: factor of the inputs at InputSlot; CopySlot: another copy of
/// them, unscaled, or -1. WeightQuads, UnitQuads: Float4s of shared memory for the weights, and for inputs, units of all layers and a line of ones. All others as in
/// <see cref="LikelihoodArguments"/>.
/// </remarks>
internal struct NetworkGradientArguments
{
    public UnitRows Inputs;
    public UnitRows Targets;
    public ArrayView<float> Particles;
    public ArrayView<int> Layers;
    public ArrayView<float> Partials;
    public ArrayView<float> ResidualSquares;
    public ArrayView<float> PresentCounts;
    public ArrayView<float> LogTerms;
    public int ParticleCount;
    public int ParticleStride;
    public int LayerCount;
    public int InputCount;
    public int OutputCount;
    public int WeightCount;
    public int FrozenOffset;
    public int FrozenCount;
    public int FirstTrained;
    public int NoiseOffset;
    public int NoiseCount;
    public int Rows;
    public int ChunkRows;
    public int WeightQuads;
    public int UnitQuads;
    public int InputSlot;
    public int CopySlot;
    public int OutputSlot;
    public int OnesSlot;
    public float InputScale;
    public float Scale;
    public int Kind;
    public float FixedPrecision;
    public float DegreesOfFreedom;
}
