using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>Where the particles start, from the seed alone.</summary>
internal static class ParticleInitialiser
{
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

        if (options.Initialisation == Initialisation.FanIn)
        {
            ScaleByFanIn(layout, particle);
        }
        else
        {
            ScaleByPrior(layout, particle);
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
