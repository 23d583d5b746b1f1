using System.Globalization;

namespace IlgpuBnn.Reporting;

/// <summary>A linear axis: from values to pixels, with round tick marks.</summary>
internal sealed class Axis
{
    private const int WantedTicks = 4;

    private readonly double _pixelsFrom;
    private readonly double _pixelsTo;

    /// <summary>Covers all values with a little room; a single value gets room on both sides.</summary>
    public Axis(IEnumerable<double> values, double pixelsFrom, double pixelsTo)
    {
        (_pixelsFrom, _pixelsTo) = (pixelsFrom, pixelsTo);
        double[] finite = [.. values.Where(double.IsFinite)];
        (double smallest, double largest) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        double room = largest > smallest ? 0.04 * (largest - smallest) : Math.Max(Math.Abs(largest) * 0.1, 0.5);
        (From, To) = (smallest - room, largest + room);

        // 1, 2 or 5 times a power of ten.
        double rough = (To - From) / WantedTicks, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        Step = power * (rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
    }

    public double From { get; }

    public double To { get; }

    public double Step { get; }

    public double Pixels(double value) => _pixelsFrom + ((value - From) / (To - From) * (_pixelsTo - _pixelsFrom));

    /// <summary>Multiples of the step inside the axis, and their labels.</summary>
    public IEnumerable<(double Value, string Label)> Ticks()
    {
        int decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(Step)));
        for (double tick = Math.Ceiling(From / Step); tick * Step <= To; tick++)
        {
            // Adding 0 turns -0 into 0.
            double value = (tick * Step) + 0.0;
            yield return (value, decimals <= 6 && Math.Abs(value) < 1e7
                ? value.ToString("F" + decimals, CultureInfo.InvariantCulture)
                : value.ToString("0.##E+0", CultureInfo.InvariantCulture));
        }
    }
}
