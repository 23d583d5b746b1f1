using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>
/// The parts of phi_i = (1/S) [sum_j (w k_ij g_j - c s_ij theta_j) + c (sum_j s_ij) theta_i] (<see cref="SteinTerm"/>), for held and recomputed
/// distances. For the Gaussian kernel s = k, with one product for both; for the inverse multiquadric s = k^3.
/// </summary>
internal static unsafe class SteinLoops<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Particles j summed at a time: their source for a chunk of parameters stays in the first-level cache.</summary>
    public const int BlockParticles = 128;

    /// <summary>Particles i per item: they share each j that is read, and their sums stay in the second-level cache.</summary>
    public const int StripParticles = 128;

    public const int ChunkParameters = 128;

    /// <summary>Floats of a block's source.</summary>
    public const int SourceLength = BlockParticles * ChunkParameters;

    /// <summary>Replaces squared distances by k, and adds each s to the sum of its lane.</summary>
    /// <param name="row">Squared distances of one particle to a range of others that starts at a whole vector.</param>
    /// <param name="laneSums">[vector's width].</param>
    public static void Kernel(in SteinCall call, float* row, int count, float* laneSums)
    {
        if (call.Term.Kernel == SteinKernel.Gaussian)
        {
            Gaussian(row, count, call.Bandwidth, laneSums);
        }
        else
        {
            InverseMultiquadric(row, count, call.Bandwidth, laneSums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gaussian(float* row, int count, float bandwidth, float* laneSums)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseMultiquadric(float* row, int count, float bandwidth, float* laneSums)
    {
        V factor = TSimd.Create(1f / bandwidth), one = TSimd.Create(1f), sum = TSimd.Load(laneSums);
        int j = 0;
        for (; j + TSimd.Width <= count; j += TSimd.Width)
        {
            V k = TSimd.Divide(one, TSimd.Sqrt(TSimd.MultiplyAdd(factor, TSimd.Load(row + j), one)));
            sum = TSimd.MultiplyAdd(TSimd.Multiply(k, k), k, sum);
            TSimd.Store(row + j, k);
        }

        TSimd.Store(laneSums, sum);
        for (int lane = 0; j < count; j++, lane++)
        {
            float k = 1f / MathF.Sqrt(SimdScalar.MultiplyAdd(1f / bandwidth, row[j], 1f));
            row[j] = k;
            laneSums[lane] = SimdScalar.MultiplyAdd(k * k, k, laneSums[lane]);
        }
    }

    /// <summary>For parameters [start, end) of particles i of the share, adds the sum over the block's j of w k_ij g_j - c s_ij theta_j to phi; the first block overwrites it.</summary>
    /// <param name="j">At most <see cref="BlockParticles"/>.</param>
    /// <param name="kernel">k(i, j) at kernel[i * kernelStride + j], from the start of the ranges.</param>
    /// <param name="source">Scratch of <see cref="SourceLength"/> floats.</param>
    /// <param name="slopes">Scratch for s(i, j), [i, <see cref="BlockParticles"/>], unless s = k.</param>
    public static void AddBlock(
        in SteinCall call, ParticleRange i, ParticleRange j, float* kernel, nint kernelStride, int start, int end, float* source, float* slopes)
    {
        nint stride = call.Shape.Stride;
        bool apart = call.Term.Kernel != SteinKernel.Gaussian;
        float repulsion = call.Term.Repulsion(call.Bandwidth);
        if (apart)
        {
            Cubes(kernel, kernelStride, i.Count, j.Count, slopes);
        }

        for (int first = start; first < end; first += ChunkParameters)
        {
            int count = Math.Min(ChunkParameters, end - first);
            Source(call, j, first, count, call.Term.GradientWeight, apart ? 0 : -repulsion, source);
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

            if (apart)
            {
                Source(call, j, first, count, 0, -repulsion, source);
                ProductKernel<TSimd, V>.Run<AddForward>(
                    source, ChunkParameters, new WeightView(slopes, 1, BlockParticles), null, phi, stride, 0, j.Count, i.Count, count);
            }
        }
    }

    /// <summary>phi = (1/S) [phi + c (sum_j s_ij) theta] for parameters [start, end) of one particle of the share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(in SteinCall call, int particle, float slopeSum, int start, int end)
    {
        float* theta = call.Particles + (call.Share.Particle(particle) * (nint)call.Shape.Stride), phi = call.Direction + ((nint)particle * call.Shape.Stride);
        V perParticle = TSimd.Create(1f / call.Shape.Particles), weight = TSimd.Create(call.Term.Repulsion(call.Bandwidth) * slopeSum);
        for (int p = start; p < end; p += TSimd.Width)
        {
            TSimd.Store(phi + p, TSimd.Multiply(perParticle, TSimd.MultiplyAdd(weight, TSimd.Load(theta + p), TSimd.Load(phi + p))));
        }
    }

    /// <summary>[i, <see cref="BlockParticles"/>] of k^3.</summary>
    private static void Cubes(float* kernel, nint kernelStride, int rows, int columns, float* cubes)
    {
        for (int i = 0; i < rows; i++)
        {
            float* from = kernel + (i * kernelStride), to = cubes + (i * BlockParticles);
            int j = 0;
            for (; j + TSimd.Width <= columns; j += TSimd.Width)
            {
                V k = TSimd.Load(from + j);
                TSimd.Store(to + j, TSimd.Multiply(TSimd.Multiply(k, k), k));
            }

            for (; j < columns; j++)
            {
                to[j] = from[j] * from[j] * from[j];
            }
        }
    }

    /// <summary>Weighted sums of g and theta for a chunk of parameters of particles j, to [j, <see cref="ChunkParameters"/>].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Source(in SteinCall call, ParticleRange j, int first, int count, float gradientWeight, float particleWeight, float* source)
    {
        V ofGradient = TSimd.Create(gradientWeight), ofParticle = TSimd.Create(particleWeight);
        for (int s = 0; s < j.Count; s++)
        {
            nint at = ((nint)(j.Start + s) * call.Shape.Stride) + first;
            float* g = call.Gradients + at, theta = call.Particles + at, to = source + (s * ChunkParameters);
            for (int p = 0; p < count; p += TSimd.Width)
            {
                TSimd.Store(to + p, TSimd.MultiplyAdd(ofParticle, TSimd.Load(theta + p), TSimd.Multiply(ofGradient, TSimd.Load(g + p))));
            }
        }
    }
}

/// <summary>Arguments of a Stein direction: of a share of the particles, from all.</summary>
internal unsafe struct SteinCall
{
    public float* Particles;
    public float* Gradients;
    public float* Direction;
    public float Bandwidth;
    public SteinTerm Term;
    public ParticleShape Shape;
    public ParticleShare Share;

    /// <summary>Particles of the share.</summary>
    public readonly int OwnCount => Share.CountOf(Shape.Particles);
}
