namespace IlgpuBnn.Equations;

/// <summary>A number and its derivative by one variable (forward-mode differentiation by dual numbers).</summary>
/// <param name="Value">The number.</param>
/// <param name="Tangent">Its derivative.</param>
public readonly record struct Dual(double Value, double Tangent) : IReal<Dual>
{
    /// <inheritdoc/>
    public static Dual operator +(Dual left, Dual right) => new(left.Value + right.Value, left.Tangent + right.Tangent);

    /// <inheritdoc/>
    public static Dual operator -(Dual left, Dual right) => new(left.Value - right.Value, left.Tangent - right.Tangent);

    /// <inheritdoc/>
    public static Dual operator *(Dual left, Dual right) => new(left.Value * right.Value, (left.Tangent * right.Value) + (left.Value * right.Tangent));

    /// <inheritdoc/>
    public static Dual operator /(Dual left, Dual right)
    {
        double value = left.Value / right.Value;
        return new Dual(value, (left.Tangent - (value * right.Tangent)) / right.Value);
    }

    /// <inheritdoc/>
    public static Dual operator -(Dual value) => new(-value.Value, -value.Tangent);

    /// <inheritdoc/>
    public static implicit operator Dual(double value) => new(value, 0);

    /// <inheritdoc/>
    public static Dual Exp(Dual value) => Math.Exp(value.Value) is var own ? new Dual(own, own * value.Tangent) : default;

    /// <inheritdoc/>
    public static Dual Log(Dual value) => new(Math.Log(value.Value), value.Tangent / value.Value);

    /// <inheritdoc/>
    public static Dual Pow(Dual value, double power) => new(Math.Pow(value.Value, power), power * Math.Pow(value.Value, power - 1) * value.Tangent);

    /// <inheritdoc/>
    public static Dual Sin(Dual value) => new(Math.Sin(value.Value), Math.Cos(value.Value) * value.Tangent);

    /// <inheritdoc/>
    public static Dual Cos(Dual value) => new(Math.Cos(value.Value), -Math.Sin(value.Value) * value.Tangent);

    /// <inheritdoc/>
    public static Dual Tanh(Dual value) => Math.Tanh(value.Value) is var own ? new Dual(own, (1 - (own * own)) * value.Tangent) : default;
}
