namespace IlgpuBnn.Networks;

/// <summary>How many noise precisions gamma a particle carries.</summary>
public enum NoisePrecision
{
    /// <summary>One for all outputs (the paper, Eq. 1).</summary>
    Shared,

    /// <summary>One per output: quantities of different kinds have different noise.</summary>
    PerOutput,
}

/// <summary>How many weight precisions lambda a particle carries.</summary>
public enum WeightPrecision
{
    /// <summary>One for all weights and biases (the paper, Eq. 2).</summary>
    Shared,

    /// <summary>One per layer, for its weights and biases.</summary>
    PerLayer,
}
