namespace IlgpuBnn.Likelihoods;

/// <summary>Number of noise precisions.</summary>
public enum NoisePrecision
{
    /// <summary>One for all outputs (Lu et al. 2019, Eq. 1).</summary>
    Shared,

    /// <summary>One per output.</summary>
    PerOutput,
}
