namespace IlgpuBnn;

/// <summary>How strongly two particles of SVGD act on each other, by their distance d and a bandwidth h.</summary>
public enum SteinKernel
{
    /// <summary>k = exp(-d^2 / h) (Liu and Wang 2016): far particles do not meet.</summary>
    Gaussian,

    /// <summary>k = (1 + d^2 / h)^(-1/2) (Gorham and Mackey 2017): falls slowly, so that far particles still repel each other.</summary>
    InverseMultiquadric,
}
