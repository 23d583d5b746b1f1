using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The parts of phi_i = (1/S) [sum_j k_ij (g_j - (2/h) theta_j) + (2/h) (sum_j k_ij) theta_i]: of held and of recomputed distances alike.</summary>
internal static unsafe class SteinLoops<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Particles j that are summed at a time: their source for the parameters at hand stays in the first-level cache.</summary>
    public const int BlockParticles = 128;

    /// <summary>Particles i whose direction is one item: each j that is read serves so many, and their sums stay in the second-level cache.</summary>
    public const int StripParticles = 128;

    /// <summary>Parameters that are summed at a time.</summary>
    public const int ChunkParameters = 128;

    /// <summary>Floats of a block's source.</summary>
    public const int SourceLength = BlockParticles * ChunkParameters;

    /// <summary>exp(-d^2 / h) in place of squared distances; each is added to the sum of its lane.</summary>
    /// <param name="row">Squared distances of one particle to a range of others that starts at a whole vector.</param>
    /// <param name="laneSums">[vector's width].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Kernel(float* row, int count, float bandwidth, float* laneSums)
    {
        float factor = -1f / bandwidth;
        V sum = TSimd.Load(laneSums);
        int j = 0;
        for (; j + TSimd.Width <= count; j += TSimd.Width)
        {
            V k = SimdMath<TSimd, V>.Exp(TSimd.Multiply(TSimd.Create(factor), TSimd.Load(row + j)));
            sum = TSimd.Add(sum, k);
            TSimd.Store(row + j, k);
        }

        TSimd.Store(laneSums, sum);
        for (int lane = 0; j < count; j++, lane++)
        {
            row[j] = SimdMath<SimdScalar, float>.Exp(factor * row[j]);
            laneSums[lane] += row[j];
        }
    }

    /// <summary>For parameters [start, end) of particles i, adds sum over the block's j of k_ij (g_j - (2/h) theta_j) to phi; the first block overwrites it.</summary>
    /// <param name="call">Whose particles, gradients, bandwidth and direction.</param>
    /// <param name="j">At most <see cref="BlockParticles"/>.</param>
    /// <param name="kernel">k(i, j) at kernel[i * kernelStride + j], both counted from the start of their range.</param>
    /// <param name="source">Room for <see cref="SourceLength"/> floats.</param>
    public static void AddBlock(
        in SteinCall call, ParticleRange i, ParticleRange j, float* kernel, nint kernelStride, int start, int end, float* source)
    {
        nint stride = call.Shape.Stride;
        for (int first = start; first < end; first += ChunkParameters)
        {
            int count = Math.Min(ChunkParameters, end - first);
            Source(call, j, first, count, source);
            float* phi = call.Direction + (i.Start * stride) + first;
            if (j.Start == 0)
            {
                ProductKernel<TSimd, V>.Run<IdentityForward>(
                    source, ChunkParameters, new WeightView(kernel, 1, kernelStride), null, phi, stride, 0, j.Count, i.Count, count);
            }
            else
            {
                ProductKernel<TSimd, V>.Run<AddForward>(
                    source, ChunkParameters, new WeightView(kernel, 1, kernelStride), null, phi, stride, 0, j.Count, i.Count, count);
            }
        }
    }

    /// <summary>phi = (1/S) [phi + (2/h) (sum_j k_ij) theta] for parameters [start, end) of one particle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(in SteinCall call, int particle, float kernelSum, int start, int end)
    {
        nint at = (nint)particle * call.Shape.Stride;
        float* theta = call.Particles + at, phi = call.Direction + at;
        V share = TSimd.Create(1f / call.Shape.Particles), weight = TSimd.Create(2f / call.Bandwidth * kernelSum);
        for (int p = start; p < end; p += TSimd.Width)
        {
            TSimd.Store(phi + p, TSimd.Multiply(share, TSimd.MultiplyAdd(weight, TSimd.Load(theta + p), TSimd.Load(phi + p))));
        }
    }

    /// <summary>g - (2/h) theta for some parameters of particles j, to [j, <see cref="ChunkParameters"/>].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Source(in SteinCall call, ParticleRange j, int first, int count, float* source)
    {
        V twoOverH = TSimd.Create(2f / call.Bandwidth);
        for (int s = 0; s < j.Count; s++)
        {
            nint at = ((nint)(j.Start + s) * call.Shape.Stride) + first;
            float* g = call.Gradients + at, theta = call.Particles + at, to = source + (s * ChunkParameters);
            for (int p = 0; p < count; p += TSimd.Width)
            {
                TSimd.Store(to + p, TSimd.Subtract(TSimd.Load(g + p), TSimd.Multiply(twoOverH, TSimd.Load(theta + p))));
            }
        }
    }
}

/// <summary>What a Stein direction is computed from, and where to.</summary>
internal unsafe struct SteinCall
{
    public float* Particles;
    public float* Gradients;
    public float* Direction;
    public float Bandwidth;
    public ParticleShape Shape;
}
