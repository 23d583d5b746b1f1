using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Priors;

/// <summary>
/// The prior of an anchored ensemble: each particle has a Gaussian prior centred at its anchor, a draw from the common Gaussian prior (Pearce et al.
/// 2020, "Uncertainty in neural networks: approximately Bayesian ensembling").
/// </summary>
/// <param name="WeightScale">
/// Standard deviation of a layer's weights times the root of its fan-in, and of the first layer's biases; other biases have half of it, a skip
/// connection's weights 1. Above 0. Default 1.3.
/// </param>
/// <param name="RelevanceSd">
/// Standard deviation of each input's log relevance, a factor of its first-layer weights (automatic relevance determination). Above 0. Default 0.5.
/// </param>
/// <param name="NoiseSd">
/// Standard deviation of the noise in training, which also perturbs each particle's targets, in standard deviations of a target. Above 0. Default
/// 0.05. The predicted noise is calibrated on out-of-fold rows.
/// </param>
public sealed record AnchoredPrior(double WeightScale = 1.3, double RelevanceSd = 0.5, double NoiseSd = 0.05)
{
    internal float NoiseLogPrecision => (float)(-2 * Math.Log(NoiseSd));

    internal IEnumerable<string> Problems() =>
        OptionChecks.PositiveProblems((nameof(WeightScale), WeightScale), (nameof(RelevanceSd), RelevanceSd), (nameof(NoiseSd), NoiseSd));

    /// <summary>[P]; log relevances are centred so that all inputs together count as one.</summary>
    internal (double[] Mean, double[] StandardDeviation) Moments(ParameterLayout layout)
    {
        double[] mean = new double[layout.ParameterCount], deviation = new double[layout.ParameterCount];
        foreach (ParameterBlock block in layout.Blocks)
        {
            Array.Fill(mean, block.Role == ParameterRole.Relevance ? -0.5 * Math.Log(layout.Network.Inputs) : 0, block.Offset, block.Count);
            Array.Fill(deviation, StandardDeviation(block), block.Offset, block.Count);
        }

        return (mean, deviation);
    }

    /// <summary>Scales standard normal weights and biases to a draw from the prior, and draws the rest.</summary>
    internal void Draw(ParameterLayout layout, Random random, Span<float> particle)
    {
        (double[] mean, double[] deviation) = Moments(layout);
        int weights = layout.Network.WeightCount;
        for (int p = 0; p < layout.ParameterCount; p++)
        {
            particle[p] = p < weights ? (float)(mean[p] + (deviation[p] * particle[p])) : (float)Normal.Sample(random, mean[p], deviation[p]);
        }
    }

    private double StandardDeviation(ParameterBlock block) => block.Role switch
    {
        ParameterRole.Weight => WeightScale / Math.Sqrt(block.Count / block.Shape[^1]),
        ParameterRole.SkipWeight => 1 / Math.Sqrt(block.Shape[0]),
        ParameterRole.Bias => WeightScale * (block.Layer == 0 ? 1.0 : 0.5),
        _ => RelevanceSd,
    };
}
