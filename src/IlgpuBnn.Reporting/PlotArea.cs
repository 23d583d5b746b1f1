namespace IlgpuBnn.Reporting;

/// <summary>A frame with its axes, as large as their labels allow.</summary>
internal sealed record PlotArea(double Left, double Top, double Right, double Bottom, Axis X, Axis Y, string XTitle, string YTitle)
{
    private const double TickLength = 4;

    /// <summary>Fits frame, labels and titles between <paramref name="top"/>, <paramref name="width"/> and <paramref name="height"/>.</summary>
    public static PlotArea Fit(
        ChartAxis x, IEnumerable<double> xValues, ChartAxis y, IEnumerable<double> yValues, double top, double width, double height)
    {
        double bottom = height - ChartStyle.Margin - LabelHeight - (x.Title.Length > 0 ? ChartStyle.TextSize + ChartStyle.Gap : 0);
        var up = new Axis(y, yValues, bottom, top);
        double left = ChartStyle.Margin + LabelWidth(up) + (y.Title.Length > 0 ? ChartStyle.TextSize + ChartStyle.Gap : 0);

        // Half of the last label extends beyond the frame, on whose width it depends.
        double right = width - ChartStyle.Margin;
        var across = new Axis(x, xValues, left, right);
        if (across.Ticks.Count > 0)
        {
            (double value, string label) = across.Ticks[^1];
            double beyond = across.Pixels(value) + (ChartStyle.TextWidth(label, ChartStyle.TickSize) / 2) - right;
            right -= Math.Max(0, beyond);
            across = new Axis(x, xValues, left, right);
        }

        return new PlotArea(left, top, right, bottom, across, up, x.Title, y.Title);
    }

    public static double LabelHeight => TickLength + 3 + ChartStyle.TickSize;

    /// <summary>Width of ticks and labels of a vertical axis.</summary>
    public static double LabelWidth(Axis axis) =>
        TickLength + 4 + axis.Ticks.Select(tick => ChartStyle.TextWidth(tick.Label, ChartStyle.TickSize)).DefaultIfEmpty(0).Max();

    public void DrawGrid(ChartCanvas canvas)
    {
        string up = string.Concat(X.Ticks.Select(tick => $"{ChartCanvas.MoveTo(X.Pixels(tick.Value), Top)}V{ChartCanvas.Number(Bottom)}"));
        string across = string.Concat(Y.Ticks.Select(tick => $"{ChartCanvas.MoveTo(Left, Y.Pixels(tick.Value))}H{ChartCanvas.Number(Right)}"));
        canvas.Path(up + across, ChartStyle.Grid, 1);
    }

    public void DrawFrame(ChartCanvas canvas)
    {
        canvas.Rectangle(Left, Top, Right - Left, Bottom - Top, "none", ChartStyle.Frame, kind: "frame");
        string below = Marks(X, (at, length) => $"{ChartCanvas.MoveTo(at, Bottom)}v{length}");
        string beside = Marks(Y, (at, length) => $"{ChartCanvas.MoveTo(Left, at)}h-{length}");
        canvas.Path(below + beside, ChartStyle.Frame, 1);
        foreach ((double value, string label) in X.Ticks)
        {
            canvas.Text(X.Pixels(value), Bottom + LabelHeight - 1, label, "middle", ChartStyle.TickSize);
        }

        foreach ((double value, string label) in Y.Ticks)
        {
            canvas.Text(Left - TickLength - 4, Y.Pixels(value) + (ChartStyle.TickSize * 0.35), label, "end", ChartStyle.TickSize);
        }

        DrawTitles(canvas, (Left + Right) / 2, Bottom + LabelHeight + ChartStyle.TextSize + 4, (Top + Bottom) / 2);
    }

    private void DrawTitles(ChartCanvas canvas, double middleX, double titleY, double middleY)
    {
        if (XTitle.Length > 0)
        {
            canvas.Text(middleX, titleY, ChartStyle.Fit(XTitle, Right - Left, ChartStyle.TextSize), "middle");
        }

        if (YTitle.Length > 0)
        {
            double x = ChartStyle.Margin + ChartStyle.TextSize - 3;
            canvas.Text(x, middleY, ChartStyle.Fit(YTitle, Bottom - Top, ChartStyle.TextSize), "middle", degrees: -90);
        }
    }

    private static string Marks(Axis axis, Func<double, string, string> mark) => string.Concat(
        axis.Ticks.Select(tick => mark(axis.Pixels(tick.Value), ChartCanvas.Number(TickLength)))
            .Concat(axis.MinorTicks.Select(value => mark(axis.Pixels(value), ChartCanvas.Number(TickLength / 2)))));
}
