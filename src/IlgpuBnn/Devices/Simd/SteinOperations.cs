using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The CPU device's operations over whole particles: distances, Stein direction, Adam.</summary>
/// <remarks>The division into items never changes the order of a sum. Delegates are created once, so that an iteration allocates nothing.</remarks>
internal sealed unsafe class SteinOperations<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    // Enough for the cores of large machines.
    private const int EnoughItems = 64;

    private const int LongStrip = 4 * SteinLoops<TSimd, V>.StripParticles;

    private readonly WorkCrew _crew;
    private readonly Action<int, int> _distanceTile;
    private readonly Action<int, int> _shareTile;
    private readonly Action<int, int> _kernelRow;
    private readonly Action<int, int> _directionPart;
    private readonly Action<int, int> _adamParticle;
    private readonly Action<int, int> _momentumParticle;
    private readonly Lock _oneCall = new();
    private readonly SimdBuffer[] _sources;
    private readonly SimdBuffer?[] _slopes;
    private readonly SteinOnDemand<TSimd, V> _onDemand;
    private DistanceCounts<TSimd, V>? _counts;
    private SimdBuffer _slopeSums = new(0);
    private SteinCall _stein;
    private int _stripParticles;
    private AdamCall _adam;
    private MomentumCall _momentum;
    private float* _distances;

    public SteinOperations(WorkCrew crew)
    {
        _crew = crew;
        _sources = [.. Enumerable.Range(0, crew.Lanes).Select(_ => new SimdBuffer(SteinLoops<TSimd, V>.SourceLength))];
        _slopes = new SimdBuffer?[crew.Lanes];
        _onDemand = new SteinOnDemand<TSimd, V>(crew);
        _distanceTile = DistanceTile;
        _shareTile = ShareTile;
        _kernelRow = KernelRow;
        _directionPart = DirectionPart;
        _adamParticle = AdamParticle;
        _momentumParticle = MomentumParticle;
    }

    public void PairwiseSquaredDistances(SimdBuffer particles, ParticleShape shape, SimdBuffer distances)
    {
        if (distances is DistancesOfShare shared)
        {
            (shared.Particles, shared.Shape) = (particles, shape);
            if (!shared.AreHeld)
            {
                return;
            }
        }

        lock (_oneCall)
        {
            _stein = new SteinCall { Particles = particles.Address, Shape = shape, Share = (distances as DistancesOfShare)?.Share ?? ParticleShare.Whole };
            _distances = distances.Address;
            if (_stein.Share.Count > 1)
            {
                _crew.Run(RowTiles * ColumnTiles, (long)_stein.OwnCount * shape.Particles * shape.Stride, _shareTile);
                return;
            }

            int pairs = ParticleRange.Pairs(ParticleRange.Ranges(DistanceTiles<TSimd, V>.Size, shape.Particles));
            _crew.Run(pairs, (long)shape.Particles * shape.Particles * shape.Stride / 2, _distanceTile);
        }
    }

    public float Bandwidth(SimdBuffer distances, int particles, BandwidthRule rule)
    {
        if (distances is not DistancesOfShare shared)
        {
            return MedianRule.Bandwidth(new MedianSelection(distances.Address, particles), particles, rule);
        }

        lock (_oneCall)
        {
            _counts ??= new DistanceCounts<TSimd, V>(_crew);
            _counts.Attach(shared);
            return MedianRule.Bandwidth(_counts, particles, rule);
        }
    }

    public void Direction(SteinCall call, SimdBuffer distances)
    {
        lock (_oneCall)
        {
            if (distances is DistancesOfShare { AreHeld: false })
            {
                _onDemand.Direction(call);
                return;
            }

            int own = call.OwnCount;
            long pairs = (long)own * call.Shape.Particles;
            _stein = call;
            _distances = distances.Address;
            if (_slopeSums.Length < own)
            {
                _slopeSums = new SimdBuffer(own);
            }

            _crew.Run(own, 8 * pairs, _kernelRow);
            _stripParticles = StripParticles(own);
            _crew.Run(Strips * PartsOfStrip, pairs * call.Shape.Stride, _directionPart);
        }
    }

    public void Adam(float* particles, float* direction, float* firstMoment, float* secondMoment, ParticleShape shape, AdamStep step)
    {
        lock (_oneCall)
        {
            _adam = new AdamCall
            {
                Particles = particles,
                Direction = direction,
                FirstMoment = firstMoment,
                SecondMoment = secondMoment,
                Stride = shape.Stride,
                Extent = shape.Extent,
                Step = step,
            };
            _crew.Run(shape.Particles, 4L * shape.Particles * shape.Stride, _adamParticle);
        }
    }

    public void Momentum(float* particles, float* direction, float* velocity, ParticleShape shape, float stepSize, float momentum)
    {
        lock (_oneCall)
        {
            _momentum = new MomentumCall
            {
                Particles = particles,
                Direction = direction,
                Velocity = velocity,
                Stride = shape.Stride,
                Extent = shape.Extent,
                StepSize = stepSize,
                Momentum = momentum,
            };
            _crew.Run(shape.Particles, 2L * shape.Particles * shape.Stride, _momentumParticle);
        }
    }

    private int RowTiles => ParticleRange.Ranges(DistanceTiles<TSimd, V>.Size, _stein.OwnCount);

    private int ColumnTiles => ParticleRange.Ranges(DistanceTiles<TSimd, V>.Size, _stein.Shape.Particles);

    private int Strips => ParticleRange.Ranges(_stripParticles, _stein.OwnCount);

    /// <summary>Long strips share each source among more particles; short ones keep more cores busy.</summary>
    private int StripParticles(int own)
    {
        const int shortStrip = SteinLoops<TSimd, V>.StripParticles;
        return ParticleRange.Ranges(LongStrip, own) * Chunks >= 4 * _crew.Lanes ? LongStrip : shortStrip;
    }

    private int Chunks => ParticleRange.Ranges(SteinLoops<TSimd, V>.ChunkParameters, _stein.Shape.Extent);

    /// <summary>Parts of a strip's parameters: one for many particles, as each part rereads the strip's distances.</summary>
    private int PartsOfStrip => Math.Clamp(EnoughItems / Strips, 1, Chunks);

    /// <summary>One tile of the rows of a share.</summary>
    private void ShareTile(int item, int lane)
    {
        (int row, int column) = Math.DivRem(item, ColumnTiles);
        ParticleRange a = ParticleRange.Of(row, DistanceTiles<TSimd, V>.Size, _stein.OwnCount);
        ParticleRange b = ParticleRange.Of(column, DistanceTiles<TSimd, V>.Size, _stein.Shape.Particles);
        nint particles = _stein.Shape.Particles;
        DistanceTiles<TSimd, V>.Compute(_stein.Particles, _stein.Shape, _stein.Share, a, b, _distances + (a.Start * particles) + b.Start, particles);
    }

    /// <summary>One tile of the upper triangle, and its mirror image.</summary>
    private void DistanceTile(int item, int lane)
    {
        (int row, int column) = ParticleRange.Pair(item);
        nint particles = _stein.Shape.Particles;
        ParticleRange a = ParticleRange.Of(row, DistanceTiles<TSimd, V>.Size, _stein.Shape.Particles);
        ParticleRange b = ParticleRange.Of(column, DistanceTiles<TSimd, V>.Size, _stein.Shape.Particles);
        float* tile = _distances + (a.Start * particles) + b.Start;
        DistanceTiles<TSimd, V>.Compute(_stein.Particles, _stein.Shape, ParticleShare.Whole, a, b, tile, particles);
        if (row == column)
        {
            return;
        }

        float* mirror = _distances + (b.Start * particles) + a.Start;
        for (int i = 0; i < a.Count; i++)
        {
            for (int j = 0; j < b.Count; j++)
            {
                mirror[(j * particles) + i] = tile[(i * particles) + j];
            }
        }
    }

    /// <summary>Replaces the distances of i by k(i, .), and sums s(i, .).</summary>
    private void KernelRow(int i, int lane)
    {
        nint particles = _stein.Shape.Particles;
        float* laneSums = stackalloc float[TSimd.Width];
        TSimd.Store(laneSums, TSimd.Create(0f));
        SteinLoops<TSimd, V>.Kernel(_stein, _distances + (i * particles), _stein.Shape.Particles, laneSums);
        _slopeSums.Address[i] = TSimd.Sum(TSimd.Load(laneSums));
    }

    /// <summary>phi for a part of the parameters of a strip of particles.</summary>
    private void DirectionPart(int item, int lane)
    {
        const int block = SteinLoops<TSimd, V>.BlockParticles, chunk = SteinLoops<TSimd, V>.ChunkParameters;
        int particles = _stein.Shape.Particles, extent = _stein.Shape.Extent, parts = PartsOfStrip, part = item % parts;
        ParticleRange strip = ParticleRange.Of(item / parts, _stripParticles, _stein.OwnCount);
        int start = Chunks * part / parts * chunk, end = Math.Min(Chunks * (part + 1) / parts * chunk, extent);
        float* kernel = _distances + ((nint)strip.Start * particles);
        float* slopes = _stein.Term.Kernel == SteinKernel.Gaussian ? null : (_slopes[lane] ??= new SimdBuffer(LongStrip * block)).Address;
        for (int b = 0; b < ParticleRange.Ranges(block, particles); b++)
        {
            ParticleRange j = ParticleRange.Of(b, block, particles);
            SteinLoops<TSimd, V>.AddBlock(_stein, strip, j, kernel + j.Start, particles, start, end, _sources[lane].Address, slopes);
        }

        for (int i = strip.Start; i < strip.Start + strip.Count; i++)
        {
            SteinLoops<TSimd, V>.Finish(_stein, i, _slopeSums.Address[i], start, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AdamParticle(int particle, int lane)
    {
        nint at = (nint)particle * _adam.Stride;
        float* theta = _adam.Particles + at, phi = _adam.Direction + at, first = _adam.FirstMoment + at, second = _adam.SecondMoment + at;
        AdamStep step = _adam.Step;
        V beta1 = TSimd.Create(step.Beta1), rest1 = TSimd.Create(1f - step.Beta1), beta2 = TSimd.Create(step.Beta2), rest2 = TSimd.Create(1f - step.Beta2);
        V alpha = TSimd.Create(step.StepSize * step.FirstCorrection), correction = TSimd.Create(step.SecondCorrection), epsilon = TSimd.Create(step.Epsilon);
        for (int p = 0; p < _adam.Extent; p += TSimd.Width)
        {
            V g = TSimd.Load(phi + p);
            V m = Flush(TSimd.MultiplyAdd(beta1, TSimd.Load(first + p), TSimd.Multiply(rest1, g)), 1e-20f);
            V v = Flush(TSimd.MultiplyAdd(beta2, TSimd.Load(second + p), TSimd.Multiply(rest2, TSimd.Multiply(g, g))), 1e-20f);
            V root = TSimd.Add(TSimd.Sqrt(TSimd.Multiply(v, correction)), epsilon);
            TSimd.Store(first + p, m);
            TSimd.Store(second + p, v);
            TSimd.Store(theta + p, Flush(TSimd.Add(TSimd.Load(theta + p), TSimd.Divide(TSimd.Multiply(alpha, m), root)), 1e-10f));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MomentumParticle(int particle, int lane)
    {
        nint at = (nint)particle * _momentum.Stride;
        float* theta = _momentum.Particles + at, phi = _momentum.Direction + at, velocity = _momentum.Velocity + at;
        V momentum = TSimd.Create(_momentum.Momentum), step = TSimd.Create(_momentum.StepSize);
        for (int p = 0; p < _momentum.Extent; p += TSimd.Width)
        {
            V v = Flush(TSimd.MultiplyAdd(momentum, TSimd.Load(velocity + p), TSimd.Load(phi + p)), 1e-20f);
            TSimd.Store(velocity + p, v);
            TSimd.Store(theta + p, Flush(TSimd.MultiplyAdd(step, v, TSimd.Load(theta + p)), 1e-10f));
        }
    }

    /// <summary>Flushes numbers far below the shift to 0: products of vanishing weights become subnormal, which are a hundred times slower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Flush(V value, float shift) => TSimd.Subtract(TSimd.Add(value, TSimd.Create(shift)), TSimd.Create(shift));

    private struct MomentumCall
    {
        public float* Particles;
        public float* Direction;
        public float* Velocity;
        public int Stride;
        public int Extent;
        public float StepSize;
        public float Momentum;
    }

    private struct AdamCall
    {
        public float* Particles;
        public float* Direction;
        public float* FirstMoment;
        public float* SecondMoment;
        public int Stride;
        public int Extent;
        public AdamStep Step;
    }
}
