namespace IlgpuBnn.Reference;

/// <summary>Moments of the predictive distribution, in the units of the network's outputs.</summary>
/// <param name="Mean">[row, output]: mean of the particles' outputs.</param>
/// <param name="Aleatoric">[output]: mean of the particles' noise variances.</param>
/// <param name="Epistemic">[row, output]: variance of the particles' outputs, divided by S, not S - 1.</param>
public sealed record ReferencePrediction(double[,] Mean, double[] Aleatoric, double[,] Epistemic)
{
    public static ReferencePrediction Of(ReferencePosterior posterior, double[][] particles, double[,] x)
    {
        (int rows, int outputs) = (x.GetLength(0), posterior.Network.OutputCount);
        double[][,] perParticle = [.. particles.Select(theta => posterior.Network.Forward(theta, x))];
        double[,] mean = new double[rows, outputs];
        double[,] epistemic = new double[rows, outputs];
        double[] aleatoric = new double[outputs];
        for (int o = 0; o < outputs; o++)
        {
            aleatoric[o] = particles.Average(theta => 1 / Math.Exp(theta[posterior.LogNoisePrecisionIndex(o)]));
            for (int row = 0; row < rows; row++)
            {
                double rowMean = perParticle.Average(f => f[row, o]);
                mean[row, o] = rowMean;
                // E[(f - mean)^2], not E[f^2] - mean^2: the same number, without cancellation.
                epistemic[row, o] = perParticle.Average(f => (f[row, o] - rowMean) * (f[row, o] - rowMean));
            }
        }
        return new ReferencePrediction(mean, aleatoric, epistemic);
    }
}
