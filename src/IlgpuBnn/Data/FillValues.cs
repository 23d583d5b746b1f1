using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>A value that repeats far from all others of its column, as programs write it for a missing one.</summary>
internal sealed record FillValue(string Column, double Value, IReadOnlyList<int> Lines)
{
    private const int MaxLinesListed = 5;

    public string Warning(string sourceName)
    {
        string value = Value.ToString("R", CultureInfo.InvariantCulture);
        string lines = string.Join(", ", Lines.Take(MaxLinesListed)) + (Lines.Count > MaxLinesListed ? ", ..." : "");
        string where = Lines.Count == 1 ? $"in 1 row ({lines})" : $"in {Lines.Count} rows ({lines})";
        return $"{sourceName}: {Column} is {value} {where}, far from its other values, as if that stood for a missing one. It is taken as a number; "
            + $"--missing {value} makes such cells missing.";
    }
}

/// <summary>Finds fill values: known codes of missing values, and others that repeat, far outside the range of the rest.</summary>
internal static class FillValues
{
    // NetCDF's, those of climate models, of GIS programs and whole-number types.
    private static readonly double[] s_codes =
    [
        1e20, 1e30, 1e31, 1e34, 1e35, 1e36, 9.969209968386869e36, 99, 999, 9999, 99999, 999999, 99.99, 999.9, 999.99, 9999.9, 9999.99, 32767, 65535, 2147483647, 3.4028234663852886e38,
        1.7976931348623157e308, 32768, 2147483648,
    ];

    // In ranges of the other values.
    private const double FarOfCode = 1, FarOfOther = 20;

    private const int FewestOthers = 5;

    /// <param name="columns">Name and values of each, NaN where missing.</param>
    /// <param name="line">Line of a row.</param>
    public static IEnumerable<FillValue> Find(IEnumerable<(string Name, double[] Values)> columns, Func<int, int> line)
    {
        foreach ((string name, double[] values) in columns)
        {
            double[] sorted = [.. values.Where(value => !double.IsNaN(value)).Order()];
            (int first, int end) = (0, sorted.Length);
            while (Outermost(sorted, ref first, ref end) is { } value)
            {
                yield return new FillValue(name, value, [.. values.Index().Where(own => MissingValues.AreSame(own.Item, value)).Select(own => line(own.Index))]);
            }
        }
    }

    /// <summary>Takes a fill value off one of the ends; null if neither has one.</summary>
    private static double? Outermost(double[] sorted, ref int first, ref int end)
    {
        if (end - first <= FewestOthers)
        {
            return null;
        }

        (double smallest, double largest) = (sorted[first], sorted[end - 1]);
        int low = first, high = end;
        while (low < end && MissingValues.AreSame(sorted[low], smallest))
        {
            low++;
        }

        while (high > first && MissingValues.AreSame(sorted[high - 1], largest))
        {
            high--;
        }

        if (IsFill(largest, end - high, sorted.AsSpan(first, high - first)))
        {
            end = high;
            return largest;
        }

        if (IsFill(smallest, low - first, sorted.AsSpan(low, end - low)))
        {
            first = low;
            return smallest;
        }

        return null;
    }

    /// <param name="others">Sorted.</param>
    private static bool IsFill(double value, int count, ReadOnlySpan<double> others)
    {
        if (others.Length < FewestOthers)
        {
            return false;
        }

        // The ranges of numbers near the largest overflow.
        double range = (others[^1] / 2) - (others[0] / 2), distance = value > others[^1] ? (value / 2) - (others[^1] / 2) : (others[0] / 2) - (value / 2);
        bool isCode = Array.Exists(s_codes, code => MissingValues.AreSame(code, Math.Abs(value)));
        return range > 0 && (isCode ? distance > FarOfCode * range : count > 1 && distance > FarOfOther * range && Distinct(others) >= FewestOthers);
    }

    private static int Distinct(ReadOnlySpan<double> sorted)
    {
        int count = 1;
        for (int i = 1; i < sorted.Length; i++)
        {
            count += sorted[i] != sorted[i - 1] ? 1 : 0;
        }

        return count;
    }
}
