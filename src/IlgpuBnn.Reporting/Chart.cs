namespace IlgpuBnn.Reporting;

/// <summary>Marks in a frame with two axes and a legend: lines with bands, points with bars, guides.</summary>
/// <remarks>Later marks are drawn over earlier ones. Axes cover all marks.</remarks>
/// <param name="X">The horizontal axis.</param>
/// <param name="Y">The vertical axis.</param>
/// <param name="Marks">At least one.</param>
public sealed record Chart(string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<Mark> Marks) : Figure(Title)
{
    /// <summary>Pixels. Default 480.</summary>
    public double Width { get; init; } = 480;

    /// <summary>Pixels, title and legend included. Default 340.</summary>
    public double Height { get; init; } = 340;

    /// <summary>Whether there is a legend above the frame. Default true.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>Whether both axes cover the same range. Default false.</summary>
    public bool SameRange { get; init; }

    internal override (double Width, double Height) Size => (Width, Height);

    internal IReadOnlyList<(Mark Mark, SeriesStyle Style)> StyledMarks
    {
        get
        {
            int series = 0;
            return [.. Marks.Select(mark => (mark, ChartStyle.Series(mark.Style ?? (mark.IsSeries ? series++ : 0))))];
        }
    }

    internal override void Draw(ChartCanvas canvas)
    {
        Validate();
        double top = ChartStyle.Margin + (Title.Length > 0 ? ChartStyle.TitleSize + ChartStyle.Gap : 0);
        if (Legend)
        {
            var legend = new Legend(StyledMarks, Width - (2 * ChartStyle.Margin));
            legend.Draw(canvas, ChartStyle.Margin, top);
            top += legend.Height + (legend.Height > 0 ? ChartStyle.Gap : 0);
        }

        var plot = PlotArea.Fit(X, ValuesAlong(true), Y, ValuesAlong(false), top, Width, Height);
        DrawTitle(canvas, (plot.Left + plot.Right) / 2);
        plot.DrawGrid(canvas);
        canvas.Clipped(
            plot.Left, plot.Top, plot.Right - plot.Left, plot.Bottom - plot.Top,
            () => ForEach((mark, style) => mark.DrawBehind(canvas, plot.X, plot.Y, style)));
        plot.DrawFrame(canvas);
        ForEach((mark, style) => mark.DrawInFront(canvas, plot.X, plot.Y, style));
    }

    /// <summary>Centred on the frame, or on the whole chart if it is too long.</summary>
    private void DrawTitle(ChartCanvas canvas, double middle)
    {
        double half = ChartStyle.TextWidth(Title, ChartStyle.BoldTitleSize) / 2;
        double x = half <= Math.Min(middle, Width - middle) - ChartStyle.Margin ? middle : Width / 2;
        canvas.Title(x, ChartStyle.Fit(Title, Width - (2 * ChartStyle.Margin), ChartStyle.BoldTitleSize));
    }

    private void ForEach(Action<Mark, SeriesStyle> draw)
    {
        foreach ((Mark mark, SeriesStyle style) in StyledMarks)
        {
            draw(mark, style);
        }
    }

    private IEnumerable<double> ValuesAlong(bool x) => Marks
        .SelectMany(mark => mark.Columns).Where(column => SameRange || column.AlongX == x).SelectMany(column => column.Values);

    private void Validate()
    {
        foreach (Mark mark in Marks)
        {
            int[] lengths = [.. mark.Columns.Select(column => column.Values.Count)];
            if (lengths.Distinct().Count() != 1)
            {
                throw new ArgumentException(
                    $"Chart \"{Title}\", mark \"{mark.Name}\": its columns have {string.Join(", ", lengths)} values. Give the same number of each; NaN for none.");
            }

            foreach ((IReadOnlyList<double> values, bool alongX) in mark.Columns)
            {
                (alongX ? X : Y).Require(mark.Name, values);
            }
        }

        if (!Marks.Any(mark => mark.IsSeries && mark.HasValues))
        {
            throw new ArgumentException($"Chart \"{Title}\" has no value to draw. Omit it, or give it a series with at least one finite value.");
        }
    }
}
