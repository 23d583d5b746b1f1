using System.Globalization;
using IlgpuBnn.Data;

namespace IlgpuBnn.Reporting;

/// <summary>What figures are drawn on. Positions are in pixels from the top left; the background is white.</summary>
internal abstract class ChartCanvas
{
    /// <summary>Pixels to a tenth.</summary>
    public static string Number(double pixels) => (Math.Round(pixels, 1) + 0.0).ToString("0.#", CultureInfo.InvariantCulture);

    public static string MoveTo(double x, double y) => $"M{Number(x)} {Number(y)}";

    public static string LineTo(double x, double y) => $"L{Number(x)} {Number(y)}";

    /// <summary>Draws with a translated origin.</summary>
    public abstract void At(double x, double y, Action draw);

    /// <summary>Draws in the same coordinates, clipped to a rectangle.</summary>
    public abstract void Clipped(double x, double y, double width, double height, Action draw);

    /// <summary>Draws a line of text, in which what does not print is shown as in messages (<see cref="ShownText"/>).</summary>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="degrees">Rotation about the anchor, clockwise.</param>
    public void Text(
        double x, double y, string text, string anchor = "start", double size = ChartStyle.TextSize, bool bold = false,
        string? colour = null, double degrees = 0) => DrawText(x, y, ShownText.Escaped(text), anchor, size, bold, colour, degrees);

    /// <summary>The title of a figure, if not empty.</summary>
    public void Title(double middle, string title)
    {
        if (title.Length > 0)
        {
            Text(middle, ChartStyle.Margin + ChartStyle.TitleSize - 1, title, "middle", ChartStyle.TitleSize, bold: true);
        }
    }

    /// <param name="commands">Of an SVG path.</param>
    /// <param name="stroke">Colour (#rgb, #rrggbb, black or white), or none.</param>
    /// <param name="dash">Lengths of strokes and gaps in turns; null or none for a solid line.</param>
    /// <param name="opacity">Of the fill, or of the stroke where there is no fill.</param>
    /// <param name="kind">The element's class, such as line, band or markers.</param>
    public abstract void Path(
        string commands, string stroke, double width, string? dash = null, string fill = "none", double opacity = 1, bool roundCaps = false,
        string? kind = null);

    public abstract void Rectangle(double x, double y, double width, double height, string fill, string? stroke = null, string? kind = null);

    /// <summary><see cref="Text"/>, of a text that can be shown.</summary>
    /// <param name="colour">Null for <see cref="ChartStyle.Ink"/>.</param>
    protected abstract void DrawText(double x, double y, string text, string anchor, double size, bool bold, string? colour, double degrees);
}
