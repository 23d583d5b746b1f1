using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Common part of the two products along a layer: sums over units k of weights[k, unit] rows[k, row].</summary>
internal static class ProductTile
{
    /// <summary>Units k in shared memory at a time.</summary>
    public const int Depth = 16;

    /// <summary>Floats from one k to the next in a weight tile: one Float4 of padding avoids bank conflicts of column-wise stores.</summary>
    public static int WeightPitch() => 4 * (Group.DimY + 1);

    /// <summary>[Depth, DimX] from [units, rows]: adjacent threads read adjacent rows. 0 outside.</summary>
    public static void LoadRows(ArrayView<Float4> tile, ArrayView<Float4> source, int unitStride, int firstUnit, int units, int row, int rows)
    {
        for (int k = Group.IdxY; k < Depth; k += Group.DimY)
        {
            int unit = firstUnit + k;
            Float4 value = default;
            if (unit < units && row < rows)
                value = source[(unit * unitStride) + row];
            tile[(k * Group.DimX) + Group.IdxX] = value;
        }
    }

    /// <summary>[Depth, 4 DimY] from [inputs, outputs]: adjacent threads read adjacent units. 0 outside.</summary>
    public static void LoadWeights(ArrayView<float> tile, ArrayView<float> theta, int offset, int inputCount, int outputCount, int firstInput, int firstUnit)
    {
        int units = 4 * Group.DimY, pitch = WeightPitch();
        for (int k = Group.IdxY; k < Depth; k += Group.DimY)
        {
            int input = firstInput + k;
            for (int u = Group.IdxX; u < units; u += Group.DimX)
            {
                int unit = firstUnit + u;
                tile[(k * pitch) + u] = input < inputCount && unit < outputCount ? theta[offset + (input * outputCount) + unit] : 0f;
            }
        }
    }

    /// <summary>tile[unit, row] += sum over at most Depth of the remaining units k, unrolled four times.</summary>
    public static Tile4x4 Add(Tile4x4 sums, ArrayView<Float4> weights, ArrayView<Float4> rows, int left)
    {
        int weightStep = Group.DimY + 1, rowStep = Group.DimX;
        int w = Group.IdxY, r = Group.IdxX, end = left < Depth ? left : Depth;
        for (int k = 0; k < end; k += 4)
        {
            sums = Tile4x4.AddOuter(sums, weights[w], rows[r]);
            sums = Tile4x4.AddOuter(sums, weights[w + weightStep], rows[r + rowStep]);
            sums = Tile4x4.AddOuter(sums, weights[w + (2 * weightStep)], rows[r + (2 * rowStep)]);
            sums = Tile4x4.AddOuter(sums, weights[w + (3 * weightStep)], rows[r + (3 * rowStep)]);
            w += 4 * weightStep;
            r += 4 * rowStep;
        }

        return sums;
    }
}
