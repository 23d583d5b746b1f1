namespace IlgpuBnn.Reporting;

/// <summary>A chart, a heat map, or a panel of several.</summary>
/// <param name="Title">May be empty.</param>
public abstract record Figure(string Title)
{
    /// <summary>Pixels.</summary>
    internal abstract (double Width, double Height) Size { get; }

    /// <summary>An SVG document, for a file or an HTML page.</summary>
    /// <remarks>NaN is a missing value: a gap in a line, no point, an empty cell.</remarks>
    /// <exception cref="ArgumentException">
    /// There is nothing to draw, columns of a mark differ in length, a value is infinite, or one on a logarithmic axis is not above 0.
    /// </exception>
    public string Svg() => SvgCanvas.Document(Label, Size.Width, Size.Height, Draw);

    /// <summary>Accessible description.</summary>
    internal virtual string Label => Title;

    internal abstract void Draw(ChartCanvas canvas);
}
