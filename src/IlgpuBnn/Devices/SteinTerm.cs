namespace IlgpuBnn.Devices;

/// <summary>Kernel and weights of a Stein direction.</summary>
/// <param name="Kernel">k.</param>
/// <param name="GradientWeight">Factor of gradients: 1, less in annealing.</param>
internal readonly record struct SteinTerm(SteinKernel Kernel, float GradientWeight)
{
    /// <summary>Plain SVGD.</summary>
    public static SteinTerm Plain { get; } = new(SteinKernel.Gaussian, 1);

    /// <summary>c of grad_j k(j, i) = c s(j, i) (theta_i - theta_j), where s is k for the Gaussian and k^3 for the inverse multiquadric.</summary>
    public float Repulsion(float bandwidth) => (Kernel == SteinKernel.Gaussian ? 2 : 1) / bandwidth;
}
