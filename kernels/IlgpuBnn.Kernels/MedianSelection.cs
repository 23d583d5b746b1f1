using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Selection of two elements among the squared distances of distinct particles, exactly, without sorting them.</summary>
/// <remarks>
/// Floats that are not negative order like their bit patterns. Four passes fix one byte each, from the exponent down: a pass counts the
/// next byte of all distances that share the bytes found so far. Two ranks are followed at once, the middle two of an even count; while
/// they agree, one set of counts serves both. Counts are integers: the order of their additions does not matter.
/// </remarks>
internal static class MedianSelection
{
    public const int Passes = 4;

    /// <summary>256 counts for each of the two ranks.</summary>
    public const int Bins = 512;

    /// <summary>Sums of 16 counts each: they are searched first.</summary>
    public const int Blocks = Bins / BlockBins;

    private const int BlockBins = 16;

    public static Selection Start(BandwidthArguments g)
    {
        Selection selection = default;
        selection.LowerRank = g.LowerRank;
        selection.UpperRank = g.UpperRank;
        return selection;
    }

    public static void Clear(ArrayView<int> counts)
    {
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
            counts[bin] = 0;
        Group.Barrier();
    }

    /// <summary>Adds this thread's share of the upper triangle, elements first, first + step, ..., to the group's counts.</summary>
    public static void Count(ArrayView<int> counts, BandwidthArguments g, Selection selection, int pass, int first, int step)
    {
        int shift = 24 - (8 * pass), elements = g.ParticleCount * g.ParticleCount;
        uint mask = pass == 0 ? 0u : uint.MaxValue << (shift + 8);

        // Distances are alike, most share their first byte: a thread adds whole runs, or all would wait for one counter.
        int bin = 0, run = 0;
        for (int e = first; e < elements; e += step)
        {
            int row = e / g.ParticleCount;
            uint bits = e - (row * g.ParticleCount) > row ? Interop.FloatAsInt(g.Distances[e]) : uint.MaxValue;
            int digit = (int)(bits >> shift) & 255;
            int found = bits == uint.MaxValue ? -1 : (bits & mask) == selection.LowerBits ? digit : (bits & mask) == selection.UpperBits ? 256 + digit : -1;
            if (found < 0)
                continue;
            if (found != bin && run > 0)
            {
                Atomic.Add(ref counts[bin], run);
                run = 0;
            }

            bin = found;
            run++;
        }

        if (run > 0)
            Atomic.Add(ref counts[bin], run);
        Group.Barrier();
    }

    /// <summary>Finds the byte of both ranks; every thread comes to the same result.</summary>
    public static Selection Resolve(ArrayView<int> counts, ArrayView<int> blocks, Selection selection, int pass)
    {
        for (int block = Group.IdxX; block < Blocks; block += Group.DimX)
        {
            int sum = 0;
            for (int bin = 0; bin < BlockBins; bin++)
                sum += counts[(BlockBins * block) + bin];
            blocks[block] = sum;
        }

        Group.Barrier();
        int upperCounts = selection.UpperBits == selection.LowerBits ? 0 : 256;
        Place lower = Find(counts, blocks, 0, selection.LowerRank), upper = Find(counts, blocks, upperCounts, selection.UpperRank);
        int shift = 24 - (8 * pass);
        selection.LowerBits |= (uint)lower.Digit << shift;
        selection.UpperBits |= (uint)upper.Digit << shift;
        selection.LowerRank = lower.Rank;
        selection.UpperRank = upper.Rank;
        Group.Barrier();
        return selection;
    }

    /// <summary>h = median^2 factor, by the rule; 1 where the median is 0.</summary>
    public static float Bandwidth(BandwidthArguments g, Selection selection)
    {
        float lower = g.LowerRank < 0 ? 0f : Interop.IntAsFloat(selection.LowerBits);
        float upper = g.UpperRank < 0 ? 0f : Interop.IntAsFloat(selection.UpperBits);
        float middle = lower;
        if (lower != upper)
        {
            float root = 0.5f * (XMath.Sqrt(lower) + XMath.Sqrt(upper));
            middle = g.AverageRoots != 0 ? root * root : 0.5f * (lower + upper);
        }

        float h = middle * g.Factor;
        return h == 0f ? 1f : h;
    }

    private static Place Find(ArrayView<int> counts, ArrayView<int> blocks, int firstBin, int rank)
    {
        int firstBlock = firstBin / BlockBins, block = firstBlock;
        while (block < firstBlock + BlockBins - 1 && rank >= blocks[block])
        {
            rank -= blocks[block];
            block++;
        }

        int bin = BlockBins * block, last = bin + BlockBins - 1;
        while (bin < last && rank >= counts[bin])
        {
            rank -= counts[bin];
            bin++;
        }

        Place place = default;
        place.Digit = bin - firstBin;
        place.Rank = rank;
        return place;
    }

    private struct Place
    {
        public int Digit;
        public int Rank;
    }
}

/// <summary>What is known of the two elements: their leading bytes, and their ranks among all that share these.</summary>
internal struct Selection
{
    public uint LowerBits;
    public uint UpperBits;
    public int LowerRank;
    public int UpperRank;
}

/// <summary>What the three kernels of the bandwidth work on.</summary>
internal struct BandwidthArguments
{
    /// <summary>Squared distances, [S, S]; only those above the diagonal are read.</summary>
    public ArrayView<float> Distances;

    /// <summary>h, [1].</summary>
    public ArrayView<float> Bandwidth;

    /// <summary>Counts of every pass and group, [<see cref="MedianSelection.Passes"/>, CountGroups, <see cref="MedianSelection.Bins"/>].</summary>
    public ArrayView<int> Counts;

    /// <summary>The selection before each pass but the first.</summary>
    public ArrayView<Selection> Selections;

    public int ParticleCount;

    /// <summary>Ranks, from 0, of the two elements to be averaged, above the diagonal; below 0: the element is 0.</summary>
    public int LowerRank;

    public int UpperRank;

    /// <summary>Not 0: average the distances and square; 0: average the squared distances.</summary>
    public int AverageRoots;

    public float Factor;
    public int CountGroups;
    public int Pass;
}
