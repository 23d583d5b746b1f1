using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>Stein variational gradient descent (Liu and Wang 2016): particles climb the posterior and repel each other.</summary>
public sealed record Svgd : HierarchicalMethod
{
    /// <summary>Bandwidth of the Stein kernel. Default <see cref="BandwidthRule.MedianDistance"/>.</summary>
    public BandwidthRule Bandwidth { get; init; } = BandwidthRule.MedianDistance;

    /// <summary>How particles act on each other. Default Gaussian.</summary>
    public SteinKernel Kernel { get; init; } = SteinKernel.Gaussian;

    /// <summary>How gradients are let in. Default whole from the start.</summary>
    public AnnealingOptions Annealing { get; init; } = new();

    // One particle meets no other: k = 1 and no repulsion, its direction is its gradient.
    internal override ISampler Start(LogPosterior target, Device device, float[] initial, AdamOptions adam) =>
        Particles > 1 ? new SvgdSampler(this, target, device, initial, adam) : base.Start(target, device, initial, adam);

    internal override double GradientWeight(int iteration, int iterations) => Annealing.GradientWeight(iteration, iterations);

    internal override IEnumerable<string> Problems(int iterations) => base.Problems(iterations).Concat(Annealing.Problems(iterations));
}
