namespace IlgpuBnn.Reference;

/// <summary>Gradient ascent with momentum: particles move along their direction, not against it.</summary>
public sealed class ReferenceMomentum(int particleCount, int parameterCount, double stepSize, double momentum)
{
    private readonly double[,] velocity = new double[particleCount, parameterCount];

    /// <summary>Moves particles [particle][parameter] in place.</summary>
    public void Ascend(double[][] particles, double[][] directions)
    {
        for (int s = 0; s < particleCount; s++)
            for (int p = 0; p < parameterCount; p++)
            {
                velocity[s, p] = momentum * velocity[s, p] + directions[s][p];
                particles[s][p] += stepSize * velocity[s, p];
            }
    }
}
