using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>What the times of series are.</summary>
public enum SeriesTimeUnit
{
    /// <summary>Numbers, in a unit of the table's own.</summary>
    Numbers,

    /// <summary>Dates, with a time of day or without.</summary>
    Days,

    /// <summary>Dates on the same day of their months.</summary>
    Months,
}

/// <summary>The time from one step of a series to the next.</summary>
/// <param name="Unit">What the times are.</param>
/// <param name="Length">In that unit; above 0.</param>
public sealed record SeriesStep(SeriesTimeUnit Unit, double Length)
{
    /// <summary>E.g. <c>1 day</c>, <c>30 minutes</c>; of numbers the number alone.</summary>
    public override string ToString()
    {
        (double count, string unit) = Unit switch
        {
            SeriesTimeUnit.Months => (Length, "month"),
            SeriesTimeUnit.Days when Length * 24 < 0.9999 => (Length * 24 * 60, "minute"),
            SeriesTimeUnit.Days when Length < 0.9999 => (Length * 24, "hour"),
            SeriesTimeUnit.Days => (Length, "day"),
            _ => (Length, ""),
        };
        string number = count.ToString("G6", CultureInfo.InvariantCulture);
        return unit.Length == 0 ? number : number == "1" ? $"1 {unit}" : $"{number} {unit}s";
    }
}
