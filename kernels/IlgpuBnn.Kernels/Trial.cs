using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>A placeholder.</summary>
public static class Trial
{
    /// <summary>A placeholder.</summary>
    public static void Scale(Index1D index, ArrayView<float> values) => values[index] = values[index] * 2;
}
