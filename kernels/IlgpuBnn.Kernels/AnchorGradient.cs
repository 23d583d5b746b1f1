using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Adds the gradient of Gaussian log densities: precision times anchor less theta. Grid: groups of elements of all particles.</summary>
internal static class AnchorGradient
{
    public static void Run(AnchorGradientArguments g)
    {
        long element = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (element >= g.Particles.Length)
            return;
        g.Gradients[element] += g.Precisions[element % g.Precisions.Length] * (g.Anchors[element] - g.Particles[element]);
    }
}

/// <summary>What <see cref="AnchorGradient"/> works on.</summary>
internal struct AnchorGradientArguments
{
    /// <summary>theta [S, stride].</summary>
    public ArrayView<float> Particles;

    /// <summary>[S, stride].</summary>
    public ArrayView<float> Anchors;

    /// <summary>[stride].</summary>
    public ArrayView<float> Precisions;

    /// <summary>[S, stride].</summary>
    public ArrayView<float> Gradients;
}
