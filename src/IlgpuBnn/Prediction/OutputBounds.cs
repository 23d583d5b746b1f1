namespace IlgpuBnn.Prediction;

/// <summary>Bounds to which networks' outputs of a target are clamped.</summary>
/// <remarks>Predicted means lie within; noise and <see cref="BayesianNetwork.EpistemicScales"/> above 1 may exceed them.</remarks>
/// <param name="Lower">Raw units; negative infinity for none.</param>
/// <param name="Upper">Raw units; infinity for none.</param>
public readonly record struct OutputBounds(double Lower, double Upper)
{
    /// <summary>No bounds.</summary>
    public static OutputBounds None { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Keeps only the given bounds.</summary>
    internal OutputBounds Keep(bool lower, bool upper) => new(lower ? Lower : None.Lower, upper ? Upper : None.Upper);

    /// <summary>Non-finite values are not clamped, so that they are noticed.</summary>
    internal double Clamp(double value) => double.IsFinite(value) ? Math.Clamp(value, Lower, Upper) : value;
}
