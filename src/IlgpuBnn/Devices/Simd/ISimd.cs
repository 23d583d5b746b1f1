using System.Runtime.Intrinsics;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Arithmetic for elementary functions and activations, on one vector or on <see cref="Four{TSimd, V}"/>.</summary>
/// <typeparam name="V">Lanes of floats.</typeparam>
internal interface ILanes<V>
    where V : struct
{
    static abstract V Create(float value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    /// <summary>1 / a of a normal number, within one unit in the last place.</summary>
    static abstract V Reciprocal(V a);

    /// <summary>
    /// (numerator + numeratorRest) / (denominator + denominatorRest), with the numbers' rounding errors as rests: within one unit in the last place if the
    /// processor fuses multiply-adds, otherwise without the rests.
    /// </summary>
    static abstract V Quotient(V numerator, V numeratorRest, V denominator, V denominatorRest);

    /// <summary>a * b + c, fused where the processor can.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>a * b - c, fused where the processor can.</summary>
    static abstract V MultiplySubtract(V a, V b, V c);

    /// <summary>c - a * b, fused where the processor can.</summary>
    static abstract V NegatedMultiplyAdd(V a, V b, V c);

    /// <summary>The smaller of two numbers; NaN where b is NaN.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The larger of two numbers; NaN where b is NaN.</summary>
    static abstract V Max(V a, V b);

    static abstract V Abs(V a);

    /// <summary>Nearest integer.</summary>
    static abstract V Round(V a);

    /// <summary>2 to the power of an integer from -126 to 127.</summary>
    static abstract V PowerOfTwo(V wholeNumber);

    /// <summary>2^n of n + 1.5 * 2^23 + 127, whose lowest bits are those of the exponent; n from -126 to 127.</summary>
    static abstract V PowerOfTwoOfShifted(V shifted);

    static abstract V GreaterThan(V a, V b);

    static abstract V Select(V mask, V whereTrue, V whereFalse);

    static abstract (V Sin, V Cos) SinCos(V a);
}

/// <summary>Vector operations for the loops of the CPU device, which are generic in the width.</summary>
/// <typeparam name="V">A vector of floats.</typeparam>
internal unsafe interface ISimd<V> : ILanes<V>
    where V : struct
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Whether there are 32 registers: 24 sums, four operands and a weight.</summary>
    static abstract bool ManyRegisters { get; }

    static abstract V Load(float* address);

    static abstract void Store(float* address, V value);

    static abstract V Sqrt(V a);

    /// <summary>Not NaN.</summary>
    static abstract V IsNumber(V a);

    /// <summary>Sum of the lanes in a fixed order.</summary>
    static abstract float Sum(V a);

    /// <summary>Sums of the lanes of four vectors, cheaper than one by one.</summary>
    static abstract Vector128<float> Sums(V a, V b, V c, V d);
}

/// <summary>Work generic in the vector width.</summary>
internal interface IVectorWork<T>
{
    T Run<TSimd, V>()
        where TSimd : struct, ISimd<V>
        where V : struct;
}
