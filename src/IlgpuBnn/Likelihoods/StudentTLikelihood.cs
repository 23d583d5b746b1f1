using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Likelihoods;

/// <summary>Student's t noise, whose heavy tails are robust to outliers.</summary>
/// <param name="DegreesOfFreedom">nu; above 0. Smaller means heavier tails; 4 is common.</param>
/// <param name="Noise">Precision of the scale: shared, or one per output (default).</param>
public sealed record StudentTLikelihood(double DegreesOfFreedom, NoisePrecision Noise = NoisePrecision.PerOutput) : Likelihood
{
    internal override int NoisePrecisions(int outputs) => Noise == NoisePrecision.Shared ? 1 : outputs;

    internal override LikelihoodTerm Term(double scale, float precision) =>
        new(LikelihoodKind.StudentT, (float)scale, precision, (float)DegreesOfFreedom);

    internal override double LogDensity(OutputSums sums, double logPrecision) =>
        0.5 * ((sums.PresentCount * logPrecision) - ((DegreesOfFreedom + 1) * sums.LogTerms));

    internal override IReadOnlyList<double> Widths(int particles) => StudentsT.WidthOfEach(particles, DegreesOfFreedom);

    internal override IEnumerable<string> Problems() => OptionChecks.PositiveProblems((nameof(DegreesOfFreedom), DegreesOfFreedom));
}
