using System.Runtime.CompilerServices;
using ILGPU.Execution;

namespace ILGPU.Algorithms;

public static class XMath
{
    public static float Exp(float value)
    {
        RequireAlgorithms();
        return MathF.Exp(value);
    }

    public static float Sqrt(float value)
    {
        RequireAlgorithms();
        return MathF.Sqrt(value);
    }

    public static float Tanh(float value)
    {
        RequireAlgorithms();
        return MathF.Tanh(value);
    }

    /// <summary>Where a context lacks EnableAlgorithms, ILGPU's GPU compilers reject a kernel that uses XMath.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RequireAlgorithms()
    {
        if (Lane.Current is { Accelerator.Context.HasAlgorithms: false })
            throw new Fault("XMath in a kernel needs a Context built with EnableAlgorithms().");
    }
}
