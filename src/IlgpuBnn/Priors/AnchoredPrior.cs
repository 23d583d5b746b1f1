using System.Text.Json.Serialization;
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
    /// <summary>
    /// Means of the log relevances, one for each feature of the inputs; then, where targets have networks of their own, for each feature one for each of these. One such list
    /// for all particles, or several: particle s has the one of s mod their number. Null (default) for -1/2 ln I all over, or for those that training finds
    /// (<see cref="Inference.AnchoredEnsemble.SelectRelevances"/>).
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<double>>? Relevances { get; init; }

    internal float NoiseLogPrecision => (float)(-2 * Math.Log(NoiseSd));

    // e^20 times as relevant as another input is nothing that single precision resolves.
    private const double MaxLogRelevance = 20;

    internal IEnumerable<string> Problems() =>
        [
            .. OptionChecks.PositiveProblems((nameof(WeightScale), WeightScale), (nameof(RelevanceSd), RelevanceSd), (nameof(NoiseSd), NoiseSd)),
            .. Relevances is null || ProblemOf(Relevances) is not { } wrong ? Array.Empty<string>() : [wrong],
        ];

    /// <summary>A sentence if they are no means of log relevances; otherwise null.</summary>
    internal static string? ProblemOf(IReadOnlyList<IReadOnlyList<double>> relevances) =>
        relevances.Count == 0 || relevances.Any(own => own is not { Count: > 0 }) ? $"{nameof(Relevances)} has an empty list. Leave it out."
        : relevances.Any(own => own.Count != relevances[0].Count) ? $"{nameof(Relevances)} has lists of different lengths; give one number for each feature in each."
        : relevances.SelectMany(own => own).Any(own => !(Math.Abs(own) <= MaxLogRelevance)) ? $"{nameof(Relevances)} are means of logarithms, from -{MaxLogRelevance} to {MaxLogRelevance}."
        : null;

    /// <summary>A sentence if they are not of this network; otherwise null.</summary>
    /// <param name="layout">In training.</param>
    internal string? ProblemFor(ParameterLayout layout) =>
        Relevances is not null && (layout.Block(ParameterRole.Relevance)?.Count ?? 0) is var wanted && Relevances[0].Count != wanted
            ? $"{nameof(Relevances)} has {Relevances[0].Count} numbers, and the network has {wanted} relevances. Leave it out."
            : null;

    /// <summary>[P] of a particle, which only the means depend on; log relevances are centred so that all inputs together count as one.</summary>
    internal (double[] Mean, double[] StandardDeviation) Moments(ParameterLayout layout, int particle = 0)
    {
        double[] mean = new double[layout.ParameterCount], deviation = new double[layout.ParameterCount];
        IReadOnlyList<double> relevances = Relevances is { Count: > 0 } sets ? sets[particle % sets.Count] : [];
        foreach (ParameterBlock block in layout.Blocks)
        {
            Array.Fill(mean, block.Role == ParameterRole.Relevance ? -0.5 * Math.Log(layout.Network.Inputs) : 0, block.Offset, block.Count);
            Array.Fill(deviation, StandardDeviation(block), block.Offset, block.Count);
            if (block.Role == ParameterRole.Relevance && relevances.Count > 0)
            {
                relevances.ToArray().CopyTo(mean, block.Offset);
            }
        }

        return (mean, deviation);
    }

    /// <summary>Scales standard normal weights and biases to a draw from the prior, and draws the rest.</summary>
    /// <param name="index">The particle's.</param>
    internal void Draw(ParameterLayout layout, int index, Random random, Span<float> particle)
    {
        (double[] mean, double[] deviation) = Moments(layout, index);
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
