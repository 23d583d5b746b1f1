using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Four vectors side by side.</summary>
internal readonly struct Four<V>
    where V : struct
{
    public readonly V A;
    public readonly V B;
    public readonly V C;
    public readonly V D;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Four(V a, V b, V c, V d) => (A, B, C, D) = (a, b, c, d);
}

/// <summary>Operations on four vectors at a time.</summary>
/// <remarks>
/// In an elementary function each operation waits for the one before, four cycles or more, and a processor overlaps only two or three evaluations. Four
/// interleaved ones fill the time.
/// </remarks>
internal readonly struct Four<TSimd, V> : ILanes<Four<V>>
    where TSimd : struct, ILanes<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Create(float value)
    {
        V same = TSimd.Create(value);
        return new Four<V>(same, same, same, same);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Add(Four<V> a, Four<V> b) =>
        new(TSimd.Add(a.A, b.A), TSimd.Add(a.B, b.B), TSimd.Add(a.C, b.C), TSimd.Add(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Subtract(Four<V> a, Four<V> b) =>
        new(TSimd.Subtract(a.A, b.A), TSimd.Subtract(a.B, b.B), TSimd.Subtract(a.C, b.C), TSimd.Subtract(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Multiply(Four<V> a, Four<V> b) =>
        new(TSimd.Multiply(a.A, b.A), TSimd.Multiply(a.B, b.B), TSimd.Multiply(a.C, b.C), TSimd.Multiply(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Divide(Four<V> a, Four<V> b) =>
        new(TSimd.Divide(a.A, b.A), TSimd.Divide(a.B, b.B), TSimd.Divide(a.C, b.C), TSimd.Divide(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Reciprocal(Four<V> a) =>
        new(TSimd.Reciprocal(a.A), TSimd.Reciprocal(a.B), TSimd.Reciprocal(a.C), TSimd.Reciprocal(a.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Quotient(Four<V> numerator, Four<V> numeratorRest, Four<V> denominator, Four<V> denominatorRest) =>
        new(
            TSimd.Quotient(numerator.A, numeratorRest.A, denominator.A, denominatorRest.A),
            TSimd.Quotient(numerator.B, numeratorRest.B, denominator.B, denominatorRest.B),
            TSimd.Quotient(numerator.C, numeratorRest.C, denominator.C, denominatorRest.C),
            TSimd.Quotient(numerator.D, numeratorRest.D, denominator.D, denominatorRest.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> MultiplyAdd(Four<V> a, Four<V> b, Four<V> c) =>
        new(TSimd.MultiplyAdd(a.A, b.A, c.A), TSimd.MultiplyAdd(a.B, b.B, c.B), TSimd.MultiplyAdd(a.C, b.C, c.C), TSimd.MultiplyAdd(a.D, b.D, c.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> MultiplySubtract(Four<V> a, Four<V> b, Four<V> c) =>
        new(TSimd.MultiplySubtract(a.A, b.A, c.A), TSimd.MultiplySubtract(a.B, b.B, c.B), TSimd.MultiplySubtract(a.C, b.C, c.C), TSimd.MultiplySubtract(a.D, b.D, c.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> NegatedMultiplyAdd(Four<V> a, Four<V> b, Four<V> c) =>
        new(TSimd.NegatedMultiplyAdd(a.A, b.A, c.A), TSimd.NegatedMultiplyAdd(a.B, b.B, c.B), TSimd.NegatedMultiplyAdd(a.C, b.C, c.C), TSimd.NegatedMultiplyAdd(a.D, b.D, c.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Min(Four<V> a, Four<V> b) =>
        new(TSimd.Min(a.A, b.A), TSimd.Min(a.B, b.B), TSimd.Min(a.C, b.C), TSimd.Min(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Max(Four<V> a, Four<V> b) =>
        new(TSimd.Max(a.A, b.A), TSimd.Max(a.B, b.B), TSimd.Max(a.C, b.C), TSimd.Max(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Abs(Four<V> a) =>
        new(TSimd.Abs(a.A), TSimd.Abs(a.B), TSimd.Abs(a.C), TSimd.Abs(a.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Round(Four<V> a) =>
        new(TSimd.Round(a.A), TSimd.Round(a.B), TSimd.Round(a.C), TSimd.Round(a.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> PowerOfTwo(Four<V> wholeNumber) =>
        new(TSimd.PowerOfTwo(wholeNumber.A), TSimd.PowerOfTwo(wholeNumber.B), TSimd.PowerOfTwo(wholeNumber.C), TSimd.PowerOfTwo(wholeNumber.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> PowerOfTwoOfShifted(Four<V> shifted) =>
        new(TSimd.PowerOfTwoOfShifted(shifted.A), TSimd.PowerOfTwoOfShifted(shifted.B), TSimd.PowerOfTwoOfShifted(shifted.C), TSimd.PowerOfTwoOfShifted(shifted.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> GreaterThan(Four<V> a, Four<V> b) =>
        new(TSimd.GreaterThan(a.A, b.A), TSimd.GreaterThan(a.B, b.B), TSimd.GreaterThan(a.C, b.C), TSimd.GreaterThan(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<V> Select(Four<V> mask, Four<V> whereTrue, Four<V> whereFalse) =>
        new(TSimd.Select(mask.A, whereTrue.A, whereFalse.A), TSimd.Select(mask.B, whereTrue.B, whereFalse.B), TSimd.Select(mask.C, whereTrue.C, whereFalse.C), TSimd.Select(mask.D, whereTrue.D, whereFalse.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Four<V> Sin, Four<V> Cos) SinCos(Four<V> a)
    {
        (V sinA, V cosA) = TSimd.SinCos(a.A);
        (V sinB, V cosB) = TSimd.SinCos(a.B);
        (V sinC, V cosC) = TSimd.SinCos(a.C);
        (V sinD, V cosD) = TSimd.SinCos(a.D);
        return (new Four<V>(sinA, sinB, sinC, sinD), new Four<V>(cosA, cosB, cosC, cosD));
    }
}
