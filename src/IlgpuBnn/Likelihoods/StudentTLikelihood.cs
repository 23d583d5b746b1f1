using IlgpuBnn.Devices;

namespace IlgpuBnn.Likelihoods;

/// <summary>Student's t noise, whose heavy tails let a few measurements lie far off without pulling the fit.</summary>
/// <param name="DegreesOfFreedom">nu; above 0. Smaller means heavier tails; 4 is common.</param>
/// <param name="Noise">How many noise precisions (of the scale) there are. Default one per output.</param>
public sealed record StudentTLikelihood(double DegreesOfFreedom, NoisePrecision Noise = NoisePrecision.PerOutput) : Likelihood
{
    internal override int NoisePrecisions(int outputs) => Noise == NoisePrecision.Shared ? 1 : outputs;

    internal override LikelihoodTerm Term(double scale, float precision) =>
        new(LikelihoodKind.StudentT, (float)scale, precision, (float)DegreesOfFreedom);

    internal override double LogDensity(OutputSums sums, double logPrecision) =>
        0.5 * ((sums.PresentCount * logPrecision) - ((DegreesOfFreedom + 1) * sums.TailLogs));

    internal override IReadOnlyList<double> Widths(int particles) => StudentsT.WidthOfEach(particles, DegreesOfFreedom);

    internal override IEnumerable<string> Problems()
    {
        if (!(DegreesOfFreedom > 0 && double.IsFinite(DegreesOfFreedom)))
        {
            yield return $"DegreesOfFreedom is {DegreesOfFreedom}; it must be above 0 and finite.";
        }
    }
}
