using System.Numerics;
using System.Runtime.CompilerServices;
using MathNet.Numerics;

namespace IlgpuBnn.Prediction;

/// <summary>CDF, density and its slope of a mixture of Gaussians at one point, several components at a time: what a search for quantiles asks for.</summary>
internal static class MixtureSums
{
    // Where the rational function ends and the continued fraction is exact to a double.
    private const double TailStart = 7.07106781186547;

    // The tail is below 1e-307 there, and its exponential still a normal number.
    private const double TailEnd = 37.5;

    /// <param name="means">One per component.</param>
    /// <param name="standardDeviations">All above 0.</param>
    public static (double Cdf, double Density, double Slope) At(double x, ReadOnlySpan<double> means, ReadOnlySpan<double> standardDeviations)
    {
        Vector<double> cdf = default, density = default, slope = default, point = new(x);
        int s = 0;
        for (; s + Vector<double>.Count <= means.Length; s += Vector<double>.Count)
        {
            Add(point, new Vector<double>(means[s..]), new Vector<double>(standardDeviations[s..]), ref cdf, ref density, ref slope);
        }

        if (s < means.Length)
        {
            // Components that are not there lie far above x and weigh next to nothing: below 1e-307.
            Span<double> lastMeans = stackalloc double[Vector<double>.Count], lastDeviations = stackalloc double[Vector<double>.Count];
            lastMeans.Fill(double.PositiveInfinity);
            lastDeviations.Fill(1);
            means[s..].CopyTo(lastMeans);
            standardDeviations[s..].CopyTo(lastDeviations);
            Add(point, new Vector<double>(lastMeans), new Vector<double>(lastDeviations), ref cdf, ref density, ref slope);
        }

        double share = 1.0 / means.Length, norm = Constants.InvSqrt2Pi / means.Length;
        return (share * Vector.Sum(cdf), norm * Vector.Sum(density), norm * Vector.Sum(slope));
    }

    /// <remarks>
    /// The normal CDF is Hart's (Computer Approximations, 1968, function 5666) as G. West gives it ("Better approximations to cumulative normal
    /// functions", Wilmott, 2005): exp(-z^2/2) times a rational function, in the tails times a continued fraction, here multiplied out.
    /// Within 1e-14 of the value; the exponential serves the density too.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        Vector<double> x, Vector<double> means, Vector<double> standardDeviations,
        ref Vector<double> cdf, ref Vector<double> density, ref Vector<double> slope)
    {
        Vector<double> inverse = Vector<double>.One / standardDeviations, z = (x - means) * inverse;
        z = Vector.Min(Vector.Max(z, new(-TailEnd)), new(TailEnd));
        Vector<double> a = Vector.Abs(z), exp = Vector.Exp(new Vector<double>(-0.5) * z * z);

        Vector<double> p = Vector.FusedMultiplyAdd(new(3.52624965998911e-2), a, new(0.700383064443688));
        p = Vector.FusedMultiplyAdd(p, a, new(6.37396220353165));
        p = Vector.FusedMultiplyAdd(p, a, new(33.912866078383));
        p = Vector.FusedMultiplyAdd(p, a, new(112.079291497871));
        p = Vector.FusedMultiplyAdd(p, a, new(221.213596169931));
        p = Vector.FusedMultiplyAdd(p, a, new(220.206867912376));
        Vector<double> q = Vector.FusedMultiplyAdd(new(8.83883476483184e-2), a, new(1.75566716318264));
        q = Vector.FusedMultiplyAdd(q, a, new(16.064177579207));
        q = Vector.FusedMultiplyAdd(q, a, new(86.7807322029461));
        q = Vector.FusedMultiplyAdd(q, a, new(296.564248779674));
        q = Vector.FusedMultiplyAdd(q, a, new(637.333633378831));
        q = Vector.FusedMultiplyAdd(q, a, new(793.826512519948));
        q = Vector.FusedMultiplyAdd(q, a, new(440.413735824752));

        // a + 1 / (a + 2 / (a + 3 / (a + 4 / (a + 0.65)))) = d4 / d3.
        Vector<double> d0 = a + new Vector<double>(0.65), d1 = Vector.FusedMultiplyAdd(a, d0, new(4));
        Vector<double> d2 = Vector.FusedMultiplyAdd(a, d1, new Vector<double>(3) * d0), d3 = Vector.FusedMultiplyAdd(a, d2, new Vector<double>(2) * d1);
        Vector<double> d4 = Vector.FusedMultiplyAdd(a, d3, d2);

        Vector<long> isTail = Vector.GreaterThan(a, new(TailStart));
        p = Vector.ConditionalSelect(isTail, new Vector<double>(Constants.InvSqrt2Pi) * d3, p);
        q = Vector.ConditionalSelect(isTail, d4, q);
        Vector<double> tail = exp * p / q;
        cdf += Vector.ConditionalSelect(Vector.GreaterThan(z, default), Vector<double>.One - tail, tail);

        Vector<double> height = exp * inverse;
        density += height;
        slope -= height * z * inverse;
    }
}
