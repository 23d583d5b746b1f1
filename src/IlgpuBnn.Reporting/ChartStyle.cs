namespace IlgpuBnn.Reporting;

/// <summary>Appearance of charts: fonts, sizes in pixels, colours, series.</summary>
internal static class ChartStyle
{
    public const string FontFamily = "Helvetica, Arial, sans-serif";
    public const double TitleSize = 13, TextSize = 12, TickSize = 10.5;

    /// <summary>Size of regular type as wide as the bold title.</summary>
    public const double BoldTitleSize = 1.07 * TitleSize;

    public const double Margin = 10, Gap = 7, LegendLine = 18, LegendKey = 28;

    public const string Ink = "#222", Frame = "#666", Grid = "#e8e8e8", Guide = "#777", Missing = "#ddd";
    public const double LineWidth = 1.8, ThinWidth = 1, BandOpacity = 0.16, BarOpacity = 0.5, MarkerRadius = 3;

    // Okabe and Ito's colour-blind safe palette, alternating in lightness.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#222222", "#cc79a7", "#e69f00", "#56b4e9"];
    private static readonly string?[] Dashes = [null, "7 3", "2 3", "9 3 2 3", "12 4"];
    private static readonly Marker[] Markers =
    [
        Marker.Dot, Marker.OpenSquare, Marker.Triangle, Marker.OpenDiamond, Marker.Cross, Marker.OpenCircle,
    ];

    /// <summary>Series differ in colour, dashes and marker, so that they are distinct in black and white too; 210 combinations.</summary>
    public static SeriesStyle Series(int index) =>
        new(Colours[index % Colours.Length], Dashes[index % Dashes.Length], Markers[index % Markers.Length]);

    /// <summary>Upper estimate of a text's width in pixels, as the viewer's fonts are unknown.</summary>
    public static double TextWidth(string text, double size) => size * text.Sum(CharacterWidth);

    /// <summary>Truncates a text to a width, with an ellipsis.</summary>
    public static string Fit(string text, double width, double size)
    {
        if (TextWidth(text, size) <= width)
        {
            return text;
        }

        int kept = text.Length;
        while (kept > 0 && TextWidth(text[..kept], size) + size > width)
        {
            kept--;
        }

        return text[..kept].TrimEnd() + "…";
    }

    // In units of the font size, after Helvetica's widths.
    private static double CharacterWidth(char character) => character switch
    {
        'i' or 'j' or 'l' or '.' or ',' or ':' or ';' or '|' or '!' or '\'' => 0.28,
        'f' or 't' or 'r' or ' ' or '(' or ')' or '[' or ']' or '-' or '/' or 'I' => 0.34,
        'c' or 'k' or 's' or 'v' or 'x' or 'y' or 'z' => 0.53,
        'm' or 'w' or 'M' or 'W' or '%' or '@' or '…' => 0.95,
        >= 'A' and <= 'Z' => 0.72,
        < '\u2e80' => 0.58,
        _ => 1.05,
    };
}

/// <summary>How one series is drawn.</summary>
/// <param name="Dash">An SVG dash pattern; null for a solid line.</param>
internal sealed record SeriesStyle(string Colour, string? Dash, Marker Marker);
