namespace IlgpuBnn.Reporting;

/// <summary>Viridis (S. van der Walt and N. Smith, CC0): perceptually uniform, with rising lightness.</summary>
internal static class ColourScale
{
    private static readonly (int Red, int Green, int Blue)[] Colours =
    [
        (0x44, 0x01, 0x54), (0x48, 0x24, 0x75), (0x41, 0x44, 0x87), (0x35, 0x5f, 0x8d), (0x2a, 0x78, 0x8e), (0x21, 0x91, 0x8c),
        (0x22, 0xa8, 0x84), (0x44, 0xbf, 0x70), (0x7a, 0xd1, 0x51), (0xbd, 0xdf, 0x26), (0xfd, 0xe7, 0x25),
    ];

    /// <param name="fraction">0 (darkest) to 1 (lightest), clamped.</param>
    public static string Colour(double fraction)
    {
        (double red, double green, double blue) = Mix(fraction);
        return $"#{(int)Math.Round(red):x2}{(int)Math.Round(green):x2}{(int)Math.Round(blue):x2}";
    }

    /// <summary>A legible text colour on it.</summary>
    public static string Ink(double fraction) => Luminance(fraction) < 0.3 ? "white" : "black";

    /// <summary>Relative luminance as defined by WCAG, 0 to 1.</summary>
    public static double Luminance(double fraction)
    {
        (double red, double green, double blue) = Mix(fraction);
        return (0.2126 * Linear(red)) + (0.7152 * Linear(green)) + (0.0722 * Linear(blue));

        static double Linear(double channel) =>
            channel / 255 <= 0.04045 ? channel / 255 / 12.92 : Math.Pow(((channel / 255) + 0.055) / 1.055, 2.4);
    }

    private static (double Red, double Green, double Blue) Mix(double fraction)
    {
        double position = Math.Clamp(fraction, 0, 1) * (Colours.Length - 1);
        int first = Math.Min((int)position, Colours.Length - 2);
        double weight = position - first;
        ((int r1, int g1, int b1), (int r2, int g2, int b2)) = (Colours[first], Colours[first + 1]);
        return (r1 + (weight * (r2 - r1)), g1 + (weight * (g2 - g1)), b1 + (weight * (b2 - b1)));
    }
}
