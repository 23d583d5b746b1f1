namespace IlgpuBnn.Reporting;

/// <summary>Rows with the largest errors, the largest uncertainty, or inputs outside the training range.</summary>
internal static class RowSection
{
    private const int Shown = 15;

    // In the file, where targets are very many.
    private const int MaxErrors = 1000;

    public static void AddLargestErrors(ReportPage page, ScoredRows rows)
    {
        int[] inputs = rows.ShownInputs(null, ScoredRows.MaxInputsInTables);
        (int Row, int Target)[] byError =
        [
            .. Enumerable.Range(0, rows.Data.TargetCount)
                .SelectMany(target => rows.Present(target).Select(row => (Row: row, Target: target)))
                .OrderByDescending(cell => Math.Abs(rows.Residual(cell.Row, cell.Target)) / rows.Scale(cell.Target))
                .Take(rows.DrawsAllTargets ? int.MaxValue : MaxErrors),
        ];
        var table = new ReportTable(
            [
                .. rows.RowColumns, "target", "observed", "predicted",
                .. rows.HasIntervals ? (TableColumn[])["lower 95 %", "upper 95 %", new TableColumn("error in sd", "F1")] : [],
                .. InputColumns(rows, inputs),
            ],
            [
                .. byError.Select(cell => (TableCell[])
                [
                    .. rows.RowCells(cell.Row), rows.Targets[cell.Target], rows.Data.Targets[cell.Row, cell.Target],
                    rows.Prediction.Mean[cell.Row, cell.Target],
                    .. rows.HasIntervals ? Uncertainty(rows, cell.Row, cell.Target) : [], .. InputCells(rows, inputs, cell.Row),
                ]),
            ]);
        page.AddHeading("The largest errors").AddTable("largest-errors", table,
            $"The {Math.Min(Shown, byError.Length)} largest errors"
            + (rows.Data.TargetCount > 1 ? ", targets compared by their standard deviation over the training rows" : "")
            + $". Row: line of {Path.GetFileName(rows.Data.SourceName)}, the header being 1."
            + (rows.HasIntervals ? " Error in sd: in predicted standard deviations; above 3 the model was overconfident." : "")
            + InputChoice(rows, inputs), Shown);
    }

    public static void AddLeastSure(ReportPage page, ScoredRows rows)
    {
        page.AddHeading("Where the model is least certain");
        if (rows.Model.ParticleCount == 1)
        {
            page.AddText("A single network has no epistemic uncertainty (the disagreement of networks, which more training rows would reduce).");
        }
        else
        {
            AddDisagreement(page, rows);
        }

        AddOutside(page, rows);
    }

    private static void AddDisagreement(ReportPage page, ScoredRows rows)
    {
        int[] inputs = rows.ShownInputs(null, ScoredRows.MaxInputsInTables);
        int[] targets = [.. Enumerable.Range(0, rows.Data.TargetCount)];
        (int Row, int Target)[] byUncertainty =
        [
            .. Enumerable.Range(0, rows.Data.RowCount)
                .Select(row => (Row: row, Target: targets.MaxBy(target => Disagreement(rows, row, target))))
                .OrderByDescending(cell => Disagreement(rows, cell.Row, cell.Target)),
        ];
        var table = new ReportTable(
            [
                .. rows.RowColumns, "target", "predicted", "epistemic sd", "noise sd", new TableColumn("in sd of target", "F2"),
                "outside the training range", .. InputColumns(rows, inputs),
            ],
            [
                .. byUncertainty.Select(cell =>
                    (TableCell[])[.. UnsureCells(rows, cell.Row, cell.Target), .. InputCells(rows, inputs, cell.Row)]),
            ]);
        page.AddTable("least-sure", table,
            $"The {Math.Min(Shown, byUncertainty.Length)} rows on which the networks disagree most, with the target they disagree on most. Epistemic sd: standard "
            + "deviation of the networks, which more training rows nearby would reduce; noise sd: predicted noise. In sd of target: epistemic sd in standard "
            + "deviations of the target over the training rows. New runs are most useful near these rows." + InputChoice(rows, inputs), Shown);
    }

    private static void AddOutside(ReportPage page, ScoredRows rows)
    {
        (int Row, int Input, double Distance)[] cells =
        [
            .. Enumerable.Range(0, rows.Data.RowCount)
                .SelectMany(row => rows.Outside(row).Select(input => (Row: row, Input: input, Distance: DistanceOutside(rows, row, input))))
                .OrderByDescending(cell => cell.Distance),
        ];
        int outside = cells.Select(cell => cell.Row).Distinct().Count();
        page.AddText(outside == 0
            ? "Every input of every row lies inside the range of the training rows."
            : $"{outside} of {rows.Data.RowCount} rows have an input outside the range of the training rows, where networks may be wrong and overconfident.");
        if (outside == 0)
        {
            return;
        }

        var table = new ReportTable(
            [.. rows.RowColumns, "input", "value", "training from", "to", new TableColumn("outside by", "P1")],
            [
                .. cells.Select(cell => (TableCell[])
                [
                    .. rows.RowCells(cell.Row), rows.Data.InputNames[cell.Input], rows.Data.Inputs[cell.Row, cell.Input],
                    rows.Model.InputRange.Smallest[cell.Input], rows.Model.InputRange.Largest[cell.Input],
                    double.IsFinite(cell.Distance) ? cell.Distance : double.NaN,
                ]),
            ]);
        page.AddTable("outside-training-range", table,
            $"Inputs farthest outside the range of the training rows, {Math.Min(Shown, cells.Length)} of {cells.Length}. Outside by: fraction of that range; "
                + "empty if it is a single value.", Shown);
    }

    /// <summary>In widths of the training range; infinite if the input did not vary.</summary>
    private static double DistanceOutside(ScoredRows rows, int row, int input)
    {
        (double from, double to, double value) =
            (rows.Model.InputRange.Smallest[input], rows.Model.InputRange.Largest[input], rows.Data.Inputs[row, input]);
        return Math.Max(from - value, value - to) / (to - from);
    }

    private static double Disagreement(ScoredRows rows, int row, int target) =>
        Math.Sqrt(rows.Prediction.EpistemicVariance[row, target]) / rows.Scale(target);

    private static TableCell[] Uncertainty(ScoredRows rows, int row, int target) =>
    [
        rows.Interval.Lower[row, target], rows.Interval.Upper[row, target],
        Math.Abs(rows.Residual(row, target)) / Math.Sqrt(rows.Prediction.Variance[row, target]),
    ];

    private static TableCell[] UnsureCells(ScoredRows rows, int row, int target) =>
    [
        .. rows.RowCells(row), rows.Targets[target], rows.Prediction.Mean[row, target],
        Math.Sqrt(rows.Prediction.EpistemicVariance[row, target]),
        Math.Sqrt(rows.Prediction.AleatoricVariance[row, target]), Disagreement(rows, row, target),
        string.Join(", ", rows.Outside(row).Select(input => rows.Data.InputNames[input])),
    ];

    private static IEnumerable<TableColumn> InputColumns(ScoredRows rows, int[] inputs) =>
        inputs.Select(input => new TableColumn(rows.Data.InputNames[input]));

    private static IEnumerable<TableCell> InputCells(ScoredRows rows, int[] inputs, int row) =>
        inputs.Select(input => (TableCell)rows.Data.Inputs[row, input]);

    private static string InputChoice(ScoredRows rows, int[] inputs) => inputs.Length == rows.Data.InputCount
        ? ""
        : $" Of {rows.Data.InputCount} inputs, the {inputs.Length} with the strongest link to the residuals are shown.";
}
