using System.Globalization;
using System.Net;
using System.Text;

namespace IlgpuBnn.Reporting;

/// <summary>One target's test rows for a chart.</summary>
/// <param name="Title">The target's name, with its unit if known.</param>
/// <param name="Observed">[row]; NaN is left out.</param>
/// <param name="Mean">[row], predicted.</param>
/// <param name="Lower">[row], lower end of the interval.</param>
/// <param name="Upper">[row], upper end of the interval.</param>
public sealed record PredictedTarget(string Title, double[] Observed, double[] Mean, double[] Lower, double[] Upper);

/// <summary>Observed values against predictions with their intervals, a panel per target, as SVG.</summary>
/// <remarks>
/// A row whose interval holds the observed value is a filled dot, any other an open one with a thick bar: that can be told
/// apart in black and white. On the diagonal the prediction is exact.
/// </remarks>
public static class ObservedAgainstPredicted
{
    private const double Panel = 300, Left = 62, Right = 14, Top = 34, Bottom = 46;
    private const string Inside = "#1f5f99", Outside = "#c4420c";

    /// <summary>Draws the panels side by side.</summary>
    /// <param name="targets">At least one.</param>
    /// <param name="level">Of the intervals, in (0, 1); said in the caption.</param>
    /// <exception cref="ArgumentException">There is no target, or the columns of one differ in length.</exception>
    public static string Svg(IReadOnlyList<PredictedTarget> targets, double level)
    {
        if (targets.Count == 0)
        {
            throw new ArgumentException("There is no target to draw. Give at least one.", nameof(targets));
        }

        double width = targets.Count * Panel, height = Panel + 24;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" ");
        svg.Append("font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (int t = 0; t < targets.Count; t++)
        {
            DrawPanel(svg, targets[t], t * Panel);
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{width / 2}\" y=\"{height - 8}\" text-anchor=\"middle\">Bars: {100 * level:0.#} % predictive intervals; ");
        svg.Append(CultureInfo.InvariantCulture, $"<tspan fill=\"{Outside}\">open dots</tspan>: the observed value lies outside.</text>\n</svg>\n");
        return svg.ToString();
    }

    private static void DrawPanel(StringBuilder svg, PredictedTarget target, double x0)
    {
        int rows = target.Observed.Length;
        if (target.Mean.Length != rows || target.Lower.Length != rows || target.Upper.Length != rows)
        {
            throw new ArgumentException($"\"{target.Title}\" has {rows} observed values, but not as many predictions. Give one of each per row.");
        }

        int[] present = [.. Enumerable.Range(0, rows).Where(n => !double.IsNaN(target.Observed[n]))];
        double[] all = [.. present.SelectMany(n => new[] { target.Observed[n], target.Lower[n], target.Upper[n] })];
        var across = new Axis(all, x0 + Left, x0 + Panel - Right);
        var up = new Axis(all, Panel - Bottom, Top);
        DrawFrame(svg, target.Title, across, up, x0);
        foreach (int n in present)
        {
            bool inside = target.Observed[n] >= target.Lower[n] && target.Observed[n] <= target.Upper[n];
            string x = Format(across.Pixels(target.Mean[n])), y = Format(up.Pixels(target.Observed[n]));
            string colour = inside ? Inside : Outside;
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Format(across.Pixels(target.Lower[n]))} {y}H{Format(across.Pixels(target.Upper[n]))}\" ");
            svg.Append(CultureInfo.InvariantCulture, $"stroke=\"{colour}\" stroke-width=\"{(inside ? "1" : "2")}\" stroke-opacity=\"{(inside ? "0.55" : "1")}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x}\" cy=\"{y}\" r=\"{(inside ? "2" : "3")}\" fill=\"{(inside ? colour : "white")}\" stroke=\"{colour}\"/>\n");
        }
    }

    private static void DrawFrame(StringBuilder svg, string title, Axis across, Axis up, double x0)
    {
        double left = x0 + Left, right = x0 + Panel - Right, bottom = Panel - Bottom;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(left + right) / 2}\" y=\"20\" text-anchor=\"middle\" font-weight=\"bold\">{WebUtility.HtmlEncode(title)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Format(left)} {Format(bottom)}L{Format(right)} {Format(Top)}\" stroke=\"#999\" stroke-dasharray=\"4 3\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{left}\" y=\"{Top}\" width=\"{right - left}\" height=\"{bottom - Top}\" fill=\"none\" stroke=\"#666\"/>\n");
        foreach ((double value, string label) in across.Ticks())
        {
            string x = Format(across.Pixels(value));
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x} {bottom}v4\" stroke=\"#666\"/><text x=\"{x}\" y=\"{bottom + 17}\" text-anchor=\"middle\" font-size=\"10\">{label}</text>\n");
        }

        foreach ((double value, string label) in up.Ticks())
        {
            double y = up.Pixels(value);
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{left} {Format(y)}h-4\" stroke=\"#666\"/><text x=\"{left - 7}\" y=\"{Format(y + 3.5)}\" text-anchor=\"end\" font-size=\"10\">{label}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(left + right) / 2}\" y=\"{bottom + 34}\" text-anchor=\"middle\">predicted</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate({x0 + 16} {(Top + bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">observed</text>\n");
    }

    private static string Format(double pixels) => pixels.ToString("0.#", CultureInfo.InvariantCulture);
}
