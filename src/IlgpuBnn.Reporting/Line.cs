namespace IlgpuBnn.Reporting;

/// <summary>Points joined by a line, optionally with a band.</summary>
/// <param name="X">NaN is a gap.</param>
/// <param name="Y">As many as <paramref name="X"/>; NaN is a gap.</param>
public sealed record Line(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y) : Mark(Name)
{
    // More would hide the line.
    private const int MaxMarkers = 16;

    /// <summary>Lower edge of the band, such as a quartile; as many as <see cref="X"/>. Null (default) for no band.</summary>
    public IReadOnlyList<double>? Lower { get; init; }

    /// <summary>Upper edge of the band; with <see cref="Lower"/>.</summary>
    public IReadOnlyList<double>? Upper { get; init; }

    /// <summary>Whether points have markers; if there are many, some of them. Default true.</summary>
    public bool Markers { get; init; } = true;

    internal override IEnumerable<(IReadOnlyList<double> Values, bool AlongX)> Columns =>
        Lower is null && Upper is null ? [(X, true), (Y, false)] : [(X, true), (Y, false), (Lower ?? [], false), (Upper ?? [], false)];

    internal override void DrawBehind(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
        if (Lower is not null && Upper is not null)
        {
            DrawBand(canvas, x, y, X, Lower, Upper, style.Colour, style.Dash ?? "none");
        }

        foreach ((int first, int end) in Stretches(X.Count, IsPresent))
        {
            // A single point is drawn as a dot.
            IEnumerable<string> points = Enumerable.Range(first, end - first).Select(i => ChartCanvas.LineTo(x.Pixels(X[i]), y.Pixels(Y[i])));
            canvas.Path($"M{string.Concat(points)[1..]}{(end == first + 1 ? "h0" : "")}", style.Colour, ChartStyle.LineWidth, style.Dash,
                roundCaps: end == first + 1, kind: "line");
        }
    }

    internal override void DrawInFront(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
        int every = (X.Count + MaxMarkers - 1) / MaxMarkers;
        IEnumerable<int> marked = Enumerable.Range(0, X.Count)
            .Where(i => Markers && i % every == 0 && IsPresent(i) && x.Contains(X[i]) && y.Contains(Y[i]));
        style.Marker.Draw(canvas, marked.Select(i => (x.Pixels(X[i]), y.Pixels(Y[i]))), style.Colour);
    }

    internal override void DrawKey(ChartCanvas canvas, double x, double y, SeriesStyle style)
    {
        if (Lower is not null)
        {
            DrawBandKey(canvas, x, y, style.Colour);
        }

        canvas.Path($"{ChartCanvas.MoveTo(x, y)}h{ChartStyle.LegendKey}", style.Colour, ChartStyle.LineWidth, style.Dash);
        if (Markers)
        {
            style.Marker.Draw(canvas, [(x + (ChartStyle.LegendKey / 2), y)], style.Colour);
        }
    }

    private bool IsPresent(int i) => double.IsFinite(X[i]) && double.IsFinite(Y[i]);
}
