namespace IlgpuBnn.Reporting;

/// <summary>Quantities in pairs: a map for each pair, and a histogram of each on the diagonal (corner plot).</summary>
/// <param name="Names">Of the quantities, from the left and from the top.</param>
/// <param name="Ranges">[quantity]: what its axis covers.</param>
/// <param name="Lower">Maps below the diagonal, by index of the quantity upwards and of the one across: [bin upwards, bin across]. NaN is white.</param>
public sealed record PairGrid(
    string Title, IReadOnlyList<string> Names, IReadOnlyList<(double Low, double High)> Ranges, IReadOnlyDictionary<(int Up, int Across), double[,]> Lower) : Figure(Title)
{
    private const double MaxCell = 150, MaxGrid = 860, CellGap = 5, BarWidth = 14, BarLabels = 62;
    private const int Steps = 20;

    /// <summary>Colour scale of the maps below the diagonal, with both limits.</summary>
    public required ChartAxis LowerScale { get; init; }

    /// <summary>Maps above the diagonal, by the same indices. Default none.</summary>
    public IReadOnlyDictionary<(int Up, int Across), double[,]> Upper { get; init; } = new Dictionary<(int, int), double[,]>();

    /// <summary>Colour scale of the maps above the diagonal, with both limits.</summary>
    public ChartAxis? UpperScale { get; init; }

    /// <summary>[quantity][bin]: heights of histograms; null (default) for none.</summary>
    public IReadOnlyList<double[]>? Histograms { get; init; }

    /// <summary>[quantity][bin]: heights of outlines behind the histograms; null (default) for none.</summary>
    public IReadOnlyList<double[]>? Outlines { get; init; }

    /// <summary>[quantity]: a value to mark; null (default) for none, NaN for none of one.</summary>
    public IReadOnlyList<double>? Marks { get; init; }

    private double Cell => Math.Min(MaxCell, MaxGrid / Names.Count);

    private static double Left => ChartStyle.Margin + ChartStyle.TextSize + ChartStyle.Gap;

    private double Top => ChartStyle.Margin + (Title.Length > 0 ? ChartStyle.TitleSize + ChartStyle.Gap : 0);

    private double Grid => Names.Count * Cell;

    internal override (double Width, double Height) Size =>
        (Left + Grid + ((UpperScale is null ? 1 : 2) * (BarWidth + BarLabels)) + ChartStyle.Margin, Top + Grid + (2 * ChartStyle.TextSize) + (2 * ChartStyle.Gap) + ChartStyle.Margin);

    internal override void Draw(ChartCanvas canvas)
    {
        canvas.Title(Size.Width / 2, ChartStyle.Fit(Title, Size.Width - (2 * ChartStyle.Margin), ChartStyle.BoldTitleSize));
        for (int up = 0; up < Names.Count; up++)
        {
            for (int across = 0; across < Names.Count; across++)
            {
                (double x, double y) = (Left + (across * Cell), Top + (up * Cell));
                if (up == across)
                {
                    DrawDiagonal(canvas, up, x, y);
                }
                else if ((up > across ? Lower : Upper).TryGetValue((up, across), out double[,]? map))
                {
                    DrawMap(canvas, map, up > across ? LowerScale : UpperScale!, x, y);
                    DrawMark(canvas, up, across, x, y);
                }
            }

            DrawNames(canvas, up);
        }

        DrawBar(canvas, LowerScale, Left + Grid + ChartStyle.Gap);
        if (UpperScale is not null)
        {
            DrawBar(canvas, UpperScale, Left + Grid + ChartStyle.Gap + BarWidth + BarLabels);
        }
    }

    private double Inner => Cell - CellGap;

    /// <summary>Cells of one colour are one path, and neighbours in a row one rectangle: thousands of cells stay small.</summary>
    private void DrawMap(ChartCanvas canvas, double[,] map, ChartAxis scale, double x, double y)
    {
        int rows = map.GetLength(0), columns = map.GetLength(1);
        double low = scale.From!.Value, width = scale.To!.Value - low;
        var paths = new System.Text.StringBuilder[Steps];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0, end; column < columns; column = end)
            {
                int step = StepOf(map[row, column]);
                for (end = column + 1; end < columns && StepOf(map[row, end]) == step; end++)
                {
                }

                if (step >= 0)
                {
                    double left = x + (Inner * column / columns), right = x + (Inner * end / columns), top = y + (Inner * (rows - 1 - row) / rows);
                    (paths[step] ??= new()).Append(ChartCanvas.MoveTo(left, top)).Append('H').Append(ChartCanvas.Number(right)).Append('v').Append(ChartCanvas.Number(Inner / rows))
                        .Append('H').Append(ChartCanvas.Number(left)).Append('z');
                }
            }
        }

        for (int step = 0; step < Steps; step++)
        {
            if (paths[step] is { } path)
            {
                // The stroke closes the gaps between neighbours.
                string colour = ColourScale.Colour((step + 0.5) / Steps);
                canvas.Path(path.ToString(), colour, 0.3, fill: colour, kind: "cells");
            }
        }

        canvas.Rectangle(x, y, Inner, Inner, "none", ChartStyle.Frame);

        int StepOf(double value) => double.IsNaN(value) ? -1 : Math.Clamp((int)((value - low) / width * Steps), 0, Steps - 1);
    }

    private void DrawDiagonal(ChartCanvas canvas, int own, double x, double y)
    {
        double highest = Math.Max(Histograms?[own].Max() ?? 0, Outlines?[own].Max() ?? 0);
        if (highest > 0 && Histograms is not null)
        {
            canvas.Path(Staircase(Histograms[own], highest, x, y) + $"V{ChartCanvas.Number(y + Inner)}H{ChartCanvas.Number(x)}z", "none", 0, fill: ChartStyle.Series(0).Colour,
                opacity: ChartStyle.BarOpacity, kind: "bars");
        }

        if (highest > 0 && Outlines is not null)
        {
            canvas.Path(Staircase(Outlines[own], highest, x, y), ChartStyle.Guide, ChartStyle.ThinWidth, kind: "outline");
        }

        if (Histograms is not null)
        {
            if (MarkAt(own) is { } at)
            {
                canvas.Path($"{ChartCanvas.MoveTo(x + (at * Inner), y)}v{ChartCanvas.Number(Inner)}", ChartStyle.Series(1).Colour, ChartStyle.ThinWidth, kind: "mark");
            }

            canvas.Rectangle(x, y, Inner, Inner, "none", ChartStyle.Frame);
        }
    }

    private string Staircase(double[] heights, double highest, double x, double y)
    {
        string path = ChartCanvas.MoveTo(x, y + Inner);
        for (int k = 0; k < heights.Length; k++)
        {
            // A little room above.
            path += $"V{ChartCanvas.Number(y + (Inner * (1 - (0.95 * heights[k] / highest))))}H{ChartCanvas.Number(x + (Inner * (k + 1) / heights.Length))}";
        }

        return path;
    }

    private double? MarkAt(int own) => Marks is null || !double.IsFinite(Marks[own]) ? null
        : (Marks[own] - Ranges[own].Low) / (Ranges[own].High - Ranges[own].Low) is >= 0 and <= 1 and double fraction ? fraction : null;

    private void DrawMark(ChartCanvas canvas, int up, int across, double x, double y)
    {
        if (MarkAt(up) is { } vertical && MarkAt(across) is { } horizontal)
        {
            (double middleX, double middleY) = (x + (horizontal * Inner), y + ((1 - vertical) * Inner));
            canvas.Path(
                $"{ChartCanvas.MoveTo(middleX - 4, middleY)}h8{ChartCanvas.MoveTo(middleX, middleY - 4)}v8", ChartStyle.Series(1).Colour, ChartStyle.LineWidth, kind: "mark");
        }
    }

    private void DrawNames(ChartCanvas canvas, int own)
    {
        string name = ChartStyle.Fit(Names[own], Cell, ChartStyle.TextSize);
        double across = Left + (own * Cell), down = Top + (own * Cell), below = Top + Grid + ChartStyle.TickSize;
        canvas.Text(Left - ChartStyle.Gap, down + (Inner / 2), name, "middle", degrees: -90);
        canvas.Text(across + (Inner / 2), below + ChartStyle.TextSize + ChartStyle.Gap, name, "middle");
        string low = NumberText.Short(Ranges[own].Low), high = NumberText.Short(Ranges[own].High);
        if (ChartStyle.TextWidth(low + high, ChartStyle.TickSize) + ChartStyle.Gap <= Inner)
        {
            canvas.Text(across, below, low, "start", ChartStyle.TickSize);
            canvas.Text(across + Inner, below, high, "end", ChartStyle.TickSize);
        }
    }

    private void DrawBar(ChartCanvas canvas, ChartAxis scale, double x)
    {
        double height = Math.Min(Grid, 240), step = height / Steps;
        for (int k = 0; k < Steps; k++)
        {
            canvas.Rectangle(x, Top + height - ((k + 1) * step), BarWidth, step + (k == 0 ? 0 : 0.5), ColourScale.Colour((k + 0.5) / Steps));
        }

        canvas.Rectangle(x, Top, BarWidth, height, "none", ChartStyle.Frame);
        canvas.Text(x + BarWidth + 3, Top + ChartStyle.TickSize - 2, NumberText.Short(scale.To!.Value), size: ChartStyle.TickSize);
        canvas.Text(x + BarWidth + 3, Top + height, NumberText.Short(scale.From!.Value), size: ChartStyle.TickSize);
        canvas.Text(x + BarWidth + ChartStyle.TextSize + 2, Top + (height / 2), ChartStyle.Fit(scale.Title, height - 40, ChartStyle.TextSize), "middle", degrees: -90);
    }
}
