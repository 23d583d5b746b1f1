namespace IlgpuBnn.Prediction;

/// <summary>Noise of a target as a function of the predicted mean: its log standard deviation is linear, and constant beyond a reach.</summary>
/// <remarks>The exponential variance function of Pinheiro and Bates, "Mixed-Effects Models in S and S-PLUS" (2000), 5.2.1.</remarks>
/// <param name="Centre">Mean of the target, where the factor is 1, raw units.</param>
/// <param name="Scale">Standard deviation of the target, raw units.</param>
/// <param name="Slope">Of the log standard deviation, per <paramref name="Scale"/>.</param>
internal readonly record struct VarianceFunction(double Centre, double Scale, double Slope)
{
    /// <summary>Few training rows lie beyond: the slope is not extrapolated.</summary>
    public const double Reach = 2;

    /// <summary>Factor of the noise's standard deviation at a predicted mean.</summary>
    public double FactorAt(double mean) => Math.Exp(Slope * Position(mean, Centre, Scale));

    /// <summary>Predicted mean in standard deviations from the target's mean, clamped to the reach.</summary>
    public static double Position(double mean, double centre, double scale) => Math.Clamp((mean - centre) / scale, -Reach, Reach);
}
