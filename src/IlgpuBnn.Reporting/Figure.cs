namespace IlgpuBnn.Reporting;

/// <summary>Something that can be drawn: a chart, a heat map, or several side by side.</summary>
/// <param name="Title">Stands above it; may be empty.</param>
public abstract record Figure(string Title)
{
    /// <summary>Pixels.</summary>
    internal abstract (double Width, double Height) Size { get; }

    /// <summary>The whole picture: a file of its own, or to be put into an HTML page as it is.</summary>
    /// <exception cref="ArgumentException">
    /// There is nothing to draw, columns of one mark differ in length, a value is infinite, or one on a logarithmic axis is not above 0.
    /// NaN is a missing value: a gap in a line, a point that is not drawn, an empty cell.
    /// </exception>
    public string Svg() => SvgWriter.Document(Label, Size.Width, Size.Height, Draw);

    /// <summary>What it shows, for those who cannot see it.</summary>
    internal virtual string Label => Title;

    internal abstract void Draw(SvgWriter svg);
}
