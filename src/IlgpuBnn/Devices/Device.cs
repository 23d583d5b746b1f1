
namespace IlgpuBnn.Devices;

/// <summary>Hardware that trains and predicts.</summary>
/// <remarks>
/// Operations run in the order given; <see cref="DeviceBuffer.Download"/> waits for them. Reductions have a fixed order: the same seed, device and
/// version give the same bits, whatever the number of threads. Thread-safe.
/// Letters: S particles, P parameters (stored with the layout's stride), I inputs, O outputs.
/// </remarks>
public abstract class Device : IDisposable
{
    /// <summary>For tests: new memory holds NaN (integers -1), to find reads before writes.</summary>
    internal static bool PoisonsNewMemory { get; set; }

    private volatile bool _disposed;

    /// <summary>Name, backend and limits of the hardware.</summary>
    public abstract DeviceDescription Description { get; }

    /// <summary>Releases the hardware, after the operation at hand; later ones throw an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    internal abstract DeviceBuffer Allocate(long length);

    /// <summary>Memory for the activations of <paramref name="particles"/> networks over at most <paramref name="rows"/> rows.</summary>
    internal abstract NetworkWorkspace CreateWorkspace(NetworkShape shape, int particles, int rows);

    /// <summary>A workspace for fast predictions of single rows.</summary>
    internal virtual NetworkWorkspace CreateRowWorkspace(NetworkShape shape, int particles) => CreateWorkspace(shape, particles, 1);

    /// <summary>A workspace for single rows whose recurrent layers go on from the state of the row before, which it keeps for each particle.</summary>
    /// <param name="states">Numbers of a particle's state: for each recurrent layer two for each unit.</param>
    /// <exception cref="NotSupportedException">The device keeps no states.</exception>
    internal virtual NetworkWorkspace CreateStateWorkspace(NetworkShape shape, int particles, int states) =>
        throw new NotSupportedException($"Series are predicted step by step on the CPU, and the device is {Description.Id} ({Description.Name}), where every step would wait for its launches. Use the CPU.");

    /// <summary>Maximum floats of a workspace.</summary>
    internal virtual long WorkspaceLength(NetworkShape shape, int particles, int rows) =>
        (long)particles * shape.WorkspaceUnits * Alignment.Pad(rows);

    internal virtual bool UsesMainMemory => false;

    /// <summary>Whether it has <see cref="ParticleBlock.Constraints"/>.</summary>
    internal virtual bool HasConstraints => false;

    /// <summary>Whether it has <see cref="CreateResiduals"/>.</summary>
    internal virtual bool HasResiduals => false;

    /// <summary>Memory and kernels for fields that obey equations.</summary>
    /// <exception cref="NotSupportedException">The device has no such kernels: the CPU's path is in double precision, and not behind this seam.</exception>
    /// <exception cref="DeviceException">There is no room, or an equation does not compile.</exception>
    internal virtual ResidualWorkspace CreateResiduals(ResidualShape shape) =>
        throw new NotSupportedException($"{Description.Id} ({Description.Name}) has no kernels for equations.");

    /// <summary>Copies source row order[n] to row n; -1 gives an empty row (zero inputs, missing targets).</summary>
    internal abstract void GatherRows(DeviceRows source, ReadOnlySpan<int> order, DeviceRows destination);

    /// <summary>Whether it moves a share of the particles along Stein directions, beside other processes.</summary>
    internal virtual bool HasSteinOfShares => false;

    /// <summary>Squared distances held in memory, by the process of several that holds most: [particle of its share, S], or 0 if they are recomputed on demand.</summary>
    internal virtual long HeldDistances(int particles, int processes = 1) => (long)new ParticleShare(0, processes).CountOf(particles) * particles;

    /// <summary>Buffer for <see cref="PairwiseSquaredDistances"/>.</summary>
    /// <param name="particles">S.</param>
    /// <param name="group">With <see cref="HasSteinOfShares"/>: processes, each of which has the distances of its share to all. Null where all are here.</param>
    internal virtual DeviceBuffer AllocateDistances(int particles, IProcessGroup? group = null) => Allocate(HeldDistances(particles));

