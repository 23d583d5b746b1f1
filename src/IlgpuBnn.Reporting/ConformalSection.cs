namespace IlgpuBnn.Reporting;

/// <summary>Conformal intervals beside the calibrated ones.</summary>
internal static class ConformalSection
{
    private static readonly double[] _levels = [0.5, 0.9, 0.95];

    public static void Add(ReportPage page, ScoredRows rows)
    {
        if (rows.Model.Report.Folds == 0 || rows.Model.Model.Conformal is null)
        {
            return;
        }

        (int Place, TableCell[] Cells)[] lines =
        [
            .. from level in _levels
               let calibrated = rows.Prediction.Interval(level)
               let conformal = rows.Model.ConformalInterval(rows.Model.Model.Encoding.Align(rows.Data).Inputs, level)
               from target in rows.TargetOrder
               select (Array.IndexOf(rows.TargetOrder, target), (TableCell[])
               [
                   rows.Targets[target], level, Coverage(rows, target, calibrated), Width(rows, target, calibrated), Coverage(rows, target, conformal),
                   Width(rows, target, conformal),
               ]),
        ];
        page.AddTable("conformal",
            new ReportTable([
                    "target", new TableColumn("level", "P0"), new TableColumn("calibrated: coverage", "P1"), "mean width",
                    new TableColumn("conformal: coverage", "P1"), "mean width",
                ], [.. lines.OrderBy(own => rows.DrawsAllTargets ? 0 : own.Place).Select(own => own.Cells)]),
            "Calibrated intervals beside conformal ones (ilgpubnn predict --conformal). Those hold a new row with probability 2 level - 1 at least and about the level "
                + "in practice, for any data, if new rows, or groups of them, are drawn like the training rows; infinite where those are too few for the level." + ScoreSection.Others(rows),
            rows.TargetsShown * _levels.Length);
    }

    private static double Coverage(ScoredRows rows, int target, (double[,] Lower, double[,] Upper) interval) => rows.Present(target)
        .Average(row => rows.Data.Targets[row, target] >= interval.Lower[row, target] && rows.Data.Targets[row, target] <= interval.Upper[row, target] ? 1.0 : 0.0);

    private static double Width(ScoredRows rows, int target, (double[,] Lower, double[,] Upper) interval) =>
        rows.Present(target).Average(row => interval.Upper[row, target] - interval.Lower[row, target]);
}
