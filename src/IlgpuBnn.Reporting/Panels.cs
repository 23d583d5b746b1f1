namespace IlgpuBnn.Reporting;

/// <summary>Several figures in rows.</summary>
/// <remarks>Charts whose marks have the same names share one legend at the top.</remarks>
/// <param name="Figures">At least one, row by row.</param>
/// <param name="Columns">Figures per row, at least 1.</param>
public sealed record Panels(string Title, IReadOnlyList<Figure> Figures, int Columns) : Figure(Title)
{
    internal override (double Width, double Height) Size => (Width, Top + Rows.Sum(RowHeight));

    internal override string Label => Title.Length > 0 ? Title : string.Join("; ", Figures.Select(figure => figure.Label));

    private double Width => Rows.Max(row => row.Sum(figure => figure.Size.Width));

    private Figure[][] Rows => Figures.Count > 0 && Columns > 0
        ? [.. (Legend is null ? Figures : Figures.Select(WithoutLegend)).Chunk(Columns)]
        : throw new ArgumentException($"\"{Title}\" has {Figures.Count} figures in {Columns} columns. Give at least one of each.");

    private Legend? Legend
    {
        get
        {
            if (Figures[0] is not Chart { Legend: true } first
                || !Figures.All(figure => figure is Chart { Legend: true } chart
                    && chart.Marks.Select(mark => mark.Name).SequenceEqual(first.Marks.Select(mark => mark.Name))))
            {
                return null;
            }

            double width = Figures.Take(Columns).Sum(figure => figure.Size.Width);
            return new Legend(first.StyledMarks, width - (2 * ChartStyle.Margin));
        }
    }

    private double Top => TitleHeight + (Legend is { Height: > 0 } legend ? legend.Height + ChartStyle.Gap : 0);

    private double TitleHeight => Title.Length > 0 ? ChartStyle.Margin + ChartStyle.TitleSize + ChartStyle.Gap : 0;

    internal override void Draw(ChartCanvas canvas)
    {
        canvas.Title(Width / 2, ChartStyle.Fit(Title, Width - (2 * ChartStyle.Margin), ChartStyle.BoldTitleSize));
        Legend?.Draw(canvas, ChartStyle.Margin, TitleHeight + (Title.Length > 0 ? 0 : ChartStyle.Gap));
        double y = Top;
        foreach (Figure[] row in Rows)
        {
            double x = 0;
            foreach (Figure figure in row)
            {
                canvas.At(x, y, () => figure.Draw(canvas));
                x += figure.Size.Width;
            }

            y += RowHeight(row);
        }
    }

    private static Figure WithoutLegend(Figure figure) => figure is Chart chart ? chart with { Legend = false } : figure;

    private static double RowHeight(Figure[] row) => row.Max(figure => figure.Size.Height);
}
