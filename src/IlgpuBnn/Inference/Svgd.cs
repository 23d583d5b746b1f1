using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>Stein variational gradient descent (Liu and Wang 2016): particles ascend the posterior and repel each other.</summary>
public sealed record Svgd : HierarchicalMethod
{
    /// <summary>Bandwidth of the Stein kernel. Default <see cref="BandwidthRule.MedianDistance"/>.</summary>
    public BandwidthRule Bandwidth { get; init; } = BandwidthRule.MedianDistance;

    /// <summary>The Stein kernel. Default Gaussian.</summary>
    public SteinKernel Kernel { get; init; } = SteinKernel.Gaussian;

    /// <summary>Annealing of the gradients. Default none.</summary>
    public AnnealingOptions Annealing { get; init; } = new();

    // A single particle's direction is its gradient: k = 1, and no repulsion.
    // A Stein direction is a mean over the particles, to which each contributes mostly to its own.
    internal override double DefaultDescentStep => Particles * base.DefaultDescentStep;

    internal override ISampler Start(LogPosterior target, Device device, float[] initial, Optimizer optimizer, IProcessGroup? group = null) =>
        Particles > 1 ? new SvgdSampler(this, target, device, initial, optimizer, group) : base.Start(target, device, initial, optimizer);

    internal override double GradientWeight(int iteration, int iterations) => Annealing.GradientWeight(iteration, iterations);

    internal override IEnumerable<string> Problems(int iterations) => base.Problems(iterations).Concat(Annealing.Problems(iterations));
}
