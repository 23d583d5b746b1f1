using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Selects distances by rank, exactly, without sorting them.</summary>
/// <remarks>
/// A sample gives a narrow range that almost surely contains the ranks. One pass counts the distances below it and collects those in it, which are
/// searched. Otherwise all are searched, so that the result never depends on the sample.
/// </remarks>
/// <param name="distances">[S, S], squared.</param>
internal readonly unsafe struct MedianSelection(float* distances, int particles) : IDistanceRanks
{
    private const int SampleSize = 256;

    // The quantile of 256 values has a standard deviation of 8 ranks; three of them on each side.
    private const int SampleMargin = 24;

    // Fewer distances are all searched.
    private const int SmallCount = 8 * SampleSize;

    public (float Lower, float Upper) Find(long lowerRank, long upperRank) =>
        Ranks(new ReadOnlySpan<float>(distances, checked(particles * particles)), particles, lowerRank, upperRank);

    /// <summary>Elements of two equal or adjacent ranks (from 0) in the strict upper triangle.</summary>
    private static (float Lower, float Upper) Ranks(ReadOnlySpan<float> distances, int particles, long lowerRank, long upperRank)
    {
        int count = checked((int)((long)particles * (particles - 1) / 2));
        int[] rented = ArrayPool<int>.Shared.Rent(count + 1);
        try
        {
            int below = 0, collected = 0;
            if (count > SmallCount)
            {
                (int from, int to) = LikelyRange(distances, particles, (double)lowerRank / count);
                (below, collected) = Collect(distances, particles, from, to, rented);
            }

            if (lowerRank < below || upperRank >= below + collected)
            {
                (below, collected) = Collect(distances, particles, 0, int.MaxValue, rented);
            }

            ReadOnlySpan<int> candidates = rented.AsSpan(0, collected);
            float lower = Select(candidates, lowerRank - below);
            return (lower, upperRank == lowerRank ? lower : Select(candidates, upperRank - below));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private static (int From, int To) LikelyRange(ReadOnlySpan<float> distances, int particles, double fraction)
    {
        Span<float> sample = stackalloc float[SampleSize];
        for (int k = 0; k < SampleSize; k++)
        {
            (int i, int j) = SampleOfPairs.At(k, particles);
            sample[k] = distances[(i * particles) + j];
        }

        return SampleOfPairs.Around(sample, fraction, SampleMargin);
    }

    /// <summary>Copies the values of the triangle in a range, inclusive; counts those below.</summary>
    /// <remarks>Branch-free, as branches would be unpredictable. Non-negative floats order like their bits.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Below, int Collected) Collect(ReadOnlySpan<float> distances, int particles, int from, int to, Span<int> destination)
    {
        int below = 0, collected = 0;
        for (int i = 0; i + 1 < particles; i++)
        {
            foreach (int bits in MemoryMarshal.Cast<float, int>(distances.Slice((i * particles) + i + 1, particles - i - 1)))
            {
                // The sign of a difference, as 0 or 1.
                int isBelow = (int)((uint)(bits - from) >> 31), isAbove = (int)((uint)(to - bits) >> 31);
                destination[collected] = bits;
                below += isBelow;
                collected += 1 - (isBelow | isAbove);
            }
        }

        return (below, collected);
    }

    /// <summary>Element of the given rank: a radix search from the exponent down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Select(ReadOnlySpan<int> values, long rank)
    {
        Span<int> counts = stackalloc int[256];
        int prefix = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            counts.Clear();
            int mask = shift == 24 ? 0 : -1 << (shift + 8);
            foreach (int bits in values)
            {
                if ((bits & mask) == prefix)
                {
                    counts[(bits >> shift) & 255]++;
                }
            }

            int bucket = 0;
            while (rank >= counts[bucket])
            {
                rank -= counts[bucket++];
            }

            prefix |= bucket << shift;
        }

        return BitConverter.Int32BitsToSingle(prefix);
    }
}

/// <summary>An even sample of the pairs of distinct particles.</summary>
internal static class SampleOfPairs
{
    /// <summary>The k-th pair: steps by irrational fractions visit rows and columns evenly.</summary>
    public static (int Row, int Column) At(int k, int particles)
    {
        double across = k * 0.6180339887, down = k * 0.7548776662;
        int i = (int)((across - Math.Floor(across)) * particles), j = (int)((down - Math.Floor(down)) * (particles - 1));
        return (i, j < i ? j : j + 1);
    }

    /// <summary>Sorts the sample; returns the bits of the values a margin of ranks below and above a quantile.</summary>
    public static (int From, int To) Around(Span<float> sample, double fraction, int margin)
    {
        sample.Sort();
        int middle = (int)(fraction * sample.Length);
        return (
            BitConverter.SingleToInt32Bits(sample[Math.Max(middle - margin, 0)]),
            BitConverter.SingleToInt32Bits(sample[Math.Min(middle + margin, sample.Length - 1)]));
    }
}
