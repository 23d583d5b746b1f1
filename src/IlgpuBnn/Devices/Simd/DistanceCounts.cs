using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Selects distances by rank, exactly, where they are not held, or by several processes, each of which has those of a share.</summary>
/// <remarks>
/// Each pass goes over all distances, and counts those below a range and those in bins of it; processes add up their counts. The next range is the bin with the rank,
/// until a bin is a single float. Where distances are computed anew in each pass, the first range comes from a sample and almost surely contains the rank, in bins of
/// one float if there are many parameters: one pass then suffices. Otherwise the search goes on below or above it, so that the result never depends on the sample.
/// Held distances are quickly counted, and few bins quickly added up: their first range is of all floats. Non-negative floats order like their bits.
/// </remarks>
internal sealed unsafe class DistanceCounts<TSimd, V> : IDistanceRanks
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private const int TileParticles = 128;
    private const int BinBits = 17;
    private const int BinBitsOfHeld = 11;

    // The quantile of 16,384 values has a standard deviation of 64 ranks; five of them on each side.
    private const int SampleSize = 1 << 14;
    private const int SampleMargin = 320;

    private readonly WorkCrew _crew;
    private readonly Lane[] _lanes;
    private readonly Action<int, int> _countTile;
    private readonly float[] _sample = new float[SampleSize];
    private DistancesOfShare _distances = null!;
    private (int From, int To) _range;
    private int _shift;
    private int _bins;
    private int _columns;
    private readonly Lane _total;
    private long[] _ownCounts = [];
    private long[] _allCounts = [];

    public DistanceCounts(WorkCrew crew)
    {
        _crew = crew;
        _lanes = [.. Enumerable.Range(0, crew.Lanes).Select(_ => new Lane())];
        _total = _lanes[0];
        _countTile = CountTile;
    }

    public void Attach(DistancesOfShare distances) => _distances = distances;

    public (float Lower, float Upper) Find(long lowerRank, long upperRank)
    {
        long pairs = (long)_distances.Shape.Particles * (_distances.Shape.Particles - 1) / 2;
        Count(_distances.AreHeld ? (0, int.MaxValue) : LikelyRange((double)lowerRank / pairs));
        float lower = Find(lowerRank);
        return (lower, upperRank == lowerRank ? lower : Find(upperRank));
    }

    /// <summary>Narrows the range of the last pass to the distance of a rank.</summary>
    private float Find(long rank)
    {
        while (true)
        {
            if (rank < _total.Below)
            {
                Count((0, _range.From - 1));
                continue;
            }

            int bin = 0;
            long before = _total.Below;
            while (bin < _bins && before + _total.Bins[bin] <= rank)
            {
                before += _total.Bins[bin++];
            }

            if (bin == _bins)
            {
                Count((_range.To + 1, int.MaxValue));
            }
            else if (_shift == 0)
            {
                return BitConverter.Int32BitsToSingle(_range.From + bin);
            }
            else
            {
                int from = _range.From + (bin << _shift);
                Count((from, (int)Math.Min(_range.To, (long)from + (1L << _shift) - 1)));
            }
        }
    }

    /// <summary>One pass over all distances.</summary>
    private void Count((int From, int To) range)
    {
        _range = range;
        _shift = 0;
        _bins = 1 << (_distances.AreHeld ? BinBitsOfHeld : BinBits);
        while (((long)range.To - range.From) >> _shift >= _bins)
        {
            _shift++;
        }

        foreach (Lane lane in _lanes)
        {
            lane.Clear(_bins);
        }

        int particles = _distances.Shape.Particles, own = _distances.Share.CountOf(particles);
        _columns = ParticleRange.Ranges(TileParticles, particles);
        _crew.Run(ParticleRange.Ranges(TileParticles, own) * _columns, (long)own * particles * (_distances.AreHeld ? 1 : _distances.Shape.Stride), _countTile);
        foreach (Lane lane in _lanes.AsSpan(1))
        {
            _total.Add(lane, _bins);
        }

        if (_distances.Group is { } group)
        {
            SumOf(group);
        }
    }

    private void SumOf(IProcessGroup group)
    {
        if (_ownCounts.Length < _bins + 1)
        {
            (_ownCounts, _allCounts) = (new long[_bins + 1], new long[_bins + 1]);
        }

        _total.Bins.AsSpan(0, _bins).CopyTo(_ownCounts);
        _ownCounts[_bins] = _total.Below;
        group.Sum(_ownCounts.AsSpan(0, _bins + 1), _allCounts.AsSpan(0, _bins + 1));
        _allCounts.AsSpan(0, _bins).CopyTo(_total.Bins);
        _total.Below = _allCounts[_bins];
    }

    /// <summary>Of the pairs of a tile those above the diagonal, so that each is counted once by all processes.</summary>
    private void CountTile(int item, int lane)
    {
        int particles = _distances.Shape.Particles;
        ParticleShare share = _distances.Share;
        ParticleRange a = ParticleRange.Of(item / _columns, TileParticles, share.CountOf(particles));
        ParticleRange b = ParticleRange.Of(item % _columns, TileParticles, particles);
        if (share.Particle(a.Start) >= b.Start + b.Count - 1)
        {
            return;
        }

        float* tile = _lanes[lane].Tile.Address;
        nint tileStride = TileParticles;
        if (_distances.AreHeld)
        {
            tile = _distances.Address + ((nint)a.Start * particles) + b.Start;
            tileStride = particles;
        }
        else
        {
            DistanceTiles<TSimd, V>.Compute(_distances.Particles!.Address, _distances.Shape, share, a, b, tile, tileStride);
        }

        for (int i = 0; i < a.Count; i++)
        {
            int first = Math.Max(0, share.Particle(a.Start + i) + 1 - b.Start);
            if (first < b.Count)
            {
                Count(new ReadOnlySpan<int>(tile + (i * tileStride) + first, b.Count - first), _lanes[lane]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Count(ReadOnlySpan<int> distances, Lane lane)
    {
        (int from, int to) = _range;
        int shift = _shift;
        uint width = (uint)(to - from);
        long below = 0;
        long[] bins = lane.Bins;
        foreach (int signed in distances)
        {
            // NaN of either sign counts as above all numbers.
            int bits = signed & int.MaxValue;
            uint at = (uint)(bits - from);
            if (at <= width)
            {
                bins[at >> shift]++;
            }

            below += (uint)(bits - from) >> 31;
        }

        lane.Below += below;
    }

    /// <summary>Bits between which the distance of a rank almost surely lies.</summary>
    private (int From, int To) LikelyRange(double fraction)
    {
        for (int k = 0; k < SampleSize; k++)
        {
            (int i, int j) = SampleOfPairs.At(k, _distances.Shape.Particles);
            DistanceTiles<TSimd, V>.Compute(
                _distances.Particles!.Address, _distances.Shape, ParticleShare.Whole, new ParticleRange(i, 1), new ParticleRange(j, 1), _lanes[0].Tile.Address, 1);
            _sample[k] = *_lanes[0].Tile.Address;
        }

        (int from, int to) = SampleOfPairs.Around(_sample, fraction, SampleMargin);
        (from, to) = (from & int.MaxValue, to & int.MaxValue);

        // NaN is sorted to the front, but counts as above all numbers.
        return (Math.Min(from, to), Math.Max(from, to));
    }

    /// <summary>Counts of one thread.</summary>
    private sealed class Lane
    {
        public SimdBuffer Tile { get; } = new(TileParticles * TileParticles);

        public long[] Bins { get; } = new long[1 << BinBits];

        public long Below { get; set; }

        public void Clear(int bins)
        {
            Array.Clear(Bins, 0, bins);
            Below = 0;
        }

        public void Add(Lane other, int bins)
        {
            Below += other.Below;
            for (int bin = 0; bin < bins; bin++)
            {
                Bins[bin] += other.Bins[bin];
            }
        }
    }
}
