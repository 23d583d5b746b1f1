using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Mean and variance (divisor S) over particles of outputs clamped to limits (docs/maths.md, "Prediction").</summary>
/// <remarks>
/// Grid: groups of elements; adjacent threads read adjacent elements, particle by particle. Two passes: mean of squares minus square of mean would
/// cancel where particles agree.
/// </remarks>
internal static class Moments
{
    public static void Run(MomentsArguments g)
    {
        long element = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (element >= g.Mean.Length)
            return;
        long output = element / (g.Mean.Length / g.Lower.Length);
        float lower = g.Lower[output], upper = g.Upper[output];
        float sum = 0f;
        for (int s = 0; s < g.Particles; s++)
            sum += KernelMath.Clamp(g.Outputs[(s * g.Mean.Length) + element], lower, upper);
        float mean = sum / g.Particles;
        float squares = 0f;
        for (int s = 0; s < g.Particles; s++)
        {
            float deviation = KernelMath.Clamp(g.Outputs[(s * g.Mean.Length) + element], lower, upper) - mean;
            squares += deviation * deviation;
        }

        g.Mean[element] = mean;
        g.Variance[element] = squares / g.Particles;
    }
}

/// <summary>Arguments of <see cref="Moments"/>: Outputs [Particles, O, rows]; Lower, Upper [O]; Mean, Variance [O, rows].</summary>
internal struct MomentsArguments
{
    public ArrayView<float> Outputs;
    public ArrayView<float> Lower;
    public ArrayView<float> Upper;
    public ArrayView<float> Mean;
    public ArrayView<float> Variance;
    public int Particles;
}
