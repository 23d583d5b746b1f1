using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>Initial particles under a hierarchical prior.</summary>
public enum Initialisation
{
    /// <summary>Weights ~ N(0, 1 / (fan-in + 1)), biases 0 (as in Liu and Wang's code); all precisions 1.</summary>
    /// <remarks>With few rows, a larger initial weight precision shrinks the network to a constant.</remarks>
    FanIn,

    /// <summary>
    /// As in Liu and Wang's code: weights and biases as <see cref="FanIn"/>; weight precisions from a Gamma distribution with the prior's rate as its
    /// scale; noise precisions from the particle's initial residuals on up to 1,000 rows.
    /// </summary>
    LiuWang,

    /// <summary>Everything from the prior (Lu et al. 2019): precisions from their Gamma priors, weights and biases ~ N(0, 1 / lambda).</summary>
    Prior,
}

internal static class StartingPoints
{
    private const int MaxRowsForNoise = 1000;

    /// <summary>Scales standard normal weights and biases, and sets the precisions.</summary>
    public static void Draw(Initialisation initialisation, HierarchicalPrior prior, ParameterLayout layout, Random random, Span<float> particle)
    {
        NetworkShape shape = layout.Shape;
        if (initialisation == Initialisation.Prior)
        {
            for (int k = 0; k < shape.NoiseCount; k++)
            {
                particle[shape.NoiseOffset + k] = (float)Math.Log(Gamma.Sample(random, prior.NoiseShape, prior.NoiseRate));
            }

            for (int g = 0; g < shape.WeightGroups.Count; g++)
            {
                double logLambda = Math.Log(Gamma.Sample(random, prior.WeightShape, prior.WeightRate));
                particle[shape.WeightPrecisionOffset + g] = (float)logLambda;
                WeightGroup group = shape.WeightGroups[g];
                Scale(particle.Slice(group.Offset, group.Count), Math.Exp(-0.5 * (float)logLambda));
            }

            return;
        }

        ScaleByFanIn(layout, particle);
        for (int g = 0; g < shape.WeightGroups.Count && initialisation == Initialisation.LiuWang; g++)
        {
            particle[shape.WeightPrecisionOffset + g] = (float)Math.Log(Gamma.Sample(random, prior.WeightShape, 1 / prior.WeightRate));
        }
    }

    /// <summary>Weights ~ N(0, 1 / (fan-in + 1)), biases 0.</summary>
    public static void ScaleByFanIn(ParameterLayout layout, Span<float> particle)
    {
        foreach (ParameterBlock block in layout.Blocks)
        {
            Span<float> values = particle.Slice(block.Offset, block.Count);
            if (block.Role is ParameterRole.Weight or ParameterRole.SkipWeight)
            {
                Scale(values, 1 / Math.Sqrt(block.FanIn + 1));
            }
            else
            {
                values.Clear();
            }
        }
    }

    /// <summary>Sets each particle's noise precisions to those of its residuals.</summary>
    /// <param name="particles">[S, stride]; changed.</param>
    /// <param name="inputs">[row, input], standardised.</param>
    /// <param name="targets">[row, output], standardised, NaN where missing.</param>
    public static void SetNoiseFromResiduals(ParameterLayout layout, float[] particles, Device device, double[,] inputs, double[,] targets)
    {
        NetworkShape shape = layout.Shape;
        if (shape.NoiseCount == 0)
        {
            return;
        }

        using DeviceBuffer buffer = device.Allocate(particles.Length);
        buffer.Upload(particles);
        using DeviceRows rows = DeviceRows.Upload(device, inputs, targets);
        using var outputs = new EnsembleOutputs(device, layout, buffer, particles.Length / layout.Stride, rows.Rows);
        outputs.Compute(rows);
        int count = Math.Min(rows.Rows, MaxRowsForNoise);
        for (int s = 0; s < outputs.Particles; s++)
        {
            var squares = new double[shape.NoiseCount];
            var present = new int[shape.NoiseCount];
            for (int o = 0; o < shape.Outputs.Count; o++)
            {
                int at = shape.NoiseIndex(o) - shape.NoiseOffset;
                for (int n = 0; n < count; n++)
                {
                    double residual = targets[n, o] - outputs.Of(s, o)[n];
                    squares[at] += double.IsNaN(residual) ? 0 : residual * residual;
                    present[at] += double.IsNaN(residual) ? 0 : 1;
                }
            }

            for (int at = 0; at < squares.Length; at++)
            {
                particles[(s * layout.Stride) + shape.NoiseOffset + at] = squares[at] > 0 ? (float)-Math.Log(squares[at] / present[at]) : 0;
            }
        }
    }

    private static void Scale(Span<float> values, double factor)
    {
        for (int p = 0; p < values.Length; p++)
        {
            values[p] = (float)(values[p] * factor);
        }
    }
}