    /// <summary>Squared distances between all particles: [S, stride] to [S, S], symmetric, zero diagonal. Of a share its rows.</summary>
    internal abstract void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances);

    /// <summary>Median heuristic: distances [S, S] to bandwidth h [1]; 1 if the median is 0. Of shares, all processes count together.</summary>
    internal abstract void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth);

    /// <summary>Stein direction (Lu et al. 2019, Eq. 6): phi_i = (1/S) sum_j [w k_ji g_j + grad_j k_ji]; all [S, stride], h in bandwidth [1].</summary>
    /// <remarks>distances [S, S] may be overwritten. Of a share the direction is [particle of the share, stride].</remarks>
    internal abstract void SteinDirection(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, SteinTerm term,
        DeviceBuffer direction);

    /// <summary>One bias-corrected Adam step of ascent; all buffers [S, stride].</summary>
    internal abstract void AdamStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer firstMoment, DeviceBuffer secondMoment, ParticleShape shape, AdamStep step);

    /// <summary>One step of ascent with momentum: velocity = momentum * velocity + direction, particles += stepSize * velocity; all buffers [S, stride].</summary>
    internal abstract void MomentumStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer velocity, ParticleShape shape, float stepSize, float momentum);

    /// <summary>Copies particles [S, stride], with each first-layer weight times its input's relevance: w = exp(s) v.</summary>
    internal abstract void ScaleInputWeights(DeviceBuffer particles, ParticleShape shape, RelevanceTerm term, DeviceBuffer scaled);

    /// <summary>Backpropagates through <see cref="ScaleInputWeights"/>: g_s = sum of g_w w, then g_v = exp(s) g_w.</summary>
    /// <param name="particles">theta [S, stride].</param>
    /// <param name="scaled">Result of <see cref="ScaleInputWeights"/>.</param>
    /// <param name="gradients">[S, stride]; those of the log relevances are overwritten.</param>
    internal abstract void ScaleInputGradients(
        DeviceBuffer particles, DeviceBuffer scaled, ParticleShape shape, RelevanceTerm term, DeviceBuffer gradients);

    /// <summary>Adds the gradient of Gaussian log densities: gradients += precisions * (anchors - particles).</summary>
    /// <remarks>particles, anchors, gradients [S, stride]; precisions [stride], 0 without a prior.</remarks>
    internal abstract void AnchorGradient(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, DeviceBuffer gradients);

    /// <summary>
    /// Moves the output layer's weights W to their most probable values, given all others: W += (gamma A + Lambda)^-1 (B + Lambda (anchor - W)), with the
    /// sums A and B of <paramref name="sums"/>, which are overwritten, and the diagonal Lambda of the precisions.
    /// </summary>
    /// <remarks>particles, anchors [S, stride]; precisions [stride], above 0 and the same for all weights of an input.</remarks>
    internal abstract void SolveOutputs(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, OutputSystem system, float gamma, DeviceBuffer sums);

    /// <summary>Mean and variance (divisor S) over particles of outputs clamped to limits.</summary>
    /// <remarks>outputs [S, O, rows]; lower, upper [O]; mean, variance [O, rows]; rows a multiple of the row alignment.</remarks>
    internal abstract void Moments(
        DeviceBuffer outputs, int particles, DeviceBuffer lower, DeviceBuffer upper, DeviceBuffer mean, DeviceBuffer variance);

    /// <summary>Square of the length of each particle's values: [S, stride] to [S]. Waits for it, as the other sums for evaluations do.</summary>
    internal abstract double[] SquaredLengths(DeviceBuffer values, ParticleShape shape);

    /// <summary>Sum of precision (theta - anchor)^2 of each particle, [S].</summary>
    /// <remarks>particles, anchors [S, stride]; precisions [stride].</remarks>
    internal abstract double[] AnchorDistances(DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape);

    /// <summary>Sum over particles and parameters of (theta - mean over particles) other; both [S, stride].</summary>
    internal abstract double DeviationProduct(DeviceBuffer particles, DeviceBuffer others, ParticleShape shape);

    /// <summary>Some numbers of each particle: [S, stride] to [S, count].</summary>
    internal abstract float[] Columns(DeviceBuffer values, ParticleShape shape, int offset, int count);

    /// <summary>Time that each kernel takes of some work, longest first, every launch waited for; empty on a device without kernels.</summary>
    internal virtual IReadOnlyList<KernelTime> TimeKernels(Action work) => [];

    /// <summary>Measures the device's ceilings, which takes a fraction of a second; null on a device without kernels.</summary>
    internal virtual Ceilings? MeasureCeilings() => null;

    /// <exception cref="ObjectDisposedException">The device has been disposed of.</exception>
    internal void RequireOpen() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Releases what the device holds.</summary>
    protected virtual void Dispose(bool disposing) => _disposed = true;
}

/// <summary>S particles of P parameters, stored [S, Stride]: the parameters, zeros up to <see cref="Extent"/>, then numbers that are never trained.</summary>
internal readonly record struct ParticleShape(int Particles, int Parameters, int Stride)
{
    /// <summary>P, padded.</summary>
    public int Extent => Alignment.Pad(Parameters);
}

/// <summary>What a kernel's launches took together, with starting and waiting for them.</summary>
internal sealed record KernelTime(string Kernel, int Launches, double Seconds);

/// <summary>Offsets of the first layer's weights [Inputs, Units] and of its inputs' log relevances [Inputs] in a particle.</summary>
internal readonly record struct RelevanceTerm(int Inputs, int Units, int WeightOffset, int RelevanceOffset);

/// <summary>Parameters of one Adam step (Kingma and Ba 2014, algorithm 1).</summary>
/// <param name="FirstCorrection">1 / (1 - beta1^t).</param>
/// <param name="SecondCorrection">1 / (1 - beta2^t).</param>
internal readonly record struct AdamStep(
    float StepSize, float Beta1, float Beta2, float Epsilon, float FirstCorrection, float SecondCorrection);
