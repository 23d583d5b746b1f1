using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Selection of two elements among the squared distances of distinct particles, exactly, without sorting them.</summary>
/// <remarks>
/// Non-negative floats order like their bits. Eight passes fix four bits each, from the exponent down: a pass counts the next four bits of all distances
/// with the bits found so far. Two ranks, the middle two of an even count, are followed at once; while their bits agree, they share counts. Every thread
/// counts in its own column, without atomics, which some OpenCL drivers lack and which serialise where most distances are alike.
/// </remarks>
internal static class MedianSelection
{
    public const int Passes = 8;

    /// <summary>Sixteen counts for each of the two ranks.</summary>
    public const int Bins = 2 * Digits;

    /// <summary>Maximum threads of a group: each has a column of counts in shared memory.</summary>
    public const int Line = 128;

    private const int Digits = 16;
    private const int DigitBits = 4;
    private const int Parts = 8;

    public static SelectionCounts Allocate()
    {
        SelectionCounts counts = default;
        counts.Columns = SharedMemory.Allocate<int>(Bins * Line);
        counts.Parts = SharedMemory.Allocate<int>(Bins * Parts);
        counts.Totals = SharedMemory.Allocate<int>(Bins);
        return counts;
    }

    public static Selection Start(BandwidthArguments g)
    {
        Selection selection = default;
        selection.LowerRank = g.LowerRank;
        selection.UpperRank = g.UpperRank;
        return selection;
    }

    /// <summary>Counts each thread's elements first, first + step, ... above the diagonal into Totals.</summary>
    public static void Count(SelectionCounts counts, BandwidthArguments g, Selection selection, int pass, int first, int step)
    {
        for (int bin = 0; bin < Bins; bin++)
            counts.Columns[(bin * Group.DimX) + Group.IdxX] = 0;

        int shift = Shift(pass), known = pass == 0 ? 0 : -1 << (shift + DigitBits);
        int elements = g.ParticleCount * g.ParticleCount;
        for (int e = first; e < elements; e += step)
        {
            int row = e / g.ParticleCount;
            if (e - (row * g.ParticleCount) <= row)
                continue;
            int bits = (int)Interop.FloatAsInt(g.Distances[e]), digit = (bits >> shift) & (Digits - 1);
            if ((bits & known) == selection.LowerBits)
                counts.Columns[(digit * Group.DimX) + Group.IdxX]++;
            else if ((bits & known) == selection.UpperBits)
                counts.Columns[((Digits + digit) * Group.DimX) + Group.IdxX]++;
        }

        Group.Barrier();
        Total(counts, counts.Columns, Group.DimX, 1, Group.DimX);
    }

    /// <summary>Sums columns of counts: bin b of column c at [b * binStride + c * columnStride].</summary>
    public static void Total(SelectionCounts counts, ArrayView<int> columns, int binStride, int columnStride, int columnCount)
    {
        for (int item = Group.IdxX; item < Bins * Parts; item += Group.DimX)
        {
            int bin = item / Parts, sum = 0;
            for (int column = item % Parts; column < columnCount; column += Parts)
                sum += columns[(bin * binStride) + (column * columnStride)];
            counts.Parts[item] = sum;
        }

        Group.Barrier();
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
        {
            int sum = 0;
            for (int part = 0; part < Parts; part++)
                sum += counts.Parts[(bin * Parts) + part];
            counts.Totals[bin] = sum;
        }

        Group.Barrier();
    }

    /// <summary>Finds the next four bits of both ranks, identically in every thread.</summary>
    public static Selection Resolve(SelectionCounts counts, Selection selection, int pass)
    {
        int upperBins = selection.UpperBits == selection.LowerBits ? 0 : Digits;
        Place lower = Find(counts.Totals, 0, selection.LowerRank), upper = Find(counts.Totals, upperBins, selection.UpperRank);
        selection.LowerBits |= lower.Digit << Shift(pass);
        selection.UpperBits |= upper.Digit << Shift(pass);
        selection.LowerRank = lower.Rank;
        selection.UpperRank = upper.Rank;
        Group.Barrier();
        return selection;
    }

    /// <summary>h = median^2 factor, by the rule; 1 if the median is 0.</summary>
    public static float Bandwidth(BandwidthArguments g, Selection selection)
    {
        float lower = g.LowerRank < 0 ? 0f : Interop.IntAsFloat((uint)selection.LowerBits);
        float upper = g.UpperRank < 0 ? 0f : Interop.IntAsFloat((uint)selection.UpperBits);
        float middle = lower;
        if (lower != upper)
        {
            float root = 0.5f * (XMath.Sqrt(lower) + XMath.Sqrt(upper));
            middle = g.AverageRoots != 0 ? root * root : 0.5f * (lower + upper);
        }

        float h = middle * g.Factor;
        return h == 0f ? 1f : h;
    }

    private static int Shift(int pass) => DigitBits * (Passes - 1 - pass);

    private static Place Find(ArrayView<int> totals, int firstBin, int rank)
    {
        int digit = 0;
        while (digit < Digits - 1 && rank >= totals[firstBin + digit])
        {
            rank -= totals[firstBin + digit];
            digit++;
        }

        Place place = default;
        place.Digit = digit;
        place.Rank = rank;
        return place;
    }

    private struct Place
    {
        public int Digit;
        public int Rank;
    }
}

/// <summary>Shared memory of <see cref="MedianSelection"/>: Columns [Bins, threads], Parts [Bins, parts], Totals [Bins].</summary>
internal struct SelectionCounts
{
    public ArrayView<int> Columns;
    public ArrayView<int> Parts;
    public ArrayView<int> Totals;
}

/// <summary>Leading bits of the two elements, and their ranks among the elements with these bits.</summary>
internal struct Selection
{
    public int LowerBits;
    public int UpperBits;
    public int LowerRank;
    public int UpperRank;
}

/// <summary>Arguments of the three kernels of the bandwidth.</summary>
/// <remarks>
/// Distances: squared, [S, S]; only those above the diagonal are read. Bandwidth: h, [1]. Counts: [<see cref="MedianSelection.Passes"/>, CountGroups,
/// <see cref="MedianSelection.Bins"/>]. Selections: before each pass. LowerRank, UpperRank: of the two elements above the diagonal to average, from 0;
/// below 0, the element is 0. AverageRoots: 1 to average the distances and square, 0 to average the squared distances.
/// </remarks>
internal struct BandwidthArguments
{
    public ArrayView<float> Distances;
    public ArrayView<float> Bandwidth;
    public ArrayView<int> Counts;
    public ArrayView<Selection> Selections;
    public int ParticleCount;
    public int LowerRank;
    public int UpperRank;
    public int AverageRoots;
    public float Factor;
    public int CountGroups;
    public int Pass;
}
