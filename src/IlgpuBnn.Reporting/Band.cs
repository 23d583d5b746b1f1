namespace IlgpuBnn.Reporting;

/// <summary>A grey area between two lines, for comparison.</summary>
/// <param name="Lower">As many as <paramref name="X"/>; NaN is a gap.</param>
/// <param name="Upper">As many as <paramref name="X"/>; NaN is a gap.</param>
public sealed record Band(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper) : Mark(Name)
{
    internal override bool IsSeries => false;

    internal override IEnumerable<(IReadOnlyList<double> Values, bool AlongX)> Columns => [(X, true), (Lower, false), (Upper, false)];

    internal override void DrawBehind(ChartCanvas canvas, Axis x, Axis y, SeriesStyle style) =>
        DrawBand(canvas, x, y, X, Lower, Upper, ChartStyle.Ink);

    internal override void DrawKey(ChartCanvas canvas, double x, double y, SeriesStyle style) => DrawBandKey(canvas, x, y, ChartStyle.Ink);
}
