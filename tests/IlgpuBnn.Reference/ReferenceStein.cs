namespace IlgpuBnn.Reference;

/// <summary>
/// The Stein direction with the kernels exp(-|a - b|^2 / h) and, inverse multiquadric, (1 + |a - b|^2 / h)^(-1/2), and the rules for their bandwidth h.
/// </summary>
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

    public static double Kernel(double squaredDistance, double bandwidth, bool inverseMultiquadric = false) =>
        inverseMultiquadric ? 1 / Math.Sqrt(1 + (squaredDistance / bandwidth)) : Math.Exp(-squaredDistance / bandwidth);

    /// <summary>Derivative of the kernel with respect to the squared distance.</summary>
    public static double Slope(double squaredDistance, double bandwidth, bool inverseMultiquadric = false)
    {
        double kernel = Kernel(squaredDistance, bandwidth, inverseMultiquadric);
        return inverseMultiquadric ? -0.5 / bandwidth * Math.Pow(kernel, 3) : -kernel / bandwidth;
    }

    /// <summary>
    /// phi_i = 1/S sum over j of [w k(theta_j, theta_i) gradient_j + grad_j k(theta_j, theta_i)], an ascent direction.
    /// </summary>
    /// <param name="particles">[particle][parameter].</param>
    /// <param name="gradients">Of log p, [particle][parameter].</param>
    /// <param name="bandwidth">h.</param>
    /// <param name="inverseMultiquadric">The kernel; Gaussian otherwise.</param>
    /// <param name="gradientWeight">w: 1, less while annealing.</param>
    public static double[][] Direction(
        double[][] particles, double[][] gradients, double bandwidth, bool inverseMultiquadric = false, double gradientWeight = 1)
    {
        int count = particles.Length;
        double[,] squaredDistances = SquaredDistances(particles);
        double[][] direction = new double[count][];
        for (int i = 0; i < count; i++)
        {
            direction[i] = new double[particles[i].Length];
            for (int j = 0; j < count; j++)
            {
                double kernel = Kernel(squaredDistances[j, i], bandwidth, inverseMultiquadric);
                double slope = Slope(squaredDistances[j, i], bandwidth, inverseMultiquadric);
                for (int p = 0; p < particles[i].Length; p++)
                {
                    double attraction = gradientWeight * kernel * gradients[j][p];
                    double repulsion = 2 * slope * (particles[j][p] - particles[i][p]);
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
