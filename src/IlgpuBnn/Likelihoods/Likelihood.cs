using System.Text.Json.Serialization;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Likelihoods;

/// <summary>Distribution of standardised targets around a network's outputs, or of classes given their logits.</summary>
/// <remarks>Closed to other assemblies, as each needs a device operation (<see cref="ParticleBlock.Likelihood"/>).</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(GaussianLikelihood), "gaussian")]
[JsonDerivedType(typeof(StudentTLikelihood), "student-t")]
[JsonDerivedType(typeof(SquaredError), "squared-error")]
[JsonDerivedType(typeof(BernoulliLikelihood), "bernoulli")]
[JsonDerivedType(typeof(CategoricalLikelihood), "categorical")]
public abstract record Likelihood
{
    private protected Likelihood()
    {
    }

    /// <summary>False for a mere error, without uncertainty.</summary>
    internal virtual bool IsDistribution => true;

    /// <summary>Whether targets are classes, whose outputs are logits without noise.</summary>
    internal virtual bool IsOfClasses => false;

    /// <summary>Whether predictions have noise of a size.</summary>
    internal bool HasNoise => IsDistribution && !IsOfClasses;

    /// <summary>Log noise precisions of a particle, unless they are given.</summary>
    internal abstract int NoisePrecisions(int outputs);

    /// <param name="scale">N/B.</param>
    /// <param name="precision">The noise precision; 0 if particles learn it.</param>
    internal abstract LikelihoodTerm Term(double scale, float precision);

    /// <summary>Log density of one output, up to a constant, from the sums of a gradient.</summary>
    internal abstract double LogDensity(OutputSums sums, double logPrecision);

    /// <summary>Factor of each particle's noise standard deviation, so that the mixture of the particles' Gaussians is this distribution.</summary>
    internal abstract IReadOnlyList<double> Widths(int particles);

    /// <summary>Parameters out of range, a sentence each.</summary>
    internal virtual IEnumerable<string> Problems() => [];
}

/// <summary>Sums of one particle and output; see <see cref="GradientStatistics"/>.</summary>
internal readonly record struct OutputSums(double ResidualSquares, double PresentCount, double LogTerms);
