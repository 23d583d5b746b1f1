using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Applied to a finished sum of a <see cref="ProductKernel{TSimd, V}"/> while it is in a register.</summary>
internal interface IEpilogue
{
    /// <summary>Whether it is an elementary function.</summary>
    static virtual bool Long => false;

    /// <summary>Whether it reads the destination.</summary>
    static virtual bool TakesDestination => false;

    /// <summary>Whether it reads the stored derivative.</summary>
    static virtual bool TakesDerivative => false;

    /// <summary>Whether it stores a derivative.</summary>
    static virtual bool GivesDerivative => false;

    /// <returns>The value for the destination.</returns>
    static abstract V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct;
}

/// <summary>Work generic in the epilogue.</summary>
internal interface IEpilogueWork
{
    void Run<TEpilogue>()
        where TEpilogue : struct, IEpilogue;
}

/// <summary>The epilogue of each activation.</summary>
internal static class ForwardEpilogues
{
    public static void Run<TWork>(Activation activation, TWork work)
        where TWork : struct, IEpilogueWork
    {
        switch (activation)
        {
            case Activation.Relu:
                work.Run<ReluForward>();
                break;
            case Activation.Tanh:
                work.Run<TanhForward>();
                break;
            case Activation.Sigmoid:
                work.Run<SigmoidForward>();
                break;
            case Activation.Sin:
                work.Run<SinForward>();
                break;
            case Activation.Cos:
                work.Run<CosForward>();
                break;
            case Activation.Silu:
                work.Run<SiluForward>();
                break;
            default:
                work.Run<IdentityForward>();
                break;
        }
    }
}

/// <summary>The epilogue that takes a gradient through each activation.</summary>
internal static class BackwardEpilogues
{
    public static void Run<TWork>(Activation activation, TWork work)
        where TWork : struct, IEpilogueWork
    {
        switch (activation)
        {
            case Activation.Relu:
                work.Run<ReluBackward>();
                break;
            case Activation.Tanh:
                work.Run<TanhBackward>();
                break;
            case Activation.Sigmoid:
                work.Run<SigmoidBackward>();
                break;
            case Activation.Sin or Activation.Cos or Activation.Silu:
                work.Run<StoredBackward>();
                break;
            default:
                work.Run<IdentityForward>();
                break;
        }
    }
}

/// <summary>f(z) = z.</summary>
internal readonly struct IdentityForward : IEpilogue
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct => sum;
}

/// <summary>f(z) = max(0, z); NaN stays NaN.</summary>
internal readonly struct ReluForward : IEpilogue
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct => TSimd.Max(TSimd.Create(0f), sum);
}

/// <summary>f(z) = tanh z.</summary>
internal readonly struct TanhForward : IEpilogue
{
    public static bool Long => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct => SimdMath<TSimd, V>.Tanh(sum);
}

/// <summary>f(z) = 1 / (1 + exp(-z)).</summary>
internal readonly struct SigmoidForward : IEpilogue
{
    public static bool Long => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct => SimdMath<TSimd, V>.Sigmoid(sum);
}

/// <summary>f(z) = sin z, with its derivative.</summary>
internal readonly struct SinForward : IEpilogue
{
    public static bool Long => true;

    public static bool GivesDerivative => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct
    {
        (V sin, derivative) = TSimd.SinCos(sum);
        return sin;
    }
}

/// <summary>f(z) = cos z, with its derivative.</summary>
internal readonly struct CosForward : IEpilogue
{
    public static bool Long => true;

    public static bool GivesDerivative => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct
    {
        (V sin, V cos) = TSimd.SinCos(sum);
        derivative = TSimd.Subtract(TSimd.Create(0f), sin);
        return cos;
    }
}

/// <summary>f(z) = z s(z) with the logistic function s, and its derivative, f(z) + s(z) (1 - f(z)).</summary>
internal readonly struct SiluForward : IEpilogue
{
    public static bool Long => true;

    public static bool GivesDerivative => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct
    {
        V sigmoid = SimdMath<TSimd, V>.Sigmoid(sum), value = TSimd.Multiply(sum, sigmoid);
        derivative = TSimd.MultiplyAdd(sigmoid, TSimd.Subtract(TSimd.Create(1f), value), value);
        return value;
    }
}

/// <summary>The sum times the derivative of ReLU: the destination holds the output a, f'(z) = 1 for a above 0.</summary>
internal readonly struct ReluBackward : IEpilogue
{
    public static bool TakesDestination => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct
    {
        V zero = TSimd.Create(0f);
        return TSimd.Select(TSimd.GreaterThan(destination, zero), sum, zero);
    }
}

/// <summary>The sum times the derivative of tanh: the destination holds the output a, f'(z) = 1 - a^2.</summary>
internal readonly struct TanhBackward : IEpilogue
{
    public static bool TakesDestination => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct =>
        TSimd.Multiply(sum, TSimd.NegatedMultiplyAdd(destination, destination, TSimd.Create(1f)));
}

/// <summary>The sum times the derivative of the logistic function: the destination holds the output a, f'(z) = a (1 - a).</summary>
internal readonly struct SigmoidBackward : IEpilogue
{
    public static bool TakesDestination => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct =>
        TSimd.Multiply(sum, TSimd.Multiply(destination, TSimd.Subtract(TSimd.Create(1f), destination)));
}

/// <summary>The sum times a stored derivative.</summary>
internal readonly struct StoredBackward : IEpilogue
{
    public static bool TakesDerivative => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct => TSimd.Multiply(sum, derivative);
}

/// <summary>Adds to the destination: a sum over particles, block by block.</summary>
internal readonly struct AddForward : IEpilogue
{
    public static bool TakesDestination => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<TSimd, V>(V sum, V destination, ref V derivative)
        where TSimd : struct, ILanes<V>
        where V : struct => TSimd.Add(destination, sum);
}
