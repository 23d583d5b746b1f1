namespace IlgpuBnn.Reference;

/// <summary>Log density of a particle with a Gaussian prior around its anchor, a relevance for each input, and noise that is given.</summary>
/// <remarks>
/// A particle is the network's weights and biases, then the log relevances s [inputs]: the network's weights from input i are exp(s_i) times the
/// particle's.
/// <code>
/// log p = N/B * sum over present targets [likelihood of the residual] - sum over parameters 0.5 precision (theta - anchor)^2
/// </code>
/// </remarks>
/// <param name="posterior">Its network and likelihood.</param>
/// <param name="logNoisePrecision">Of all outputs.</param>
/// <param name="anchor">[ParticleLength].</param>
/// <param name="precision">[ParticleLength].</param>
/// <param name="weighed">Each weight with a relevance, and which relevance that is; null for those of a dense first layer, with a relevance for each input.</param>
public sealed class ReferenceAnchoredPosterior(
    ReferencePosterior posterior, double logNoisePrecision, double[] anchor, double[] precision, IReadOnlyList<(int Weight, int Relevance)>? weighed = null)
{
    private readonly ReferenceNetwork network = posterior.Network;

    public int ParticleLength => network.ParameterCount + (weighed?.Max(own => own.Relevance + 1) ?? network.InputCount);

    /// <param name="theta">[ParticleLength].</param>
    /// <param name="x">[row, input].</param>
    /// <param name="y">[row, output], this particle's own; NaN where missing.</param>
    /// <param name="totalRows">N; x has B rows.</param>
    public double LogDensity(double[] theta, double[,] x, double[,] y, double totalRows)
    {
        double[,] outputs = network.Forward(ScaleWeights(theta), x);
        double log = posterior.Classes == ReferenceClasses.None ? 0 : posterior.LogLikelihoodOfClasses(outputs, y, totalRows);
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < network.OutputCount; o++)
                if (posterior.Classes == ReferenceClasses.None && !double.IsNaN(y[row, o]))
                    log += totalRows / x.GetLength(0) * posterior.LogLikelihood(logNoisePrecision, y[row, o] - outputs[row, o]);
        for (int p = 0; p < theta.Length; p++)
            log -= 0.5 * precision[p] * (theta[p] - anchor[p]) * (theta[p] - anchor[p]);
        return log;
    }

    /// <summary>Gradient [ParticleLength] of LogDensity.</summary>
    public double[] Gradient(double[] theta, double[,] x, double[,] y, double totalRows)
    {
        double[] scaled = ScaleWeights(theta);
        double[,] outputs = network.Forward(scaled, x), outputGradient = new double[x.GetLength(0), network.OutputCount];
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < network.OutputCount; o++)
                if (posterior.Classes == ReferenceClasses.None && !double.IsNaN(y[row, o]))
                    outputGradient[row, o] = totalRows / x.GetLength(0)
                        * posterior.OutputGradient(Math.Exp(logNoisePrecision), y[row, o] - outputs[row, o]);
        if (posterior.Classes != ReferenceClasses.None)
            outputGradient = posterior.GradientOfClasses(outputs, y, totalRows);
        double[] gradient = new double[ParticleLength];
        network.Backward(scaled, x, outputGradient).CopyTo(gradient, 0);
        foreach ((int p, int relevance) in FirstWeights())
        {
            gradient[relevance] += gradient[p] * scaled[p];
            gradient[p] *= Math.Exp(theta[relevance]);
        }
        for (int p = 0; p < theta.Length; p++)
            gradient[p] -= precision[p] * (theta[p] - anchor[p]);
        return gradient;
    }

    /// <summary>Weights and biases as the network has them, the relevances multiplied in.</summary>
    private double[] ScaleWeights(double[] theta)
    {
        double[] scaled = theta[..network.ParameterCount];
        foreach ((int p, int relevance) in FirstWeights())
            scaled[p] *= Math.Exp(theta[relevance]);
        return scaled;
    }

    /// <summary>Each weight of the first layer, and where its log relevance is.</summary>
    private IEnumerable<(int Weight, int Relevance)> FirstWeights()
    {
        if (weighed is not null)
        {
            foreach ((int weight, int relevance) in weighed)
                yield return (weight, network.ParameterCount + relevance);
            yield break;
        }
        int units = network.LayerStart(1) / (network.InputCount + 1);
        for (int p = 0; p < network.InputCount * units; p++)
            yield return (p, network.ParameterCount + (p / units));
    }
}
