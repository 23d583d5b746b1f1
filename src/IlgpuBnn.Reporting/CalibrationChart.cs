using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>The share of observed values inside predictive intervals against the share that the intervals promise.</summary>
public static class CalibrationChart
{
    private const double BandLevel = 0.95;

    /// <summary>Draws a line per series, the diagonal of perfect calibration, and how far chance alone leads away from it.</summary>
    /// <param name="nominalLevels">Levels of the intervals, in [0, 1], rising.</param>
    /// <param name="series">A name, and an observed share per level; NaN where it is not defined.</param>
    /// <param name="observations">
    /// Independent observations behind each share: a grey band then holds 95 % of the shares that a perfectly calibrated model would have.
    /// Null (default) for no band.
    /// </param>
    /// <exception cref="ArgumentException">There are no observations.</exception>
    public static Chart Create(
        string title, IReadOnlyList<double> nominalLevels, IEnumerable<(string Name, IReadOnlyList<double> ObservedShares)> series,
        int? observations = null)
    {
        if (observations < 1)
        {
            throw new ArgumentException(
                $"There are {observations} observations. Give at least 1, or null to draw no band.", nameof(observations));
        }

        List<Mark> marks = [new Guide("perfect")];
        if (observations is { } count)
        {
            (double Lower, double Upper)[] chance = [.. nominalLevels.Select(level => Chance(level, count))];
            double[] lower = [.. chance.Select(range => range.Lower)], upper = [.. chance.Select(range => range.Upper)];
            marks.Insert(0, new Band($"chance alone, {count} rows (95 %)", nominalLevels, lower, upper));
        }

        marks.AddRange(series.Select(one => new Line(one.Name, nominalLevels, one.ObservedShares)));
        return new Chart(title, Share("level of the interval"), Share("share of observed values inside"), marks) { Height = 460 };
    }

    /// <summary>Central 95 % of the binomial shares.</summary>
    internal static (double Lower, double Upper) Chance(double probability, int count)
    {
        (int lower, int upper) = Binomials.CentralRange(probability, count, BandLevel);
        return ((double)lower / count, (double)upper / count);
    }

    private static ChartAxis Share(string title) => new(title) { From = 0, To = 1 };
}
