using IlgpuBnn.Posterior;

namespace IlgpuBnn.Prediction;

/// <summary>
/// The noise and the spread that a prediction should have, found on rows that the particles which predicted them had not seen.
/// </summary>
/// <remarks>
/// A row that m particles predict with a mean e off the truth and an unbiased variance v among them has an error of variance (c^2 + 1/m) v,
/// c^2 v for what particles do not tell of their common error, v/m because their mean is one of few; and noise of Student's t distribution with
/// scale sigma and nu degrees of freedom, carried as <see cref="StudentsT"/> has it. The likeliest (c, sigma, nu) is taken; where rows say little,
/// one near c = 1 and the noise that particles were trained with.
/// </remarks>
/// <param name="NoiseScale">sigma, in the unit of the residuals.</param>
/// <param name="CommonVariance">c^2.</param>
/// <param name="DegreesOfFreedom">nu; null for Gaussian noise.</param>
internal readonly record struct SpreadCalibration(double NoiseScale, double CommonVariance, double? DegreesOfFreedom)
{
    // Standard deviations of ln c and of ln sigma before any row is seen.
    private const double CommonSpread = 0.5;
    private const double NoiseSpread = 1;

    private const double NoiseStep = 1.5;

    private static readonly double?[] _degreesOfFreedom = [2, 3, 5, 10, null];
    private static readonly double[] _common = [0.1, 0.3, 0.5, 0.7, 1, 1.4];
    private static readonly double[] _noise = [.. Enumerable.Range(0, 15).Select(i => 0.003 * Math.Pow(NoiseStep, i))];
    private static readonly double[] _finer = [-0.5, -0.25, 0, 0.25, 0.5];

    /// <summary>What the deviations of S particles from their mean are multiplied by.</summary>
    public double SpreadFactor(int particles) => Math.Sqrt(CommonVariance + (1.0 / particles));

    /// <summary>Standard deviation of each particle's noise, so that all of them together have Student's t distribution, or nearly.</summary>
    public double[] NoiseStandardDeviations(int particles)
    {
        double scale = NoiseScale;
        return [.. StudentsT.WidthOfEach(particles, DegreesOfFreedom).Select(width => scale * width)];
    }

    /// <summary>Finds the three; residuals are of the order of 1 or less (in standard deviations of a target).</summary>
    /// <param name="residuals">Observed less predicted mean, at least one.</param>
    /// <param name="variances">Among the m particles, divisor m - 1.</param>
    /// <param name="leftOutBy">m, at least 2.</param>
    /// <param name="particles">All of the ensemble.</param>
    /// <param name="assumedNoise">What particles were trained with.</param>
    public static SpreadCalibration Fit(
        ReadOnlySpan<double> residuals, ReadOnlySpan<double> variances, int leftOutBy, int particles, double assumedNoise)
    {
        var search = new Search(leftOutBy, assumedNoise);
        int widthCount = Math.Min(particles, StudentsT.MostWidths);
        foreach (double? degrees in _degreesOfFreedom)
        {
            double[] widths = StudentsT.Widths(degrees, widthCount);
            foreach (double common in _common)
            {
                foreach (double noise in _noise)
                {
                    search.Try(residuals, variances, new SpreadCalibration(noise, common * common, degrees), widths);
                }
            }
        }

        SpreadCalibration coarse = search.Best;
        double[] bestWidths = StudentsT.Widths(coarse.DegreesOfFreedom, widthCount);
        foreach (double common in _finer)
        {
            foreach (double noise in _finer)
            {
                search.Try(residuals, variances, coarse with
                {
                    NoiseScale = coarse.NoiseScale * Math.Pow(NoiseStep, noise),
                    CommonVariance = coarse.CommonVariance * Math.Pow(2, common),
                }, bestWidths);
            }
        }

        return search.Best;
    }

    private sealed class Search(int leftOutBy, double assumedNoise)
    {
        private double _score = double.NegativeInfinity;

        public SpreadCalibration Best { get; private set; }

        public void Try(ReadOnlySpan<double> residuals, ReadOnlySpan<double> variances, SpreadCalibration candidate, ReadOnlySpan<double> widths)
        {
            double score = LogLikelihood(residuals, variances, candidate, widths) + LogPrior(candidate);
            if (score > _score)
            {
                (Best, _score) = (candidate, score);
            }
        }

        private double LogLikelihood(
            ReadOnlySpan<double> residuals, ReadOnlySpan<double> variances, SpreadCalibration candidate, ReadOnlySpan<double> widths)
        {
            Span<double> means = stackalloc double[widths.Length], deviations = stackalloc double[widths.Length];
            means.Clear();
            double factor = candidate.CommonVariance + (1.0 / leftOutBy), sum = 0;
            for (int n = 0; n < residuals.Length; n++)
            {
                for (int k = 0; k < widths.Length; k++)
                {
                    double noise = candidate.NoiseScale * widths[k];
                    deviations[k] = Math.Sqrt((factor * variances[n]) + (noise * noise));
                }

                sum += Math.Log(MixtureSums.At(residuals[n], means, deviations).Density);
            }

            return sum;
        }

        private double LogPrior(SpreadCalibration candidate)
        {
            double common = 0.5 * Math.Log(candidate.CommonVariance) / CommonSpread, noise = Math.Log(candidate.NoiseScale / assumedNoise) / NoiseSpread;
            return -0.5 * ((common * common) + (noise * noise));
        }
    }
}
