namespace IlgpuBnn.Prediction;

/// <summary>
/// The noise and the spread that a prediction should have, found on rows that the particles which predicted them had not seen.
/// </summary>
/// <remarks>
/// A row that m particles predict with a mean e off the truth and an unbiased variance v among them has the predictive variance
/// (c^2 + 1/m) v + sigma^2: c^2 v for what particles do not tell of their common error, v/m because their mean is one of few. The sharpest
/// pair is taken whose 95 % intervals hold 95 % of the rows: least mean CRPS (Gneiting, Balabdaoui and Raftery 2007: sharpness subject to
/// calibration).
/// </remarks>
/// <param name="NoiseStandardDeviation">sigma, in the unit of the residuals.</param>
/// <param name="CommonVariance">c^2.</param>
internal readonly record struct SpreadCalibration(double NoiseStandardDeviation, double CommonVariance)
{
    private const double Level = 0.95;
    private const double Quantile = 1.959963984540054;

    private static readonly double[] _noise = [.. Enumerable.Range(0, 32).Select(i => 0.01 * Math.Pow(1.17, i))];
    private static readonly double[] _common = [.. new[] { 0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.15, 1.3, 1.5 }.Select(c => c * c)];

    /// <summary>What the deviations of S particles from their mean are multiplied by.</summary>
    public double SpreadFactor(int particles) => Math.Sqrt(CommonVariance + (1.0 / particles));

    /// <summary>Finds the pair; residuals are of the order of 1 or less (in standard deviations of a target).</summary>
    /// <param name="residuals">Observed less predicted mean, at least one.</param>
    /// <param name="variances">Among the m particles, divisor m - 1.</param>
    /// <param name="particles">m, at least 2.</param>
    public static SpreadCalibration Fit(ReadOnlySpan<double> residuals, ReadOnlySpan<double> variances, int particles)
    {
        SpreadCalibration best = default;
        (int Covered, double Score) found = (-1, double.PositiveInfinity);
        int wanted = (int)Math.Ceiling(Level * residuals.Length);
        foreach (double common in _common)
        {
            foreach (double noise in _noise)
            {
                (int covered, double score) = Judge(residuals, variances, common + (1.0 / particles), noise);
                covered = Math.Min(covered, wanted);
                if (covered > found.Covered || (covered == found.Covered && score < found.Score))
                {
                    (best, found) = (new SpreadCalibration(noise, common), (covered, score));
                }
            }
        }

        return best;
    }

    /// <summary>Rows inside their interval, and the mean CRPS of normal predictions.</summary>
    private static (int Covered, double Crps) Judge(ReadOnlySpan<double> residuals, ReadOnlySpan<double> variances, double factor, double noise)
    {
        int covered = 0;
        double sum = 0;
        for (int n = 0; n < residuals.Length; n++)
        {
            double deviation = Math.Sqrt((factor * variances[n]) + (noise * noise));
            covered += Math.Abs(residuals[n]) <= Quantile * deviation ? 1 : 0;
            sum += FoldedNormal.Mean(residuals[n], deviation) - (deviation / Math.Sqrt(Math.PI));
        }

        return (covered, sum / residuals.Length);
    }
}
