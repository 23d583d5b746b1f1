using MathNet.Numerics;
using MathNet.Numerics.RootFinding;

namespace IlgpuBnn.Calibration;

/// <summary>Variances of rows that a few particles estimate, each drawn towards the others.</summary>
/// <remarks>
/// Of four particles a variance has three degrees of freedom: taken as it is, rows where they agree by chance look like outliers. Variances of rows are taken as
/// draws of d0 s0^2 / chi^2(d0), and a row's is the mean of s0^2 and its own by degrees of freedom; d0 and s0 are found from the mean and variance of their
/// logarithms (G. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray experiments", 2004, section 6.2).
/// </remarks>
/// <param name="Prior">d0.</param>
/// <param name="Common">s0^2.</param>
/// <param name="Own">Degrees of freedom of each by itself.</param>
internal readonly record struct ModeratedVariances(double Prior, double Common, int Own)
{
    // Beyond these, all variances are one, or each stands alone.
    private const double MostDegrees = 1e4;
    private const double FewestDegrees = 0.1;

    /// <summary>That each then has; null where the variances differ by chance alone.</summary>
    public double? DegreesOfFreedom => Prior < MostDegrees ? Prior + Own : null;

    /// <param name="variances">Unbiased ones.</param>
    /// <param name="degreesOfFreedom">Of each, at least 1.</param>
    public static ModeratedVariances Fit(IEnumerable<double> variances, int degreesOfFreedom)
    {
        double half = degreesOfFreedom / 2.0, shift = Math.Log(half) - SpecialFunctions.DiGamma(half);
        double[] logs = [.. variances.Where(own => own > 0).Select(own => Math.Log(own) + shift)];
        if (logs.Length < 2)
        {
            return new ModeratedVariances(0, 0, degreesOfFreedom);
        }

        double mean = logs.Average(), between = logs.Sum(own => (own - mean) * (own - mean)) / (logs.Length - 1);
        double prior = DegreesWithTriGamma(between - TriGamma(half));
        return new ModeratedVariances(prior, Math.Exp(mean + SpecialFunctions.DiGamma(prior / 2) - Math.Log(prior / 2)), degreesOfFreedom);
    }

    /// <summary>A variance drawn towards the others; 0 stays 0, and one alone what it is.</summary>
    public double Of(double variance) => variance > 0 && Prior > 0 ? ((Prior * Common) + (Own * variance)) / (Prior + Own) : variance;

    /// <summary>d0 whose half has the trigamma function <paramref name="value"/>, or the nearest that is tried.</summary>
    private static double DegreesWithTriGamma(double value) =>
        value <= TriGamma(MostDegrees / 2) ? MostDegrees
        : value >= TriGamma(FewestDegrees / 2) ? FewestDegrees
        : Math.Exp(Brent.FindRoot(log => Math.Log(TriGamma(Math.Exp(log) / 2) / value), Math.Log(FewestDegrees), Math.Log(MostDegrees), 1e-10));

    /// <summary>The second derivative of ln Gamma: recurrence and asymptotic series (Abramowitz and Stegun 6.4.6 and 6.4.12).</summary>
    private static double TriGamma(double x)
    {
        double sum = 0;
        for (; x < 10; x++)
        {
            sum += 1 / (x * x);
        }

        double inverse = 1 / x, square = inverse * inverse;
        return sum + inverse + (square / 2) + (square * inverse * ((1.0 / 6) - (square * ((1.0 / 30) - (square / 42)))));
    }
}
