using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>Whether predicted probabilities are right on the whole, and in which parts of the rows intervals hold what they promise.</summary>
internal static class PitSection
{
    private const int Columns = 2, MostGroupsShown = 10, MostTargetsInTable = 3;
    private const string All = "all targets together";

    /// <summary>A histogram per target shown, or of all together before them.</summary>
    /// <param name="shown">Targets.</param>
    /// <param name="pooled">Whether all targets are shown together too.</param>
    public static void AddHistograms(ReportPage page, ScoredRows rows, int[] shown, bool pooled)
    {
        // The bins are as many for all: the target with the fewest values decides.
        int[] known = [.. Enumerable.Range(0, rows.Data.TargetCount).Where(target => rows.PitOf(target).Count > 0)];
        if (known.Length == 0)
        {
            return;
        }

        int bins = known.Min(target => rows.PitOf(target).Counts.Count);
        (string Name, PitHistogram Histogram)[] all =
        [
            .. known.Length > 1 ? [(All, PitHistogram.Pooled(rows.Pit, rows.Groups, bins))] : Array.Empty<(string, PitHistogram)>(),
            .. known.Select(target => (rows.Targets[target], PitHistogram.OfTarget(rows.Pit, target, rows.Groups, bins))),
        ];
        HashSet<string> drawn = [.. shown.Select(target => rows.Targets[target])];
        Chart[] panels =
        [
            .. all.Where((own, i) => drawn.Contains(own.Name) || (pooled && i == 0))
                .Select(own => PitChart.Create(Title(own), own.Histogram) with { Width = 400, Height = 260 }),
        ];
        string rowsAlike = rows.Groups is not null ? " Rows of one group count as one observation, as far as they are alike." : "";
        page.AddFigure("pit", new Panels("", panels, Math.Min(Columns, panels.Length)),
            "Histogram of the probabilities that were given to values up to the observed one (probability integral transforms). If the model is right, all "
                + "bins are equally likely: 95 % of the bars end in the grey band. High at both ends: intervals are too narrow; high in the middle: too wide; "
                + "rising: predictions are too low; falling: too high. p is the probability that a calibrated model is at least as uneven (chi-square)."
                + rowsAlike + (pooled ? " The file has every target." : ""),
            Counts(all, bins));
        foreach (string sentence in CalibrationFindings.Sentences(rows.Targets, rows.Pit, rows.Groups))
        {
            page.AddText(sentence);
        }
    }

    /// <summary>Coverage of the 95 % intervals by predicted value, by distance from the training rows, and by group where there are groups.</summary>
    public static void AddCoverage(ReportPage page, ScoredRows rows)
    {
        int targets = rows.Data.TargetCount;
        TableCell[][] pooled = targets > 1 ? [.. Parts(rows, null)] : [];
        TableCell[][] each = [.. Enumerable.Range(0, targets).SelectMany(target => Parts(rows, target))];
        int shown = pooled.Length + (targets > MostTargetsInTable ? 0 : each.Length);
        page.AddTable("coverage-by-part",
            new ReportTable(
                ["target", "rows by", "from", "to", new TableColumn("values", "F0"), .. CoverageColumns], [.. pooled, .. each]),
            $"Share of observed values inside their {NumberText.Percent(ScoredRows.Level)} intervals, in up to four parts of equally many values: a model "
                + "can be right on the whole, too sure in one part and too cautious in another. Lower and upper: exact 95 % interval of that share; where it "
                + $"does not hold {NumberText.Percent(ScoredRows.Level)}, chance is hardly the reason (of twenty parts one misses it by chance). Predicted value: in the target's unit"
                + (targets > 1 ? $"; of {All}, in its standard deviations from its mean over the training rows" : "")
                + ". Distance of inputs: from the mean of the training rows, in standard deviations of each input."
                + (shown < pooled.Length + each.Length ? " The file has every target." : ""),
            shown);
        if (rows.Groups is not null)
        {
            AddGroups(page, rows, rows.Groups);
        }
    }

    private static IEnumerable<TableCell[]> Parts(ScoredRows rows, int? target)
    {
        int[] targets = target is { } one ? [one] : [.. Enumerable.Range(0, rows.Data.TargetCount)];
        (int Row, int Target)[] cells = [.. Enumerable.Range(0, rows.Data.RowCount).SelectMany(row => targets.Select(t => (row, t)))];
        double[] pit = Array.ConvertAll(cells, cell => rows.Pit[cell.Row, cell.Target]);
        int[]? alike = rows.Groups is { } groups ? Array.ConvertAll(cells, cell => groups[cell.Row])
            : targets.Length > 1 ? Array.ConvertAll(cells, cell => cell.Row) : null;
        double[] predicted = Array.ConvertAll(cells, cell =>
            target is null ? rows.Standardised(cell.Row, cell.Target) : rows.Prediction.Mean[cell.Row, cell.Target]);
        string name = target is { } named ? rows.Targets[named] : All;
        return
        [
            .. Of("predicted value", predicted),
            .. Of("distance of inputs", Array.ConvertAll(cells, cell => rows.Distance(cell.Row))),
        ];

        IEnumerable<TableCell[]> Of(string by, double[] keys) => CoverageByParts.ByKey(pit, keys, alike, ScoredRows.Level)
            .Select(part => (TableCell[])[name, by, part.From, part.To, part.Count, .. CoverageCells(part)]);
    }

    private static void AddGroups(ReportPage page, ScoredRows rows, IReadOnlyList<int> groups)
    {
        int[] rowNumbers = [.. Enumerable.Range(0, rows.Data.RowCount)];
        PartCoverage[] parts =
        [
            .. CoverageByParts.ByGroup(
                    [.. rows.Pit.Cast<double>()], PitHistogram.PerValue(rows.Pit, groups), PitHistogram.PerValue(rows.Pit, rowNumbers), ScoredRows.Level)
                .OrderBy(part => part.Coverage),
        ];
        page.AddTable("coverage-by-group",
            new ReportTable(
                [new TableColumn("group", "F0"), new TableColumn("values", "F0"), .. CoverageColumns],
                [.. parts.Select(part => (TableCell[])[part.From, part.Count, .. CoverageCells(part)])]),
            $"The same by group, {All}: the {Math.Min(MostGroupsShown, parts.Length)} of {parts.Length} groups with the lowest coverage. Of many groups, "
                + "some are low by chance.", MostGroupsShown);
    }

    private static TableColumn[] CoverageColumns => [new("coverage", "P1"), new("lower 95 %", "P1"), new("upper 95 %", "P1")];

    private static TableCell[] CoverageCells(PartCoverage part) => [part.Coverage, part.Lower, part.Upper];

    private static string Title((string Name, PitHistogram Histogram) own) =>
        double.IsNaN(own.Histogram.PValue) ? own.Name : $"{own.Name}, {CalibrationFindings.PValue(own.Histogram.PValue)}";

    private static ReportTable Counts((string Name, PitHistogram Histogram)[] all, int bins) => ReportTable.OfColumns(
    [
        ("from", [.. Enumerable.Range(0, bins).Select(bin => (double)bin / bins)]),
        ("to", [.. Enumerable.Range(1, bins).Select(bin => (double)bin / bins)]),
        .. all.SelectMany(own => ((string, IReadOnlyList<double>)[])
        [
            ($"{own.Name}, values", [.. own.Histogram.Counts.Select(count => (double)count)]),
            ($"{own.Name}, band from", [.. Enumerable.Repeat(own.Histogram.Band.Lower, bins)]),
            ($"{own.Name}, band to", [.. Enumerable.Repeat(own.Histogram.Band.Upper, bins)]),
        ]),
    ]);
}
