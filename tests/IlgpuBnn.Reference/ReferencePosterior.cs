namespace IlgpuBnn.Reference;

/// <summary>Log posterior density of a particle, without the constants, and its gradient by backpropagation.</summary>
/// <remarks>
/// With r = y - f(x), N rows in all, B rows given, gamma the noise and lambda the weight precision:
/// <code>
/// log p = N/B * sum over present targets [0.5 log gamma - 0.5 gamma r^2] + sum over w [0.5 log lambda - 0.5 lambda w^2]
///       + sum over lambda [a0 log lambda - b0 lambda] + sum over gamma [a1 log gamma - b1 gamma]
/// </code>
/// With Student's t noise of nu degrees of freedom the likelihood's terms are 0.5 log gamma - 0.5 (nu + 1) log(1 + gamma r^2 / nu).
/// A particle is [weights and biases, log gamma (1, or one per output), log lambda (1, or one per layer)].
/// A target of NaN is missing. A layer's biases share the precision of its weights.
/// </remarks>
public sealed class ReferencePosterior(ReferenceNetwork network, bool sharedNoise, bool sharedWeightPrecision)
{
    public ReferenceNetwork Network => network;

    /// <summary>a0 of Gamma(a0, b0), the prior of the weight precision.</summary>
    public double WeightPrecisionShape { get; init; } = 1.0;

    /// <summary>b0, a rate.</summary>
    public double WeightPrecisionRate { get; init; } = 0.1;

    /// <summary>a1 of Gamma(a1, b1), the prior of the noise precision.</summary>
    public double NoisePrecisionShape { get; init; } = 1.0;

    /// <summary>b1, a rate.</summary>
    public double NoisePrecisionRate { get; init; } = 0.1;

    /// <summary>A deterministic network: log p is -(N/B) * 0.5 * sum r^2, without priors, and no precision has a gradient.</summary>
    public bool SquaredErrorOnly { get; init; }

    /// <summary>nu of Student's t noise; infinite for Gaussian noise.</summary>
    public double DegreesOfFreedom { get; init; } = double.PositiveInfinity;

    /// <summary>Targets that are classes: a particle then has no noise precision.</summary>
    public ReferenceClasses Classes { get; init; }

    public int NoisePrecisionCount => Classes != ReferenceClasses.None ? 0 : sharedNoise ? 1 : network.OutputCount;

    public int WeightPrecisionCount => sharedWeightPrecision ? 1 : network.LayerCount;

    /// <summary>Of a particle, without the frequencies at its end.</summary>
    public int TrainedLength => network.ParameterCount + NoisePrecisionCount + WeightPrecisionCount;

    public int ParticleLength => TrainedLength + network.FrequencyCount;

    public int LogNoisePrecisionIndex(int output) => network.ParameterCount + (sharedNoise ? 0 : output);

    public int LogWeightPrecisionIndex(int layer) =>
        network.ParameterCount + NoisePrecisionCount + (sharedWeightPrecision ? 0 : layer);

