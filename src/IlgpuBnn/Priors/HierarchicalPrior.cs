using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Priors;

/// <summary>Number of weight precisions of a particle.</summary>
public enum WeightPrecision
{
    /// <summary>One for all weights and biases (Lu et al. 2019, Eq. 2).</summary>
    Shared,

    /// <summary>One per layer, for its weights and biases.</summary>
    PerLayer,
}

/// <summary>
/// Weights and biases ~ N(0, 1 / lambda); each particle learns lambda and the noise precision gamma (standardised targets) under Gamma priors
/// (Lu et al. 2019, Eq. 2: shapes 1, rates 0.1).
/// </summary>
/// <param name="WeightShape">Shape of lambda's prior; above 0. Default 1.</param>
/// <param name="WeightRate">Rate of lambda's prior; above 0. Default 0.1.</param>
/// <param name="NoiseShape">Shape of gamma's prior; above 0. Default 1.</param>
/// <param name="NoiseRate">Rate of gamma's prior; above 0. Default 0.1.</param>
/// <param name="WeightPrecision">One lambda for all layers (default), or one per layer.</param>
public sealed record HierarchicalPrior(
    double WeightShape = 1.0, double WeightRate = 0.1, double NoiseShape = 1.0, double NoiseRate = 0.1,
    WeightPrecision WeightPrecision = WeightPrecision.Shared)
{
    internal IReadOnlyList<WeightGroup> WeightGroups(Network network) => WeightPrecision == WeightPrecision.Shared
        ? [new WeightGroup(0, network.WeightCount)]
        : [.. network.Blocks.GroupBy(block => block.Layer).Select(layer => new WeightGroup(layer.First().Offset, layer.Sum(block => block.Count)))];

    internal IEnumerable<string> Problems() => OptionChecks.PositiveProblems(
        (nameof(WeightShape), WeightShape), (nameof(WeightRate), WeightRate), (nameof(NoiseShape), NoiseShape), (nameof(NoiseRate), NoiseRate));
}

/// <summary>The hierarchical prior's part of a gradient, which devices add (<see cref="ParticleBlock.PriorGradient"/>).</summary>
internal sealed class HierarchicalTerm(HierarchicalPrior prior, ParameterLayout layout) : PriorGradient
{
    public override PriorTerm TermOf(int iteration) =>
        new((float)prior.WeightShape, (float)prior.WeightRate, (float)prior.NoiseShape, (float)prior.NoiseRate, iteration);

    public override double[] LogDensity(DeviceBuffer particles, ReadOnlySpan<float> logPrecisions, GradientStatistics statistics)
    {
        NetworkShape shape = layout.Shape;
        int groups = shape.WeightGroups.Count;
        float[] weightSquares = statistics.WeightSquares.ToArray();
        var result = new double[particles.Length / layout.Stride];
        for (int s = 0; s < result.Length; s++)
        {
            ReadOnlySpan<float> own = logPrecisions.Slice(s * layout.PrecisionCount, layout.PrecisionCount);
            for (int g = 0; g < groups; g++)
            {
                double logLambda = own[shape.NoiseCount + g], lambda = Math.Exp(logLambda);
                result[s] += (0.5 * shape.WeightGroups[g].Count * logLambda) - (0.5 * lambda * weightSquares[(s * groups) + g]);
                result[s] += (prior.WeightShape * logLambda) - (prior.WeightRate * lambda);
            }

            for (int k = 0; k < shape.NoiseCount; k++)
            {
                double logGamma = own[k];
                result[s] += (prior.NoiseShape * logGamma) - (prior.NoiseRate * Math.Exp(logGamma));
            }
        }

        return result;
    }
}
