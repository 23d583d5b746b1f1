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
    internal override ISampler Start(LogPosterior target, Device device, float[] initial, AdamOptions adam, IProcessGroup? group = null) =>
        Particles > 1 ? new SvgdSampler(this, target, device, initial, adam, group) : base.Start(target, device, initial, adam);

    internal override double GradientWeight(int iteration, int iterations) => Annealing.GradientWeight(iteration, iterations);

    internal override IEnumerable<string> Problems(int iterations) => base.Problems(iterations).Concat(Annealing.Problems(iterations));
}
