namespace IlgpuBnn.Equations;

/// <summary>A number with its derivatives by two variables and by both (Fike and Alonso 2011, <em>The development of hyper-dual numbers for exact second-derivative calculations</em>).</summary>
/// <param name="Value">f.</param>
/// <param name="First">By the first variable.</param>
/// <param name="Second">By the second.</param>
/// <param name="Mixed">By the first and the second.</param>
internal readonly record struct HyperDual(double Value, double First, double Second, double Mixed) : IReal<HyperDual>
{
    public static HyperDual operator +(HyperDual left, HyperDual right) =>
        new(left.Value + right.Value, left.First + right.First, left.Second + right.Second, left.Mixed + right.Mixed);

    public static HyperDual operator -(HyperDual left, HyperDual right) => left + -right;

    public static HyperDual operator *(HyperDual left, HyperDual right) => new(
        left.Value * right.Value, (left.First * right.Value) + (left.Value * right.First), (left.Second * right.Value) + (left.Value * right.Second),
        (left.Mixed * right.Value) + (left.First * right.Second) + (left.Second * right.First) + (left.Value * right.Mixed));

    public static HyperDual operator /(HyperDual left, HyperDual right) => left * Of(right, 1 / right.Value, -1 / (right.Value * right.Value), 2 / (right.Value * right.Value * right.Value));

    public static HyperDual operator -(HyperDual value) => new(-value.Value, -value.First, -value.Second, -value.Mixed);

    public static implicit operator HyperDual(double value) => new(value, 0, 0, 0);

    public static HyperDual Exp(HyperDual value) => Math.Exp(value.Value) is var own ? Of(value, own, own, own) : default;

    public static HyperDual Log(HyperDual value) => Of(value, Math.Log(value.Value), 1 / value.Value, -1 / (value.Value * value.Value));

    public static HyperDual Pow(HyperDual value, double power) => Of(
        value, Math.Pow(value.Value, power), power * Math.Pow(value.Value, power - 1), power * (power - 1) * Math.Pow(value.Value, power - 2));

    public static HyperDual Sin(HyperDual value) => Math.SinCos(value.Value) is var (sin, cos) ? Of(value, sin, cos, -sin) : default;

    public static HyperDual Cos(HyperDual value) => Math.SinCos(value.Value) is var (sin, cos) ? Of(value, cos, -sin, -cos) : default;

    public static HyperDual Tanh(HyperDual value) => Math.Tanh(value.Value) is var own ? Of(value, own, 1 - (own * own), -2 * own * (1 - (own * own))) : default;

    /// <summary>A function of a number, from its value and derivatives there.</summary>
    private static HyperDual Of(HyperDual at, double value, double slope, double curvature) =>
        new(value, slope * at.First, slope * at.Second, (slope * at.Mixed) + (curvature * at.First * at.Second));
}
