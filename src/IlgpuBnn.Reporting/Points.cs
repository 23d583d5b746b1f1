namespace IlgpuBnn.Reporting;

/// <summary>Points, optionally with bars for their intervals.</summary>
/// <param name="X">A point with NaN is not drawn.</param>
/// <param name="Y">As many as <paramref name="X"/>.</param>
public sealed record Points(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y) : Mark(Name)
{
    /// <summary>Left bounds of horizontal bars; as many as <see cref="X"/>, NaN for no bar. Null (default) for no bars.</summary>
    public IReadOnlyList<double>? XLower { get; init; }

    /// <summary>Right bounds of horizontal bars; with <see cref="XLower"/>.</summary>
    public IReadOnlyList<double>? XUpper { get; init; }

    /// <summary>Lower bounds of vertical bars; as many as <see cref="X"/>, NaN for no bar. Null (default) for no bars.</summary>
    public IReadOnlyList<double>? YLower { get; init; }

    /// <summary>Upper bounds of vertical bars; with <see cref="YLower"/>.</summary>
    public IReadOnlyList<double>? YUpper { get; init; }

    /// <summary>Radius of a dot in pixels. Default 2.2.</summary>
    public double Radius { get; init; } = 2.2;

    internal override IEnumerable<(IReadOnlyList<double> Values, bool AlongX)> Columns
    {
        get
        {
            yield return (X, true);
            yield return (Y, false);
            if (XLower is not null || XUpper is not null)
            {
                yield return (XLower ?? [], true);
                yield return (XUpper ?? [], true);
            }

            if (YLower is not null || YUpper is not null)
            {
                yield return (YLower ?? [], false);
                yield return (YUpper ?? [], false);
            }
        }
    }

    internal override void DrawBehind(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
        IEnumerable<string> across = XLower is null || XUpper is null ? [] : Present(XLower, XUpper).Select(i =>
            $"{ChartCanvas.MoveTo(x.Pixels(XLower[i]), y.Pixels(Y[i]))}H{ChartCanvas.Number(x.Pixels(XUpper[i]))}");
        IEnumerable<string> up = YLower is null || YUpper is null ? [] : Present(YLower, YUpper).Select(i =>
            $"{ChartCanvas.MoveTo(x.Pixels(X[i]), y.Pixels(YLower[i]))}V{ChartCanvas.Number(y.Pixels(YUpper[i]))}");
        string bars = string.Concat(across.Concat(up));
        if (bars.Length > 0)
        {
            canvas.Path(bars, style.Colour, ChartStyle.ThinWidth, opacity: ChartStyle.BarOpacity, kind: "bars");
        }
    }

    internal override void DrawInFront(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
        IEnumerable<int> inside = Enumerable.Range(0, X.Count)
            .Where(i => double.IsFinite(X[i]) && double.IsFinite(Y[i]) && x.Contains(X[i]) && y.Contains(Y[i]));
        style.Marker.Draw(canvas, inside.Select(i => (x.Pixels(X[i]), y.Pixels(Y[i]))), style.Colour, Radius);
    }

    internal override void DrawKey(ChartCanvas canvas, double x, double y, SeriesStyle style)
    {
        double middle = x + (ChartStyle.LegendKey / 2);
        if (XLower is not null)
        {
            canvas.Path($"{ChartCanvas.MoveTo(x + 3, y)}h{ChartStyle.LegendKey - 6}", style.Colour, ChartStyle.ThinWidth,
                opacity: ChartStyle.BarOpacity);
        }

        if (YLower is not null)
        {
            canvas.Path($"{ChartCanvas.MoveTo(middle, y - 7)}v14", style.Colour, ChartStyle.ThinWidth, opacity: ChartStyle.BarOpacity);
        }

        style.Marker.Draw(canvas, [(middle, y)], style.Colour, Radius);
    }

    private IEnumerable<int> Present(IReadOnlyList<double> lower, IReadOnlyList<double> upper) => Enumerable.Range(0, X.Count)
        .Where(i => double.IsFinite(X[i]) && double.IsFinite(Y[i]) && double.IsFinite(lower[i]) && double.IsFinite(upper[i]));
}
