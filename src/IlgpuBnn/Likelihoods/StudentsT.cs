using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Likelihoods;

/// <summary>
/// Noise with heavy tails as an ensemble carries it: Student's t distribution is a Gaussian whose variance is drawn from an inverse Gamma
/// distribution, and each particle has one such Gaussian.
/// </summary>
internal static class StudentsT
{
    /// <summary>Widths at most: more would let the very widest, which one particle has, outweigh all others in the variance.</summary>
    public const int MostWidths = 10;

    /// <summary>Widths of equal weight, narrow to wide, in units of the distribution's scale; their squares lie in the middle of equal shares.</summary>
    /// <param name="degreesOfFreedom">nu, above 0; null, Gaussian: one width, 1.</param>
    public static double[] Widths(double? degreesOfFreedom, int count) => degreesOfFreedom is { } degrees
        ? [.. Enumerable.Range(0, count).Select(k => 1 / Math.Sqrt(Gamma.InvCDF(degrees / 2, degrees / 2, 1 - ((k + 0.5) / count))))]
        : [1];

    /// <summary>The width of each particle's noise.</summary>
    public static double[] WidthOfEach(int particles, double? degreesOfFreedom)
    {
        double[] widths = Widths(degreesOfFreedom, Math.Min(particles, MostWidths));
        return [.. Enumerable.Range(0, particles).Select(s => widths[(long)s * widths.Length / particles])];
    }
}
