namespace IlgpuBnn.Reporting;

/// <summary>A thin dashed reference line: vertical, horizontal or, with neither x nor y, the diagonal.</summary>
/// <remarks>The diagonal needs two linear or two logarithmic axes.</remarks>
public sealed record Guide(string Name) : Mark(Name)
{
    private const string Dash = "4 3";

    /// <summary>Position of a vertical line.</summary>
    public double? X { get; init; }

    /// <summary>Position of a horizontal line.</summary>
    public double? Y { get; init; }

    internal override bool IsSeries => false;

    internal override IEnumerable<(IReadOnlyList<double> Values, bool AlongX)> Columns =>
        [([X ?? double.NaN], true), ([Y ?? double.NaN], false)];

    internal override void DrawBehind(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style)
    {
        if (X is { } upright)
        {
            Draw(upright, y.From, upright, y.To);
        }

        if (Y is { } level)
        {
            Draw(x.From, level, x.To, level);
        }

        double from = Math.Max(x.From, y.From), to = Math.Min(x.To, y.To);
        if (X is null && Y is null && from < to)
        {
            Draw(from, from, to, to);
        }

        void Draw(double x1, double y1, double x2, double y2) => canvas.Path(
            ChartCanvas.MoveTo(x.Pixels(x1), y.Pixels(y1)) + ChartCanvas.LineTo(x.Pixels(x2), y.Pixels(y2)),
            ChartStyle.Guide, 1.2, Dash, kind: "guide");
    }

    internal override void DrawKey(ChartCanvas canvas, double x, double y, SeriesStyle style) =>
        canvas.Path($"{ChartCanvas.MoveTo(x, y)}h{ChartStyle.LegendKey}", ChartStyle.Guide, 1.2, Dash);
}
