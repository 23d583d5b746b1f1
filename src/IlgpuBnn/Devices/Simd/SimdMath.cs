using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Elementary functions on vectors, each within 4 units in the last place of the exact value (tested).</summary>
/// <remarks>Argument reduction and polynomials after Moshier's Cephes library (expf, tanhf), as published.</remarks>
internal static class SimdMath<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>exp x; 0 below -104, infinity above 88.73, NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        V bounded = TSimd.Min(TSimd.Max(x, TSimd.Create(-104f)), TSimd.Create(89f));
        V n = TSimd.Round(TSimd.Multiply(bounded, TSimd.Create(1.44269504f)));

        // ln 2 in two parts: the first has few bits, so that n times it is exact.
        V r = TSimd.MultiplyAdd(n, TSimd.Create(-0.693359375f), bounded);
        r = TSimd.MultiplyAdd(n, TSimd.Create(2.12194440e-4f), r);
        V p = TSimd.Create(1.9875691500e-4f);
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.3981999507e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(8.3334519073e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(4.1665795894e-2f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.6666665459e-1f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(5.0000001201e-1f));
        p = TSimd.Add(TSimd.MultiplyAdd(TSimd.Multiply(r, r), p, r), TSimd.Create(1f));

        // Two factors, because 2^n alone leaves the range of normal numbers before the result does.
        V half = TSimd.Round(TSimd.Multiply(n, TSimd.Create(0.5f)));
        V result = TSimd.Multiply(TSimd.Multiply(p, TSimd.PowerOfTwo(half)), TSimd.PowerOfTwo(TSimd.Subtract(n, half)));
        return TSimd.Select(TSimd.IsNumber(x), result, x);
    }

    /// <summary>tanh x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V magnitude = TSimd.Abs(x);
        V z = TSimd.Multiply(x, x);
        V p = TSimd.Create(-5.70498872745e-3f);
        p = TSimd.MultiplyAdd(p, z, TSimd.Create(2.06390887954e-2f));
        p = TSimd.MultiplyAdd(p, z, TSimd.Create(-5.37397155531e-2f));
        p = TSimd.MultiplyAdd(p, z, TSimd.Create(1.33314422036e-1f));
        p = TSimd.MultiplyAdd(p, z, TSimd.Create(-3.33332819422e-1f));
        V small = TSimd.MultiplyAdd(TSimd.Multiply(p, z), x, x);

        V one = TSimd.Create(1f);
        V exp = Exp(TSimd.Add(magnitude, magnitude));
        V large = TSimd.Subtract(one, TSimd.Divide(TSimd.Create(2f), TSimd.Add(exp, one)));
        return TSimd.Select(TSimd.GreaterThan(magnitude, TSimd.Create(0.625f)), TSimd.CopySign(large, x), small);
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        // exp of a negative number does not overflow: the result keeps its digits down to the smallest float.
        V one = TSimd.Create(1f);
        V exp = Exp(TSimd.Subtract(TSimd.Create(0f), TSimd.Abs(x)));
        return TSimd.Divide(TSimd.Select(TSimd.GreaterThan(TSimd.Create(0f), x), exp, one), TSimd.Add(one, exp));
    }
}
