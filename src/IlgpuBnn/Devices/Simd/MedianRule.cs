
namespace IlgpuBnn.Devices.Simd;

/// <summary>Order statistics of the squared distances between distinct particles.</summary>
internal interface IDistanceRanks
{
    /// <summary>The distances of two equal or adjacent ranks, from 0.</summary>
    (float Lower, float Upper) Find(long lowerRank, long upperRank);
}

/// <summary>Bandwidth h of the Stein kernel from the median distance.</summary>
internal static class MedianRule
{
    /// <summary>1 if the median is 0, and for a single particle.</summary>
    public static float Bandwidth<TRanks>(TRanks ranks, int particles, BandwidthRule rule)
        where TRanks : IDistanceRanks
    {
        double h = particles < 2 ? 0.0 : rule switch
        {
            BandwidthRule.LiuWang => MedianSquaredDistanceOfAll(ranks, particles) / Math.Log(particles + 1),
            _ => SquaredMedianDistance(ranks, particles) / Math.Log(particles),
        };
        return h == 0.0 ? 1f : (float)h;
    }

    /// <summary>Squared median of the distances between distinct particles; an even count averages the middle two.</summary>
    private static double SquaredMedianDistance<TRanks>(TRanks ranks, int particles)
        where TRanks : IDistanceRanks
    {
        long count = (long)particles * (particles - 1) / 2;
        (float lower, float upper) = ranks.Find((count - 1) / 2, count / 2);
        if (count % 2 == 1)
        {
            return upper;
        }

        double median = (Math.Sqrt(lower) + Math.Sqrt(upper)) / 2;
        return median * median;
    }

    /// <summary>Median of the squared distances over the full matrix, the zero diagonal included (Liu and Wang's code).</summary>
    private static double MedianSquaredDistanceOfAll<TRanks>(TRanks ranks, int particles)
        where TRanks : IDistanceRanks
    {
        // The full matrix holds S zeros, then every distinct distance twice.
        long count = (long)particles * particles;
        long lowerRank = ((count - 1) / 2) - particles, upperRank = (count / 2) - particles;
        if (upperRank < 0)
        {
            return 0;
        }

        (float lower, float upper) = ranks.Find(Math.Max(lowerRank, 0) / 2, upperRank / 2);
        return ((lowerRank < 0 ? 0 : lower) + (double)upper) / 2;
    }
}
