namespace IlgpuBnn.Networks;

/// <summary>Ranges of parameters, far beyond what a training reaches: a file with others is damaged.</summary>
internal static class ParameterRanges
{
    private const double MaxWeight = 1e9;

    // Its exponential is a finite single.
    private const double MaxLogPrecision = 85;

    /// <summary>Largest size of a value of a block.</summary>
    public static double MaxOf(ParameterRole role) =>
        role is ParameterRole.Weight or ParameterRole.SkipWeight or ParameterRole.Bias or ParameterRole.Frozen ? MaxWeight : MaxLogPrecision;

    /// <summary>Whether all values of particles are finite and within their ranges.</summary>
    /// <param name="particles">[S, stride].</param>
    public static bool Contain(ParameterLayout layout, ReadOnlySpan<float> particles)
    {
        for (int first = 0; first < particles.Length; first += layout.Stride)
        {
            foreach (ParameterBlock block in layout.StoredBlocks)
            {
                float max = (float)MaxOf(block.Role);
                foreach (float value in particles.Slice(first + block.Offset, block.Count))
                {
                    // Written so that a NaN is outside.
                    if (!(Math.Abs(value) <= max))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }
}
