using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>First-layer weights times their inputs' relevances, w = exp(s) v, and backpropagation through it.</summary>
internal static class InputScales
{
    /// <summary>Copies particles with scaled weights. Grid: groups of elements of all particles.</summary>
    public static void Apply(InputScalesArguments g)
    {
        long element = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (element >= g.Particles.Length)
            return;
        long particle = element / g.ParticleStride;
        int weight = (int)(element - (particle * g.ParticleStride)) - g.WeightOffset;
        float value = g.Particles[element];
        if (weight >= 0 && weight < g.InputCount * g.Units)
            value *= XMath.Exp(g.Particles[(particle * g.ParticleStride) + g.ScaleOffset + (weight / g.Units)]);
        g.Scaled[element] = value;
    }

    /// <summary>g_s = sum of g_w w, then g_v = exp(s) g_w. A thread takes one input of one particle. Grid: particles x groups of inputs.</summary>
    public static void Gradient(InputScalesArguments g)
    {
        int input = (Grid.IdxY * Group.DimX) + Group.IdxX;
        if (input >= g.InputCount)
            return;
        long at = Grid.IdxX * (long)g.ParticleStride, weights = at + g.WeightOffset + (input * (long)g.Units), own = at + g.ScaleOffset + input;
        float scale = XMath.Exp(g.Particles[own]), sum = 0f;
        for (int u = 0; u < g.Units; u++)
        {
            float gradient = g.Gradients[weights + u];
            sum += gradient * g.Scaled[weights + u];
            g.Gradients[weights + u] = scale * gradient;
        }

        g.Gradients[own] = sum;
    }
}

/// <summary>Arguments of <see cref="InputScales"/>; all views [S, ParticleStride].</summary>
/// <remarks>
/// Particles: theta. Scaled: theta with scaled weights. Gradients: with respect to the scaled weights, then to weights and scales; not used by
/// <see cref="InputScales.Apply"/>. Units: weights of one input.
/// </remarks>
internal struct InputScalesArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Scaled;
    public ArrayView<float> Gradients;
    public int ParticleStride;
    public int InputCount;
    public int Units;
    public int WeightOffset;
    public int ScaleOffset;
}
