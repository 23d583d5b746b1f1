namespace IlgpuBnn.Reporting;

/// <summary>An axis, or the colour scale of a heat map.</summary>
/// <param name="Title">The quantity, with its unit if any.</param>
public sealed record ChartAxis(string Title)
{
    /// <summary>Whether it is logarithmic; every value must then be above 0. Default false.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Lower limit, at which marks are clipped. Null (default) for just below the smallest value.</summary>
    public double? From { get; init; }

    /// <summary>Upper limit, at which marks are clipped. Null (default) for just above the largest value.</summary>
    public double? To { get; init; }

    internal void Validate()
    {
        if (!(double.IsFinite(From ?? 0) && double.IsFinite(To ?? 0)) || From >= To)
        {
            throw new ArgumentException($"Axis \"{Title}\" runs from {From} to {To}. Give finite limits, the smaller one first.");
        }

        if (Logarithmic && (From <= 0 || To <= 0))
        {
            throw new ArgumentException($"Axis \"{Title}\" is logarithmic and runs from {From} to {To}. Give limits above 0, or make it linear.");
        }
    }

    /// <exception cref="ArgumentException">A value is infinite, or not above 0 on a logarithmic axis. NaN (missing) is allowed.</exception>
    internal void Require(string name, IReadOnlyList<double> values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (double.IsInfinity(values[i]))
            {
                throw new ArgumentException($"\"{name}\", value {i + 1} on axis \"{Title}\" is infinite. Use NaN for a missing value.");
            }

            if (Logarithmic && values[i] <= 0)
            {
                throw new ArgumentException(
                    $"\"{name}\", value {i + 1} on axis \"{Title}\" is {values[i]}, and the axis is logarithmic. Make it linear, or use NaN to omit the value.");
            }
        }
    }
}
