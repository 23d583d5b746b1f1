namespace IlgpuBnn.Inference;

/// <summary>How the particles are moved.</summary>
public enum InferenceMethod
{
    /// <summary>
    /// Every particle climbs a posterior of its own, from a prior centred at its own draw and with targets moved by its own draw of the noise
    /// (randomised maximum a posteriori; Pearce et al. 2020): for a linear model an exact sample of the posterior. Each also leaves out one
    /// fold of the rows, which then tells how far its predictions can be trusted. One particle is the maximum a posteriori of one draw.
    /// </summary>
    AnchoredEnsemble,

    /// <summary>Stein variational gradient descent (Liu and Wang 2016). With one particle: the maximum a posteriori.</summary>
    Svgd,

    /// <summary>Every particle climbs the posterior alone, without interaction: the honest ablation to print beside SVGD.</summary>
    IndependentParticles,

    /// <summary>One network, squared error, no prior: it says nothing of its uncertainty.</summary>
    Deterministic,
}

/// <summary>How strongly two particles of SVGD act on each other, by their distance d and a bandwidth h.</summary>
public enum SteinKernel
{
    /// <summary>k = exp(-d^2 / h) (Liu and Wang 2016): far particles do not meet.</summary>
    Gaussian,

    /// <summary>k = (1 + d^2 / h)^(-1/2) (Gorham and Mackey 2017): falls slowly, so that far particles still repel each other.</summary>
    InverseMultiquadric,
}

/// <summary>How the h of the Stein kernel follows from the particles' distances.</summary>
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

    /// <summary>
    /// As in Liu and Wang's code: weights and biases as <see cref="FanIn"/>; weight precisions from a Gamma distribution whose scale, not rate, is that
    /// of the prior; noise precisions those of the residuals that the particle starts with, on up to 1,000 rows.
    /// </summary>
    LiuWang,

    /// <summary>Everything from the prior (the paper): precisions from their Gamma priors, weights and biases ~ N(0, 1 / lambda).</summary>
    Prior,
}

/// <summary>Adam (Kingma and Ba 2014), climbing along the particles' direction.</summary>
/// <param name="StepSize">alpha; above 0. Null (default) for 0.01, of an anchored ensemble 0.02.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1). Default 0.9.</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1). Default 0.999.</param>
/// <param name="Epsilon">Added to the root of the second moment; above 0. Default 1e-8.</param>
/// <param name="DecayShare">Share of the iterations of a round, at their end, over which the step falls to 0 along a line; in [0, 1]. Default 0.4.</param>
public sealed record AdamOptions(
    double? StepSize = null, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double DecayShare = 0.4)
{
    /// <summary>alpha before it falls.</summary>
    public double StepSizeFor(InferenceMethod method) => StepSize ?? (method == InferenceMethod.AnchoredEnsemble ? 0.02 : 0.01);

    /// <summary>What alpha is multiplied by in a 1-based iteration out of so many.</summary>
    internal double ShareOfStep(int iteration, int iterations) =>
        DecayShare == 0 ? 1 : Math.Min(1, (iterations - iteration + 1) / (DecayShare * iterations));

    internal IEnumerable<string> Problems()
    {
        if (StepSize is { } step && !(step > 0 && double.IsFinite(step)))
        {
            yield return $"StepSize is {StepSize}; it must be above 0 and finite, or null for the default.";
        }

        if (!(Beta1 >= 0 && Beta1 < 1) || !(Beta2 >= 0 && Beta2 < 1))
        {
            yield return $"Beta1 and Beta2 are {Beta1} and {Beta2}; both must be at least 0 and below 1.";
        }

        if (!(DecayShare >= 0 && DecayShare <= 1))
        {
            yield return $"DecayShare is {DecayShare}; it must be at least 0 and at most 1.";
        }

        if (!(Epsilon > 0 && double.IsFinite(Epsilon)))
        {
            yield return $"Epsilon is {Epsilon}; it must be above 0 and finite.";
        }
    }
}
