namespace IlgpuBnn.Reporting;

/// <summary>Names and keys of series, in lines above a chart.</summary>
internal sealed class Legend
{
    private const double KeyGap = 6, EntryGap = 18;

    private readonly List<List<(Mark Mark, SeriesStyle Style, string Name)>> _lines = [];
    private readonly double _width;

    public Legend(IEnumerable<(Mark Mark, SeriesStyle Style)> marks, double width)
    {
        _width = width;
        double used = double.PositiveInfinity;
        foreach ((Mark mark, SeriesStyle style) in marks.Where(entry => entry.Mark.Name.Length > 0))
        {
            string name = mark is Line { HasValues: false } ? $"{mark.Name} (no values)" : mark.Name;
            name = ChartStyle.Fit(name, width - ChartStyle.LegendKey - KeyGap, ChartStyle.TextSize);
            if (used + EntryGap + EntryWidth(name) > width)
            {
                _lines.Add([]);
                used = -EntryGap;
            }

            _lines[^1].Add((mark, style, name));
            used += EntryGap + EntryWidth(name);
        }
    }

    public double Height => _lines.Count * ChartStyle.LegendLine;

    /// <param name="top">Pixels.</param>
    public void Draw(ChartCanvas canvas, double left, double top)
    {
        for (int line = 0; line < _lines.Count; line++)
        {
            double y = top + ((line + 0.5) * ChartStyle.LegendLine);
            double x = left + ((_width - _lines[line].Sum(entry => EntryWidth(entry.Name)) - ((_lines[line].Count - 1) * EntryGap)) / 2);
            foreach ((Mark mark, SeriesStyle style, string name) in _lines[line])
            {
                mark.DrawKey(canvas, x, y, style);
                canvas.Text(x + ChartStyle.LegendKey + KeyGap, y + 4, name);
                x += EntryWidth(name) + EntryGap;
            }
        }
    }

    private static double EntryWidth(string name) => ChartStyle.LegendKey + KeyGap + ChartStyle.TextWidth(name, ChartStyle.TextSize);
}
