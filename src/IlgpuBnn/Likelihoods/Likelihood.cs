using System.Text.Json.Serialization;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Likelihoods;

/// <summary>How targets scatter around a network's outputs. All its numbers are of standardised targets.</summary>
/// <remarks>
/// A new likelihood is a record of its own with a device operation (<see cref="ParticleBlock.Likelihood"/>), which is why they cannot be added
/// from other assemblies.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(GaussianLikelihood), "gaussian")]
[JsonDerivedType(typeof(StudentTLikelihood), "student-t")]
[JsonDerivedType(typeof(SquaredError), "squared-error")]
public abstract record Likelihood
{
    private protected Likelihood()
    {
    }

    /// <summary>Whether it is a distribution: a network trained on a mere error says nothing of its uncertainty.</summary>
    internal virtual bool IsDistribution => true;

    /// <summary>Log noise precisions that a particle learns where they are not given.</summary>
    internal abstract int NoisePrecisions(int outputs);

    /// <summary>What a device computes.</summary>
    /// <param name="scale">N/B.</param>
    /// <param name="precision">The noise precision, where it is given; 0 where particles learn it.</param>
    internal abstract LikelihoodTerm Term(double scale, float precision);

    /// <summary>Log density of one output, constants left out, from the sums that a gradient leaves behind.</summary>
    internal abstract double LogDensity(OutputSums sums, double logPrecision);

    /// <summary>
    /// What the standard deviation of each particle's noise is multiplied by, so that the particles' Gaussians together are this distribution.
    /// </summary>
    internal abstract IReadOnlyList<double> Widths(int particles);

    /// <summary>What is wrong with it, a sentence each.</summary>
    internal virtual IEnumerable<string> Problems() => [];
}

/// <summary>What a gradient leaves behind of one particle and output; see <see cref="GradientStatistics"/>.</summary>
internal readonly record struct OutputSums(double ResidualSquares, double PresentCount, double TailLogs);
