namespace IlgpuBnn.Networks;

/// <summary>What a convolution reads beyond a field's edge.</summary>
public enum Padding
{
    /// <summary>Zeros: the mean of a standardised channel.</summary>
    Zero,

    /// <summary>The opposite edge, as of a domain that repeats itself.</summary>
    Periodic,

    /// <summary>The field mirrored at its outermost positions, which are not repeated.</summary>
    Reflect,
}
