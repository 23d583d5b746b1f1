namespace IlgpuBnn.Reporting;

/// <summary>Data in a chart.</summary>
/// <param name="Name">For the legend; empty to omit it there.</param>
public abstract record Mark(string Name)
{
    /// <summary>Colour, dashes and marker, by number from 0, to look the same in several charts. Null (default): the index among the chart's series.</summary>
    public int? Style { get; init; }

    /// <summary>Whether it has a style of its own.</summary>
    internal virtual bool IsSeries => true;

    /// <summary>Whether x and y, the first two columns, have values.</summary>
    internal bool HasValues => Columns.Take(2).All(column => column.Values.Any(double.IsFinite));

    /// <summary>Values of equal number, each along one of the axes.</summary>
    internal abstract IEnumerable<(IReadOnlyList<double> Values, bool AlongX)> Columns { get; }

    /// <summary>Draws lines and areas, which are clipped at the frame.</summary>
    internal virtual void DrawBehind(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
    }

    /// <summary>Draws markers, which may overlap the frame.</summary>
    internal virtual void DrawInFront(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
    }

    /// <summary>Draws the key in the legend, <see cref="ChartStyle.LegendKey"/> wide, centred at height y.</summary>
    internal abstract void DrawKey(ChartCanvas canvas, double x, double y, SeriesStyle style);

    private protected static void DrawBandKey(ChartCanvas canvas, double x, double y, string colour) => canvas.Path(
        $"{ChartCanvas.MoveTo(x, y - 6)}h{ChartStyle.LegendKey}v12h-{ChartStyle.LegendKey}z", "none", 0, fill: colour, opacity: ChartStyle.BandOpacity);

    /// <summary>Index ranges [First, End) without gaps.</summary>
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
        ChartCanvas canvas, Axis x, Axis y, IReadOnlyList<double> across, IReadOnlyList<double> lower, IReadOnlyList<double> upper,
        string colour, string? edges = null)
    {
        foreach ((int first, int end) in Stretches(
            across.Count, i => double.IsFinite(across[i]) && double.IsFinite(lower[i]) && double.IsFinite(upper[i])))
        {
            IEnumerable<string> there = Enumerable.Range(first, end - first)
                .Select(i => ChartCanvas.LineTo(x.Pixels(across[i]), y.Pixels(lower[i])));
            IEnumerable<string> back = Enumerable.Range(first, end - first).Reverse()
                .Select(i => ChartCanvas.LineTo(x.Pixels(across[i]), y.Pixels(upper[i])));
            string commands = $"M{string.Concat(there.Concat(back))[1..]}Z";
            canvas.Path(commands, edges is null ? "none" : colour, 0.6, edges, colour, opacity: ChartStyle.BandOpacity, kind: "band");
        }
    }
}
