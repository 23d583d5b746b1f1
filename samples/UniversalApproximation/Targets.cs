namespace UniversalApproximation;

/// <summary>What is approximated.</summary>
internal static class Targets
{
    /// <summary>Nielsen's example on [0, 1]: slow, with a fast wave on top.</summary>
    public static double Curve(double x) => 0.2 + (0.4 * x * x) + (0.3 * x * Math.Sin(15 * x)) + (0.05 * Math.Cos(50 * x));

    /// <summary>Two hills on the unit square.</summary>
    public static double Surface(double x, double y) => Hill(x - 0.35, y - 0.4, 0.03) + (0.6 * Hill(x - 0.7, y - 0.65, 0.02));

    /// <summary>A signal on [-1, 1) of four tones, of 1, 5, 15 and 40 half waves.</summary>
    public static double Signal(double x) => Math.Sin(Math.PI * x) + (0.5 * Math.Sin((5 * Math.PI * x) + 0.3)) + (0.5 * Math.Sin((15 * Math.PI * x) + 0.7))
        + (0.5 * Math.Sin((40 * Math.PI * x) + 1.1));

    /// <summary>The middles of equal parts of [0, 1].</summary>
    public static double[] Middles(int count) => [.. Enumerable.Range(0, count).Select(n => (n + 0.5) / count)];

    private static double Hill(double x, double y, double width) => Math.Exp(-((x * x) + (y * y)) / width);
}
