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
            Load(inputTile, inputs, g.Inputs.UnitStride, firstInput, g.InputCount, 4 * Group.DimY, row, g.BiasRows);
            Load(gradientTile, gradients, g.OutputGradients.UnitStride, firstOutput, g.OutputCount, 4 * Group.DimX, row, 0);
            Group.Barrier();
            sums = QuadTile.AddProducts(sums, inputTile, gradientTile);
            Group.Barrier();
        }

        long at = (((long)chunk * g.Particles) + particle) * g.ParticleStride;
        ArrayView<float> partial = g.Partials.SubView(at + g.WeightOffset, (g.InputCount + 1L) * g.OutputCount);
        QuadTile.Store(partial, g.InputCount, g.OutputCount, firstInput, firstOutput, sums);
    }

    /// <summary>Loads lines of a tile; units beyond the last are 1 in the first <paramref name="ones"/> rows, otherwise 0.</summary>
    private static void Load(ArrayView<Float4> tile, ArrayView<Float4> source, int unitStride, int firstUnit, int units, int lines, int row, int ones)
    {
        for (int e = QuadTile.Thread(); e < lines * QuadTile.Depth; e += QuadTile.Threads())
        {
            int line = e / QuadTile.Depth, k = e % QuadTile.Depth, unit = firstUnit + line;
            float outside = row + k < ones ? 1f : 0f;
            Float4 value = Float4.Of(outside, outside, outside, outside);
            if (unit < units)
                value = source[(unit * unitStride) + row + k];
            tile[(line * QuadTile.Pitch) + k] = value;
        }
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

    /// <summary>The first of them count for biases; the others are derivatives by inputs.</summary>
    public int BiasRows;
    public int Chunks;
    public int ChunkRows;
}
