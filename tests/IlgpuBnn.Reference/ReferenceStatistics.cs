namespace IlgpuBnn.Reference;

/// <summary>Sums over particles, which a training reports, as their formulas say.</summary>
public static class ReferenceStatistics
{
    /// <summary>Square of a vector's length.</summary>
    public static double SquaredLength(double[] vector) => vector.Sum(value => value * value);

    /// <summary>Sum of precision (theta - anchor)^2.</summary>
    public static double AnchorDistance(double[] theta, double[] anchor, double[] precision)
    {
        double sum = 0;
        for (int p = 0; p < theta.Length; p++)
            sum += precision[p] * Math.Pow(theta[p] - anchor[p], 2);
        return sum;
    }

    /// <summary>Root mean square distance of particles from their mean.</summary>
    public static double Spread(double[][] particles)
    {
        double[] mean = Mean(particles);
        return Math.Sqrt(particles.Average(theta => theta.Select((value, p) => Math.Pow(value - mean[p], 2)).Sum()));
    }

    /// <summary>Minus the mean over particles and parameters of (theta - mean) gradient.</summary>
    public static double SteinIdentityRatio(double[][] particles, double[][] gradients)
    {
        double[] mean = Mean(particles);
        double sum = 0;
        for (int s = 0; s < particles.Length; s++)
        {
            for (int p = 0; p < mean.Length; p++)
                sum -= (particles[s][p] - mean[p]) * gradients[s][p];
        }

        return sum / (particles.Length * mean.Length);
    }

    private static double[] Mean(double[][] particles) =>
        [.. Enumerable.Range(0, particles[0].Length).Select(p => particles.Average(theta => theta[p]))];
}
