using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>What a device can do at most, to compare the other kernels with. Grid: groups of elements.</summary>
/// <remarks>
/// Sixteen independent chains of multiply-adds a thread hide their latency, as in the products' 4 x 4 sums. The copy takes 16 bytes a thread, as every
/// kernel that works along memory. Neither takes part in a training.
/// </remarks>
internal static class Ceiling
{
    /// <summary>Multiply-adds of a thread and step.</summary>
    public const int Chains = 16;

    public static void MultiplyAdds(MultiplyAddsArguments g)
    {
        int element = (Grid.IdxX * Group.DimX) + Group.IdxX;
        Float4 factor = Float4.Of(g.Factor, g.Factor, g.Factor, g.Factor), term = Float4.Of(g.Term, g.Term, g.Term, g.Term);

        // Different from thread to thread, so that no compiler computes it once.
        Float4 a = element * term, b = a + factor, c = b + factor, d = c + factor;
        for (int step = 0; step < g.Steps; step++)
        {
            a = (factor * a) + term;
            b = (factor * b) + term;
            c = (factor * c) + term;
            d = (factor * d) + term;
        }

        Float4 sum = a + b + (c + d);
        g.Results[element] = sum.X + sum.Y + sum.Z + sum.W;
    }

    public static void Copy(CopyArguments g)
    {
        long element = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (element < g.From.Length)
            g.To[element] = g.From[element];
    }
}

/// <summary>Arguments of <see cref="Ceiling.MultiplyAdds"/>: Results [threads of the grid]; a step is x = Factor x + Term.</summary>
internal struct MultiplyAddsArguments
{
    public ArrayView<float> Results;
    public int Steps;
    public float Factor;
    public float Term;
}

/// <summary>Arguments of <see cref="Ceiling.Copy"/>: views of the same length.</summary>
internal struct CopyArguments
{
    public ArrayView<Float4> From;
    public ArrayView<Float4> To;
}
