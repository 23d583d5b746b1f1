using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Sum over particles and parameters of (theta - mean over particles) other.</summary>
/// <remarks>
/// A thread takes a parameter, all particles, twice: sum of products minus product of sums would cancel where the particles agree. Whoever reads the groups' sums
/// adds them up in order. Grid: groups of parameters.
/// </remarks>
internal static class DeviationProduct
{
    public static void Run(DeviationProductArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int p = (Grid.IdxX * Group.DimX) + Group.IdxX;
        float sum = 0f;
        if (p < g.Parameters)
        {
            float mean = 0f;
            for (int s = 0; s < g.ParticleCount; s++)
                mean += g.Particles[(s * (long)g.Stride) + p];
            mean /= g.ParticleCount;
            for (int s = 0; s < g.ParticleCount; s++)
            {
                long at = (s * (long)g.Stride) + p;
                sum += (g.Particles[at] - mean) * (g.Others[at] - (g.Centred != 0 ? mean : 0f));
            }
        }

        sum = Groups.Sum(shared, sum);
        if (Group.IdxX == 0)
            g.Sums[Grid.IdxX] = sum;
    }
}

/// <summary>Arguments of <see cref="DeviationProduct"/>: Particles, Others [ParticleCount, Stride]; Sums [groups].</summary>
/// <remarks>Centred: not 0 where the others are the particles themselves. Deviations add up to 0, so that the mean changes nothing there but the rounding.</remarks>
internal struct DeviationProductArguments
{
    public ArrayView<float> Particles;
    public ArrayView<float> Others;
    public ArrayView<float> Sums;
    public int ParticleCount;
    public int Parameters;
    public int Stride;
    public int Centred;
}
