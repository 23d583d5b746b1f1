using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>What happens to a finished sum of a <see cref="ProductKernel{TSimd, V}"/> before it leaves the registers.</summary>
internal unsafe interface IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Stores a function of the sum; <paramref name="derivative"/> points at the same place among the derivatives.</summary>
    static abstract void Store(V sum, float* destination, float* derivative);
}

/// <summary>f(z) = z.</summary>
internal readonly unsafe struct IdentityForward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative) => TSimd.Store(destination, sum);
}

/// <summary>f(z) = max(0, z); NaN stays NaN.</summary>
internal readonly unsafe struct ReluForward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative) => TSimd.Store(destination, TSimd.Max(TSimd.Create(0f), sum));
}

/// <summary>f(z) = tanh z.</summary>
internal readonly unsafe struct TanhForward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative) => TSimd.Store(destination, SimdMath<TSimd, V>.Tanh(sum));
}

/// <summary>f(z) = 1 / (1 + exp(-z)).</summary>
internal readonly unsafe struct SigmoidForward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative) => TSimd.Store(destination, SimdMath<TSimd, V>.Sigmoid(sum));
}

/// <summary>f(z) = sin z, with its derivative.</summary>
internal readonly unsafe struct SinForward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative)
    {
        (V sin, V cos) = TSimd.SinCos(sum);
        TSimd.Store(destination, sin);
        TSimd.Store(derivative, cos);
    }
}

/// <summary>f(z) = cos z, with its derivative.</summary>
internal readonly unsafe struct CosForward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative)
    {
        (V sin, V cos) = TSimd.SinCos(sum);
        TSimd.Store(destination, cos);
        TSimd.Store(derivative, TSimd.Subtract(TSimd.Create(0f), sin));
    }
}

/// <summary>f(z) = z s(z) with the logistic function s, and its derivative, f(z) + s(z) (1 - f(z)).</summary>
internal readonly unsafe struct SiluForward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative)
    {
        V sigmoid = SimdMath<TSimd, V>.Sigmoid(sum), value = TSimd.Multiply(sum, sigmoid);
        TSimd.Store(destination, value);
        TSimd.Store(derivative, TSimd.MultiplyAdd(sigmoid, TSimd.Subtract(TSimd.Create(1f), value), value));
    }
}

/// <summary>The sum times the derivative of ReLU: destination holds the output a, f'(z) = 1 where a is above 0.</summary>
internal readonly unsafe struct ReluBackward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative)
    {
        V zero = TSimd.Create(0f);
        TSimd.Store(destination, TSimd.Select(TSimd.GreaterThan(TSimd.Load(destination), zero), sum, zero));
    }
}

/// <summary>The sum times the derivative of tanh: destination holds the output a, f'(z) = 1 - a^2.</summary>
internal readonly unsafe struct TanhBackward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative)
    {
        V a = TSimd.Load(destination);
        TSimd.Store(destination, TSimd.Multiply(sum, TSimd.Subtract(TSimd.Create(1f), TSimd.Multiply(a, a))));
    }
}

/// <summary>The sum times the derivative of the logistic function: destination holds the output a, f'(z) = a (1 - a).</summary>
internal readonly unsafe struct SigmoidBackward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative)
    {
        V a = TSimd.Load(destination);
        TSimd.Store(destination, TSimd.Multiply(sum, TSimd.Multiply(a, TSimd.Subtract(TSimd.Create(1f), a))));
    }
}

/// <summary>The sum times a stored derivative.</summary>
internal readonly unsafe struct StoredBackward<TSimd, V> : IEpilogue<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V sum, float* destination, float* derivative) =>
        TSimd.Store(destination, TSimd.Multiply(sum, TSimd.Load(derivative)));
}
