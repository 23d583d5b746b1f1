using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Adds the gradient of Gaussian log densities, precision * (anchor - theta). Grid: groups of elements of all particles.</summary>
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

/// <summary>Arguments of <see cref="AnchorGradient"/>: Precisions [stride], the others [S, stride].</summary>
internal struct AnchorGradientArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Anchors;
    public ArrayView<float> Precisions;
    public ArrayView<float> Gradients;
}
