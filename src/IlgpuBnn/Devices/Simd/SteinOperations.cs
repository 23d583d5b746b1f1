using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The CPU device's operations over whole particles: distances, Stein direction, Adam.</summary>
/// <remarks>
/// All are cut into items by shape alone, never by the number of threads, so that sums keep their order. The delegates
/// live as long as the object: an iteration allocates nothing.
/// </remarks>
internal sealed unsafe class SteinOperations<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    // Particles of a tile of distances, and parameters of a piece of them: two pieces stay in the second-level cache.
    private const int TileParticles = 32;
    private const int PieceParameters = 2048;

    // Parameters that one item of the Stein direction updates for all particles.
    private const int ChunkParameters = 128;

    private readonly WorkCrew _crew;
    private readonly long _smallJob;
    private readonly Action<int, int> _distanceTile;
    private readonly Action<int, int> _kernelRow;
    private readonly Action<int, int> _directionChunk;
    private readonly Action<int, int> _adamParticle;
    private readonly Lock _oneCall = new();
    private readonly SimdBuffer?[] _scratch;
    private SimdBuffer _kernelSums = new(0);
    private Call _call;

    public SteinOperations(WorkCrew crew, long smallJob)
    {
        (_crew, _smallJob) = (crew, smallJob);
        _scratch = new SimdBuffer?[crew.Lanes];
        _distanceTile = DistanceTile;
        _kernelRow = KernelRow;
        _directionChunk = DirectionChunk;
        _adamParticle = AdamParticle;
    }

    public void PairwiseSquaredDistances(float* particles, ParticleShape shape, float* distances)
    {
        lock (_oneCall)
        {
            _call = new Call { Particles = particles, Shape = shape, Distances = distances };
            int tiles = Tiles(shape.Particles);
            Run(tiles * (tiles + 1) / 2, (long)shape.Particles * shape.Particles * shape.Stride / 2, _distanceTile);
        }
    }

    public void Direction(float* particles, float* gradients, ParticleShape shape, float* distances, float bandwidth, float* direction)
    {
        lock (_oneCall)
        {
            _call = new Call
            {
                Particles = particles,
                Gradients = gradients,
                Shape = shape,
                Distances = distances,
                Bandwidth = bandwidth,
                Direction = direction,
            };
            if (_kernelSums.Length < shape.Particles)
            {
                _kernelSums = new SimdBuffer(shape.Particles);
            }

            Run(shape.Particles, 8L * shape.Particles * shape.Particles, _kernelRow);
            Run(Chunks(shape), (long)shape.Particles * shape.Particles * shape.Stride, _directionChunk);
        }
    }

    public void Adam(float* particles, float* direction, float* firstMoment, float* secondMoment, ParticleShape shape, AdamStep step)
    {
        lock (_oneCall)
        {
            _call = new Call
            {
                Particles = particles,
                Direction = direction,
                FirstMoment = firstMoment,
                SecondMoment = secondMoment,
                Shape = shape,
                Step = step,
            };
            Run(shape.Particles, 4L * shape.Particles * shape.Stride, _adamParticle);
        }
    }

    private static int Tiles(int particles) => (particles + TileParticles - 1) / TileParticles;

    private static int Chunks(ParticleShape shape) => (shape.Stride + ChunkParameters - 1) / ChunkParameters;

    private void Run(int items, long operations, Action<int, int> work)
    {
        if (operations >= _smallJob)
        {
            _crew.Run(items, work);
            return;
        }

        for (int item = 0; item < items; item++)
        {
            work(item, 0);
        }
    }

    /// <summary>One tile of the upper triangle, and its mirror image.</summary>
    private void DistanceTile(int item, int lane)
    {
        (int tileRow, int tileColumn) = UpperTriangle(item);
        int particles = _call.Shape.Particles, stride = _call.Shape.Stride;
        int i0 = tileRow * TileParticles, j0 = tileColumn * TileParticles;
        int iCount = Math.Min(TileParticles, particles - i0), jCount = Math.Min(TileParticles, particles - j0);
        float* a = _call.Particles + ((nint)i0 * stride), b = _call.Particles + ((nint)j0 * stride);
        float* tile = _call.Distances + ((nint)i0 * particles) + j0;
        for (int p = 0; p < stride; p += PieceParameters)
        {
            ReductionKernel<TSimd, V>.Run<SquaredDifferenceTerm<TSimd, V>>(
                a + p, stride, iCount, b + p, stride, jCount, Math.Min(PieceParameters, stride - p), tile, particles, p > 0);
        }

        if (tileRow == tileColumn)
        {
            return;
        }

        float* mirror = _call.Distances + ((nint)j0 * particles) + i0;
        for (int i = 0; i < iCount; i++)
        {
            for (int j = 0; j < jCount; j++)
            {
                mirror[((nint)j * particles) + i] = tile[((nint)i * particles) + j];
            }
        }
    }

    /// <summary>The item-th tile, column by column: (0,0), (0,1), (1,1), (0,2), ...</summary>
    private static (int Row, int Column) UpperTriangle(int item)
    {
        int column = 0;
        while (item > column)
        {
            item -= ++column;
        }

        return (item, column);
    }

    /// <summary>k(i, .) in place of the distances, and its sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void KernelRow(int i, int lane)
    {
        int particles = _call.Shape.Particles;
        float* row = _call.Distances + ((nint)i * particles);
        float factor = -1f / _call.Bandwidth;
        V sum = TSimd.Create(0f);
        int j = 0;
        for (; j + TSimd.Width <= particles; j += TSimd.Width)
        {
            V k = SimdMath<TSimd, V>.Exp(TSimd.Multiply(TSimd.Create(factor), TSimd.Load(row + j)));
            sum = TSimd.Add(sum, k);
            TSimd.Store(row + j, k);
        }

        float total = TSimd.Sum(sum);
        for (; j < particles; j++)
        {
            row[j] = SimdMath<SimdScalar, float>.Exp(factor * row[j]);
            total += row[j];
        }

        _kernelSums.Address[i] = total;
    }

    /// <summary>phi = (1/S) [K (G - (2/h) Theta) + (2/h) rowsum(K) Theta], for some parameters of all particles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DirectionChunk(int item, int lane)
    {
        int particles = _call.Shape.Particles, stride = _call.Shape.Stride;
        int first = item * ChunkParameters, count = Math.Min(ChunkParameters, stride - first);
        float* source = Scratch(lane, particles * ChunkParameters);
        V twoOverH = TSimd.Create(2f / _call.Bandwidth);
        for (int j = 0; j < particles; j++)
        {
            float* g = _call.Gradients + ((nint)j * stride) + first, theta = _call.Particles + ((nint)j * stride) + first;
            float* to = source + ((nint)j * ChunkParameters);
            for (int p = 0; p < count; p += TSimd.Width)
            {
                TSimd.Store(to + p, TSimd.Subtract(TSimd.Load(g + p), TSimd.Multiply(twoOverH, TSimd.Load(theta + p))));
            }
        }

        float* phi = _call.Direction + first;
        ProductKernel<TSimd, V>.Run<IdentityForward<TSimd, V>>(
            source, ChunkParameters, new WeightView(_call.Distances, 1, particles), null, phi, stride, 0, particles, particles, count);
        V share = TSimd.Create(1f / particles);
        for (int i = 0; i < particles; i++)
        {
            float* theta = _call.Particles + ((nint)i * stride) + first, to = phi + ((nint)i * stride);
            V weight = TSimd.Multiply(twoOverH, TSimd.Create(_kernelSums.Address[i]));
            for (int p = 0; p < count; p += TSimd.Width)
            {
                TSimd.Store(to + p, TSimd.Multiply(share, TSimd.MultiplyAdd(weight, TSimd.Load(theta + p), TSimd.Load(to + p))));
            }
        }
    }

    private float* Scratch(int lane, long length)
    {
        if (_scratch[lane] is not { } scratch || scratch.Length < length)
        {
            _scratch[lane] = scratch = new SimdBuffer(length);
        }

        return scratch.Address;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AdamParticle(int particle, int lane)
    {
        nint at = (nint)particle * _call.Shape.Stride;
        float* theta = _call.Particles + at, phi = _call.Direction + at, first = _call.FirstMoment + at, second = _call.SecondMoment + at;
        AdamStep step = _call.Step;
        V beta1 = TSimd.Create(step.Beta1), rest1 = TSimd.Create(1f - step.Beta1), beta2 = TSimd.Create(step.Beta2), rest2 = TSimd.Create(1f - step.Beta2);
        V alpha = TSimd.Create(step.StepSize * step.FirstCorrection), correction = TSimd.Create(step.SecondCorrection), epsilon = TSimd.Create(step.Epsilon);
        for (int p = 0; p < _call.Shape.Stride; p += TSimd.Width)
        {
            V g = TSimd.Load(phi + p);
            V m = TSimd.MultiplyAdd(beta1, TSimd.Load(first + p), TSimd.Multiply(rest1, g));
            V v = TSimd.MultiplyAdd(beta2, TSimd.Load(second + p), TSimd.Multiply(rest2, TSimd.Multiply(g, g)));
            V root = TSimd.Add(TSimd.Sqrt(TSimd.Multiply(v, correction)), epsilon);
            TSimd.Store(first + p, m);
            TSimd.Store(second + p, v);
            TSimd.Store(theta + p, TSimd.Add(TSimd.Load(theta + p), TSimd.Divide(TSimd.Multiply(alpha, m), root)));
        }
    }

    /// <summary>What the items of the operation in hand work on.</summary>
    private struct Call
    {
        public float* Particles;
        public float* Gradients;
        public float* Distances;
        public float* Direction;
        public float* FirstMoment;
        public float* SecondMoment;
        public float Bandwidth;
        public ParticleShape Shape;
        public AdamStep Step;
    }
}
