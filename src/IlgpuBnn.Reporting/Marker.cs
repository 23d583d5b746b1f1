namespace IlgpuBnn.Reporting;

/// <summary>The shape of a point. All points of a series are one SVG path, to keep files small.</summary>
/// <param name="Outline">Path commands relative to the centre.</param>
internal sealed record Marker(string Outline, bool Filled)
{
    public static readonly Marker Dot = new("h0", true);
    public static readonly Marker OpenCircle = new("m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", false);
    public static readonly Marker OpenSquare = new("m-2.8-2.8h5.6v5.6h-5.6z", false);
    public static readonly Marker Triangle = new("m0-3.8l3.6 6.4h-7.2z", true);
    public static readonly Marker OpenDiamond = new("m0-4l4 4l-4 4l-4-4z", false);
    public static readonly Marker Cross = new("m-3-3l6 6m0-6l-6 6", false);

    /// <param name="points">Pixels.</param>
    public void Draw(ChartCanvas canvas, IEnumerable<(double X, double Y)> points, string colour, double radius = ChartStyle.MarkerRadius)
    {
        string path = string.Concat(points.Select(point => ChartCanvas.MoveTo(point.X, point.Y) + Outline));
        if (path.Length == 0)
        {
            return;
        }

        // A line of length 0 with round caps is a dot.
        if (this == Dot)
        {
            canvas.Path(path, colour, 2 * radius, roundCaps: true, kind: "markers");
        }
        else
        {
            canvas.Path(path, colour, 1.3, fill: Filled ? colour : this == Cross ? "none" : "white", kind: "markers");
        }
    }
}
