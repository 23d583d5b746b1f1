using IlgpuBnn.Devices;

namespace IlgpuBnn.Likelihoods;

/// <summary>Half the squared error: no noise, and no uncertainty.</summary>
public sealed record SquaredError : Likelihood
{
    internal override bool IsDistribution => false;

    internal override int NoisePrecisions(int outputs) => 0;

    internal override LikelihoodTerm Term(double scale, float precision) => new(LikelihoodKind.Gaussian, (float)scale, 1, 0);

    internal override double LogDensity(OutputSums sums, double logPrecision) => -0.5 * sums.ResidualSquares;

    internal override IReadOnlyList<double> Widths(int particles) => new double[particles];
}
