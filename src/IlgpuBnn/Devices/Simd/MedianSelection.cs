using System.Runtime.InteropServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The k-th smallest of many squared distances, exactly, without sorting them.</summary>
/// <remarks>
/// Floats that are not negative order like their bit patterns. Four counting passes fix one byte of the answer each, from
/// the exponent down; a pass counts only the values that share the bytes found so far.
/// </remarks>
internal static class MedianSelection
{
    /// <summary>Squared median of the distances between distinct particles: strict upper triangle, even counts average the two middle distances.</summary>
    public static double SquaredMedianDistance(ReadOnlySpan<float> distances, int particles)
    {
        long count = (long)particles * (particles - 1) / 2;
        float upper = Select(distances, particles, count / 2);
        if (count % 2 == 1)
        {
            return upper;
        }

        float lower = Select(distances, particles, (count / 2) - 1);
        double median = (Math.Sqrt(lower) + Math.Sqrt(upper)) / 2;
        return median * median;
    }

    /// <summary>Median of the squared distances over the full matrix, the zero diagonal included (Liu and Wang's code).</summary>
    public static double MedianSquaredDistanceOfAll(ReadOnlySpan<float> distances, int particles)
    {
        // The full matrix holds S zeros, then every distinct distance twice.
        long count = (long)particles * particles;
        float upper = FromFullMatrix(distances, particles, count / 2);
        return count % 2 == 1 ? upper : (upper + (double)FromFullMatrix(distances, particles, (count / 2) - 1)) / 2;
    }

    private static float FromFullMatrix(ReadOnlySpan<float> distances, int particles, long rank) =>
        rank < particles ? 0f : Select(distances, particles, (rank - particles) / 2);

    /// <summary>Element of the given rank (from 0) among the strict upper triangle.</summary>
    private static float Select(ReadOnlySpan<float> distances, int particles, long rank)
    {
        Span<int> counts = stackalloc int[256];
        uint prefix = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            counts.Clear();
            uint mask = shift == 24 ? 0u : uint.MaxValue << (shift + 8);
            for (int i = 0; i + 1 < particles; i++)
            {
                ReadOnlySpan<uint> row = MemoryMarshal.Cast<float, uint>(distances.Slice((i * particles) + i + 1, particles - i - 1));
                foreach (uint bits in row)
                {
                    if ((bits & mask) == prefix)
                    {
                        counts[(int)((bits >> shift) & 255)]++;
                    }
                }
            }

            int bucket = 0;
            while (rank >= counts[bucket])
            {
                rank -= counts[bucket++];
            }

            prefix |= (uint)bucket << shift;
        }

        return BitConverter.UInt32BitsToSingle(prefix);
    }
}
