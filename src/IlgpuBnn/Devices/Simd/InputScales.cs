using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Relevances of one particle: <see cref="Device.ScaleInputWeights"/> and <see cref="Device.ScaleInputGradients"/>.</summary>
internal static unsafe class InputScales<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    public static void Apply(float* particle, float* scaled, int length, RelevanceTerm term)
    {
        Buffer.MemoryCopy(particle, scaled, (long)length * sizeof(float), (long)length * sizeof(float));
        for (int i = 0; i < term.Inputs; i++)
        {
            Multiply(scaled + term.WeightOffset + ((nint)i * term.Units), MathF.Exp(particle[term.RelevanceOffset + i]), term.Units);
        }
    }

    public static void Gradient(float* particle, float* scaled, float* gradient, RelevanceTerm term)
    {
        for (int i = 0; i < term.Inputs; i++)
        {
            nint at = term.WeightOffset + ((nint)i * term.Units);
            gradient[term.RelevanceOffset + i] = Product(scaled + at, gradient + at, term.Units);
            Multiply(gradient + at, MathF.Exp(particle[term.RelevanceOffset + i]), term.Units);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float* values, float factor, int count)
    {
        int u = 0;
        for (; u + TSimd.Width <= count; u += TSimd.Width)
        {
            TSimd.Store(values + u, TSimd.Multiply(TSimd.Create(factor), TSimd.Load(values + u)));
        }

        for (; u < count; u++)
        {
            values[u] *= factor;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Product(float* first, float* second, int count)
    {
        V sum = TSimd.Create(0f);
        int u = 0;
        for (; u + TSimd.Width <= count; u += TSimd.Width)
        {
            sum = TSimd.MultiplyAdd(TSimd.Load(first + u), TSimd.Load(second + u), sum);
        }

        float product = TSimd.Sum(sum);
        for (; u < count; u++)
        {
            product += first[u] * second[u];
        }

        return product;
    }
}
