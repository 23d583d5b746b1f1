using IlgpuBnn.Devices;

namespace IlgpuBnn.Priors;

/// <summary>A prior's part of the gradient of a log posterior; this one has none (likelihood only).</summary>
internal class PriorGradient : IDisposable
{
    /// <summary>Whether it is the same for all particles.</summary>
    public virtual bool IsShared => true;

    /// <summary>Weights that networks run with: the particles themselves, unless the prior transforms them.</summary>
    public virtual DeviceBuffer NetworksOf(DeviceBuffer particles) => particles;

    /// <summary>Gamma priors, for <see cref="ParticleBlock.PriorGradient"/>.</summary>
    public virtual PriorTerm TermOf(int iteration) => new(0, 0, 0, 0, iteration);

    /// <summary>Before the likelihood's gradient: updates <see cref="NetworksOf"/>.</summary>
    public virtual void Prepare(DeviceBuffer particles)
    {
    }

    /// <summary>After it: converts gradients with respect to networks to those with respect to particles, and adds the prior's.</summary>
    public virtual void Finish(DeviceBuffer particles, DeviceBuffer gradients)
    {
    }

    /// <summary>What <see cref="Finish"/> does, for a device that does it in one operation; null where it is not that of an anchored prior.</summary>
    /// <param name="adam">A step to take straight away; null for none.</param>
    public virtual AnchoredUpdate? UpdateOf(DeviceBuffer particles, AdamTerm? adam) => null;

    /// <summary>Moves the output layer's weights to their most probable values, given all others and the sums of a pass. Only where weights have Gaussian priors of given precision.</summary>
    /// <param name="gamma">Precision of the noise.</param>
    public virtual void SolveOutputs(DeviceBuffer particles, OutputSystem system, float gamma, DeviceBuffer sums) => throw new NotSupportedException();

    /// <summary>One value per particle, up to a constant.</summary>
    /// <param name="particles">theta [S, stride] of the gradient.</param>
    /// <param name="logPrecisions">What they learn of the noise and of weights, [S, noise, then weight groups].</param>
    /// <param name="statistics">The gradient's sums.</param>
    public virtual double[]? LogDensity(DeviceBuffer particles, ReadOnlySpan<float> logPrecisions, GradientStatistics statistics) => null;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
