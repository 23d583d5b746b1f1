using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Likelihoods;

/// <summary>Student's t noise as a scale mixture: each particle has one Gaussian, whose variances are quantiles of an inverse Gamma distribution.</summary>
internal static class StudentsT
{
    /// <summary>Maximum number of widths: with more, the widest would dominate the variance.</summary>
    public const int MaxWidths = 10;

    /// <summary>Equally weighted widths, rising, in units of the scale; their squares are midpoint quantiles.</summary>
    /// <param name="degreesOfFreedom">nu, above 0; null for a Gaussian: one width, 1.</param>
    public static double[] Widths(double? degreesOfFreedom, int count) => degreesOfFreedom is { } degrees
        ? [.. Enumerable.Range(0, count).Select(k => 1 / Math.Sqrt(Gamma.InvCDF(degrees / 2, degrees / 2, 1 - ((k + 0.5) / count))))]
        : [1];

    /// <summary>The width of each particle's noise.</summary>
    public static double[] WidthOfEach(int particles, double? degreesOfFreedom)
    {
        double[] widths = Widths(degreesOfFreedom, Math.Min(particles, MaxWidths));
        return [.. Enumerable.Range(0, particles).Select(s => widths[(long)s * widths.Length / particles])];
    }
}
