using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Gradient of a convolution's weights and biases: sums over positions and rows of input times gradient of the sums.</summary>
/// <remarks>
/// As <see cref="DenseBackwardWeights"/> with taps times channels for inputs; positions, and in each the rows of a chunk, pass through shared memory in order.
/// Grid: filter tiles x input tiles x (particles x chunks).
/// </remarks>
internal static class ConvolutionBackwardWeights
{
    public static void Run(ConvolutionBackwardWeightsArguments g)
    {
        ArrayView<Float4> inputTile = SharedMemory.Allocate<Float4>(QuadTile.Size);
        ArrayView<Float4> gradientTile = SharedMemory.Allocate<Float4>(QuadTile.Size);
        int particle = Grid.IdxZ / g.Chunks, chunk = Grid.IdxZ - (particle * g.Chunks), inputCount = g.Taps * g.Channels;
        int firstInput = 4 * Grid.IdxY * Group.DimY, firstFilter = 4 * Grid.IdxX * Group.DimX;
        ArrayView<Float4> inputs = UnitRows.Of(g.Inputs.Units, particle), gradients = UnitRows.Of(g.OutputGradients.Units, particle);
        int start = chunk * g.ChunkRows, end = start + g.ChunkRows;
        end = end < g.Rows ? end : g.Rows;

        Tile4x4 sums = default;
        for (int position = 0; position < g.Positions; position++)
        {
            for (int row = start; row < end; row += QuadTile.Depth)
            {
                LoadInputs(inputTile, inputs, g, firstInput, position, row);
                LoadGradients(gradientTile, gradients, g, firstFilter, position, row);
                Group.Barrier();
                sums = QuadTile.AddProducts(sums, inputTile, gradientTile);
                Group.Barrier();
            }
        }

        long at = (((long)chunk * g.Particles) + particle) * g.ParticleStride;
        ArrayView<float> partial = g.Partials.SubView(at + g.WeightOffset, (inputCount + 1L) * g.Filters);
        QuadTile.Store(partial, inputCount, g.Filters, firstInput, firstFilter, sums);
    }

    /// <summary>Lines are inputs at a position, 0 where they are beyond an edge; the biases' is 1.</summary>
    private static void LoadInputs(ArrayView<Float4> tile, ArrayView<Float4> source, ConvolutionBackwardWeightsArguments g, int firstInput, int position, int row)
    {
        for (int e = QuadTile.Thread(); e < 4 * Group.DimY * QuadTile.Depth; e += QuadTile.Threads())
        {
            int line = e / QuadTile.Depth, k = e - (line * QuadTile.Depth), tap = (firstInput + line) / g.Channels;
            Float4 value = Float4.Of(1f, 1f, 1f, 1f);
            if (tap < g.Taps)
            {
                int from = g.Table[(position * g.Taps) + tap];
                value = default;
                if (from >= 0)
                    value = source[FieldRows.At(g.Inputs, from, firstInput + line - (tap * g.Channels)) + row + k];
            }

            tile[(line * QuadTile.Pitch) + k] = value;
        }
    }

    private static void LoadGradients(ArrayView<Float4> tile, ArrayView<Float4> source, ConvolutionBackwardWeightsArguments g, int firstFilter, int position, int row)
    {
        for (int e = QuadTile.Thread(); e < 4 * Group.DimX * QuadTile.Depth; e += QuadTile.Threads())
        {
            int line = e / QuadTile.Depth, k = e - (line * QuadTile.Depth), filter = firstFilter + line;
            Float4 value = default;
            if (filter < g.Filters)
                value = source[FieldRows.At(g.OutputGradients, position, filter) + row + k];
            tile[(line * QuadTile.Pitch) + k] = value;
        }
    }
}

/// <summary>Arguments of <see cref="ConvolutionBackwardWeights"/>. Rows in Float4s.</summary>
/// <remarks>
/// Inputs: a field, for the first layer the shared data. OutputGradients: of the convolution's sums, a field. Partials: partial sums, [Chunks, S, ParticleStride].
/// Table: [Positions, Taps], the position that is read, -1 for none.
/// </remarks>
internal struct ConvolutionBackwardWeightsArguments
{
    public FieldRows Inputs;
    public FieldRows OutputGradients;
    public ArrayView<float> Partials;
    public ArrayView<int> Table;
    public int Particles;
    public int ParticleStride;
    public int WeightOffset;
    public int Taps;
    public int Channels;
    public int Filters;
    public int Positions;
    public int Rows;
    public int Chunks;
    public int ChunkRows;
}
