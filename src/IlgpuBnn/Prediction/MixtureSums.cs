using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics;

namespace IlgpuBnn.Prediction;

/// <summary>CDF, density and its slope of Gaussian mixtures, one per vector lane.</summary>
internal static class MixtureSums
{
    // Beyond it the continued fraction is accurate to double precision.
    private const double TailStart = 7.07106781186547;

    // The tail is below 1e-307 here, and its exponential still a normal number.
    private const double TailEnd = 37.5;

    /// <summary>The lowest exponent whose exponential is a normal number, nearly.</summary>
    public const double LowestExponent = -707;

    /// <summary>Gaussians whose means are particles' outputs, drawn towards a centre.</summary>
    /// <param name="Centre">One per lane.</param>
    /// <param name="Shrink">What the outputs' deviations from it are multiplied by, one per lane.</param>
    /// <param name="Count">How many Gaussians.</param>
    /// <param name="Stride">From a particle's outputs to the next's.</param>
    public readonly record struct Components(Vector512<double> Centre, Vector512<double> Shrink, int Count, nint Stride);

    /// <param name="x">Where.</param>
    /// <param name="components">The Gaussians.</param>
    /// <param name="outputs">The first particle's, one per lane.</param>
    /// <param name="inverses">[component, lane]: 1 / standard deviation.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (Vector512<double> Cdf, Vector512<double> Density, Vector512<double> Slope) At(
        Vector512<double> x, in Components components, ref readonly double outputs, ref readonly double inverses)
    {
        Vector512<double> cdf = default, density = default, slope = default, centre = components.Centre, shrink = components.Shrink;
        for (nint s = 0; s < components.Count; s++)
        {
            Vector512<double> output = Vector512.LoadUnsafe(in Unsafe.Add(ref Unsafe.AsRef(in outputs), s * components.Stride));
            Add(
                x, centre + (shrink * (output - centre)), Vector512.LoadUnsafe(in Unsafe.Add(ref Unsafe.AsRef(in inverses), s * Vector512<double>.Count)),
                ref cdf, ref density, ref slope);
        }

        double share = 1.0 / components.Count, norm = Constants.InvSqrt2Pi / components.Count;
        return (share * cdf, norm * density, norm * slope);
    }

    /// <remarks>
    /// The normal CDF is Hart's (Computer Approximations, 1968, function 5666) as given by G. West ("Better approximations to cumulative normal
    /// functions", Wilmott, 2005): exp(-z^2/2) times a rational function, in the tails times a continued fraction, here multiplied out.
    /// Accurate to a relative 1e-14; the density uses the same exponential.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        Vector512<double> x, Vector512<double> mean, Vector512<double> inverse, ref Vector512<double> cdf, ref Vector512<double> density, ref Vector512<double> slope)
    {
        Vector512<double> z = (x - mean) * inverse;
        z = Vector512.Min(Vector512.Max(z, Vector512.Create(-TailEnd)), Vector512.Create(TailEnd));
        Vector512<double> a = Vector512.Abs(z), exp = Exp(-0.5 * z * z);

        Vector512<double> p = Vector512.FusedMultiplyAdd(Vector512.Create(3.52624965998911e-2), a, Vector512.Create(0.700383064443688));
        p = Vector512.FusedMultiplyAdd(p, a, Vector512.Create(6.37396220353165));
        p = Vector512.FusedMultiplyAdd(p, a, Vector512.Create(33.912866078383));
        p = Vector512.FusedMultiplyAdd(p, a, Vector512.Create(112.079291497871));
        p = Vector512.FusedMultiplyAdd(p, a, Vector512.Create(221.213596169931));
        p = Vector512.FusedMultiplyAdd(p, a, Vector512.Create(220.206867912376));
        Vector512<double> q = Vector512.FusedMultiplyAdd(Vector512.Create(8.83883476483184e-2), a, Vector512.Create(1.75566716318264));
        q = Vector512.FusedMultiplyAdd(q, a, Vector512.Create(16.064177579207));
        q = Vector512.FusedMultiplyAdd(q, a, Vector512.Create(86.7807322029461));
        q = Vector512.FusedMultiplyAdd(q, a, Vector512.Create(296.564248779674));
        q = Vector512.FusedMultiplyAdd(q, a, Vector512.Create(637.333633378831));
        q = Vector512.FusedMultiplyAdd(q, a, Vector512.Create(793.826512519948));
        q = Vector512.FusedMultiplyAdd(q, a, Vector512.Create(440.413735824752));

        // a + 1 / (a + 2 / (a + 3 / (a + 4 / (a + 0.65)))) = d4 / d3.
        Vector512<double> d0 = a + Vector512.Create(0.65), d1 = Vector512.FusedMultiplyAdd(a, d0, Vector512.Create(4.0));
        Vector512<double> d2 = Vector512.FusedMultiplyAdd(a, d1, 3 * d0), d3 = Vector512.FusedMultiplyAdd(a, d2, 2 * d1);
        Vector512<double> d4 = Vector512.FusedMultiplyAdd(a, d3, d2);

        Vector512<double> isTail = Vector512.GreaterThan(a, Vector512.Create(TailStart));
        p = Vector512.ConditionalSelect(isTail, Vector512.Create(Constants.InvSqrt2Pi) * d3, p);
        q = Vector512.ConditionalSelect(isTail, d4, q);
        Vector512<double> tail = exp * p / q;
        cdf += Vector512.ConditionalSelect(Vector512.GreaterThan(z, default), Vector512<double>.One - tail, tail);

        Vector512<double> height = exp * inverse;
        density += height;
        slope -= height * z * inverse;
    }

    /// <remarks>
    /// For x between <see cref="LowestExponent"/> and 0: 2^n times the Taylor series of the remainder to its 12th power, within 2 units in the last place. Vector512.Exp would
    /// be a call that saves every register.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> x)
    {
        // Adding and subtracting 1.5 * 2^52 rounds to an integer, which the last bits hold in between.
        Vector512<double> shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1 / Constants.Ln2), Vector512.Create(6755399441055744.0));
        Vector512<double> n = shifted - Vector512.Create(6755399441055744.0);
        Vector512<double> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693147180369123816490), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-1.90821492927058770002e-10), r);
        Vector512<double> r2 = r * r, r4 = r2 * r2;
        Vector512<double> low = Vector512.FusedMultiplyAdd(
            Vector512.FusedMultiplyAdd(r, Vector512.Create(1.0 / 6), Vector512.Create(0.5)), r2, r + Vector512<double>.One);
        Vector512<double> middle = Vector512.FusedMultiplyAdd(
            Vector512.FusedMultiplyAdd(r, Vector512.Create(1.0 / 5040), Vector512.Create(1.0 / 720)), r2,
            Vector512.FusedMultiplyAdd(r, Vector512.Create(1.0 / 120), Vector512.Create(1.0 / 24)));
        Vector512<double> high = Vector512.FusedMultiplyAdd(
            Vector512.FusedMultiplyAdd(r, Vector512.Create(1.0 / 39916800), Vector512.Create(1.0 / 3628800)), r2,
            Vector512.FusedMultiplyAdd(r, Vector512.Create(1.0 / 362880), Vector512.Create(1.0 / 40320)));
        high = Vector512.FusedMultiplyAdd(r4, Vector512.Create(1.0 / 479001600), high);
        Vector512<double> series = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(high, r4, middle), r4, low);
        return (series.AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
    }
}
