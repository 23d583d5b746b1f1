using IlgpuBnn.Devices;

namespace IlgpuBnn.Likelihoods;

/// <summary>Two classes: each output is the log odds of the second, p = 1 / (1 + exp(-f)). The default of a class column with two classes.</summary>
public sealed record BernoulliLikelihood : Likelihood
{
    internal override bool IsOfClasses => true;

    internal override int NoisePrecisions(int outputs) => 0;

    internal override LikelihoodTerm Term(double scale, float precision) => new(LikelihoodKind.Bernoulli, (float)scale, 1, 0);

    internal override double LogDensity(OutputSums sums, double logPrecision) => -sums.LogTerms;

    internal override IReadOnlyList<double> Widths(int particles) => new double[particles];
}
