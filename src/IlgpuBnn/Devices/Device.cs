
namespace IlgpuBnn.Devices;

/// <summary>Hardware that trains and predicts: the one seam between the algorithm and the machine.</summary>
/// <remarks>
/// What a device does is the closed list of operations below and those of <see cref="ParticleBlock"/>. They run in the
/// order given; a caller sees results through <see cref="DeviceBuffer.Download"/>. Reductions have a fixed order: the same
/// seed, device and version give the same bits, whatever the number of threads. A device may be used from several threads.
/// Letters: S particles, P parameters (stored with the layout's stride), I inputs, O outputs.
/// </remarks>
public abstract class Device : IDisposable
{
    /// <summary>For tests: new memory holds NaN (integers -1) in place of zeros, so that it shows who reads before writing.</summary>
    internal static bool PoisonsNewMemory { get; set; }

    /// <summary>What it is, for people.</summary>
    public abstract DeviceDescription Description { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    internal abstract DeviceBuffer Allocate(long length);

    /// <summary>Memory for the activations of <paramref name="particles"/> networks over at most <paramref name="rows"/> rows.</summary>
    internal abstract NetworkWorkspace CreateWorkspace(NetworkShape shape, int particles, int rows);

    /// <summary>The same for predictions of one row, the first of the data: as quickly as one can be had.</summary>
    internal virtual NetworkWorkspace CreateRowWorkspace(NetworkShape shape, int particles) => CreateWorkspace(shape, particles, 1);

    /// <summary>Floats of such a workspace, at most.</summary>
    internal virtual long WorkspaceLength(NetworkShape shape, int particles, int rows) =>
        (long)particles * shape.WorkspaceUnits * Alignment.Pad(rows);

    /// <summary>Whether its memory is the computer's own.</summary>
    internal virtual bool UsesMainMemory => false;

    /// <summary>Copies rows in a given order: destination row n is source row order[n]; an order of -1 gives an empty row.</summary>
    /// <remarks>order [destination.Stride]. An empty row has zero inputs and missing targets.</remarks>
    internal abstract void GatherRows(DeviceRows source, ReadOnlySpan<int> order, DeviceRows destination);

    /// <summary>How many squared distances between S particles the device holds in memory: S*S, or 0 where it computes them where they are needed.</summary>
    internal virtual long HeldDistances(int particles) => (long)particles * particles;

    /// <summary>What <see cref="PairwiseSquaredDistances"/> fills, for the operations after it.</summary>
    internal virtual DeviceBuffer AllocateDistances(int particles) => Allocate(HeldDistances(particles));

    /// <summary>Squared distances between all particles: [S, stride] to [S, S], symmetric, zero diagonal.</summary>
    internal abstract void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances);

    /// <summary>Median heuristic: distances [S, S] to bandwidth [1], the kernel's h. 1 where the median is 0.</summary>
    internal abstract void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth);

    /// <summary>Eq. 6: phi_i = (1/S) sum_j [w k_ji g_j + grad_j k_ji]; all [S, stride], h in bandwidth [1].</summary>
    /// <remarks>distances [S, S] may be overwritten.</remarks>
    internal abstract void SteinDirection(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, SteinTerm term,
        DeviceBuffer direction);

    /// <summary>One bias-corrected Adam step upwards along a direction; all buffers [S, stride].</summary>
    internal abstract void AdamStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer firstMoment, DeviceBuffer secondMoment, ParticleShape shape, AdamStep step);

    /// <summary>Copies particles [S, stride], each weight of the first layer times the exponential of its input's log relevance.</summary>
    internal abstract void ScaleInputWeights(DeviceBuffer particles, ParticleShape shape, RelevanceTerm term, DeviceBuffer scaled);

    /// <summary>Gradients by scaled weights become those by weights and log relevances: g_s = sum of g_w w, then g_v = exp(s) g_w, w = exp(s) v.</summary>
    /// <param name="particles">theta [S, stride].</param>
    /// <param name="scaled">What <see cref="ScaleInputWeights"/> made of it.</param>
    /// <param name="shape">Of all three.</param>
    /// <param name="term">Where weights and relevances lie.</param>
    /// <param name="gradients">[S, stride]; what stood at the log relevances is replaced.</param>
    internal abstract void ScaleInputGradients(
        DeviceBuffer particles, DeviceBuffer scaled, ParticleShape shape, RelevanceTerm term, DeviceBuffer gradients);

    /// <summary>Gradient of Gaussian log densities, added: gradients += precisions * (anchors - particles).</summary>
    /// <remarks>particles, anchors, gradients [S, stride]; precisions [stride], 0 where a parameter has no such prior.</remarks>
    internal abstract void AnchorGradient(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, DeviceBuffer gradients);

    /// <summary>Mean and variance (divisor S) over particles of what they predict, which beyond a limit counts as that limit.</summary>
    /// <remarks>outputs [S, O, rows]; lower, upper [O]; mean, variance [O, rows]; rows a multiple of the row alignment.</remarks>
    internal abstract void Moments(
        DeviceBuffer outputs, int particles, DeviceBuffer lower, DeviceBuffer upper, DeviceBuffer mean, DeviceBuffer variance);

    /// <summary>Releases what the device holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>S particles of P parameters, stored [S, Stride].</summary>
internal readonly record struct ParticleShape(int Particles, int Parameters, int Stride);

/// <summary>Where the first layer's weights and the log relevances of its inputs lie in a particle.</summary>
/// <param name="Inputs">I.</param>
/// <param name="Units">Weights of each input, one after the other.</param>
/// <param name="WeightOffset">The first weight.</param>
/// <param name="RelevanceOffset">The first log relevance.</param>
internal readonly record struct RelevanceTerm(int Inputs, int Units, int WeightOffset, int RelevanceOffset);

/// <summary>The numbers of one Adam step (Kingma and Ba 2014, algorithm 1).</summary>
/// <param name="StepSize">alpha.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="FirstCorrection">1 / (1 - beta1^t).</param>
/// <param name="SecondCorrection">1 / (1 - beta2^t).</param>
internal readonly record struct AdamStep(
    float StepSize, float Beta1, float Beta2, float Epsilon, float FirstCorrection, float SecondCorrection);
