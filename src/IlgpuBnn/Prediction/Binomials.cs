using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Prediction;

/// <summary>What counts of independent trials say, and how far chance leads them.</summary>
internal static class Binomials
{
    /// <summary>Quantiles of a binomial count that leave at most half of the rest below and above.</summary>
    public static (int Lower, int Upper) CentralRange(double probability, int trials, double level)
    {
        (double lower, double upper) = Probabilities.OfInterval(level);
        return (Quantile(lower), Quantile(upper));

        // The smallest number whose cumulative probability reaches the share.
        int Quantile(double share)
        {
            (int below, int reached) = (-1, trials);
            while (reached - below > 1)
            {
                int middle = (below + reached) / 2;
                (below, reached) = Binomial.CDF(probability, trials, middle) >= share ? (below, middle) : (middle, reached);
            }

            return reached;
        }
    }

    /// <summary>Exact interval of a probability (Clopper and Pearson 1934). Neither number need be whole.</summary>
    public static (double Lower, double Upper) ExactInterval(double successes, double trials, double level)
    {
        (double lower, double upper) = Probabilities.OfInterval(level);
        double failures = trials - successes;
        return (
            successes <= 0 ? 0 : Beta.InvCDF(successes, failures + 1, lower),
            failures <= 0 ? 1 : Beta.InvCDF(successes + 1, failures, upper));
    }
}
