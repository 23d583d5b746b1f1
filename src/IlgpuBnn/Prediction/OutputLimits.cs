namespace IlgpuBnn.Prediction;

/// <summary>Between which values a target's predictions by single networks are kept: what lies beyond is cut off.</summary>
/// <param name="Lower">In the target's own unit; negative infinity for none.</param>
/// <param name="Upper">In the target's own unit; infinity for none.</param>
public readonly record struct OutputLimits(double Lower, double Upper)
{
    /// <summary>Every value may be predicted.</summary>
    public static OutputLimits None { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Only the ends that are asked for.</summary>
    internal OutputLimits Keep(bool lower, bool upper) => new(lower ? Lower : None.Lower, upper ? Upper : None.Upper);

    internal double Clamp(double value) => Math.Clamp(value, Lower, Upper);
}
