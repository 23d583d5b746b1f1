namespace IlgpuBnn.Inference;

/// <summary>How the particles are moved.</summary>
public enum InferenceMethod
{
    /// <summary>Stein variational gradient descent (Liu and Wang 2016). With one particle: the maximum a posteriori.</summary>
    Svgd,

    /// <summary>Every particle climbs the posterior alone, without interaction: the honest ablation to print beside SVGD.</summary>
    IndependentParticles,

    /// <summary>One network, squared error, no prior: it says nothing of its uncertainty.</summary>
    Deterministic,
}

/// <summary>How the h of the Stein kernel k(a, b) = exp(-|a - b|^2 / h) follows from the particles' distances.</summary>
public enum BandwidthRule
{
    /// <summary>median^2 / ln S, the median taken over the distances between distinct particles.</summary>
    MedianDistance,

    /// <summary>As in Liu and Wang's code: median of the squared distances over the full matrix, over ln(S + 1).</summary>
    LiuWang,
}

/// <summary>Where the particles start.</summary>
public enum Initialisation
{
    /// <summary>Weights ~ N(0, 1 / (fan-in + 1)), biases 0 (as in Liu and Wang's code); all precisions 1, of scaled inputs and targets.</summary>
    /// <remarks>A larger weight precision at the start shrinks the network to a constant before few rows can hold it.</remarks>
    FanIn,

    /// <summary>Everything from the prior (the paper): precisions from their Gamma priors, weights and biases ~ N(0, 1 / lambda).</summary>
    Prior,
}

/// <summary>Adam (Kingma and Ba 2014), climbing along the particles' direction.</summary>
/// <param name="StepSize">alpha; above 0. Default 0.01.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1). Default 0.9.</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1). Default 0.999.</param>
/// <param name="Epsilon">Added to the root of the second moment; above 0. Default 1e-8.</param>
public sealed record AdamOptions(double StepSize = 0.01, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8)
{
    internal IEnumerable<string> Problems()
    {
        if (!(StepSize > 0 && double.IsFinite(StepSize)))
        {
            yield return $"StepSize is {StepSize}; it must be above 0 and finite.";
        }

        if (!(Beta1 >= 0 && Beta1 < 1) || !(Beta2 >= 0 && Beta2 < 1))
        {
            yield return $"Beta1 and Beta2 are {Beta1} and {Beta2}; both must be at least 0 and below 1.";
        }

        if (!(Epsilon > 0 && double.IsFinite(Epsilon)))
        {
            yield return $"Epsilon is {Epsilon}; it must be above 0 and finite.";
        }
    }
}