    /// <param name="theta">[ParticleLength].</param>
    /// <param name="x">[row, input].</param>
    /// <param name="y">[row, output], NaN where missing.</param>
    /// <param name="totalRows">N; x has B rows.</param>
    public double LogDensity(double[] theta, double[,] x, double[,] y, double totalRows)
    {
        if (Classes != ReferenceClasses.None)
            return LogLikelihoodOfClasses(network.Forward(theta, x), y, totalRows) + LogPrior(theta);
        double[,] residuals = Residuals(theta, x, y);
        double logLikelihood = 0;
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < network.OutputCount; o++)
            {
                if (double.IsNaN(y[row, o]))
                    continue;
                double residual = residuals[row, o];
                double logGamma = theta[LogNoisePrecisionIndex(o)];
                logLikelihood += SquaredErrorOnly
                    ? -0.5 * residual * residual
                    : LogLikelihood(logGamma, residual);
            }
        double scaled = totalRows / x.GetLength(0) * logLikelihood;
        return SquaredErrorOnly ? scaled : scaled + LogPrior(theta);
    }

    /// <summary>Gradient [ParticleLength] of LogDensity by theta.</summary>
    public double[] Gradient(double[] theta, double[,] x, double[,] y, double totalRows)
    {
        double[] gradient = new double[ParticleLength];
        if (Classes != ReferenceClasses.None)
        {
            network.Backward(theta, x, GradientOfClasses(network.Forward(theta, x), y, totalRows)).CopyTo(gradient, 0);
            AddPriorGradient(theta, gradient);
            return gradient;
        }
        double scale = totalRows / x.GetLength(0);
        double[,] residuals = Residuals(theta, x, y);
        double[,] outputGradient = new double[x.GetLength(0), network.OutputCount];
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < network.OutputCount; o++)
            {
                if (double.IsNaN(y[row, o]))
                    continue;
                double residual = residuals[row, o];
                double gamma = SquaredErrorOnly ? 1 : Math.Exp(theta[LogNoisePrecisionIndex(o)]);
                outputGradient[row, o] = scale * OutputGradient(gamma, residual);
                if (!SquaredErrorOnly)
                    gradient[LogNoisePrecisionIndex(o)] += scale * (0.5 - 0.5 * OutputGradient(gamma, residual) * residual);
            }
        network.Backward(theta, x, outputGradient).CopyTo(gradient, 0);
        if (!SquaredErrorOnly)
            AddPriorGradient(theta, gradient);
        return gradient;
    }

    /// <param name="outputs">[row, output].</param>
    public double LogLikelihoodOfClasses(double[,] outputs, double[,] y, double totalRows)
    {
        double sum = 0;
        for (int row = 0; row < y.GetLength(0); row++)
            sum += totalRows / y.GetLength(0) * ReferenceClassLikelihood.LogLikelihood(Classes, Row(outputs, row), Row(y, row));
        return sum;
    }

    /// <summary>Gradient [row, output] of LogLikelihoodOfClasses by the outputs.</summary>
    public double[,] GradientOfClasses(double[,] outputs, double[,] y, double totalRows)
    {
        double[,] gradient = new double[y.GetLength(0), y.GetLength(1)];
        for (int row = 0; row < y.GetLength(0); row++)
        {
            double[] own = ReferenceClassLikelihood.Gradient(Classes, Row(outputs, row), Row(y, row));
            for (int o = 0; o < own.Length; o++)
                gradient[row, o] = totalRows / y.GetLength(0) * own[o];
        }
        return gradient;
    }

    private static double[] Row(double[,] table, int row) => [.. Enumerable.Range(0, table.GetLength(1)).Select(o => table[row, o])];

    /// <summary>Of one row and output.</summary>
    public double LogLikelihood(double logGamma, double residual)
    {
        double square = Math.Exp(logGamma) * residual * residual;
        return 0.5 * logGamma - (double.IsInfinity(DegreesOfFreedom)
            ? 0.5 * square
            : 0.5 * (DegreesOfFreedom + 1) * Math.Log(1 + square / DegreesOfFreedom));
    }

    /// <summary>Gradient of LogLikelihood by the network's output.</summary>
    public double OutputGradient(double gamma, double residual) => double.IsInfinity(DegreesOfFreedom)
        ? gamma * residual
        : (DegreesOfFreedom + 1) * gamma * residual / (DegreesOfFreedom + gamma * residual * residual);

    private double[,] Residuals(double[] theta, double[,] x, double[,] y)
    {
        if (theta.Length != ParticleLength)
            throw new ArgumentException($"theta has {theta.Length} entries, a particle {ParticleLength}.", nameof(theta));
        if (y.GetLength(0) != x.GetLength(0) || y.GetLength(1) != network.OutputCount)
            throw new ArgumentException(
                $"y is [{y.GetLength(0)}, {y.GetLength(1)}], expected [{x.GetLength(0)}, {network.OutputCount}].", nameof(y));

        double[,] residuals = network.Forward(theta, x);
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < network.OutputCount; o++)
                residuals[row, o] = y[row, o] - residuals[row, o];
        return residuals;
    }

    private double LogPrior(double[] theta)
    {
        double logPrior = 0;
        for (int layer = 0; layer < network.LayerCount; layer++)
        {
            double logLambda = theta[LogWeightPrecisionIndex(layer)];
            for (int p = network.LayerStart(layer); p < network.LayerStart(layer + 1); p++)
                logPrior += 0.5 * logLambda - 0.5 * Math.Exp(logLambda) * theta[p] * theta[p];
        }
        // By precision, not by layer or output: a shared one has its prior once.
        for (int w = 0; w < WeightPrecisionCount; w++)
        {
            double logLambda = theta[LogWeightPrecisionIndex(w)];
            logPrior += WeightPrecisionShape * logLambda - WeightPrecisionRate * Math.Exp(logLambda);
        }
        for (int n = 0; n < NoisePrecisionCount; n++)
        {
            double logGamma = theta[LogNoisePrecisionIndex(n)];
            logPrior += NoisePrecisionShape * logGamma - NoisePrecisionRate * Math.Exp(logGamma);
        }
        return logPrior;
    }

    private void AddPriorGradient(double[] theta, double[] gradient)
    {
        for (int layer = 0; layer < network.LayerCount; layer++)
        {
            double lambda = Math.Exp(theta[LogWeightPrecisionIndex(layer)]);
            for (int p = network.LayerStart(layer); p < network.LayerStart(layer + 1); p++)
            {
                gradient[p] -= lambda * theta[p];
                gradient[LogWeightPrecisionIndex(layer)] += 0.5 - 0.5 * lambda * theta[p] * theta[p];
            }
        }
        for (int w = 0; w < WeightPrecisionCount; w++)
            gradient[LogWeightPrecisionIndex(w)] +=
                WeightPrecisionShape - WeightPrecisionRate * Math.Exp(theta[LogWeightPrecisionIndex(w)]);
        for (int n = 0; n < NoisePrecisionCount; n++)
            gradient[LogNoisePrecisionIndex(n)] +=
                NoisePrecisionShape - NoisePrecisionRate * Math.Exp(theta[LogNoisePrecisionIndex(n)]);
    }
}
