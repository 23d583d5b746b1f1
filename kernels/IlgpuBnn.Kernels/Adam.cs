using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>One bias-corrected Adam step of ascent (Kingma and Ba 2014, algorithm 1), element by element. Grid: groups of elements.</summary>
internal static class Adam
{
    public static void Run(AdamArguments g)
    {
        long element = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (element >= g.Particles.Length)
            return;
        float direction = g.Direction[element];
        float first = (g.Beta1 * g.FirstMoment[element]) + ((1f - g.Beta1) * direction);
        float second = (g.Beta2 * g.SecondMoment[element]) + ((1f - g.Beta2) * (direction * direction));
        g.FirstMoment[element] = first;
        g.SecondMoment[element] = second;
        g.Particles[element] += g.CorrectedStep * first / (XMath.Sqrt(second * g.SecondCorrection) + g.Epsilon);
    }
}

/// <summary>Arguments of <see cref="Adam"/>; all views have the same length.</summary>
internal struct AdamArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Direction;
    public ArrayView<float> FirstMoment;
    public ArrayView<float> SecondMoment;

    public float Beta1;
    public float Beta2;
    public float Epsilon;

    /// <summary>alpha / (1 - beta1^t).</summary>
    public float CorrectedStep;

    /// <summary>1 / (1 - beta2^t).</summary>
    public float SecondCorrection;
}
