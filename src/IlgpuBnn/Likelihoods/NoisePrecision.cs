namespace IlgpuBnn.Likelihoods;

/// <summary>How many noise precisions there are.</summary>
public enum NoisePrecision
{
    /// <summary>One for all outputs (Lu et al. 2019, Eq. 1).</summary>
    Shared,

    /// <summary>One per output: quantities of different kinds have different noise.</summary>
    PerOutput,
}
