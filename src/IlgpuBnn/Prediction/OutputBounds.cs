namespace IlgpuBnn.Prediction;

/// <summary>Between which values a target's predictions by single networks are kept: what lies beyond is cut off.</summary>
/// <remarks>So means lie within; what is spread around them, by <see cref="BayesianNetwork.EpistemicScales"/> above 1 and by noise, may pass an end.</remarks>
/// <param name="Lower">In the target's own unit; negative infinity for none.</param>
/// <param name="Upper">In the target's own unit; infinity for none.</param>
public readonly record struct OutputBounds(double Lower, double Upper)
{
    /// <summary>Every value may be predicted.</summary>
    public static OutputBounds None { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Only the ends that are asked for.</summary>
    internal OutputBounds Keep(bool lower, bool upper) => new(lower ? Lower : None.Lower, upper ? Upper : None.Upper);

    /// <summary>What is not finite stays so: it has to be noticed.</summary>
    internal double Clamp(double value) => double.IsFinite(value) ? Math.Clamp(value, Lower, Upper) : value;
}
