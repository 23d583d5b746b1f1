using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Elementary functions on vectors, within 4 units in the last place (tanh 5 without fused multiply-adds).</summary>
internal static class SimdMath<TSimd, V>
    where TSimd : struct, ILanes<V>
    where V : struct
{
    /// <summary>exp x; 0 below -104, infinity above 88.73, NaN stays NaN.</summary>
    /// <remarks>Argument reduction and polynomial of Moshier's Cephes library (expf), as published.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        V bounded = TSimd.Min(TSimd.Create(89f), TSimd.Max(TSimd.Create(-104f), x));
        V n = TSimd.Round(TSimd.Multiply(bounded, TSimd.Create(1.44269504f)));

        // ln 2 in two parts, the first with few bits so that n times it is exact.
        V r = TSimd.MultiplyAdd(n, TSimd.Create(-0.693359375f), bounded);
        r = TSimd.MultiplyAdd(n, TSimd.Create(2.12194440e-4f), r);
        V p = TSimd.Create(1.9875691500e-4f);
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.3981999507e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(8.3334519073e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(4.1665795894e-2f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.6666665459e-1f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(5.0000001201e-1f));
        p = TSimd.Add(TSimd.MultiplyAdd(TSimd.Multiply(r, r), p, r), TSimd.Create(1f));

        // Two factors, as 2^n leaves the normal numbers before the result does.
        V half = TSimd.Round(TSimd.Multiply(n, TSimd.Create(0.5f)));
        return TSimd.Multiply(TSimd.Multiply(p, TSimd.PowerOfTwo(half)), TSimd.PowerOfTwo(TSimd.Subtract(n, half)));
    }

    /// <remarks>
    /// x P(x^2) / Q(x^2) with degrees 5 and 4, a minimax fit (relative error 2e-9) for |x| up to 9.02, beyond which tanh is 1 in single precision. The
    /// coefficients were rounded to minimise the total error, and the quotient compensates the last roundings. Half the instructions of an
    /// exponential with a polynomial for small x.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V one = TSimd.Create(1f), bounded = TSimd.Min(TSimd.Create(9.02f), TSimd.Max(TSimd.Create(-9.02f), x));
        V z = TSimd.Multiply(bounded, bounded);
        V p = TSimd.MultiplyAdd(TSimd.Create(-1.22034795e-11f), z, TSimd.Create(3.05850669e-8f));
        p = TSimd.MultiplyAdd(p, z, TSimd.Create(2.80074692e-5f));
        p = TSimd.MultiplyAdd(p, z, TSimd.Create(3.86832887e-3f));
        p = TSimd.MultiplyAdd(p, z, TSimd.Create(1.36799157e-1f));
        V q = TSimd.MultiplyAdd(TSimd.Create(1.28736758e-6f), z, TSimd.Create(3.93863156e-4f));
        q = TSimd.MultiplyAdd(q, z, TSimd.Create(2.72458475e-2f));
        q = TSimd.MultiplyAdd(q, z, TSimd.Create(4.7013244e-1f));
        V above = TSimd.MultiplyAdd(p, z, one), below = TSimd.MultiplyAdd(q, z, one);

        // Errors of the last roundings, exact since 1 is a multiple of every smaller unit in the last place.
        V aboveRest = TSimd.MultiplyAdd(p, z, TSimd.Subtract(one, above)), belowRest = TSimd.MultiplyAdd(q, z, TSimd.Subtract(one, below));
        V numerator = TSimd.Multiply(bounded, above);
        V numeratorRest = TSimd.MultiplyAdd(bounded, aboveRest, TSimd.MultiplySubtract(bounded, above, numerator));
        V ratio = TSimd.Quotient(numerator, numeratorRest, below, belowRest);

        // At most 1 despite rounding, as the derivative 1 - a^2 would change its sign.
        return TSimd.Min(one, TSimd.Max(TSimd.Create(-1f), ratio));
    }

    /// <summary>1 / (1 + exp(-x)), constant (1.2e-38) below -87.33654, where results would be subnormal.</summary>
    /// <remarks>
    /// The polynomial of <see cref="Exp"/> at r = x + n ln 2 with negated odd terms. Adding 1.5 * 2^23 rounds n and leaves it in the lowest bits, which
    /// one shift turns into an exponent.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V one = TSimd.Create(1f), toWholeNumber = TSimd.Create(12582912f + 127f);
        V bounded = TSimd.Min(TSimd.Create(87.33654f), TSimd.Max(TSimd.Create(-87.33654f), x));
        V shifted = TSimd.MultiplyAdd(bounded, TSimd.Create(-1.44269504f), toWholeNumber);
        V n = TSimd.Subtract(shifted, toWholeNumber);
        V r = TSimd.MultiplyAdd(n, TSimd.Create(0.693359375f), bounded);
        r = TSimd.MultiplyAdd(n, TSimd.Create(-2.12194440e-4f), r);
        V p = TSimd.MultiplyAdd(TSimd.Create(-1.9875691500e-4f), r, TSimd.Create(1.3981999507e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(-8.3334519073e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(4.1665795894e-2f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(-1.6666665459e-1f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(5.0000001201e-1f));
        p = TSimd.MultiplyAdd(TSimd.Multiply(r, r), p, TSimd.Subtract(one, r));
        return TSimd.Reciprocal(TSimd.MultiplyAdd(p, TSimd.PowerOfTwoOfShifted(shifted), one));
    }
}
