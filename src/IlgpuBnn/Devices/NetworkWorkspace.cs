
namespace IlgpuBnn.Devices;

/// <summary>Memory for the activations of a set of networks, and the way to run them block by block.</summary>
internal abstract class NetworkWorkspace : IDisposable
{
    /// <summary>Calls <paramref name="pass"/> once for every block of particles and rows; blocks may run at the same time.</summary>
    /// <remarks>
    /// A CPU takes one particle and as many rows as its cache holds, a GPU everything at once. The blocks of one particle
    /// come in the order of their rows, so that what they accumulate has a fixed order.
    /// </remarks>
    public abstract void Run(NetworkBuffers buffers, DeviceRows data, RowRange rows, Action<ParticleBlock> pass);

    public virtual void Dispose()
    {
    }
}

/// <summary>What a pass over the networks reads and writes.</summary>
/// <param name="Particles">theta [S, stride].</param>
/// <param name="Gradients">Gradient of the log density [S, stride]; null for prediction.</param>
/// <param name="Statistics">Sums of the last gradient; null for prediction.</param>
/// <param name="Outputs">Scaled outputs [S, O, data stride]; null for training.</param>
internal sealed record NetworkBuffers(
    DeviceBuffer Particles, DeviceBuffer? Gradients, GradientStatistics? Statistics, DeviceBuffer? Outputs);

/// <summary>Sums that a gradient leaves behind: enough to tell the log density without another pass.</summary>
/// <param name="ResidualSquares">Sum of squared residuals over present targets, [S, O]; of Student's t noise each times its weight.</param>
/// <param name="PresentCounts">Number of present targets, [S, O].</param>
/// <param name="TailLogs">Of Student's t noise the sum of ln(1 + gamma residual^2 / nu) over present targets, [S, O]; of Gaussian noise 0.</param>
/// <param name="WeightSquares">Sum of squares of each weight group, [S, groups].</param>
/// <param name="FailedAt">1-based iteration at which a particle's gradient first was not finite, else 0; [S].</param>
internal sealed record GradientStatistics(
    DeviceBuffer ResidualSquares, DeviceBuffer PresentCounts, DeviceBuffer TailLogs, DeviceBuffer WeightSquares, DeviceBuffer FailedAt) : IDisposable
{
    public static GradientStatistics Allocate(Device device, NetworkShape shape, int particles)
    {
        var statistics = new GradientStatistics(
            device.Allocate((long)particles * shape.Outputs.Count),
            device.Allocate((long)particles * shape.Outputs.Count),
            device.Allocate((long)particles * shape.Outputs.Count),
            device.Allocate((long)particles * shape.WeightGroups.Count),
            device.Allocate(particles));
        statistics.FailedAt.Clear();
        return statistics;
    }

    public void Dispose()
    {
        ResidualSquares.Dispose();
        PresentCounts.Dispose();
        TailLogs.Dispose();
        WeightSquares.Dispose();
        FailedAt.Dispose();
    }
}

/// <summary>Operations on a block of particles over a block of rows.</summary>
/// <remarks>
/// Activations lie unit-major in the workspace, at the slots that <see cref="Units"/> names. Going backward, the
/// gradient with respect to a layer's sums takes the place of its outputs: a block needs each layer's units once.
/// </remarks>
internal abstract class ParticleBlock
{
    /// <summary>Whether these are the last rows of the pass for these particles.</summary>
    public abstract bool LastRows { get; }

    /// <summary>Forward pass, likelihood and backward pass in one operation, where the device has one for a network of this shape.</summary>
    /// <returns>False where it has none: nothing was done, and the operations below take its place.</returns>
    public virtual bool TryNetworkGradient(LikelihoodTerm likelihood) => false;

    /// <summary>Copies the network's inputs to units of the workspace.</summary>
    /// <param name="slot">The first of them.</param>
    public abstract void CopyInputs(int slot);

    /// <summary>outputs = activation(bias + weights' inputs).</summary>
    public abstract void DenseForward(in DenseTerm dense);

    /// <summary>Adds to the gradient of a layer's weights and biases, then puts the gradient of its inputs' own sums in their place.</summary>
    public abstract void DenseBackward(in DenseTerm dense);

    /// <summary>
    /// Log likelihood: last outputs f become scale * gamma * w * (y - f), 0 where y is missing; sums go to the statistics. w is 1, or of Student's t
    /// noise (nu + 1) / (nu + gamma (y - f)^2).
    /// </summary>
    public abstract void Likelihood(LikelihoodTerm likelihood);

    /// <summary>Adds the priors' gradient and the precisions' own, and notes a gradient that is not finite. Once per particle, on its last rows.</summary>
    public abstract void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior);

    /// <summary>Writes the last layer's outputs to the pass's output buffer.</summary>
    public abstract void StoreOutputs();
}

/// <summary>What a device computes of targets y and outputs f.</summary>
internal enum LikelihoodKind
{
    /// <summary>log density -gamma (y - f)^2 / 2 and ln gamma / 2.</summary>
    Gaussian,

    /// <summary>Student's t with nu degrees of freedom and scale gamma^(-1/2).</summary>
    StudentT,
}

/// <summary>The likelihood's part of a step.</summary>
/// <param name="Kind">Its log density.</param>
/// <param name="Scale">N/B: total rows over rows of the batch.</param>
/// <param name="FixedPrecision">gamma where it is given; 0 where each particle learns its own.</param>
/// <param name="DegreesOfFreedom">nu, of Student's t alone.</param>
internal readonly record struct LikelihoodTerm(LikelihoodKind Kind, float Scale, float FixedPrecision, float DegreesOfFreedom);

/// <summary>Gamma priors of the precisions that particles learn, in shape and rate (docs/maths.md, "Posterior").</summary>
/// <param name="Iteration">1-based; written where a gradient is not finite.</param>
internal readonly record struct PriorTerm(float WeightShape, float WeightRate, float NoiseShape, float NoiseRate, int Iteration);
