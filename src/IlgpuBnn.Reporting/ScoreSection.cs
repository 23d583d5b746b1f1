namespace IlgpuBnn.Reporting;

/// <summary>Scores of every target, and observed against predicted.</summary>
internal static class ScoreSection
{
    private static readonly double[] Levels = [0.5, 0.8, 0.9, 0.95, 0.99];

    public static void Add(ReportPage page, ScoredRows rows)
    {
        page.AddHeading("Scores");
        page.AddTable("scores", Scores(rows),
            "Errors of the predicted mean (RMSE: root mean square, MAE: mean absolute), in the target's unit. R2: fraction of the variance explained, 1 at best, 0 "
            + "for a constant prediction of the mean. CRPS (continuous ranked probability score): error of the predictive distribution, in the target's unit, 0 "
            + "at best; the MAE for a single value. Log score: mean log predictive density of the observed values, higher is better; compare models of one "
            + "target, not targets.");
        if (rows.HasIntervals)
        {
            page.AddTable("intervals", Intervals(rows),
                "Coverage: fraction of observed values inside the central interval of that level, ideally the level itself. Width: mean width of the interval in "
                    + "the target's unit; at equal coverage, narrower is better." + Others(rows), rows.TargetsShown);
        }

        AddPicture(page, rows);
    }

    private static ReportTable Scores(ScoredRows rows) => new(
        ["target", new TableColumn("values", "F0"), "RMSE", "MAE", new TableColumn("R2", "F3"), "CRPS", new TableColumn("log score", "F3")],
        [
            .. rows.TargetOrder.Select(target => (Target: target, Scores: rows.Scores.PerTarget[target])).Select(own => (TableCell[])
            [
                rows.Targets[own.Target], rows.Present(own.Target).Length, own.Scores.Rmse, own.Scores.Mae, own.Scores.R2, own.Scores.Crps, own.Scores.LogScore,
            ]),
        ]);

    private static ReportTable Intervals(ScoredRows rows)
    {
        (double[,] Lower, double[,] Upper)[] intervals = [.. Levels.Select(rows.Prediction.Interval)];
        return new ReportTable(
            [
                "target", .. Levels.Select(level => new TableColumn($"coverage {NumberText.Percent(level)}", "P1")),
                .. Levels.Select(level => new TableColumn($"width {NumberText.Percent(level)}")),
            ],
            [
                .. rows.TargetOrder.Select(target => (TableCell[])
                [
                    rows.Targets[target], .. Levels.Select(level => Coverage(level, target)), .. intervals.Select(interval => Width(interval, target)),
                ]),
            ]);

        TableCell Coverage(double level, int target) => rows.Calibration.ObservedShares[ModelReport.LevelIndex(rows, level), target];

        TableCell Width((double[,] Lower, double[,] Upper) interval, int target) =>
            rows.Present(target).Average(row => interval.Upper[row, target] - interval.Lower[row, target]);
    }

    private static void AddPicture(ReportPage page, ScoredRows rows)
    {
        int[] drawn = rows.DrawnRows;
        PredictedTarget[] targets =
        [
            .. rows.DrawnTargets.Select(target => new PredictedTarget(
                rows.WithUnit(rows.Targets[target]), Column(rows.Data.Targets, target), Column(rows.Prediction.Mean, target),
                rows.HasIntervals ? Column(rows.Interval.Lower, target) : [.. drawn.Select(_ => double.NaN)],
                rows.HasIntervals ? Column(rows.Interval.Upper, target) : [.. drawn.Select(_ => double.NaN)])),
        ];
        page.AddFigure("predicted-observed", ObservedAgainstPredicted.Create(targets, ScoredRows.Level),
            "Observed against predicted values, a point per row. On the dashed line a prediction is exact. "
            + (rows.HasIntervals ? "Bars are 95 % predictive intervals; about 5 % of the points should be open squares, rows outside their interval." : "")
            + Drawn(rows) + (rows.DrawsAllTargets ? "" : $" Of {rows.Data.TargetCount} targets, those with the lowest, the middle and the highest R2 are shown."),
            Table(rows));

        double[] Column(double[,] values, int target) => Array.ConvertAll(drawn, row => values[row, target]);
    }

    /// <summary>A note if a table does not show all targets.</summary>
    public static string Others(ScoredRows rows) => rows.DrawsAllTargets ? "" : " The file has every target.";

    /// <summary>A note if a chart does not show all rows.</summary>
    public static string Drawn(ScoredRows rows) => rows.DrawnRows.Length == rows.Data.RowCount
        ? ""
        : $" An even sample of {rows.DrawnRows.Length} of {rows.Data.RowCount} rows is drawn; the file has all.";

    private static ReportTable Table(ScoredRows rows) => new(
        [
            .. rows.RowColumns,
            .. rows.DrawnTargets.Select(target => rows.Targets[target]).SelectMany(name => (TableColumn[])
            [
                $"{name}, observed", $"{name}, predicted", $"{name}, sd", $"{name}, epistemic sd",
                $"{name}, lower 95 %", $"{name}, upper 95 %",
            ]),
        ],
        [
            .. Enumerable.Range(0, rows.Data.RowCount).Select(row => (TableCell[])
            [
                .. rows.RowCells(row),
                .. rows.DrawnTargets.SelectMany(target => (TableCell[])
                [
                    rows.Data.Targets[row, target], rows.Prediction.Mean[row, target], Math.Sqrt(rows.Prediction.Variance[row, target]),
                    Math.Sqrt(rows.Prediction.EpistemicVariance[row, target]), rows.Interval.Lower[row, target],
                    rows.Interval.Upper[row, target],
                ]),
            ]),
        ]);
}
