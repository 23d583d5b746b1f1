using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using IlgpuBnn.Prediction;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>Where the particles start, from the seed alone.</summary>
internal static class ParticleInitialiser
{
    private const int MostRowsForNoise = 1000;

    /// <summary>Particles [S, stride]. Particle s has a stream of its own: it does not depend on how many there are.</summary>
    public static float[] Draw(ParameterLayout layout, TrainingOptions options)
    {
        var particles = new float[(long)options.Particles * layout.Stride];
        for (int s = 0; s < options.Particles; s++)
        {
            Draw(layout, options, RandomStreams.Open(options.Seed, RandomStreams.Purpose.Particles, s), particles.AsSpan(s * layout.Stride, layout.Stride));
        }

        return particles;
    }

    /// <summary>Sets each particle's noise precisions to those of its residuals.</summary>
    /// <param name="particles">[S, stride]; changed.</param>
    /// <param name="inputs">[row, input], scaled.</param>
    /// <param name="targets">[row, output], scaled, NaN where missing.</param>
    public static void SetNoiseFromResiduals(Device device, ParameterLayout layout, float[] particles, double[,] inputs, double[,] targets)
    {
        using DeviceBuffer buffer = device.Allocate(particles.Length);
        buffer.Upload(particles);
        using DeviceRows rows = DeviceRows.Upload(device, inputs, targets);
        using var outputs = new EnsembleOutputs(device, layout, buffer, particles.Length / layout.Stride, rows.Rows);
        outputs.Compute(rows);
        int count = Math.Min(rows.Rows, MostRowsForNoise);
        for (int s = 0; s < outputs.Particles; s++)
        {
            var squares = new double[layout.NoiseCount];
            var present = new int[layout.NoiseCount];
            for (int o = 0; o < layout.Outputs; o++)
            {
                int at = layout.NoiseIndex(o) - layout.NoiseOffset;
                for (int n = 0; n < count; n++)
                {
                    double residual = targets[n, o] - outputs.Of(s, o)[n];
                    squares[at] += double.IsNaN(residual) ? 0 : residual * residual;
                    present[at] += double.IsNaN(residual) ? 0 : 1;
                }
            }

            for (int at = 0; at < squares.Length; at++)
            {
                particles[(s * layout.Stride) + layout.NoiseOffset + at] = squares[at] > 0 ? (float)-Math.Log(squares[at] / present[at]) : 0;
            }
        }
    }

    private static void Draw(ParameterLayout layout, TrainingOptions options, Random random, Span<float> particle)
    {
        // Weights come first in the stream, so that all methods start from the same network.
        for (int p = 0; p < layout.WeightCount; p++)
        {
            particle[p] = (float)Normal.Sample(random, 0, 1);
        }

        if (options.Method == InferenceMethod.AnchoredEnsemble)
        {
            DrawAnchor(layout, options.Anchors, random, particle);
            return;
        }

        if (options.Method != InferenceMethod.Deterministic && options.Initialisation == Initialisation.Prior)
        {
            for (int o = 0; o < layout.NoiseCount; o++)
            {
                particle[layout.NoiseOffset + o] = (float)Math.Log(Gamma.Sample(random, options.Priors.NoiseShape, options.Priors.NoiseRate));
            }

            for (int g = 0; g < layout.WeightGroups.Count; g++)
            {
                particle[layout.WeightPrecisionOffset + g] = (float)Math.Log(Gamma.Sample(random, options.Priors.WeightShape, options.Priors.WeightRate));
            }
        }

        if (options.Initialisation == Initialisation.Prior)
        {
            ScaleByPrior(layout, particle);
            return;
        }

        ScaleByFanIn(layout, particle);
        for (int g = 0; g < layout.WeightGroups.Count && options.Initialisation == Initialisation.LiuWang; g++)
        {
            double precision = Gamma.Sample(random, options.Priors.WeightShape, 1 / options.Priors.WeightRate);
            particle[layout.WeightPrecisionOffset + g] = (float)Math.Log(precision);
        }
    }

    /// <summary>Everything from the anchored prior; the noise is given.</summary>
    private static void DrawAnchor(ParameterLayout layout, AnchoredPrior prior, Random random, Span<float> particle)
    {
        (double[] mean, double[] deviation) = Posterior.Anchors.Moments(layout, prior);
        for (int p = 0; p < layout.WeightCount; p++)
        {
            particle[p] = (float)(mean[p] + (deviation[p] * particle[p]));
        }

        for (int p = layout.InputScaleOffset; p < layout.ParameterCount; p++)
        {
            particle[p] = (float)Normal.Sample(random, mean[p], deviation[p]);
        }

        particle.Slice(layout.NoiseOffset, layout.NoiseCount).Fill((float)(-2 * Math.Log(prior.TargetNoise)));
    }

    private static void ScaleByFanIn(ParameterLayout layout, Span<float> particle)
    {
        foreach (DenseLayer layer in layout.Layers)
        {
            Scale(particle[layer.WeightOffset..layer.BiasOffset], 1 / Math.Sqrt(layer.Inputs + 1));
            particle[layer.BiasOffset..layer.End].Clear();
        }
    }

    private static void ScaleByPrior(ParameterLayout layout, Span<float> particle)
    {
        for (int g = 0; g < layout.WeightGroups.Count; g++)
        {
            WeightGroup group = layout.WeightGroups[g];
            Scale(particle.Slice(group.Offset, group.Count), Math.Exp(-0.5 * particle[layout.WeightPrecisionOffset + g]));
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
