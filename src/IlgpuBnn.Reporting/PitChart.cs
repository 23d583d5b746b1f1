using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>How often observed values fell into equally likely parts of what was predicted for them.</summary>
public static class PitChart
{
    /// <summary>Draws a bar per bin, what uniformity expects, and how far chance alone leads away from it.</summary>
    /// <param name="title">May be empty.</param>
    /// <param name="histogram">Of at least one value.</param>
    public static Chart Create(string title, PitHistogram histogram)
    {
        int bins = histogram.Counts.Count;
        double[] left = Edges(0), right = Edges(1);
        (double lower, double upper) = histogram.Band;
        double expected = (double)histogram.Count / bins;

        // Both ends of the axis are given, so that the band reaches them and bars stand on it.
        double top = 1.08 * Math.Max(upper, histogram.Counts.Max());
        return new Chart(
            title, new ChartAxis("probability of values up to the observed one") { From = 0, To = 1 }, new ChartAxis("observed values") { From = 0, To = top },
            [
                new Bars("observed values", left, [.. histogram.Counts.Select(count => (double)count)], right) { Style = 0 },
                new Band("chance alone, per bin (95 %)", [0, 1], [lower, lower], [upper, upper]),
                new Guide("calibrated") { Y = expected },
            ]);

        double[] Edges(int first) => [.. Enumerable.Range(first, bins).Select(bin => (double)bin / bins)];
    }
}
