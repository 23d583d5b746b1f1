namespace IlgpuBnn.Reporting;

/// <summary>Upright bars from 0, as of a histogram.</summary>
/// <param name="Left">Left edge of each bar.</param>
/// <param name="Heights">As many; NaN for no bar.</param>
/// <param name="Right">Right edges, as many.</param>
public sealed record Bars(string Name, IReadOnlyList<double> Left, IReadOnlyList<double> Heights, IReadOnlyList<double> Right) : Mark(Name)
{
    internal override IEnumerable<(IReadOnlyList<double> Values, bool AlongX)> Columns => [(Left, true), (Heights, false), (Right, true)];

    internal override void DrawBehind(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
        for (int i = 0; i < Left.Count; i++)
        {
            if (double.IsFinite(Left[i]) && double.IsFinite(Right[i]) && double.IsFinite(Heights[i]))
            {
                (double left, double right, double top, double bottom) = (x.Pixels(Left[i]), x.Pixels(Right[i]), y.Pixels(Heights[i]), y.Pixels(0));
                Draw(canvas, left, top, right - left, bottom - top, style.Colour, "bar");
            }
        }
    }

    internal override void DrawKey(ChartCanvas canvas, double x, double y, SeriesStyle style) =>
        Draw(canvas, x, y - 6, ChartStyle.LegendKey, 12, style.Colour, null);

    private static void Draw(ChartCanvas canvas, double left, double top, double width, double height, string colour, string? kind) => canvas.Path(
        $"{ChartCanvas.MoveTo(left, top)}h{ChartCanvas.Number(width)}v{ChartCanvas.Number(height)}h{ChartCanvas.Number(-width)}z", colour, ChartStyle.ThinWidth,
        fill: colour, opacity: ChartStyle.BarOpacity, kind: kind);
}
