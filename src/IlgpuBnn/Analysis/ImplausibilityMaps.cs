namespace IlgpuBnn.Analysis;

/// <summary>Two inputs: least implausibility over the others, and the share of the others that remains (optical depth), in bins.</summary>
/// <param name="First">Index of the one input.</param>
/// <param name="Second">Index of the other.</param>
/// <param name="Least">[bin of the first, bin of the second]; NaN where no point fell.</param>
/// <param name="Depth">[bin of the first, bin of the second]: from 0 to 1; NaN where no point fell.</param>
public sealed record ImplausibilityMap(int First, int Second, double[,] Least, double[,] Depth);

/// <summary>Where implausibility is low, input by input and pair by pair.</summary>
public sealed class ImplausibilityMaps
{
    /// <summary>Bins of each input.</summary>
    public const int Bins = 30;

    // Of distributions without ends.
    private const double Tail = 0.005;

    private ImplausibilityMaps(IReadOnlyList<(double Low, double High)> ranges, IReadOnlyList<double[]> depths, IReadOnlyList<ImplausibilityMap> pairs) =>
        (Ranges, Depths, Pairs) = (ranges, depths, pairs);

    /// <summary>[input]: what its bins cover, raw units; values beyond are in the outermost.</summary>
    public IReadOnlyList<(double Low, double High)> Ranges { get; }

    /// <summary>[input][bin]: share of the other inputs that remains; NaN where no point fell.</summary>
    public IReadOnlyList<double[]> Depths { get; }

    /// <summary>Of all pairs of inputs that vary.</summary>
    public IReadOnlyList<ImplausibilityMap> Pairs { get; }

    /// <param name="all">Points of the whole distributions.</param>
    /// <param name="remaining">Points that remain, evenly drawn.</param>
    /// <param name="volume">Share of the distributions that they stand for.</param>
    internal static ImplausibilityMaps Of(InputDistributions inputs, ImplausiblePoints all, ImplausiblePoints remaining, double volume)
    {
        (double Low, double High)[] ranges = [.. inputs.Distributions.Select(RangeOf)];
        int[][] binsOfAll = BinsOf(inputs, all, ranges), binsOfRemaining = BinsOf(inputs, remaining, ranges);
        IReadOnlyList<int> free = inputs.Free;
        double[][] depths = [.. inputs.Names.Select((_, i) => Depth(binsOfAll[i], binsOfRemaining[i], Bins, volume))];
        var pairs = new ImplausibilityMap[free.Count * (free.Count - 1) / 2];
        Parallel.For(1, free.Count, a =>
        {
            for (int b = 0; b < a; b++)
            {
                int[] whole = Joined(binsOfAll[free[a]], binsOfAll[free[b]]), left = Joined(binsOfRemaining[free[a]], binsOfRemaining[free[b]]);
                double[] least = [.. Enumerable.Repeat(double.NaN, Bins * Bins)];
                TakeLeast(least, whole, all.Values);
                TakeLeast(least, left, remaining.Values);
                pairs[(a * (a - 1) / 2) + b] = new ImplausibilityMap(free[a], free[b], Square(least), Square(Depth(whole, left, Bins * Bins, volume)));
            }
        });
        return new ImplausibilityMaps(ranges, depths, pairs);
    }

    private static (double Low, double High) RangeOf(InputDistribution distribution)
    {
        (double low, double high) = (distribution.Quantile(0), distribution.Quantile(1));
        low = double.IsFinite(low) ? low : distribution.Quantile(Tail);
        high = double.IsFinite(high) ? high : distribution.Quantile(1 - Tail);
        return low < high ? (low, high) : (low - 0.5, low + 0.5);
    }

    /// <summary>[input][point].</summary>
    private static int[][] BinsOf(InputDistributions inputs, ImplausiblePoints points, (double Low, double High)[] ranges)
    {
        double[,] values = inputs.At(points.Points);
        return
        [
            .. ranges.Select((range, i) => Enumerable.Range(0, points.Count)
                .Select(n => (int)Math.Clamp((values[n, i] - range.Low) / (range.High - range.Low) * Bins, 0, Bins - 1)).ToArray()),
        ];
    }

    private static int[] Joined(int[] first, int[] second) => [.. first.Zip(second, (a, b) => (a * Bins) + b)];

    private static double[] Depth(int[] all, int[] remaining, int bins, double volume)
    {
        double[] whole = new double[bins], left = new double[bins];
        foreach (int bin in all)
        {
            whole[bin] += 1.0 / all.Length;
        }

        foreach (int bin in remaining)
        {
            left[bin] += volume / remaining.Length;
        }

        return [.. whole.Zip(left, (one, other) => one > 0 ? Math.Min(1, other / one) : double.NaN)];
    }

    private static void TakeLeast(double[] least, int[] bins, double[] values)
    {
        for (int n = 0; n < bins.Length; n++)
        {
            ref double own = ref least[bins[n]];
            own = own <= values[n] ? own : values[n];
        }
    }

    private static double[,] Square(double[] values)
    {
        var square = new double[Bins, Bins];
        Buffer.BlockCopy(values, 0, square, 0, Buffer.ByteLength(values));
        return square;
    }
}
