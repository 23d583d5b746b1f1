using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Gradient of a layer's weights and biases: sums over rows of input times gradient of the layer's sums.</summary>
/// <remarks>
/// A group computes a tile of (4 DimY inputs) x (4 DimX outputs) over one chunk of rows; a thread's inputs and outputs lie DimY and DimX
/// apart. The biases are the weights of an additional input, which is 1. Rows pass through shared memory 16 at a time, in order; the chunks'
/// partial sums are added in order by <see cref="PriorGradient"/>. Grid: output tiles x input tiles x (particles x chunks).
/// </remarks>
internal static class DenseBackwardWeights
{
    public static void Run(DenseBackwardWeightsArguments g)
    {
        ArrayView<Float4> inputTile = SharedMemory.Allocate<Float4>(QuadTile.Size);
        ArrayView<Float4> gradientTile = SharedMemory.Allocate<Float4>(QuadTile.Size);
        int particle = Grid.IdxZ / g.Chunks, chunk = Grid.IdxZ - (particle * g.Chunks);
        int firstInput = 4 * Grid.IdxY * Group.DimY, firstOutput = 4 * Grid.IdxX * Group.DimX;
        ArrayView<Float4> inputs = UnitRows.Of(g.Inputs, particle), gradients = UnitRows.Of(g.OutputGradients, particle);
        int start = chunk * g.ChunkRows, end = start + g.ChunkRows;
        end = end < g.Rows ? end : g.Rows;

        Tile4x4 sums = default;
        for (int row = start; row < end; row += QuadTile.Depth)
        {
            LoadInputs(inputTile, inputs, g, firstInput, row);
            LoadGradients(gradientTile, gradients, g, firstOutput, row);
            Group.Barrier();
            for (int k = 0; k < QuadTile.Depth; k++)
            {
                int i = (Group.IdxY * QuadTile.Pitch) + k, iStep = Group.DimY * QuadTile.Pitch;
                int o = (Group.IdxX * QuadTile.Pitch) + k, oStep = Group.DimX * QuadTile.Pitch;
                sums = Tile4x4.AddProducts(
                    sums, inputTile[i], inputTile[i + iStep], inputTile[i + (2 * iStep)], inputTile[i + (3 * iStep)],
                    gradientTile[o], gradientTile[o + oStep], gradientTile[o + (2 * oStep)], gradientTile[o + (3 * oStep)]);
            }

            Group.Barrier();
        }

        long at = (((long)chunk * g.Particles) + particle) * g.ParticleStride;
        ArrayView<float> partial = g.Partials.SubView(at + g.WeightOffset, (g.InputCount + 1L) * g.OutputCount);
        int input = firstInput + Group.IdxY, output = firstOutput + Group.IdxX;
        Store(partial, g, input, output, sums.Row0);
        Store(partial, g, input + Group.DimY, output, sums.Row1);
        Store(partial, g, input + (2 * Group.DimY), output, sums.Row2);
        Store(partial, g, input + (3 * Group.DimY), output, sums.Row3);
    }

    private static void LoadInputs(ArrayView<Float4> tile, ArrayView<Float4> inputs, DenseBackwardWeightsArguments g, int firstInput, int row)
    {
        int quads = 4 * Group.DimY * QuadTile.Depth;
        for (int e = QuadTile.Thread(); e < quads; e += QuadTile.Threads())
        {
            int line = e / QuadTile.Depth, k = e % QuadTile.Depth, input = firstInput + line;
            Float4 value = Float4.Of(1f, 1f, 1f, 1f);
            if (input < g.InputCount)
                value = inputs[(input * g.Inputs.UnitStride) + row + k];
            tile[(line * QuadTile.Pitch) + k] = value;
        }
    }

    private static void LoadGradients(ArrayView<Float4> tile, ArrayView<Float4> gradients, DenseBackwardWeightsArguments g, int firstOutput, int row)
    {
        int quads = 4 * Group.DimX * QuadTile.Depth;
        for (int e = QuadTile.Thread(); e < quads; e += QuadTile.Threads())
        {
            int line = e / QuadTile.Depth, k = e % QuadTile.Depth, output = firstOutput + line;
            Float4 value = default;
            if (output < g.OutputCount)
                value = gradients[(output * g.OutputGradients.UnitStride) + row + k];
            tile[(line * QuadTile.Pitch) + k] = value;
        }
    }

    private static void Store(ArrayView<float> partial, DenseBackwardWeightsArguments g, int input, int output, Float4 sums)
    {
        Store(partial, g, input, output, sums.X);
        Store(partial, g, input, output + Group.DimX, sums.Y);
        Store(partial, g, input, output + (2 * Group.DimX), sums.Z);
        Store(partial, g, input, output + (3 * Group.DimX), sums.W);
    }

    private static void Store(ArrayView<float> partial, DenseBackwardWeightsArguments g, int input, int output, float sum)
    {
        if (input <= g.InputCount && output < g.OutputCount)
            partial[(input * g.OutputCount) + output] = sum;
    }
}

/// <summary>Arguments of <see cref="DenseBackwardWeights"/>. Rows in Float4s.</summary>
/// <remarks>
/// Inputs: [S, InputCount, rows], for the first layer the shared data. OutputGradients: of this layer's sums, [S, OutputCount, rows]. Partials: partial
/// sums, [Chunks, S, ParticleStride].
/// </remarks>
internal struct DenseBackwardWeightsArguments
{
    public UnitRows Inputs;
    public UnitRows OutputGradients;
    public ArrayView<float> Partials;
    public int Particles;
    public int ParticleStride;
    public int WeightOffset;
    public int InputCount;
    public int OutputCount;
    public int Rows;
    public int Chunks;
    public int ChunkRows;
}
