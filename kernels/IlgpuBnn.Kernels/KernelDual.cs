namespace IlgpuBnn.Kernels;

/// <summary>A number and its derivative by one variable, in single precision; 8 bytes.</summary>
internal struct KernelDual
{
    public float Value;
    public float Tangent;

    public static KernelDual Of(float value, float tangent)
    {
        KernelDual result = default;
        result.Value = value;
        result.Tangent = tangent;
        return result;
    }
}
