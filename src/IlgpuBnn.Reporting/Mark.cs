namespace IlgpuBnn.Reporting;

/// <summary>Data in a chart.</summary>
/// <param name="Name">For the legend; empty to leave it out.</param>
public abstract record Mark(string Name)
{
    /// <summary>Colour, dashes and marker, by number from 0. Null (default): the position among the chart's series.</summary>
    /// <remarks>Give it where a method must look the same in several charts.</remarks>
    public int? Style { get; init; }

    /// <summary>Whether it takes one of the series' looks.</summary>
    internal virtual bool IsSeries => true;

    /// <summary>Whether there is anything to see: x and y, the first two columns.</summary>
    internal bool HasValues => Columns.Take(2).All(column => column.Values.Any(double.IsFinite));

    /// <summary>Numbers that must be as many as each other, each along one of the axes.</summary>
    internal abstract IEnumerable<(IReadOnlyList<double> Values, bool AlongX)> Columns { get; }

    /// <summary>Lines and areas, which are cut off at the frame.</summary>
    internal virtual void DrawBehind(SvgWriter svg, Axis x, Axis y, SeriesStyle style)
    {
    }

    /// <summary>Markers, which may lie across the frame.</summary>
    internal virtual void DrawInFront(SvgWriter svg, Axis x, Axis y, SeriesStyle style)
    {
    }

    /// <summary>The sign in the legend, as wide as <see cref="ChartStyle.LegendKey"/>, about the height y.</summary>
    internal abstract void DrawKey(SvgWriter svg, double x, double y, SeriesStyle style);

    /// <summary>First and past-last indices of stretches without a gap.</summary>
    private protected static IEnumerable<(int First, int End)> Stretches(int count, Func<int, bool> isPresent)
    {
        for (int i = 0; i < count; i++)
        {
            if (!isPresent(i))
            {
                continue;
            }

            int first = i;
            while (i < count && isPresent(i))
            {
                i++;
            }

            yield return (first, i);
        }
    }

    /// <summary>The area between two lines.</summary>
    private protected static void DrawBand(
        SvgWriter svg, Axis x, Axis y, IReadOnlyList<double> across, IReadOnlyList<double> lower, IReadOnlyList<double> upper,
        string colour, string? edges = null)
    {
        foreach ((int first, int end) in Stretches(
            across.Count, i => double.IsFinite(across[i]) && double.IsFinite(lower[i]) && double.IsFinite(upper[i])))
        {
            IEnumerable<string> there = Enumerable.Range(first, end - first)
                .Select(i => SvgWriter.LineTo(x.Pixels(across[i]), y.Pixels(lower[i])));
            IEnumerable<string> back = Enumerable.Range(first, end - first).Reverse()
                .Select(i => SvgWriter.LineTo(x.Pixels(across[i]), y.Pixels(upper[i])));
            string commands = $"M{string.Concat(there.Concat(back))[1..]}Z";
            svg.Path(commands, edges is null ? "none" : colour, 0.6, edges, colour, opacity: ChartStyle.BandOpacity, kind: "band");
        }
    }
}
