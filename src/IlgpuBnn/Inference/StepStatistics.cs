using System.Runtime.Intrinsics;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>See <see cref="Training.StepInfo"/>.</summary>
/// <remarks>Sums are in double precision, particle by particle as they lie in memory: there are as many numbers as an iteration has.</remarks>
internal readonly record struct StepStatistics(double Bandwidth, double MeanLogDensity, double GradientNorm, double Spread, double SteinIdentityRatio)
{
    /// <param name="logDensities">[particle].</param>
    /// <param name="gradientSquares">[particle]: square of the gradient's length.</param>
    public static (double MeanLogDensity, double GradientNorm) Of(double[] logDensities, double[] gradientSquares) =>
        (logDensities.Average(), Math.Sqrt(gradientSquares.Average()));

    /// <summary>Square of each particle's length, [S].</summary>
    /// <param name="values">[S, stride]; the padding is 0.</param>
    public static double[] SquaresOf(ReadOnlySpan<float> values, int stride)
    {
        double[] squares = new double[values.Length / stride], zeros = new double[stride];
        for (int s = 0; s < squares.Length; s++)
        {
            squares[s] = Product(values.Slice(s * stride, stride), zeros, values.Slice(s * stride, stride));
        }

        return squares;
    }

    /// <summary>Root mean square distance of particles from their mean.</summary>
    /// <param name="particles">[S, stride].</param>
    public static double SpreadOf(ReadOnlySpan<float> particles, int parameters, int stride)
    {
        // Deviations add up to 0, so that their products with the particles are their squares.
        int count = particles.Length / stride;
        return Math.Sqrt(ProductOfDeviations(particles, particles, new ParticleShape(count, parameters, stride)) / count);
    }

    /// <summary>By Stein's identity the expectation of -(theta - mean) . grad log p over the posterior is P; here over P.</summary>
    /// <param name="particles">[S, stride].</param>
    /// <param name="gradients">[S, stride].</param>
    /// <returns>NaN of a single particle.</returns>
    public static double SteinIdentityRatioOf(ReadOnlySpan<float> particles, ReadOnlySpan<float> gradients, int parameters, int stride)
    {
        int count = particles.Length / stride;
        return count == 1 ? double.NaN : -ProductOfDeviations(particles, gradients, new ParticleShape(count, parameters, stride)) / count / parameters;
    }

    /// <summary>Sum over particles of (theta - mean) . other.</summary>
    private static double ProductOfDeviations(ReadOnlySpan<float> particles, ReadOnlySpan<float> others, ParticleShape shape)
    {
        double[] means = new double[shape.Parameters];
        double sum = 0;
        for (int s = 0; s < shape.Particles; s++)
        {
            Add(particles.Slice(s * shape.Stride, shape.Parameters), means);
        }

        for (int p = 0; p < means.Length; p++)
        {
            means[p] /= shape.Particles;
        }

        for (int s = 0; s < shape.Particles; s++)
        {
            sum += Product(particles.Slice(s * shape.Stride, shape.Parameters), means, others.Slice(s * shape.Stride, shape.Parameters));
        }

        return sum;
    }

    private static void Add(ReadOnlySpan<float> values, Span<double> sums)
    {
        int n = 0;
        for (; n <= values.Length - Vector256<float>.Count; n += Vector256<float>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(values[n..]));
            Span<double> own = sums[n..];
            (low + Vector256.Create<double>(own)).CopyTo(own);
            own = own[Vector256<double>.Count..];
            (high + Vector256.Create<double>(own)).CopyTo(own);
        }

        for (; n < values.Length; n++)
        {
            sums[n] += values[n];
        }
    }

    /// <summary>(a - m) . b.</summary>
    private static double Product(ReadOnlySpan<float> a, ReadOnlySpan<double> m, ReadOnlySpan<float> b)
    {
        Vector256<double> lows = default, highs = default;
        int n = 0;
        for (; n <= a.Length - Vector256<float>.Count; n += Vector256<float>.Count)
        {
            (Vector256<double> lowOfA, Vector256<double> highOfA) = Vector256.Widen(Vector256.Create(a[n..]));
            (Vector256<double> lowOfB, Vector256<double> highOfB) = Vector256.Widen(Vector256.Create(b[n..]));
            lows += (lowOfA - Vector256.Create(m[n..])) * lowOfB;
            highs += (highOfA - Vector256.Create(m[(n + Vector256<double>.Count)..])) * highOfB;
        }

        double sum = Vector256.Sum(lows + highs);
        for (; n < a.Length; n++)
        {
            sum += (a[n] - m[n]) * b[n];
        }

        return sum;
    }
}
