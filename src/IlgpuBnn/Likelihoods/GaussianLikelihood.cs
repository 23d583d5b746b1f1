using IlgpuBnn.Devices;

namespace IlgpuBnn.Likelihoods;

/// <summary>Gaussian noise.</summary>
/// <param name="Noise">Shared, or one precision per output (default).</param>
public sealed record GaussianLikelihood(NoisePrecision Noise = NoisePrecision.PerOutput) : Likelihood
{
    internal override int NoisePrecisions(int outputs) => Noise == NoisePrecision.Shared ? 1 : outputs;

    internal override LikelihoodTerm Term(double scale, float precision) => new(LikelihoodKind.Gaussian, (float)scale, precision, 0);

    internal override double LogDensity(OutputSums sums, double logPrecision) =>
        0.5 * ((sums.PresentCount * logPrecision) - (Math.Exp(logPrecision) * sums.ResidualSquares));

    internal override IReadOnlyList<double> Widths(int particles) => StudentsT.WidthOfEach(particles, null);
}
