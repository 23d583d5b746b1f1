using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>One dense layer of all particles: outputs = f(bias + weights' inputs).</summary>
/// <remarks>
/// A group computes a tile of (4 DimX rows) x (4 DimY units) of one particle. Inputs pass through shared memory 16 at a time; a thread keeps 4 x 4 sums
/// in registers. Both operands are input-major, so that all loads run along rows or units. Sums run over the inputs in order.
/// Grid: row tiles x unit tiles x particles.
/// </remarks>
internal static class DenseForward
{
    public static void Run(DenseForwardArguments g)
    {
        ArrayView<Float4> rowTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> weightTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        int particle = Grid.IdxZ;
        int row = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int firstUnit = 4 * Grid.IdxY * Group.DimY;
        ArrayView<Float4> inputs = UnitRows.Of(g.Inputs, particle);
        ArrayView<float> theta = g.Particles.SubView(particle * (long)g.ParticleStride, g.ParticleStride);

        Tile4x4 sums = default;
        for (int first = 0; first < g.InputCount; first += ProductTile.Depth)
        {
            ProductTile.LoadRows(rowTile, inputs, g.Inputs.UnitStride, first, g.InputCount, row, g.Rows);
            ProductTile.LoadWeights(weightTile.Cast<float>(), theta, g.WeightOffset, g.InputCount, g.OutputCount, first, firstUnit);
            Group.Barrier();
            sums = ProductTile.Add(sums, weightTile, rowTile, g.InputCount - first);
            Group.Barrier();
        }

        if (row < g.Rows)
        {
            int unit = firstUnit + (4 * Group.IdxY);
            Store(g, theta, particle, unit, row, sums.Row0);
            Store(g, theta, particle, unit + 1, row, sums.Row1);
            Store(g, theta, particle, unit + 2, row, sums.Row2);
            Store(g, theta, particle, unit + 3, row, sums.Row3);
        }
    }

    private static void Store(DenseForwardArguments g, ArrayView<float> theta, int particle, int unit, int row, Float4 sum)
    {
        if (unit >= g.OutputCount)
            return;
        float bias = row < g.BiasRows ? theta[g.WeightOffset + (g.InputCount * g.OutputCount) + unit] : 0f;
        Float4 z = Float4.Of(bias, bias, bias, bias) + sum;
        int at = (unit * g.Outputs.UnitStride) + row;
        ArrayView<Float4> outputs = UnitRows.Of(g.Outputs, particle);
        outputs[at] = Activations.Apply(g.Activation, z);
        if (g.Derivatives.Offset != g.Outputs.Offset)
        {
            ArrayView<Float4> derivatives = UnitRows.Of(g.Derivatives, particle);
            derivatives[at] = Activations.StoredDerivative(g.Activation, z);
        }
    }
}

/// <summary>Arguments of <see cref="DenseForward"/>. Rows in Float4s.</summary>
/// <remarks>
/// Inputs: [S, InputCount, rows], for the first layer the shared data. Particles: theta [S, ParticleStride], from WeightOffset on weights
/// [InputCount, OutputCount] and biases [OutputCount]. Outputs: [S, OutputCount, rows]. Derivatives: the same, or the outputs if none are stored.
/// </remarks>
internal struct DenseForwardArguments
{
    public UnitRows Inputs;
    public ArrayView<float> Particles;
    public UnitRows Outputs;
    public UnitRows Derivatives;
    public int ParticleStride;
    public int WeightOffset;
    public int InputCount;
    public int OutputCount;
    public int Rows;

    /// <summary>The first of them have biases; the others, derivatives by inputs, have none.</summary>
    public int BiasRows;
    public int Activation;
}
