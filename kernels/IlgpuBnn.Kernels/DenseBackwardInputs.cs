using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Gradient of the previous layer: its outputs become f'(z) times weights times the gradient of this layer's sums.</summary>
/// <remarks>
/// As <see cref="DenseForward"/> with transposed weights: a tile is (4 DimX rows) x (4 DimY inputs), the sum runs over this layer's outputs in order.
/// In place: a thread replaces the outputs that it has read. Grid: row tiles x input tiles x particles.
/// </remarks>
internal static class DenseBackwardInputs
{
    public static void Run(DenseBackwardInputsArguments g)
    {
        ArrayView<Float4> rowTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> weightTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        int particle = Grid.IdxZ;
        int row = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int firstInput = 4 * Grid.IdxY * Group.DimY;
        ArrayView<Float4> gradients = UnitRows.Of(g.OutputGradients, particle);
        ArrayView<float> weights = g.Particles.SubView((particle * (long)g.ParticleStride) + g.WeightOffset, (long)g.InputCount * g.OutputCount);

        Tile4x4 sums = default;
        for (int first = 0; first < g.OutputCount; first += ProductTile.Depth)
        {
            ProductTile.LoadRows(rowTile, gradients, g.OutputGradients.UnitStride, first, g.OutputCount, row, g.Rows);
            LoadTransposedWeights(weightTile.Cast<float>(), weights, g, first, firstInput);
            Group.Barrier();
            sums = ProductTile.Add(sums, weightTile, rowTile, g.OutputCount - first);
            Group.Barrier();
        }

        if (row < g.Rows)
        {
            int input = firstInput + (4 * Group.IdxY);
            Store(g, particle, input, row, sums.Row0);
            Store(g, particle, input + 1, row, sums.Row1);
            Store(g, particle, input + 2, row, sums.Row2);
            Store(g, particle, input + 3, row, sums.Row3);
        }
    }

    /// <summary>[Depth outputs, 4 DimY inputs] from [inputs, outputs]: adjacent threads read adjacent outputs.</summary>
    private static void LoadTransposedWeights(
        ArrayView<float> tile, ArrayView<float> weights, DenseBackwardInputsArguments g, int firstOutput, int firstInput)
    {
        int inputs = 4 * Group.DimY, pitch = ProductTile.WeightPitch();
        for (int u = Group.IdxY; u < inputs; u += Group.DimY)
        {
            int input = firstInput + u;
            for (int k = Group.IdxX; k < ProductTile.Depth; k += Group.DimX)
            {
                int output = firstOutput + k;
                tile[(k * pitch) + u] = input < g.InputCount && output < g.OutputCount ? weights[(input * g.OutputCount) + output] : 0f;
            }
        }
    }

    private static void Store(DenseBackwardInputsArguments g, int particle, int input, int row, Float4 gradient)
    {
        if (input >= g.InputCount)
            return;
        int at = (input * g.Before.UnitStride) + row;
        ArrayView<Float4> before = UnitRows.Of(g.Before, particle), derivatives = UnitRows.Of(g.Derivatives, particle);
        before[at] = Activations.Backward(g.Activation, gradient, derivatives[at]);
    }
}

/// <summary>Arguments of <see cref="DenseBackwardInputs"/>. Rows in Float4s.</summary>
/// <remarks>
/// OutputGradients: of this layer's sums, [S, OutputCount, rows]. Particles: theta [S, ParticleStride]. Before: outputs of the previous layer, replaced by
/// the gradient of its sums, [S, InputCount, rows]. Derivatives: its stored derivatives, or its outputs if the derivatives follow from them.
/// InputCount: units of the previous layer; further inputs of this layer have no gradient. Activation: of the previous layer.
/// </remarks>
internal struct DenseBackwardInputsArguments
{
    public UnitRows OutputGradients;
    public ArrayView<float> Particles;
    public UnitRows Before;
    public UnitRows Derivatives;
    public int ParticleStride;
    public int WeightOffset;
    public int InputCount;
    public int OutputCount;
    public int Rows;
    public int Activation;
}
