namespace IlgpuBnn.Reporting;

/// <summary>Test rows of one target for a chart.</summary>
/// <param name="Title">The target's name, with its unit if known.</param>
/// <param name="Observed">[row]; NaN if missing.</param>
/// <param name="Mean">[row], predicted.</param>
/// <param name="Lower">[row], lower bound of the interval; all NaN for a model without intervals.</param>
/// <param name="Upper">[row], upper bound of the interval, or NaN.</param>
public sealed record PredictedTarget(string Title, double[] Observed, double[] Mean, double[] Lower, double[] Upper);

/// <summary>Observed values against predictions with their intervals, one panel per target.</summary>
/// <remarks>A row whose interval contains the observed value is a dot, any other an open square. On the diagonal the prediction is exact.</remarks>
public static class ObservedAgainstPredicted
{
    /// <summary>Draws the panels.</summary>
    /// <param name="targets">At least one.</param>
    /// <param name="level">Of the intervals, in (0, 1), for the legend.</param>
    /// <param name="columns">Panels per row. Default 3.</param>
    /// <exception cref="ArgumentException">There is no target, or the columns of one differ in length.</exception>
    public static Figure Create(IReadOnlyList<PredictedTarget> targets, double level, int columns = 3) => targets.Count > 0
        ? new Panels("", [.. targets.Select(target => Panel(target, level))], columns)
        : throw new ArgumentException("There is no target to draw. Give at least one.", nameof(targets));

    /// <summary>The panels as SVG, all in one row.</summary>
    /// <inheritdoc cref="Create"/>
    public static string Svg(IReadOnlyList<PredictedTarget> targets, double level) =>
        Create(targets, level, Math.Max(1, targets.Count)).Svg();

    private static Chart Panel(PredictedTarget target, double level)
    {
        int rows = target.Observed.Length;
        if (target.Mean.Length != rows || target.Lower.Length != rows || target.Upper.Length != rows)
        {
            throw new ArgumentException($"\"{target.Title}\" has {rows} observed values, but not as many predictions. Give one of each per row.");
        }

        int[] present = [.. Enumerable.Range(0, rows).Where(row => !double.IsNaN(target.Observed[row]))];
        ILookup<bool, int> inside = present.ToLookup(
            row => target.Observed[row] >= target.Lower[row] && target.Observed[row] <= target.Upper[row]);
        Mark[] marks = Array.TrueForAll(target.Lower, double.IsNaN)
            ? [new Guide("exact"), new Points("row", [.. present.Select(row => target.Mean[row])],
                [.. present.Select(row => target.Observed[row])])]
            : [new Guide("exact"), Rows($"inside its {NumberText.Percent(level)} interval", inside[true], 0),
                Rows("outside", inside[false], 1)];
        return new Chart(target.Title, new ChartAxis("predicted"), new ChartAxis("observed"), marks)
        {
            Width = 310,
            Height = 310,
            SameRange = true,
        };

        Points Rows(string name, IEnumerable<int> chosen, int style)
        {
            double[] Of(double[] values) => [.. chosen.Select(row => values[row])];
            return new Points(name, Of(target.Mean), Of(target.Observed))
            {
                XLower = Of(target.Lower),
                XUpper = Of(target.Upper),
                Style = style,
            };
        }
    }
}
