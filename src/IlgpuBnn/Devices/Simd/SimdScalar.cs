using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace IlgpuBnn.Devices.Simd;

/// <summary>One float at a time, without vector instructions.</summary>
internal readonly unsafe struct SimdScalar : ISimd<float>
{
    private static readonly float True = BitConverter.Int32BitsToSingle(-1);

    public static int Width => 1;

    public static bool ManyRegisters => false;

    public static float Load(float* address) => *address;

    public static void Store(float* address, float value) => *address = value;

    public static float Create(float value) => value;

    public static float Add(float a, float b) => a + b;

    public static float Subtract(float a, float b) => a - b;

    public static float Multiply(float a, float b) => a * b;

    public static float Divide(float a, float b) => a / b;

    public static float Reciprocal(float a) => 1f / a;

    public static float Quotient(float numerator, float numeratorRest, float denominator, float denominatorRest)
    {
        float ratio = numerator / denominator;
        if (!(Fma.IsSupported || AdvSimd.IsSupported))
        {
            return ratio;
        }

        float remainder = NegatedMultiplyAdd(ratio, denominator, numerator);
        remainder = NegatedMultiplyAdd(ratio, denominatorRest, remainder + numeratorRest);
        return ratio + (remainder / denominator);
    }

    public static float MultiplyAdd(float a, float b, float c) => float.MultiplyAddEstimate(a, b, c);

    public static float MultiplySubtract(float a, float b, float c) => float.MultiplyAddEstimate(a, b, -c);

    public static float NegatedMultiplyAdd(float a, float b, float c) => float.MultiplyAddEstimate(-a, b, c);

    public static float Min(float a, float b) => a < b ? a : b;

    public static float Max(float a, float b) => a > b ? a : b;

    public static float Abs(float a) => MathF.Abs(a);

    public static float Sqrt(float a) => MathF.Sqrt(a);

    public static float Round(float a) => MathF.Round(a);

    public static float PowerOfTwo(float wholeNumber) => BitConverter.Int32BitsToSingle(((int)wholeNumber + 127) << 23);

    public static float PowerOfTwoOfShifted(float shifted) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(shifted) << 23);

    public static float GreaterThan(float a, float b) => a > b ? True : 0f;

    public static float IsNumber(float a) => float.IsNaN(a) ? 0f : True;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Select(float mask, float whereTrue, float whereFalse) =>
        BitConverter.SingleToInt32Bits(mask) != 0 ? whereTrue : whereFalse;

    public static (float Sin, float Cos) SinCos(float a) => MathF.SinCos(a);

    public static float Sum(float a) => a;

    public static Vector128<float> Sums(float a, float b, float c, float d) => Vector128.Create(a, b, c, d);
}
