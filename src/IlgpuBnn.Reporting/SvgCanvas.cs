using System.Globalization;
using System.Net;
using System.Text;
using IlgpuBnn.Data;

namespace IlgpuBnn.Reporting;

/// <summary>Writes figures as SVG elements, without ids, so that a page may have several charts.</summary>
internal sealed class SvgCanvas : ChartCanvas
{
    private readonly StringBuilder _text = new();

    /// <summary>Escapes text for elements and attributes; what does not print is shown as in messages (<see cref="ShownText"/>).</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(ShownText.Escaped(text));

    /// <summary>A document with a white background.</summary>
    /// <param name="label">Accessible description.</param>
    public static string Document(string label, double width, double height, Action<ChartCanvas> draw)
    {
        var svg = new SvgCanvas();
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{Escape(label)}\" ");
        svg.Append($"viewBox=\"0 0 {Number(width)} {Number(height)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" ");
        svg.Append($"font-family=\"{ChartStyle.FontFamily}\" font-size=\"{Number(ChartStyle.TextSize)}\" fill=\"{ChartStyle.Ink}\">\n");
        svg.Rectangle(0, 0, width, height, "white");
        draw(svg);
        return svg._text.Append("</svg>\n").ToString();
    }

    public override void At(double x, double y, Action draw)
    {
        Append($"<g transform=\"translate({Number(x)} {Number(y)})\">\n");
        draw();
        Append($"</g>\n");
    }

    public override void Clipped(double x, double y, double width, double height, Action draw)
    {
        // A nested document clips; a clip path would need an id.
        string box = $"{Number(x)} {Number(y)} {Number(width)} {Number(height)}";
        Append($"<svg x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" viewBox=\"{box}\">\n");
        draw();
        Append($"</svg>\n");
    }

    public override void Path(
        string commands, string stroke, double width, string? dash = null, string fill = "none", double opacity = 1, bool roundCaps = false,
        string? kind = null)
    {
        Append($"<path{(kind is null ? "" : $" class=\"{kind}\"")} d=\"{commands}\" fill=\"{fill}\" stroke=\"{stroke}\"");
        Append($" stroke-width=\"{Number(width)}\"{(dash is null ? "" : $" stroke-dasharray=\"{dash}\"")}");
        Append($"{(roundCaps ? " stroke-linecap=\"round\"" : "")}");
        Append($"{(opacity < 1 ? FormattableString.Invariant($" {(fill == "none" ? "stroke" : "fill")}-opacity=\"{opacity}\"") : "")}/>\n");
    }

    public override void Rectangle(double x, double y, double width, double height, string fill, string? stroke = null, string? kind = null)
    {
        Append($"<rect{(kind is null ? "" : $" class=\"{kind}\"")} x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\"");
        Append($" height=\"{Number(height)}\" fill=\"{fill}\"{(stroke is null ? "" : $" stroke=\"{stroke}\"")}/>\n");
    }

    protected override void DrawText(double x, double y, string text, string anchor, double size, bool bold, string? colour, double degrees)
    {
        Append($"<text x=\"{Number(x)}\" y=\"{Number(y)}\" text-anchor=\"{anchor}\" font-size=\"{Number(size)}\"");
        Append($"{(bold ? " font-weight=\"bold\"" : "")}{(colour is null ? "" : $" fill=\"{colour}\"")}");
        string turned = degrees == 0 ? "" : $" transform=\"rotate({Number(degrees)} {Number(x)} {Number(y)})\"";
        Append($"{turned}>{WebUtility.HtmlEncode(text)}</text>\n");
    }

    private void Append(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture));
}
