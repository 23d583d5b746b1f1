using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Gradient of the layer before a convolution: its outputs become f'(z) times weights times the gradients at all positions that read them.</summary>
/// <remarks>
/// As <see cref="ConvolutionForward"/> with transposed weights: a tile is (4 DimX rows of positions) x (4 DimY channels), the sum runs over taps times filters. The table
/// says which positions read a position by a tap: at a mirror they may be several. In place. Grid: tiles of (position, row) x channel tiles x particles.
/// </remarks>
internal static class ConvolutionBackwardInputs
{
    public static void Run(ConvolutionBackwardInputsArguments g)
    {
        ArrayView<Float4> rowTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> weightTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        int particle = Grid.IdxZ, column = (Grid.IdxX * Group.DimX) + Group.IdxX, position = column / g.Rows, row = column - (position * g.Rows);
        int firstChannel = 4 * Grid.IdxY * Group.DimY, outputCount = g.Taps * g.Filters;
        ArrayView<Float4> gradients = UnitRows.Of(g.OutputGradients.Units, particle);
        ArrayView<float> weights = g.Particles.SubView((particle * (long)g.ParticleStride) + g.WeightOffset, (long)outputCount * g.Channels);

        Tile4x4 sums = default;
        for (int first = 0; first < outputCount; first += ProductTile.Depth)
        {
            FieldRows.Load(rowTile, gradients, g.OutputGradients, g.Table, g.Links, g.Taps, g.Filters, first, position, row, position < g.Positions);
            LoadTransposedWeights(weightTile.Cast<float>(), weights, g, first, firstChannel);
            Group.Barrier();
            sums = ProductTile.Add(sums, weightTile, rowTile, outputCount - first);
            Group.Barrier();
        }

        if (position < g.Positions)
        {
            int channel = firstChannel + (4 * Group.IdxY);
            Store(g, particle, channel, position, row, sums.Row0);
            Store(g, particle, channel + 1, position, row, sums.Row1);
            Store(g, particle, channel + 2, position, row, sums.Row2);
            Store(g, particle, channel + 3, position, row, sums.Row3);
        }
    }

    /// <summary>[Depth of taps times filters, 4 DimY channels] from [taps, channels, filters]: adjacent threads read adjacent filters.</summary>
    private static void LoadTransposedWeights(
        ArrayView<float> tile, ArrayView<float> weights, ConvolutionBackwardInputsArguments g, int firstOutput, int firstChannel)
    {
        int channels = 4 * Group.DimY, pitch = ProductTile.WeightPitch();
        for (int u = Group.IdxY; u < channels; u += Group.DimY)
        {
            int channel = firstChannel + u;
            for (int k = Group.IdxX; k < ProductTile.Depth; k += Group.DimX)
            {
                int output = firstOutput + k, tap = output / g.Filters;
                tile[(k * pitch) + u] = channel < g.Channels && tap < g.Taps
                    ? weights[(((tap * g.Channels) + channel) * g.Filters) + output - (tap * g.Filters)]
                    : 0f;
            }
        }
    }

    private static void Store(ConvolutionBackwardInputsArguments g, int particle, int channel, int position, int row, Float4 gradient)
    {
        if (channel >= g.Channels)
            return;
        long at = FieldRows.At(g.Before, position, channel) + row;
        ArrayView<Float4> before = UnitRows.Of(g.Before.Units, particle), derivatives = UnitRows.Of(g.Derivatives, particle);
        before[at] = Activations.Backward(g.Activation, gradient, derivatives[at]);
    }
}

/// <summary>Arguments of <see cref="ConvolutionBackwardInputs"/>. Rows in Float4s.</summary>
/// <remarks>
/// OutputGradients: of the convolution's sums, a field. Particles: theta [S, ParticleStride]. Before: outputs of the layer before, a field, replaced by the gradient of its
/// sums. Derivatives: its stored derivatives, or its outputs if the derivatives follow from them. Table: [Positions, Taps, Links] of positions that read, -1 for none.
/// Positions: of Before. Activation: of the layer before.
/// </remarks>
internal struct ConvolutionBackwardInputsArguments
{
    public FieldRows OutputGradients;
    public ArrayView<float> Particles;
    public FieldRows Before;
    public UnitRows Derivatives;
    public ArrayView<int> Table;
    public int ParticleStride;
    public int WeightOffset;
    public int Taps;
    public int Links;
    public int Channels;
    public int Filters;
    public int Positions;
    public int Rows;
    public int Activation;
}
