
namespace IlgpuBnn.Devices;

/// <summary>Memory for the activations of networks, which it runs block by block.</summary>
internal abstract class NetworkWorkspace : IDisposable
{
    /// <summary>Calls <paramref name="pass"/> for every block of particles and rows, possibly in parallel.</summary>
    /// <remarks>
    /// A block is one particle and as many rows as the cache holds on a CPU, all rows of as many particles as fit into memory on a GPU. The blocks of a particle run in the order of their
    /// rows, so that sums have a fixed order.
    /// </remarks>
    /// <param name="adds">Whether gradients are added to those of the pass before.</param>
    /// <exception cref="NotSupportedException">The device cannot add.</exception>
    public abstract void Run(NetworkBuffers buffers, DeviceRows data, RowRange rows, Action<ParticleBlock> pass, bool adds = false);

    /// <summary>Recurrent layers begin anew, if they go on from row to row (<see cref="Device.CreateStateWorkspace"/>).</summary>
    public virtual void ClearStates()
    {
    }

    public virtual void Dispose()
    {
    }
}

/// <summary>Buffers of a pass over the networks.</summary>
/// <param name="Particles">theta [S, stride].</param>
/// <param name="Gradients">Gradient of the log density [S, stride]; null for prediction.</param>
/// <param name="Statistics">Sums of the last gradient; null for prediction.</param>
/// <param name="Outputs">Standardised outputs [S, O, data stride]; null for training.</param>
/// <param name="OutputSystem">Of <see cref="Devices.OutputSystem"/>; null where the output layer is not solved for.</param>
internal sealed record NetworkBuffers(
    DeviceBuffer Particles, DeviceBuffer? Gradients, GradientStatistics? Statistics, DeviceBuffer? Outputs, DeviceBuffer? OutputSystem = null);

/// <summary>Sums of a gradient, from which the log density follows without another pass.</summary>
/// <param name="ResidualSquares">Sum of squared residuals over present targets, [S, O]; for Student's t each times its weight.</param>
/// <param name="PresentCounts">Number of present targets, [S, O].</param>
/// <param name="LogTerms">
/// For Student's t the sum of ln(1 + gamma residual^2 / nu) over present targets, [S, O]; for classes minus the log likelihood of all outputs, in the first, and 0 in
/// the others, as in the two sums above; otherwise 0.
/// </param>
/// <param name="WeightSquares">Sum of squares of each weight group, [S, groups].</param>
/// <param name="FailedAt">First iteration, 1-based, with a gradient that was not finite, otherwise 0; [S].</param>
/// <param name="Violations">Sum of weight times squared violation of constraints, [S].</param>
internal sealed record GradientStatistics(
    DeviceBuffer ResidualSquares, DeviceBuffer PresentCounts, DeviceBuffer LogTerms, DeviceBuffer WeightSquares, DeviceBuffer FailedAt, DeviceBuffer Violations) : IDisposable
{
    public static GradientStatistics Allocate(Device device, NetworkShape shape, int particles)
    {
        long outputs = (long)particles * shape.Outputs.Count;
        var statistics = new GradientStatistics(
            device.Allocate(outputs), device.Allocate(outputs), device.Allocate(outputs), device.Allocate((long)particles * shape.WeightGroups.Count),
            device.Allocate(particles), device.Allocate(particles));
        statistics.FailedAt.Clear();
        statistics.Violations.Clear();
        return statistics;
    }

    public void Dispose()
    {
        ResidualSquares.Dispose();
        PresentCounts.Dispose();
        LogTerms.Dispose();
        WeightSquares.Dispose();
        FailedAt.Dispose();
        Violations.Dispose();
    }
}

/// <summary>Operations on a block of particles over a block of rows.</summary>
/// <remarks>Activations are unit-major, at the slots of <see cref="Units"/>. Going backward, the gradient of a layer's sums replaces its outputs.</remarks>
internal abstract class ParticleBlock
{
    /// <summary>Whether these are the particles' last rows of the pass.</summary>
    public abstract bool LastRows { get; }

    /// <summary>Forward pass, likelihood and backward pass in one operation, if the device has one for this network.</summary>
    /// <returns>False if it has none, and did nothing: use the operations below.</returns>
    public virtual bool TryNetworkGradient(LikelihoodTerm likelihood) => false;

    /// <summary>Copies the network's inputs, scaled, to units of the workspace.</summary>
    public abstract void CopyInputs(in InputCopy copy);

    /// <summary>outputs = activation(bias + weights' inputs).</summary>
    public abstract void DenseForward(in DenseTerm dense);

