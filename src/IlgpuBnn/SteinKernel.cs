namespace IlgpuBnn;

/// <summary>Kernel of SVGD for two particles at distance d, with bandwidth h.</summary>
public enum SteinKernel
{
    /// <summary>k = exp(-d^2 / h) (Liu and Wang 2016): distant particles do not interact.</summary>
    Gaussian,

    /// <summary>k = (1 + d^2 / h)^(-1/2) (Gorham and Mackey 2017): decays slowly, so that distant particles still repel each other.</summary>
    InverseMultiquadric,
}
