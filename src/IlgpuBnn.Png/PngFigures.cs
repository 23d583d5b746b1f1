using System.Runtime.InteropServices;
using IlgpuBnn.Persistence;
using IlgpuBnn.Reporting;
using SkiaSharp;

namespace IlgpuBnn.Png;

/// <summary>Draws figures as PNG.</summary>
public static class PngFigures
{
    /// <summary>Pixels of a PNG along a pixel of the SVG.</summary>
    public const double DefaultScale = 2;

    // Of a side: a picture takes 1 GB of memory at most.
    private const double MaxPixels = 16_000;

    /// <summary>The machine's; others in tests.</summary>
    internal static FontFiles Fonts { get; set; } = new(FontFiles.Folders());

    /// <summary>Finds out whether PNGs can be drawn on this machine, before work that ends with them.</summary>
    /// <exception cref="PngException">They cannot: there is no font, or no SkiaSharp for this system.</exception>
    public static void RequireDrawable() => OfSkia(() => Fonts.Choose("", bold: false));

    /// <summary>Writes a figure as PNG at <see cref="DefaultScale"/>; one that would be too large, as large as can be.</summary>
    /// <inheritdoc cref="WritePng(Figure, Stream, double)"/>
    public static void WritePng(this Figure figure, Stream stream) =>
        WritePng(figure, stream, Math.Min(DefaultScale, (MaxPixels - 1) / Math.Max(figure.Size.Width, figure.Size.Height)));

    /// <summary>Writes a figure as PNG.</summary>
    /// <remarks>The same figure gives the same bytes on the same machine; another may have other fonts.</remarks>
    /// <param name="figure">The figure.</param>
    /// <param name="stream">Stays open.</param>
    /// <param name="scale">Pixels along a pixel of the SVG, above 0.</param>
    /// <exception cref="ArgumentException">The figure cannot be drawn, as for <see cref="Figure.Svg"/>, or would be too large.</exception>
    /// <exception cref="PngException">There is no font, or no SkiaSharp for this system.</exception>
    public static void WritePng(this Figure figure, Stream stream, double scale)
    {
        (double width, double height) = figure.Size;
        double pixelsAcross = Math.Ceiling(width * scale), pixelsDown = Math.Ceiling(height * scale);
        if (!(scale > 0 && Math.Max(pixelsAcross, pixelsDown) <= MaxPixels))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Figure \"{figure.Label}\", {width:0} x {height:0} pixels, cannot be drawn at scale {scale}: a PNG has at most {MaxPixels:0} pixels along a side. Use another scale, or its SVG."));
        }

        OfSkia(() =>
        {
            FontFiles fonts = Fonts;
            fonts.Choose("", bold: false);
            using var bitmap = new SKBitmap(new SKImageInfo((int)pixelsAcross, (int)pixelsDown, SKColorType.Rgba8888, SKAlphaType.Opaque));
            using (var canvas = new SKCanvas(bitmap))
            {
                canvas.Clear(SKColors.White);
                canvas.Scale((float)scale);
                figure.Draw(new SkiaCanvas(canvas, fonts));
            }

            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            data.SaveTo(stream);
        });
    }

    /// <summary>Writes a figure to a PNG file, whole or not at all.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="path">Of the file, which is replaced.</param>
    /// <param name="scale">Pixels along a pixel of the SVG, above 0. Default 2.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <inheritdoc cref="WritePng(Figure, Stream, double)"/>
    public static void SavePng(this Figure figure, string path, double scale = DefaultScale) =>
        AtomicFile.Write(path, stream => figure.WritePng(stream, scale));

    private static void OfSkia(Action draw)
    {
        try
        {
            draw();
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException or BadImageFormatException })
        {
            throw new PngException(
                $"PNG files cannot be drawn here, as there is no native library of SkiaSharp for {RuntimeInformation.RuntimeIdentifier}. Use the SVG files.", exception);
        }
    }
}

/// <summary>PNG files cannot be drawn on this machine; the message says what to do.</summary>
public sealed class PngException : Exception
{
    internal PngException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
