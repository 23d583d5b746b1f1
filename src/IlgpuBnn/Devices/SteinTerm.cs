namespace IlgpuBnn.Devices;

/// <summary>What a Stein direction weighs its two parts with.</summary>
/// <param name="Kernel">k.</param>
/// <param name="GradientWeight">What gradients are multiplied by: 1, less while SVGD is annealed.</param>
internal readonly record struct SteinTerm(SteinKernel Kernel, float GradientWeight)
{
    /// <summary>Plain SVGD.</summary>
    public static SteinTerm Plain { get; } = new(SteinKernel.Gaussian, 1);

    /// <summary>c of grad_j k(j, i) = c s(j, i) (theta_i - theta_j), where s is k itself or, of the inverse multiquadric, its cube.</summary>
    public float Repulsion(float bandwidth) => (Kernel == SteinKernel.Gaussian ? 2 : 1) / bandwidth;
}
