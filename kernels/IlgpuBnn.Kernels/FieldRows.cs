using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>A field's values over rows: channels and positions as units.</summary>
internal struct FieldRows
{
    public UnitRows Units;
    public int ChannelStep;
    public int PositionStep;

    /// <summary>Index in the particle's values of the first row at a position.</summary>
    public static long At(FieldRows field, int position, int channel) =>
        (((long)position * field.PositionStep) + ((long)channel * field.ChannelStep)) * field.Units.UnitStride;

    /// <summary>
    /// [Depth, DimX] of a product tile: inputs are taps times channels; a column is a position and four rows. An input is the sum of the positions that the table
    /// [position, tap, Links] names, -1 for none.
    /// </summary>
    public static void Load(
        ArrayView<Float4> tile, ArrayView<Float4> source, FieldRows field, ArrayView<int> table, int links, int taps, int channels,
        int first, int position, int row, bool inside)
    {
        for (int k = Group.IdxY; k < ProductTile.Depth; k += Group.DimY)
        {
            int input = first + k, tap = input / channels;
            Float4 sum = default;
            if (inside && tap < taps)
            {
                int at = ((position * taps) + tap) * links;
                for (int link = 0; link < links; link++)
                {
                    int from = table[at + link];
                    if (from >= 0)
                        sum += source[At(field, from, input - (tap * channels)) + row];
                }
            }

            tile[(k * Group.DimX) + Group.IdxX] = sum;
        }
    }
}
