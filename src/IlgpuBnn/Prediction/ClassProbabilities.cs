namespace IlgpuBnn.Prediction;

/// <summary>Probabilities of classes from networks' outputs.</summary>
internal static class ClassProbabilities
{
    /// <summary>Of one network.</summary>
    /// <param name="logits">[output]: one per class, or that of the second of two.</param>
    /// <param name="probabilities">[class].</param>
    public static void Of(ReadOnlySpan<double> logits, Span<double> probabilities)
    {
        double highest = logits.Length == 1 ? Math.Max(0, logits[0]) : double.NegativeInfinity, sum = 0;
        foreach (double logit in logits)
        {
            highest = Math.Max(highest, logit);
        }

        for (int k = 0; k < probabilities.Length; k++)
        {
            int output = k - (probabilities.Length - logits.Length);
            sum += probabilities[k] = Math.Exp((output < 0 ? 0 : logits[output]) - highest);
        }

        foreach (ref double probability in probabilities)
        {
            probability /= sum;
        }
    }

    /// <summary>Mean over networks of one row; their deviations from the mean logits are scaled, then all is divided by a temperature.</summary>
    /// <param name="outputs">[network, row, output].</param>
    /// <param name="probabilities">[class]: the mean.</param>
    /// <returns>Mean over networks of the entropy of their own probabilities, in nats.</returns>
    public static double Average(double[,,] outputs, int row, double scale, double temperature, Span<double> probabilities)
    {
        int networks = outputs.GetLength(0), count = outputs.GetLength(2);
        Span<double> mean = stackalloc double[count], logits = stackalloc double[count], own = stackalloc double[probabilities.Length];
        mean.Clear();
        for (int s = 0; s < networks; s++)
        {
            for (int o = 0; o < count; o++)
            {
                mean[o] += outputs[s, row, o] / networks;
            }
        }

        probabilities.Clear();
        double entropy = 0;
        for (int s = 0; s < networks; s++)
        {
            for (int o = 0; o < count; o++)
            {
                logits[o] = (mean[o] + (scale * (outputs[s, row, o] - mean[o]))) / temperature;
            }

            Of(logits, own);
            entropy += Entropy(own) / networks;
            for (int k = 0; k < own.Length; k++)
            {
                probabilities[k] += own[k] / networks;
            }
        }

        return entropy;
    }

    /// <summary>In nats.</summary>
    public static double Entropy(ReadOnlySpan<double> probabilities)
    {
        double entropy = 0;
        foreach (double probability in probabilities)
        {
            entropy -= probability > 0 ? probability * Math.Log(probability) : 0;
        }

        return entropy;
    }

    /// <summary>ln p, finite where rounding made p 0.</summary>
    public static double Log(double probability) => Math.Log(Math.Max(probability, double.Epsilon));
}
