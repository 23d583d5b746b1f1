using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>See <see cref="Training.StepInfo"/>.</summary>
/// <remarks>The device adds up: there are as many numbers as an iteration has.</remarks>
internal readonly record struct StepStatistics(double Bandwidth, double MeanLogDensity, double GradientNorm, double Spread, double SteinIdentityRatio)
{
    /// <param name="logDensities">[particle].</param>
    /// <param name="gradientSquares">[particle]: square of the gradient's length.</param>
    public static (double MeanLogDensity, double GradientNorm) Of(double[] logDensities, double[] gradientSquares) =>
        (logDensities.Average(), Math.Sqrt(gradientSquares.Average()));

    /// <summary>Root mean square distance of particles from their mean.</summary>
    /// <param name="particles">[S, stride].</param>
    /// <remarks>Deviations add up to 0, so that their products with the particles are their squares.</remarks>
    public static double SpreadOf(Device device, DeviceBuffer particles, ParticleShape shape) =>
        Math.Sqrt(device.DeviationProduct(particles, particles, shape) / shape.Particles);

    /// <summary>By Stein's identity the expectation of -(theta - mean) . grad log p over the posterior is P; here over P.</summary>
    /// <param name="particles">[S, stride].</param>
    /// <param name="gradients">[S, stride].</param>
    /// <returns>NaN of a single particle.</returns>
    public static double SteinIdentityRatioOf(Device device, DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape) => shape.Particles == 1
        ? double.NaN
        : -device.DeviationProduct(particles, gradients, shape) / shape.Particles / shape.Parameters;
}
