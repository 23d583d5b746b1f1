using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Values of units over rows, unit-major, for every particle: [S, units, rows], four rows to a <see cref="Float4"/>.</summary>
/// <remarks>Strides and offsets are in Float4s; a particle stride of 0 shares the values among all particles.</remarks>
internal struct UnitRows
{
    public ArrayView<Float4> Values;
    public long ParticleStride;
    public long Offset;
    public int UnitStride;

    /// <summary>One particle's values: unit u, rows 4n to 4n + 3 at [u * UnitStride + n].</summary>
    public static ArrayView<Float4> Of(UnitRows rows, int particle)
    {
        long start = rows.Offset + (particle * rows.ParticleStride);
        return rows.Values.SubView(start, rows.Values.Length - start);
    }
}
