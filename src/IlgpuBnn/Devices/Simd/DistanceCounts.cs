using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Selects distances by rank, exactly, without holding them.</summary>
/// <remarks>
/// Each pass computes all distances, and counts those below a range and those in bins of it. The next range is the bin with the rank, until a bin is a
/// single float. The first range comes from a sample and almost surely contains the rank, in bins of one float if there are many parameters: one pass
/// then suffices. Otherwise the search goes on below or above it, so that the result never depends on the sample. Non-negative floats order like
/// their bits.
/// </remarks>
internal sealed unsafe class DistanceCounts<TSimd, V> : IDistanceRanks
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private const int TileParticles = 128;
    private const int BinBits = 17;

    // The quantile of 16,384 values has a standard deviation of 64 ranks; five of them on each side.
    private const int SampleSize = 1 << 14;
    private const int SampleMargin = 320;

    private readonly WorkCrew _crew;
    private readonly Lane[] _lanes;
    private readonly Action<int, int> _countTile;
    private readonly float[] _sample = new float[SampleSize];
    private DistancesOnDemand _distances = null!;
    private (int From, int To) _range;
    private int _shift;
    private readonly Lane _total;

    public DistanceCounts(WorkCrew crew)
    {
        _crew = crew;
        _lanes = [.. Enumerable.Range(0, crew.Lanes).Select(_ => new Lane())];
        _total = _lanes[0];
        _countTile = CountTile;
    }

    public void Attach(DistancesOnDemand distances) => _distances = distances;

    public (float Lower, float Upper) Find(long lowerRank, long upperRank)
    {
        long pairs = (long)_distances.Shape.Particles * (_distances.Shape.Particles - 1) / 2;
        Count(LikelyRange((double)lowerRank / pairs));
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
            while (bin < _total.Bins.Length && before + _total.Bins[bin] <= rank)
            {
                before += _total.Bins[bin++];
            }

            if (bin == _total.Bins.Length)
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
        while (((long)range.To - range.From) >> _shift >= 1 << BinBits)
        {
            _shift++;
        }

        Array.ForEach(_lanes, lane => lane.Clear());
        _crew.Run(ParticleRange.Pairs(ParticleRange.Ranges(TileParticles, _distances.Shape.Particles)), _countTile);
        foreach (Lane lane in _lanes.AsSpan(1))
        {
            _total.Add(lane);
        }
    }

    private void CountTile(int item, int lane)
    {
        (int row, int column) = ParticleRange.Pair(item);
        ParticleRange a = ParticleRange.Of(row, TileParticles, _distances.Shape.Particles);
        ParticleRange b = ParticleRange.Of(column, TileParticles, _distances.Shape.Particles);
        float* tile = _lanes[lane].Tile.Address;
        DistanceTiles<TSimd, V>.Compute(_distances.Particles!.Address, _distances.Shape, a, b, tile, TileParticles);
        for (int i = 0; i < a.Count; i++)
        {
            int first = row == column ? i + 1 : 0;
            Count(new ReadOnlySpan<int>(tile + (i * TileParticles) + first, b.Count - first), _lanes[lane]);
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
                _distances.Particles!.Address, _distances.Shape, new ParticleRange(i, 1), new ParticleRange(j, 1), _lanes[0].Tile.Address, 1);
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

        public void Clear()
        {
            Array.Clear(Bins);
            Below = 0;
        }

        public void Add(Lane other)
        {
            Below += other.Below;
            for (int bin = 0; bin < Bins.Length; bin++)
            {
                Bins[bin] += other.Bins[bin];
            }
        }
    }
}
