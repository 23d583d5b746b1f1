namespace IlgpuBnn.Reference;

/// <summary>Log density of a particle with a Gaussian prior around its anchor, a scale for each input, and noise that is given.</summary>
/// <remarks>
/// A particle is that of <see cref="ReferencePosterior"/>, then the log scales s [inputs]: the network's weights from input i are exp(s_i)
/// times the particle's.
/// <code>
/// log p = N/B * sum over present targets [0.5 log gamma - 0.5 gamma r^2] - sum over parameters 0.5 precision (theta - anchor)^2
/// </code>
/// </remarks>
public sealed class ReferenceAnchoredPosterior(ReferencePosterior posterior, double[] anchor, double[] precision)
{
    private readonly ReferenceNetwork network = posterior.Network;

    public int ParticleLength => posterior.ParticleLength + network.InputCount;

    /// <param name="theta">[ParticleLength].</param>
    /// <param name="x">[row, input].</param>
    /// <param name="y">[row, output], this particle's own; NaN where missing.</param>
    /// <param name="totalRows">N; x has B rows.</param>
    public double LogDensity(double[] theta, double[,] x, double[,] y, double totalRows)
    {
        double[] scaled = ScaleWeights(theta);
        double[,] outputs = network.Forward(scaled, x);
        double log = 0;
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < network.OutputCount; o++)
                if (!double.IsNaN(y[row, o]))
                {
                    double logGamma = theta[posterior.LogNoisePrecisionIndex(o)], residual = y[row, o] - outputs[row, o];
                    log += totalRows / x.GetLength(0) * posterior.LogLikelihood(logGamma, residual);
                }
        for (int p = 0; p < theta.Length; p++)
            log -= 0.5 * precision[p] * (theta[p] - anchor[p]) * (theta[p] - anchor[p]);
        return log;
    }

    /// <summary>Gradient [ParticleLength] of LogDensity by weights, biases and log scales; 0 by the precisions, which are given.</summary>
    public double[] Gradient(double[] theta, double[,] x, double[,] y, double totalRows)
    {
        double[] scaled = ScaleWeights(theta);
        double[,] outputs = network.Forward(scaled, x), outputGradient = new double[x.GetLength(0), network.OutputCount];
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < network.OutputCount; o++)
                if (!double.IsNaN(y[row, o]))
                    outputGradient[row, o] = totalRows / x.GetLength(0)
                        * posterior.OutputGradient(Math.Exp(theta[posterior.LogNoisePrecisionIndex(o)]), y[row, o] - outputs[row, o]);
        double[] gradient = new double[ParticleLength];
        network.Backward(scaled, x, outputGradient).CopyTo(gradient, 0);
        int units = (network.LayerStart(1) / (network.InputCount + 1));
        for (int i = 0; i < network.InputCount; i++)
            for (int u = 0; u < units; u++)
            {
                int p = i * units + u;
                gradient[posterior.ParticleLength + i] += gradient[p] * scaled[p];
                gradient[p] *= Math.Exp(theta[posterior.ParticleLength + i]);
            }
        for (int p = 0; p < theta.Length; p++)
            gradient[p] -= precision[p] * (theta[p] - anchor[p]);
        return gradient;
    }

    /// <summary>The particle as <see cref="ReferencePosterior"/> knows it, the scales multiplied into its first weights.</summary>
    public double[] ScaleWeights(double[] theta)
    {
        double[] scaled = theta[..posterior.ParticleLength];
        int units = network.LayerStart(1) / (network.InputCount + 1);
        for (int i = 0; i < network.InputCount; i++)
            for (int u = 0; u < units; u++)
                scaled[i * units + u] *= Math.Exp(theta[posterior.ParticleLength + i]);
        return scaled;
    }
}
