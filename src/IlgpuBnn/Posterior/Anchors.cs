using IlgpuBnn.Networks;

namespace IlgpuBnn.Posterior;

/// <summary>Where each particle's prior is centred, and how tightly it holds each parameter.</summary>
/// <param name="Centres">[S, stride].</param>
/// <param name="Precisions">[stride]; 0 for the precisions, which such a training does not learn.</param>
internal sealed record Anchors(float[] Centres, float[] Precisions)
{
    /// <summary>Anchors where the particles start.</summary>
    /// <param name="start">[S, stride]; kept.</param>
    public static Anchors At(float[] start, ParameterLayout layout, AnchoredPrior prior)
    {
        double[] deviation = Moments(layout, prior).StandardDeviation;
        var precisions = new float[layout.Stride];
        for (int p = 0; p < deviation.Length; p++)
        {
            precisions[p] = deviation[p] == 0 ? 0 : (float)(1 / (deviation[p] * deviation[p]));
        }

        return new Anchors(start, precisions);
    }

    /// <summary>Of each parameter, for <see cref="AnchoredPrior"/>: mean and standard deviation [P]; the latter 0 without a prior.</summary>
    public static (double[] Mean, double[] StandardDeviation) Moments(ParameterLayout layout, AnchoredPrior prior)
    {
        double[] mean = new double[layout.ParameterCount], deviation = new double[layout.ParameterCount];
        for (int l = 0; l < layout.Layers.Count; l++)
        {
            DenseLayer layer = layout.Layers[l];
            int before = l == 0 ? layer.Inputs : layout.Layers[l - 1].Outputs;
            int hiddenWeights = before * layer.Outputs;
            Array.Fill(deviation, prior.WeightScale / Math.Sqrt(before), layer.WeightOffset, hiddenWeights);
            Array.Fill(
                deviation, 1 / Math.Sqrt(layout.Inputs), layer.WeightOffset + hiddenWeights, layer.BiasOffset - layer.WeightOffset - hiddenWeights);
            Array.Fill(deviation, prior.WeightScale * (l == 0 ? 1.0 : 0.5), layer.BiasOffset, layer.Outputs);
        }

        Array.Fill(mean, -0.5 * Math.Log(layout.Inputs), layout.InputScaleOffset, layout.InputScaleCount);
        Array.Fill(deviation, prior.InputScaleSpread, layout.InputScaleOffset, layout.InputScaleCount);
        return (mean, deviation);
    }

    /// <summary>-1/2 sum of precision (theta - centre)^2 for each particle [S, stride].</summary>
    public double[] LogDensity(ReadOnlySpan<float> particles)
    {
        var result = new double[particles.Length / Precisions.Length];
        for (int k = 0; k < particles.Length; k++)
        {
            double deviation = (double)particles[k] - Centres[k];
            result[k / Precisions.Length] -= 0.5 * Precisions[k % Precisions.Length] * deviation * deviation;
        }

        return result;
    }
}
