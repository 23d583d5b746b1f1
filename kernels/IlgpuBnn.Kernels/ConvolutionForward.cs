using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>A convolution of all particles: at every position, outputs = f(bias + weights' inputs around it).</summary>
/// <remarks>
/// As <see cref="DenseForward"/> with positions times rows for rows, and taps times channels for inputs, which are gathered through a table while they are loaded into
/// shared memory: no matrix of patches is stored. Grid: tiles of (position, row) x filter tiles x particles.
/// </remarks>
internal static class ConvolutionForward
{
    public static void Run(ConvolutionForwardArguments g)
    {
        ArrayView<Float4> rowTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> weightTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        int particle = Grid.IdxZ, column = (Grid.IdxX * Group.DimX) + Group.IdxX, position = column / g.Rows, row = column - (position * g.Rows);
        int firstFilter = 4 * Grid.IdxY * Group.DimY, inputCount = g.Taps * g.Channels;
        ArrayView<Float4> inputs = UnitRows.Of(g.Inputs.Units, particle);
        ArrayView<float> theta = g.Particles.SubView(particle * (long)g.ParticleStride, g.ParticleStride);

        Tile4x4 sums = default;
        for (int first = 0; first < inputCount; first += ProductTile.Depth)
        {
            FieldRows.Load(rowTile, inputs, g.Inputs, g.Table, 1, g.Taps, g.Channels, first, position, row, position < g.Positions);
            ProductTile.LoadWeights(weightTile.Cast<float>(), theta, g.WeightOffset, inputCount, g.Filters, first, firstFilter);
            Group.Barrier();
            sums = ProductTile.Add(sums, weightTile, rowTile, inputCount - first);
            Group.Barrier();
        }

        if (position < g.Positions)
        {
            int filter = firstFilter + (4 * Group.IdxY);
            Store(g, theta, particle, filter, position, row, sums.Row0);
            Store(g, theta, particle, filter + 1, position, row, sums.Row1);
            Store(g, theta, particle, filter + 2, position, row, sums.Row2);
            Store(g, theta, particle, filter + 3, position, row, sums.Row3);
        }
    }

    private static void Store(ConvolutionForwardArguments g, ArrayView<float> theta, int particle, int filter, int position, int row, Float4 sum)
    {
        if (filter >= g.Filters)
            return;
        float bias = theta[g.WeightOffset + (g.Taps * g.Channels * g.Filters) + filter];
        Float4 z = Float4.Of(bias, bias, bias, bias) + sum;
        long at = FieldRows.At(g.Outputs, position, filter) + row;
        ArrayView<Float4> outputs = UnitRows.Of(g.Outputs.Units, particle);
        outputs[at] = Activations.Apply(g.Activation, z);
        if (g.Derivatives.Offset != g.Outputs.Units.Offset)
        {
            ArrayView<Float4> derivatives = UnitRows.Of(g.Derivatives, particle);
            derivatives[at] = Activations.StoredDerivative(g.Activation, z);
        }
    }
}

/// <summary>Arguments of <see cref="ConvolutionForward"/>. Rows in Float4s.</summary>
/// <remarks>
/// Inputs: a field, for the first layer the shared data. Particles: theta [S, ParticleStride], from WeightOffset on weights [Taps, Channels, Filters] and biases
/// [Filters]. Outputs: a field. Derivatives: the same, or the outputs if none are stored. Table: [Positions, Taps], the position that is read, -1 for none.
/// </remarks>
internal struct ConvolutionForwardArguments
{
    public FieldRows Inputs;
    public ArrayView<float> Particles;
    public FieldRows Outputs;
    public UnitRows Derivatives;
    public ArrayView<int> Table;
    public int ParticleStride;
    public int WeightOffset;
    public int Taps;
    public int Channels;
    public int Filters;
    public int Positions;
    public int Rows;
    public int Activation;
}
