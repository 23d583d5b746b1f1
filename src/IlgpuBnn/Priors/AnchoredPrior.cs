using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Priors;

/// <summary>
/// The prior of an anchored ensemble: every particle has a Gaussian prior of its own, centred at its anchor, which is a draw from the
/// Gaussian prior of all (Pearce et al. 2020, "Uncertainty in neural networks: approximately Bayesian ensembling").
/// </summary>
/// <param name="WeightScale">
/// Standard deviation of a layer's weights times the root of its number of inputs, and of the first layer's biases; half of it is that of
/// other biases. Above 0. Default 1.3. A skip connection's weights have 1 in its place.
/// </param>
/// <param name="RelevanceSd">
/// Standard deviation of the logarithm of each input's relevance, which multiplies its weights in the first layer, centred so that all inputs
/// together count like one: how much inputs are thought to differ in what they do. Above 0. Default 0.5.
/// </param>
/// <param name="NoiseSd">
/// Standard deviation of the noise that the particles are trained with, and that each particle's targets are moved by, in standard deviations
/// of a target. Above 0. Default 0.05. The noise that a model predicts is another, found on out-of-fold rows.
/// </param>
public sealed record AnchoredPrior(double WeightScale = 1.3, double RelevanceSd = 0.5, double NoiseSd = 0.05)
{
    /// <summary>ln of the noise precision, as a float: what devices compute with.</summary>
    internal float NoiseLogPrecision => (float)(-2 * Math.Log(NoiseSd));

    internal IEnumerable<string> Problems() =>
        PositiveNumbers.Problems((nameof(WeightScale), WeightScale), (nameof(RelevanceSd), RelevanceSd), (nameof(NoiseSd), NoiseSd));

    /// <summary>Of each parameter: mean and standard deviation [P].</summary>
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

    /// <summary>Turns standard normal weights and biases into a draw of the prior, and draws the rest.</summary>
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
        ParameterRole.Weight => WeightScale / Math.Sqrt(block.Shape[0]),
        ParameterRole.SkipWeight => 1 / Math.Sqrt(block.Shape[0]),
        ParameterRole.Bias => WeightScale * (block.Layer == 0 ? 1.0 : 0.5),
        _ => RelevanceSd,
    };
}
