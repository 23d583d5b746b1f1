using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Posterior;

/// <summary>log p(theta | D) as MATHS "Posterior" writes it, constants left out, from the sums a gradient left behind.</summary>
internal static class LogDensity
{
    /// <summary>One value per particle; for a deterministic network, minus half the scaled squared error.</summary>
    /// <param name="priors">Null for none: the likelihood alone.</param>
    /// <param name="particles">theta [S, stride], as they were when the gradient was computed.</param>
    /// <param name="scale">N/B.</param>
    /// <param name="degreesOfFreedom">Of Student's t noise; null for Gaussian noise.</param>
    public static double[] OfParticles(
        ParameterLayout layout, GammaPriors? priors, bool deterministic, ReadOnlySpan<float> particles, GradientStatistics statistics, double scale,
        double? degreesOfFreedom = null)
    {
        float[] residualSquares = statistics.ResidualSquares.ToArray();
        float[] presentCounts = statistics.PresentCounts.ToArray();
        float[] tailLogs = statistics.TailLogs.ToArray();
        float[] weightSquares = statistics.WeightSquares.ToArray();
        var result = new double[particles.Length / layout.Stride];
        for (int s = 0; s < result.Length; s++)
        {
            ReadOnlySpan<float> theta = particles.Slice(s * layout.Stride, layout.Stride);
            for (int o = 0; o < layout.Outputs; o++)
            {
                int at = (s * layout.Outputs) + o;
                double logGamma = deterministic ? 0.0 : theta[layout.NoiseIndex(o)];
                double misfit = degreesOfFreedom is { } degrees ? (degrees + 1) * tailLogs[at] : Math.Exp(logGamma) * residualSquares[at];
                result[s] += scale * 0.5 * ((presentCounts[at] * logGamma) - misfit);
            }

            if (priors is not null && !deterministic)
            {
                result[s] += Priors(layout, priors, theta, weightSquares.AsSpan(s * layout.WeightGroups.Count, layout.WeightGroups.Count));
            }
        }

        return result;
    }

    private static double Priors(ParameterLayout layout, GammaPriors priors, ReadOnlySpan<float> theta, ReadOnlySpan<float> weightSquares)
    {
        double sum = 0;
        for (int g = 0; g < weightSquares.Length; g++)
        {
            double logLambda = theta[layout.WeightPrecisionOffset + g], lambda = Math.Exp(logLambda);
            sum += (0.5 * layout.WeightGroups[g].Count * logLambda) - (0.5 * lambda * weightSquares[g]);
            sum += (priors.WeightShape * logLambda) - (priors.WeightRate * lambda);
        }

        for (int o = 0; o < layout.NoiseCount; o++)
        {
            double logGamma = theta[layout.NoiseOffset + o];
            sum += (priors.NoiseShape * logGamma) - (priors.NoiseRate * Math.Exp(logGamma));
        }

        return sum;
    }
}
