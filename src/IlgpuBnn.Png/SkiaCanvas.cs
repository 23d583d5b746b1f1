using System.Globalization;
using IlgpuBnn.Reporting;
using SkiaSharp;

namespace IlgpuBnn.Png;

/// <summary>Draws figures by Skia, as browsers draw their SVG.</summary>
/// <param name="canvas">White, and scaled.</param>
/// <param name="fonts">At least one.</param>
internal sealed class SkiaCanvas(SKCanvas canvas, FontFiles fonts) : ChartCanvas
{
    public override void At(double x, double y, Action draw)
    {
        using var restored = new SKAutoCanvasRestore(canvas);
        canvas.Translate((float)x, (float)y);
        draw();
    }

    public override void Clipped(double x, double y, double width, double height, Action draw)
    {
        using var restored = new SKAutoCanvasRestore(canvas);
        canvas.ClipRect(SKRect.Create((float)x, (float)y, (float)width, (float)height), antialias: true);
        draw();
    }

    public override void Path(
        string commands, string stroke, double width, string? dash = null, string fill = "none", double opacity = 1, bool roundCaps = false,
        string? kind = null)
    {
        using SKPath path = SKPath.ParseSvgPathData(commands) ?? throw new ArgumentException($"\"{commands}\" is no path.", nameof(commands));
        if (fill != "none")
        {
            using SKPaint area = Paint(fill, opacity);
            canvas.DrawPath(path, area);
        }

        if (stroke != "none" && width > 0)
        {
            using SKPaint line = Stroke(stroke, width, fill == "none" ? opacity : 1);
            line.StrokeCap = roundCaps ? SKStrokeCap.Round : SKStrokeCap.Butt;
            using SKPathEffect? dashes = dash is null or "none" ? null : SKPathEffect.CreateDash(
                [.. dash.Split(' ').Select(length => float.Parse(length, CultureInfo.InvariantCulture))], 0);
            line.PathEffect = dashes;
            canvas.DrawPath(path, line);
        }
    }

    public override void Rectangle(double x, double y, double width, double height, string fill, string? stroke = null, string? kind = null)
    {
        SKRect rectangle = SKRect.Create((float)x, (float)y, (float)width, (float)height);
        if (fill != "none")
        {
            using SKPaint area = Paint(fill, 1);
            canvas.DrawRect(rectangle, area);
        }

        if (stroke is not null)
        {
            using SKPaint line = Stroke(stroke, 1, 1);
            canvas.DrawRect(rectangle, line);
        }
    }

    protected override void DrawText(double x, double y, string text, string anchor, double size, bool bold, string? colour, double degrees)
    {
        (SKTypeface typeface, bool isThin) = fonts.Choose(text, bold);
        using var font = new SKFont(typeface, (float)size) { Embolden = isThin, Subpixel = true, Hinting = SKFontHinting.None, Edging = SKFontEdging.Antialias };
        using SKPaint ink = Paint(colour ?? ChartStyle.Ink, 1);
        using var restored = new SKAutoCanvasRestore(canvas);
        canvas.Translate((float)x, (float)y);
        canvas.RotateDegrees((float)degrees);
        SKTextAlign align = anchor switch { "middle" => SKTextAlign.Center, "end" => SKTextAlign.Right, _ => SKTextAlign.Left };
        canvas.DrawText(text, 0, 0, align, font, ink);
    }

    private static SKPaint Paint(string colour, double opacity) => new()
    {
        Color = (colour switch { "white" => SKColors.White, "black" => SKColors.Black, _ => SKColor.Parse(colour) }).WithAlpha((byte)Math.Round(255 * opacity)),
        IsAntialias = true,
    };

    private static SKPaint Stroke(string colour, double width, double opacity)
    {
        SKPaint paint = Paint(colour, opacity);
        paint.IsStroke = true;
        paint.StrokeWidth = (float)width;
        return paint;
    }
}
