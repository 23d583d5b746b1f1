using ILGPU.Algorithms;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Equations;

/// <summary>A <see cref="Dual"/> in single precision, for a GPU's kernels: a <see cref="KernelDual"/> that equations compute with.</summary>
internal readonly struct SingleDual : IReal<SingleDual>
{
    // As KernelDual has them.
    private readonly float _value;
    private readonly float _tangent;

    public SingleDual(float value, float tangent)
    {
        _value = value;
        _tangent = tangent;
    }

    public float Value => _value;

    public float Tangent => _tangent;

    public static SingleDual operator +(SingleDual left, SingleDual right) => new(left._value + right._value, left._tangent + right._tangent);

    public static SingleDual operator -(SingleDual left, SingleDual right) => new(left._value - right._value, left._tangent - right._tangent);

    public static SingleDual operator *(SingleDual left, SingleDual right) =>
        new(left._value * right._value, (left._tangent * right._value) + (left._value * right._tangent));

    public static SingleDual operator /(SingleDual left, SingleDual right)
    {
        float value = left._value / right._value;
        return new SingleDual(value, (left._tangent - (value * right._tangent)) / right._value);
    }

    public static SingleDual operator -(SingleDual value) => new(-value._value, -value._tangent);

    public static implicit operator SingleDual(double value) => new((float)value, 0f);

    public static SingleDual Exp(SingleDual value)
    {
        float own = XMath.Exp(value._value);
        return new SingleDual(own, own * value._tangent);
    }

    public static SingleDual Log(SingleDual value) =>
        new(value._value > 0f ? KernelMath.Log(value._value) : KernelMath.NotANumber(), value._tangent / value._value);

    public static SingleDual Pow(SingleDual value, double power) =>
        new(KernelMath.Pow(value._value, (float)power), (float)power * KernelMath.Pow(value._value, (float)(power - 1)) * value._tangent);

    public static SingleDual Sin(SingleDual value) => new(KernelMath.Sin(value._value), KernelMath.Cos(value._value) * value._tangent);

    public static SingleDual Cos(SingleDual value) => new(KernelMath.Cos(value._value), -KernelMath.Sin(value._value) * value._tangent);

    public static SingleDual Tanh(SingleDual value)
    {
        float own = KernelMath.Tanh(value._value);
        return new SingleDual(own, (1f - (own * own)) * value._tangent);
    }
}
