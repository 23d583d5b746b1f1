using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>Chooses h of <see cref="MixtureTable"/>: one Gaussian for all that networks disagree on, or a bump for each of them.</summary>
/// <remarks>
/// Tens of networks do not draw the shape of their own disagreement well: in the tails, or between few that lie far apart, their mixture gives next to no density
/// to what then happens. It is used where out-of-fold rows, predicted by the mixture of those networks that are not fitted to them, are likelier by more than twenty
/// times than by Gaussians of the same mean and variance. Of S networks h is then (4 / (3 S))^(1/5), Silverman's rule (Density Estimation, 1986).
/// </remarks>
internal static class SmoothingChoice
{
    private const double Gaussian = 1;

    /// <param name="outOfFold">Shrunk and bounded.</param>
    /// <param name="targets">[row, target], NaN where missing.</param>
    /// <param name="calibration">Of this target, in its standard deviations.</param>
    /// <param name="varianceFunction">The same target's.</param>
    /// <param name="particles">S, of the whole ensemble.</param>
    public static double Of(
        OutOfFold outOfFold, double[,] targets, int target, SpreadCalibration calibration, VarianceFunction varianceFunction, int particles)
    {
        double[] widths = calibration.Widths(particles);
        double meanSquare = SpreadCalibration.MeanSquare(widths);
        int count = outOfFold.Particles;
        double own = Silverman(count), gain = 0;
        double[] means = new double[count * widths.Length], deviations = new double[means.Length], centres = new double[means.Length], spreads = new double[means.Length];
        for (int n = 0; n < targets.GetLength(0); n++)
        {
            (double mean, double variance) = outOfFold.Moments(n, target);
            if (double.IsNaN(targets[n, target]) || variance == 0)
            {
                continue;
            }

            double stretch = Math.Sqrt((1 - (own * own)) * Error(meanSquare) * count / (variance * (count - 1)));
            double scale = calibration.NoiseScale * varianceFunction.Scale * varianceFunction.FactorAt(mean);
            for (int k = 0; k < means.Length; k++)
            {
                double width = widths[k % widths.Length], noise = scale * width, error = Error(width * width);
                (means[k], deviations[k]) = (mean + (stretch * (outOfFold.Output(k / widths.Length, n, target) - mean)), Math.Sqrt((own * own * error) + (noise * noise)));
                (centres[k], spreads[k]) = (mean, Math.Sqrt(error + (noise * noise)));
            }

            // Of the particles' mean, where the common error has so many times its scale's variance.
            double Error(double square) => variance * ((calibration.CommonVariance * square) + (1.0 / count));

            gain += new GaussianMixture(means, deviations).LogDensity(targets[n, target]) - new GaussianMixture(centres, spreads).LogDensity(targets[n, target]);
        }

        return gain > Evidence.MinLogRatio ? Silverman(particles) : Gaussian;
    }

    private static double Silverman(int count) => Math.Min(1, Math.Pow(4.0 / (3 * count), 0.2));
}
