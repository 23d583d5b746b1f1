namespace IlgpuBnn.Reference;

/// <summary>The Stein direction with the kernel k(a, b) = exp(-|a - b|^2 / h), and the rules for its bandwidth h.</summary>
public static class ReferenceStein
{
    /// <summary>particles [particle][parameter] -> [particle, particle].</summary>
    public static double[,] SquaredDistances(double[][] particles)
    {
        int count = particles.Length;
        double[,] squared = new double[count, count];
        for (int i = 0; i < count; i++)
            for (int j = 0; j < count; j++)
                for (int p = 0; p < particles[i].Length; p++)
                    squared[i, j] += (particles[i][p] - particles[j][p]) * (particles[i][p] - particles[j][p]);
        return squared;
    }

    /// <summary>h = median^2 / ln S, with the median of the distances between distinct particles; 1 where that median is 0.</summary>
    public static double MedianBandwidth(double[,] squaredDistances)
    {
        int count = squaredDistances.GetLength(0);
        List<double> distances = [];
        for (int i = 0; i < count; i++)
            for (int j = i + 1; j < count; j++)
                distances.Add(Math.Sqrt(squaredDistances[i, j]));
        double median = Median(distances);
        return median == 0 ? 1 : median * median / Math.Log(count);
    }

    /// <summary>
    /// h = median / ln(S + 1), with the median of all S x S squared distances, the diagonal's zeros included; 1 where that median is 0.
    /// </summary>
    /// <remarks>Liu and Wang's published code.</remarks>
    public static double LiuWangBandwidth(double[,] squaredDistances)
    {
        double median = Median(squaredDistances.Cast<double>());
        return median == 0 ? 1 : median / Math.Log(squaredDistances.GetLength(0) + 1);
    }

    public static double Kernel(double squaredDistance, double bandwidth) => Math.Exp(-squaredDistance / bandwidth);

    /// <summary>
    /// phi_i = 1/S sum over j of [k(theta_j, theta_i) gradient_j + 2/h (theta_i - theta_j) k(theta_j, theta_i)], an ascent direction.
    /// </summary>
    /// <param name="particles">[particle][parameter].</param>
    /// <param name="gradients">Of log p, [particle][parameter].</param>
    /// <param name="bandwidth">h.</param>
    public static double[][] Direction(double[][] particles, double[][] gradients, double bandwidth)
    {
        int count = particles.Length;
        double[,] squaredDistances = SquaredDistances(particles);
        double[][] direction = new double[count][];
        for (int i = 0; i < count; i++)
        {
            direction[i] = new double[particles[i].Length];
            for (int j = 0; j < count; j++)
            {
                double kernel = Kernel(squaredDistances[j, i], bandwidth);
                for (int p = 0; p < particles[i].Length; p++)
                {
                    double attraction = kernel * gradients[j][p];
                    double repulsion = 2 / bandwidth * (particles[i][p] - particles[j][p]) * kernel;
                    direction[i][p] += (attraction + repulsion) / count;
                }
            }
        }
        return direction;
    }

    /// <summary>For an even count the mean of the two middle values; 0 for none (a lone particle).</summary>
    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
