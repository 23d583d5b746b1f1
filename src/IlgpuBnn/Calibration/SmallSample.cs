using IlgpuBnn.Data;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Calibration;

/// <summary>How many independent errors a standard deviation was found by, and what that asks of intervals.</summary>
internal static class SmallSample
{
    // A variance between few blocks is known poorly: the largest is taken of which one sample in a hundred would show as little.
    private const double Doubt = 0.01;

    /// <summary>As many independent errors as would know their mean square as well as these do.</summary>
    /// <remarks>
    /// Rows of a block have an error in common, or none. Where they have, mean squares of blocks differ as single squares do, and blocks count; where they have none, blocks are alike, and
    /// rows count. With n independent Gaussian errors the relative variance of the mean square is 2 / n; here it is that of a mean of blocks (linearisation for clusters: Cochran 1977, 9A.1).
    /// </remarks>
    /// <param name="squares">[row]: of errors in predicted standard deviations; NaN where there is no target.</param>
    /// <returns>Between the number of blocks and that of rows.</returns>
    public static double IndependentErrors(IReadOnlyList<RowBlock> blocks, IReadOnlyList<double> squares)
    {
        double[][] known = [.. blocks.Select(block => block.Rows.Select(row => squares[row]).Where(own => !double.IsNaN(own)).ToArray()).Where(own => own.Length > 0)];
        int rows = known.Sum(own => own.Length), count = known.Length;
        if (count < 2 || count == rows)
        {
            return count;
        }

        double mean = known.Sum(own => own.Sum()) / rows;
        double sum = known.Sum(own => Math.Pow(own.Sum() - (own.Length * mean), 2)) / ((double)rows * rows * mean * mean);
        double variance = sum * count / ChiSquared.InvCDF(count - 1, Doubt);
        return variance > 0 ? Math.Clamp(2 / variance, count, rows) : count;
    }

    /// <summary>
    /// Of a standard deviation that independent errors tell, an interval of 95 % is that of Student's t distribution. Budget, prior, shrinkage, bounds and shape of the noise were
    /// chosen by the same errors: half of the degrees of freedom are counted as spent, but for the first four (docs/accuracy.md, "Do intervals hold what they say?").
    /// </summary>
    public static double Widening(double independent) => independent < 2 ? 1
        : StudentT.InvCDF(0, 1, Math.Max(Math.Min(independent - 1, 4), (independent / 2) - 1), 0.975) / Normal.InvCDF(0, 1, 0.975);
}