    /// <summary>Adds to the gradient of a layer's weights and biases, then replaces its inputs by the gradient of their sums.</summary>
    public abstract void DenseBackward(in DenseTerm dense);

    /// <summary>outputs = activation(bias + sum over taps and channels of weights' inputs), at every position with the same weights.</summary>
    public abstract void ConvolutionForward(ConvolutionTerm convolution);

    /// <summary>Adds to the gradient of a convolution's weights and biases, then replaces its inputs by the gradient of their sums.</summary>
    public abstract void ConvolutionBackward(ConvolutionTerm convolution);

    /// <summary>outputs = mean of the inputs that each reads.</summary>
    public abstract void FieldMean(FieldMeanTerm mean);

    /// <summary>Replaces the inputs of means by the gradient of their sums.</summary>
    public abstract void FieldMeanBackward(FieldMeanTerm mean);

    /// <summary>Goes through the steps of a recurrent layer, from the sums of its inputs to its outputs.</summary>
    public abstract void RecurrentForward(RecurrentTerm recurrent);

    /// <summary>Goes back through the steps: adds to the gradient of the weights and biases of the states, and replaces the sums of the inputs by their gradient.</summary>
    public abstract void RecurrentBackward(RecurrentTerm recurrent);

    /// <summary>
    /// Gradient of the log likelihood: outputs f become scale * gamma * w * (y - f), 0 where y is missing; sums go to the statistics. w is 1, for
    /// Student's t (nu + 1) / (nu + gamma (y - f)^2). Classes: see <see cref="LikelihoodKind"/>.
    /// </summary>
    public abstract void Likelihood(LikelihoodTerm likelihood);

    /// <summary>Adds to the sums of the output layer's least squares. A row has all targets or none: the inputs of those without become 0.</summary>
    public abstract void AddToOutputSystem(OutputSystem system);

    /// <summary>Outputs at points where constraints hold become the gradient of what these add to the log density; its size goes to the statistics.</summary>
    /// <exception cref="NotSupportedException">The device has no such operation.</exception>
    public virtual void Constraints(ConstraintTerm term) => throw new NotSupportedException("Constraints are trained on the CPU.");

    /// <summary>Adds the priors' gradient and that of the precisions, and records a gradient that is not finite. Once per particle, on its last rows.</summary>
    public abstract void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior);

    /// <summary>
    /// In place of <see cref="PriorGradient"/> and the operations that complete an anchored ensemble's gradient and take its step, all in one, if the device has
    /// one. Only where no precisions are learned.
    /// </summary>
    /// <returns>False if it has none, and did nothing.</returns>
    public virtual bool TryAnchoredUpdate(AnchoredUpdate update, PriorTerm prior) => false;

    /// <summary>Writes the outputs to the pass's output buffer.</summary>
    public abstract void StoreOutputs();
}

/// <summary>Log density of targets y given outputs f.</summary>
internal enum LikelihoodKind
{
    /// <summary>ln gamma / 2 - gamma (y - f)^2 / 2.</summary>
    Gaussian,

    /// <summary>Student's t with nu degrees of freedom and scale gamma^(-1/2).</summary>
    StudentT,

    /// <summary>
    /// |y| ln p, p = 1 / (1 + exp(-f)) if y is above 0, otherwise 1 / (1 + exp(f)): the sign of a target says which of two classes, its size is the row's weight. No gamma.
    /// </summary>
    Bernoulli,

    /// <summary>
    /// Sum over the outputs of a row of y ln p, p = exp(f) / sum of exp(f): the target of the row's class is its weight, those of the others 0. A row with a missing target
    /// is missing. No gamma.
    /// </summary>
    Categorical,
}

/// <summary>The likelihood's part of a step.</summary>
/// <param name="Kind">Its log density.</param>
/// <param name="Scale">N/B: total rows over rows of the batch.</param>
/// <param name="FixedPrecision">gamma; 0 if each particle learns its own.</param>
/// <param name="DegreesOfFreedom">nu of Student's t.</param>
internal readonly record struct LikelihoodTerm(LikelihoodKind Kind, float Scale, float FixedPrecision, float DegreesOfFreedom);

/// <summary>Gamma priors of the learned precisions (docs/maths.md, "Posterior").</summary>
/// <param name="Iteration">1-based; recorded where a gradient is not finite.</param>
internal readonly record struct PriorTerm(float WeightShape, float WeightRate, float NoiseShape, float NoiseRate, int Iteration);
