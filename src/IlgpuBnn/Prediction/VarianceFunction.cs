namespace IlgpuBnn.Prediction;

/// <summary>How a target's noise changes with what is predicted: ln of its standard deviation is a straight line between two ends.</summary>
/// <remarks>The exponential variance function of Pinheiro and Bates, "Mixed-Effects Models in S and S-PLUS" (2000), 5.2.1.</remarks>
/// <param name="Centre">Predicted mean at which the noise is that of the particles, raw units: the target's mean.</param>
/// <param name="Scale">Standard deviation of the target, raw units.</param>
/// <param name="Slope">Of ln of the standard deviation of the noise, per <paramref name="Scale"/>.</param>
internal readonly record struct VarianceFunction(double Centre, double Scale, double Slope)
{
    // Few training rows lie beyond, and what they say of noise should not be carried further.
    private const double Reach = 2;

    /// <summary>What the noise's standard deviation is multiplied by where a mean is predicted.</summary>
    public double FactorAt(double mean) => Math.Exp(Slope * Position(mean, Centre, Scale));

    /// <summary>A predicted mean in standard deviations from the target's mean, no further than the line reaches.</summary>
    public static double Position(double mean, double centre, double scale) => Math.Clamp((mean - centre) / scale, -Reach, Reach);
}
