namespace IlgpuBnn.Kernels;

/// <summary>Activations and their derivatives, numbered as in the library's enumeration.</summary>
internal static class Activations
{
    private const int Relu = 1;
    private const int Tanh = 2;
    private const int Sigmoid = 3;
    private const int Sin = 4;
    private const int Cos = 5;
    private const int Silu = 6;

    public static Float4 Apply(int activation, Float4 z) =>
        Float4.Of(Apply(activation, z.X), Apply(activation, z.Y), Apply(activation, z.Z), Apply(activation, z.W));

    /// <summary>Derivative of sin, cos or SiLU at z; the others follow from the output.</summary>
    public static Float4 StoredDerivative(int activation, Float4 z) => Float4.Of(
        StoredDerivative(activation, z.X), StoredDerivative(activation, z.Y), StoredDerivative(activation, z.Z), StoredDerivative(activation, z.W));

    /// <summary>Gradient of the sums from that of the outputs; <paramref name="saved"/> is the output or the stored derivative.</summary>
    public static Float4 Backward(int activation, Float4 gradient, Float4 saved) => Float4.Of(
        Backward(activation, gradient.X, saved.X), Backward(activation, gradient.Y, saved.Y),
        Backward(activation, gradient.Z, saved.Z), Backward(activation, gradient.W, saved.W));

    // Every thread of a launch takes the same branch.
    private static float Apply(int activation, float z) => activation switch
    {
        Relu => 0f > z ? 0f : z,
        Tanh => KernelMath.Tanh(z),
        Sigmoid => KernelMath.Sigmoid(z),
        Sin => KernelMath.Sin(z),
        Cos => KernelMath.Cos(z),
        Silu => z * KernelMath.Sigmoid(z),
        _ => z,
    };

    private static float StoredDerivative(int activation, float z) => activation switch
    {
        Sin => KernelMath.Cos(z),
        Cos => -KernelMath.Sin(z),
        _ => SiluDerivative(z),
    };

    /// <summary>f + s (1 - f) with f = z s and the logistic function s.</summary>
    private static float SiluDerivative(float z)
    {
        float sigmoid = KernelMath.Sigmoid(z), value = z * sigmoid;
        return value + (sigmoid * (1f - value));
    }

    private static float Backward(int activation, float gradient, float saved) => activation switch
    {
        Relu => saved > 0f ? gradient : 0f,
        Tanh => gradient * (1f - (saved * saved)),
        Sigmoid => gradient * saved * (1f - saved),
        Sin or Cos or Silu => gradient * saved,
        _ => gradient,
    };
}
