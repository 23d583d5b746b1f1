namespace IlgpuBnn.Reference;

/// <summary>Adam with bias correction, climbing: particles move along their direction, not against it.</summary>
public sealed class ReferenceAdam(
    int particleCount, int parameterCount, double stepSize = 0.01, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8)
{
    private readonly double[,] firstMoment = new double[particleCount, parameterCount];
    private readonly double[,] secondMoment = new double[particleCount, parameterCount];
    private int iteration;

    /// <summary>Moves particles [particle][parameter] in place.</summary>
    public void Ascend(double[][] particles, double[][] directions)
    {
        iteration++;
        for (int s = 0; s < particleCount; s++)
            for (int p = 0; p < parameterCount; p++)
            {
                double direction = directions[s][p];
                firstMoment[s, p] = beta1 * firstMoment[s, p] + (1 - beta1) * direction;
                secondMoment[s, p] = beta2 * secondMoment[s, p] + (1 - beta2) * direction * direction;
                double mean = firstMoment[s, p] / (1 - Math.Pow(beta1, iteration));
                double square = secondMoment[s, p] / (1 - Math.Pow(beta2, iteration));
                particles[s][p] += stepSize * mean / (Math.Sqrt(square) + epsilon);
            }
    }
}
