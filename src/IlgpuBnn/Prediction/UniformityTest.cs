using MathNet.Numerics;

namespace IlgpuBnn.Prediction;

/// <summary>Whether all of some equal bins are equally likely, where values may come in clusters.</summary>
/// <remarks>
/// Pearson's X^2 of independent values. Of clusters, with eigenvalues d of n times the covariance of the bins' shares relative to that of independent
/// values: F = X^2 / sum of d, with k = (sum of d)^2 / sum of d^2 and k (clusters - 1) degrees of freedom. The covariance is that of the clusters' sums
/// about what uniformity expects. Sources: Rao and Scott, JASA 76 (1981) 221-230; Thomas and Rao, JASA 82 (1987) 630-636.
/// </remarks>
internal static class UniformityTest
{
    /// <param name="binOf">Of each value.</param>
    /// <param name="counts">Of each bin.</param>
    public static (double DesignEffect, double PValue) Evaluate(int[] binOf, int[] counts, Clusters clusters)
    {
        double expected = (double)binOf.Length / counts.Length, free = counts.Length - 1;
        double statistic = counts.Sum(count => (count - expected) * (count - expected) / expected);
        if (clusters.AreSingle)
        {
            return (1, binOf.Length == 0 ? double.NaN : SpecialFunctions.GammaUpperRegularized(free / 2, statistic / 2));
        }

        (double sum, double sumOfSquares) = Eigenvalues(binOf, counts.Length, clusters);
        double above = sum * sum / sumOfSquares, below = above * (clusters.Count - 1);

        // Clusters whose values balance each other by chance would make the test sharper than that of independent values.
        double effect = Math.Max(sum / free, 1), ratio = statistic / (free * effect);
        return (effect, clusters.Count < 2 ? double.NaN : SpecialFunctions.BetaRegularized(below / 2, above / 2, below / (below + (above * ratio))));
    }

    /// <summary>The sum and the sum of squares of the design effects: trace and squared norm of a matrix.</summary>
    private static (double Sum, double SumOfSquares) Eigenvalues(int[] binOf, int bins, Clusters clusters)
    {
        double expected = 1.0 / bins;
        double[][] sums = clusters.Sums(bins, (value, bin) => (binOf[value] == bin ? 1 : 0) - expected);
        double sum = 0, sumOfSquares = 0;
        for (int a = 0; a < bins; a++)
        {
            for (int b = 0; b < bins; b++)
            {
                double relative = sums.Sum(own => own[a] * own[b]) / (binOf.Length * expected);
                sum += a == b ? relative : 0;
                sumOfSquares += relative * relative;
            }
        }

        return (sum, sumOfSquares);
    }
}
