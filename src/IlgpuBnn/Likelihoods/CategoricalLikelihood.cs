using IlgpuBnn.Devices;

namespace IlgpuBnn.Likelihoods;

/// <summary>Classes with an output each: p = exp(f) / sum of exp(f), the softmax. The default of a class column with three classes or more.</summary>
public sealed record CategoricalLikelihood : Likelihood
{
    internal override bool IsOfClasses => true;

    internal override int NoisePrecisions(int outputs) => 0;

    internal override LikelihoodTerm Term(double scale, float precision) => new(LikelihoodKind.Categorical, (float)scale, 1, 0);

    internal override double LogDensity(OutputSums sums, double logPrecision) => -sums.LogTerms;

    internal override IReadOnlyList<double> Widths(int particles) => new double[particles];
}
