using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>Observed coverage of predictive intervals against their level.</summary>
public static class CalibrationChart
{
    private const double BandLevel = 0.95;

    /// <summary>Draws a line per series, the diagonal of perfect calibration, and its sampling band.</summary>
    /// <param name="nominalLevels">Levels of the intervals, in [0, 1], rising.</param>
    /// <param name="series">A name, and the observed coverage per level; NaN where it is undefined.</param>
    /// <param name="observations">
    /// Independent observations: a grey band then contains 95 % of the coverages of a perfectly calibrated model. Null (default) for no band.
    /// </param>
    /// <exception cref="ArgumentException">The number of observations is below 1.</exception>
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
            marks.Insert(0, new Band($"sampling error of {count} rows (95 %)", nominalLevels, lower, upper));
        }

        marks.AddRange(series.Select(one => new Line(one.Name, nominalLevels, one.ObservedShares)));
        return new Chart(title, Fraction("level of the interval"), Fraction("fraction of observed values inside"), marks) { Height = 460 };
    }

    /// <summary>Central 95 % of binomial fractions.</summary>
    internal static (double Lower, double Upper) Chance(double probability, int count)
    {
        (int lower, int upper) = Binomials.CentralRange(probability, count, BandLevel);
        return ((double)lower / count, (double)upper / count);
    }

    private static ChartAxis Fraction(string title) => new(title) { From = 0, To = 1 };
}
