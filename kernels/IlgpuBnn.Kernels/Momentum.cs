using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>One step of ascent with momentum (Polyak 1964), element by element. Grid: groups of elements.</summary>
internal static class Momentum
{
    public static void Run(MomentumArguments g)
    {
        long element = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (element >= g.Particles.Length)
            return;
        float velocity = (g.Momentum * g.Velocity[element]) + g.Direction[element];
        g.Velocity[element] = velocity;
        g.Particles[element] += g.StepSize * velocity;
    }
}

/// <summary>Arguments of <see cref="Momentum"/>; all views have the same length.</summary>
internal struct MomentumArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Direction;
    public ArrayView<float> Velocity;

    public float StepSize;
    public float Momentum;
}
