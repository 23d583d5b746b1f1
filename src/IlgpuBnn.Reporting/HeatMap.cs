namespace IlgpuBnn.Reporting;

/// <summary>A table as colours, light for large values, with numbers in the cells if there is room.</summary>
/// <param name="RowTitle">May be empty.</param>
/// <param name="Rows">Names, from the top.</param>
/// <param name="ColumnTitle">May be empty.</param>
/// <param name="Columns">Names, from the left.</param>
/// <param name="Values">[row, column]; NaN (missing) is grey with a cross.</param>
/// <param name="Scale">The colour scale; give its limits to compare maps.</param>
public sealed record HeatMap(
    string Title, string RowTitle, IReadOnlyList<string> Rows, string ColumnTitle, IReadOnlyList<string> Columns, double[,] Values,
    ChartAxis Scale) : Figure(Title)
{
    private const double BarWidth = 14, MaxLabel = 150, MinPixelsPerLabel = 13;
    private const int BarSteps = 50;

    // Cells smaller than this are those of an image, which white lines between them would wash out. Overlap hides gaps between their edges.
    private const double MinLinedCell = 12, Overlap = 0.5;

    /// <summary>Pixels. Default 560.</summary>
    public double Width { get; init; } = 560;

    /// <summary>Pixels. Default 24.</summary>
    public double CellHeight { get; init; } = 24;

    internal override (double Width, double Height) Size => (Width, Layout().Height);

    internal override void Draw(ChartCanvas canvas)
    {
        Validate();
        Places places = Layout();
        canvas.Title(Width / 2, ChartStyle.Fit(Title, Width - (2 * ChartStyle.Margin), ChartStyle.BoldTitleSize));
        DrawCells(canvas, places);
        DrawNames(canvas, places);
        DrawBar(canvas, places);
    }

    private sealed record Places(
        double Left, double Top, double CellWidth, double Right, double Bottom, bool Turned, Axis Colours, double Height);

    private Places Layout()
    {
        double top = ChartStyle.Margin + (Title.Length > 0 ? ChartStyle.TitleSize + ChartStyle.Gap : 0);
        double bottom = top + (Rows.Count * CellHeight);
        var colours = new Axis(Scale, Values.Cast<double>(), bottom, top, room: 0);
        double left = ChartStyle.Margin + (RowTitle.Length > 0 ? ChartStyle.TextSize + ChartStyle.Gap : 0) + Widest(Rows) + ChartStyle.Gap;
        double right = Width - (3 * ChartStyle.Margin) - ChartStyle.TextSize - ChartStyle.Gap - PlotArea.LabelWidth(colours) - BarWidth;
        double cellWidth = (right - left) / Columns.Count;
        bool turned = Widest(Columns) > cellWidth - 4;
        double names = turned ? Widest(Columns) : ChartStyle.TickSize;
        double height = bottom + ChartStyle.Gap + names + (ColumnTitle.Length > 0 ? ChartStyle.TextSize + ChartStyle.Gap : 0)
            + ChartStyle.Margin;
        return new Places(left, top, cellWidth, right, bottom, turned, colours, height);
    }

    private static double Widest(IReadOnlyList<string> names) =>
        Math.Min(MaxLabel, names.Select(name => ChartStyle.TextWidth(name, ChartStyle.TickSize)).DefaultIfEmpty(0).Max());

    private void DrawCells(ChartCanvas canvas, Places places)
    {
        // The maximum number of digits with room for every number; colours alone without any.
        int digits = Enumerable.Range(1, 3)
            .LastOrDefault(count => Values.Cast<double>().All(value => HasRoom(NumberText.Short(value, count), places)));
        bool lined = Math.Min(places.CellWidth, CellHeight) >= MinLinedCell;
        for (int row = 0; row < Rows.Count; row++)
        {
            for (int column = 0; column < Columns.Count; column++)
            {
                double x = places.Left + (column * places.CellWidth), y = places.Top + (row * CellHeight);
                double value = Values[row, column], fraction = places.Colours.Fraction(value);
                string fill = double.IsNaN(value) ? ChartStyle.Missing : ColourScale.Colour(fraction);
                double overlap = lined ? 0 : Overlap;
                canvas.Rectangle(x, y, places.CellWidth + overlap, CellHeight + overlap, fill, lined ? "white" : null, kind: "cell");
                if (digits > 0 || double.IsNaN(value))
                {
                    string text = double.IsNaN(value) ? "×" : NumberText.Short(value, digits);
                    string ink = double.IsNaN(value) ? ChartStyle.Ink : ColourScale.Ink(fraction);
                    double middle = x + (places.CellWidth / 2), baseline = y + (CellHeight / 2) + (ChartStyle.TickSize * 0.35);
                    canvas.Text(middle, baseline, text, "middle", ChartStyle.TickSize, colour: ink);
                }
            }
        }
    }

    private bool HasRoom(string text, Places places) =>
        ChartStyle.TextWidth(text, ChartStyle.TickSize) <= places.CellWidth - 4 && CellHeight >= ChartStyle.TickSize + 3;

    private void DrawNames(ChartCanvas canvas, Places places)
    {
        for (int row = 0; row < Rows.Count; row += Every(CellHeight))
        {
            double y = places.Top + ((row + 0.5) * CellHeight) + (ChartStyle.TickSize * 0.35);
            canvas.Text(places.Left - ChartStyle.Gap, y, Fit(Rows[row]), "end", ChartStyle.TickSize);
        }

        double below = places.Bottom + ChartStyle.Gap;
        for (int column = 0; column < Columns.Count; column += places.Turned ? Every(places.CellWidth) : 1)
        {
            double x = places.Left + ((column + 0.5) * places.CellWidth);
            (double dx, double dy, string anchor) = places.Turned
                ? (ChartStyle.TickSize * 0.35, 0.0, "end")
                : (0, ChartStyle.TickSize - 2, "middle");
            canvas.Text(x + dx, below + dy, Fit(Columns[column]), anchor, ChartStyle.TickSize, degrees: places.Turned ? -90 : 0);
        }

        double middle = (places.Top + places.Bottom) / 2;
        if (RowTitle.Length > 0)
        {
            string title = ChartStyle.Fit(RowTitle, places.Bottom - places.Top, ChartStyle.TextSize);
            canvas.Text(ChartStyle.Margin + ChartStyle.TextSize - 3, middle, title, "middle", degrees: -90);
        }

        if (ColumnTitle.Length > 0)
        {
            string title = ChartStyle.Fit(ColumnTitle, places.Right - places.Left, ChartStyle.TextSize);
            canvas.Text((places.Left + places.Right) / 2, places.Height - ChartStyle.Margin - 3, title, "middle");
        }
    }

    private void DrawBar(ChartCanvas canvas, Places places)
    {
        double x = places.Right + (2 * ChartStyle.Margin), height = places.Bottom - places.Top, step = height / BarSteps;
        for (int i = 0; i < BarSteps; i++)
        {
            double overlap = i == 0 ? 0 : Overlap;
            canvas.Rectangle(x, places.Bottom - ((i + 1) * step), BarWidth, step + overlap, ColourScale.Colour((i + 0.5) / BarSteps));
        }

        canvas.Rectangle(x, places.Top, BarWidth, height, "none", ChartStyle.Frame);
        foreach ((double value, string label) in places.Colours.Ticks)
        {
            double y = places.Colours.Pixels(value);
            canvas.Path($"{ChartCanvas.MoveTo(x + BarWidth, y)}h4", ChartStyle.Frame, 1);
            canvas.Text(x + BarWidth + 7, y + (ChartStyle.TickSize * 0.35), label, size: ChartStyle.TickSize);
        }

        string title = ChartStyle.Fit(Scale.Title, height, ChartStyle.TextSize);
        canvas.Text(Width - ChartStyle.Margin - 3, (places.Top + places.Bottom) / 2, title, "middle", degrees: -90);
    }

    // Names that are too close are thinned out.
    private static int Every(double pixels) => (int)Math.Ceiling(MinPixelsPerLabel / pixels);

    private static string Fit(string name) => ChartStyle.Fit(name, MaxLabel, ChartStyle.TickSize);

    private void Validate()
    {
        if (Values.GetLength(0) != Rows.Count || Values.GetLength(1) != Columns.Count)
        {
            throw new ArgumentException(
                $"Heat map \"{Title}\" has {Values.GetLength(0)} x {Values.GetLength(1)} values, {Rows.Count} names of rows and {Columns.Count} of columns. "
                    + "Give a name for each row and column.");
        }

        double[] values = [.. Values.Cast<double>()];
        if (!values.Any(double.IsFinite))
        {
            throw new ArgumentException($"Heat map \"{Title}\" has no value to draw. Omit it, or give it at least one finite value.");
        }

        Scale.Require(Title, values);
    }
}
