namespace IlgpuBnn.Reporting;

/// <summary>Coverage of the intervals.</summary>
internal static class CalibrationSection
{
    private const int MaxLines = 6, WorstLines = 3;

    public static void Add(ReportPage page, ScoredRows rows)
    {
        page.AddHeading("Calibration");
        if (!rows.HasIntervals)
        {
            page.AddText("A single network without noise predicts no intervals, so there is nothing to calibrate.");
            return;
        }

        IReadOnlyList<double> levels = rows.Calibration.NominalLevels;
        int[] shown = [.. Enumerable.Range(0, rows.Data.TargetCount)];
        bool pooled = shown.Length > MaxLines;
        if (pooled)
        {
            shown = [.. shown.OrderByDescending(Deviation).Take(WorstLines)];
        }

        List<(string Name, IReadOnlyList<double> Coverage)> lines = [.. shown.Select(target => (rows.Targets[target], Coverage(target)))];
        if (pooled)
        {
            lines.Insert(0, ("all targets together", rows.Calibration.PooledShares));
        }

        int observations = Enumerable.Range(0, rows.Data.TargetCount).Min(target => rows.Present(target).Length);
        (string, IReadOnlyList<double>)[] columns =
        [
            ("level", levels), ("all targets together", rows.Calibration.PooledShares),
            .. rows.Targets.Select((name, target) => (name, Coverage(target))),
        ];
        page.AddFigure("calibration", CalibrationChart.Create("", levels, lines, observations),
            "Fraction of observed values inside the central interval of a level, against that level. Below the dashed line the model is overconfident, above it "
            + "underconfident. A perfectly calibrated model lies inside the grey band with 95 % probability at each level, if the "
            + $"{observations} rows are independent."
            + (pooled ? $" Shown are all targets together and the {WorstLines} that deviate most; the file has every target." : ""),
            ReportTable.OfColumns(columns));
        ConformalSection.Add(page, rows);
        PitSection.AddHistograms(page, rows, shown, pooled);
        PitSection.AddCoverage(page, rows);

        IReadOnlyList<double> Coverage(int target) => [.. levels.Select((_, level) => rows.Calibration.ObservedShares[level, target])];

        double Deviation(int target) => levels.Select((level, i) => Math.Abs(rows.Calibration.ObservedShares[i, target] - level)).Max();
    }
}
