using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>
/// Mean and variance (divisor S) over particles of every output (MATHS "Prediction"), which beyond a limit counts as that limit: outputs [S, length] to
/// two times [length].
/// </summary>
/// <remarks>
/// Grid: groups of elements; neighbouring threads read neighbouring elements of one particle after another. Two passes in
/// the particles' order: mean of squares minus square of mean would lose the digits of an ensemble that agrees.
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

/// <summary>What <see cref="Moments"/> works on.</summary>
internal struct MomentsArguments
{
    /// <summary>[Particles, length].</summary>
    public ArrayView<float> Outputs;

    /// <summary>[O], of equal shares of the length.</summary>
    public ArrayView<float> Lower;

    /// <summary>[O].</summary>
    public ArrayView<float> Upper;

    /// <summary>[length].</summary>
    public ArrayView<float> Mean;

    /// <summary>[length].</summary>
    public ArrayView<float> Variance;

    public int Particles;
}
