using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Reporting;

/// <summary>Residuals against inputs.</summary>
internal static class ResidualSection
{
    private const int Columns = 4;

    public static void Add(ReportPage page, ScoredRows rows)
    {
        page.AddHeading("Residuals");
        bool chosen = rows.Data.InputCount > ScoredRows.MaxInputsShown;
        page.AddText(
            "A residual is the observed minus the predicted value. A good model leaves a structureless cloud around 0: where the median departs from 0 the model "
            + "is biased, and where the cloud widens its errors are larger."
            + (chosen
                ? $" Of {rows.Data.InputCount} inputs, {ScoredRows.MaxInputsShown} are shown per target: those with the strongest link to the size of its "
                    + "residuals, whose variance groups of rows with similar values explain best."
                : ""));
        foreach (int target in rows.DrawnTargets)
        {
            AddTarget(page, rows, target);
        }

        page.AddTable("residual-links", Links(rows),
            "Dependence of the size of the residuals on each input: fraction of the variance of absolute residuals explained by up to ten groups of equally "
                + "many rows by the value of the input, adjusted for chance."
                + ScoreSection.Others(rows), rows.TargetsShown);
    }

    private static void AddTarget(ReportPage page, ScoredRows rows, int target)
    {
        int[] present = rows.Present(target);
        (string, IReadOnlyList<double>)[] columns =
        [
            ("row", Of(row => rows.Data.LineNumber(row))),
            .. rows.Data.InputNames.Select((name, input) => (name, Of(row => rows.Data.Inputs[row, input]))),
            ("residual", Of(row => rows.Residual(row, target))),
        ];
        Chart[] panels = [.. rows.ShownInputs(target, ScoredRows.MaxInputsShown).Select(input => Panel(rows, target, input))];
        page.AddFigure($"residuals-{rows.Targets[target]}", new Panels("", panels, Math.Min(Columns, panels.Length)),
            $"Residuals of {rows.Targets[target]} against inputs." + ScoreSection.Drawn(rows), ReportTable.OfColumns(columns));

        IReadOnlyList<double> Of(Func<int, double> value) => Array.ConvertAll(present, row => value(row));
    }

    private static Chart Panel(ScoredRows rows, int target, int input)
    {
        int[] present = rows.Present(target), drawn = [.. rows.DrawnRows.Intersect(present)];
        IReadOnlyList<int[]> groups = EqualGroups.Of(Array.ConvertAll(present, row => rows.Data.Inputs[row, input]));
        double Input(int row) => rows.Data.Inputs[row, input];
        double Residual(int row) => rows.Residual(row, target);
        Mark[] marks =
        [
            new Guide("") { Y = 0 },
            new Points("row", [.. drawn.Select(Input)], [.. drawn.Select(Residual)]) { Radius = drawn.Length > 300 ? 1.2 : 1.8, Style = 0 },
            new Line("median of equally many rows", [.. groups.Select(group => group.Select(i => Input(present[i])).Median())],
                [.. groups.Select(group => group.Select(i => Residual(present[i])).Median())]) { Style = 1 },
        ];
        string side = "observed − predicted";
        return new Chart("", new ChartAxis(rows.WithUnit(rows.Data.InputNames[input])), new ChartAxis(side), marks) { Width = 240, Height = 200 };
    }

    /// <summary>A column per target, or a row per target where there are very many.</summary>
    private static ReportTable Links(ScoredRows rows) => rows.DrawsAllTargets
        ? new(
            ["input", .. rows.Targets.Select(name => new TableColumn(name, "P0"))],
            [
                .. rows.Data.InputNames.Select((name, input) => (TableCell[])
                [
                    name, .. Enumerable.Range(0, rows.Data.TargetCount).Select(target => (TableCell)rows.Links[input, target]),
                ]),
            ])
        : new(
            ["target", .. rows.Data.InputNames.Select(name => new TableColumn(name, "P0"))],
            [
                .. rows.TargetOrder.Select(target => (TableCell[])
                [
                    rows.Targets[target], .. Enumerable.Range(0, rows.Data.InputCount).Select(input => (TableCell)rows.Links[input, target]),
                ]),
            ]);
}
