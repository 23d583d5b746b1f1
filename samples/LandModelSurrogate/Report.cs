using IlgpuBnn.Reporting;

namespace LandModelSurrogate;

/// <summary>The HTML report: introduction, figures, tables, and the paper's claims beside our results.</summary>
internal static class Report
{
    /// <param name="run">How and where it was run, a sentence each.</param>
    public static ReportPage Page(Results results, IReadOnlyList<Exhibit> exhibits, IReadOnlyList<string> run)
    {
        var page = new ReportPage("A land model's surrogate: a paper's experiments, repeated");
        AddIntroduction(page, results, run);
        AddSummary(page, results, exhibits);
        foreach (Exhibit exhibit in exhibits)
        {
            page.AddHeading(exhibit.Title).AddFigure(exhibit.Name, exhibit.Draw(results), exhibit.Caption, exhibit.Data(results));
            if (Numbers(results, exhibit.Name) is var (table, caption))
            {
                page.AddTable($"{exhibit.Name}-numbers", table, caption);
            }

            AddClaims(page, results, exhibit);
        }

        return page;
    }

    private static void AddIntroduction(ReportPage page, Results results, IReadOnlyList<string> run)
    {
        page.AddHeading("What was done")
            .AddText("D. Lu, S. Liu and D. Ricciuto (2019) trained Bayesian neural networks by Stein variational gradient descent (SVGD) as surrogates of the "
                + "E3SM land model, whose single run takes about 12 hours, from as few as 10 of its runs. Here every experiment of their section III is repeated "
                + "with IlgpuBnn on 1000 runs of a simplified model of the same family: 8 parameters in; net ecosystem exchange (NEE), leaf area (TLAI) and "
                + "photosynthesis (GPP, in place of the paper's latent heat) of five years out. The last 100 runs are the test rows, as in the paper; training "
                + "rows are drawn from the others.")
            .AddTable("settings", new ReportTable(
                ["settings", "what they are"], [.. results.Plan.Settings.Select(settings => (TableCell[])[settings.Title, settings.Description])]),
                "Every figure is shown under each of these. The first are those that the paper words; the second start smaller, as in the code of SVGD's authors.")
            .AddText(string.Join(" ", run));
    }

    private static void AddSummary(ReportPage page, Results results, IReadOnlyList<Exhibit> exhibits)
    {
        Verdict[] verdicts = [.. exhibits.SelectMany(exhibit => Verdict.Of(results, exhibit))];
        if (verdicts.Length == 0)
        {
            return;
        }

        page.AddHeading("What holds").AddTable("claims", new ReportTable(
            ["the paper says", .. results.Plan.Settings.Select(settings => new TableColumn(settings.Title))],
            [
                .. verdicts.Select(verdict => (TableCell[])[verdict.Claim.Statement, .. verdict.Findings.Select(finding => (TableCell)Verdict.Word(finding))]),
                (TableCell[])["claims that hold", .. results.Plan.Settings.Select((_, column) =>
                    (TableCell)$"{verdicts.Count(verdict => verdict.Findings[column].Holds)} of {verdicts.Length}")],
            ]), "Every claim of the paper's section III that these figures can test. What is asked of the figures for a claim to hold stands below, with them.");
    }

    private static void AddClaims(ReportPage page, Results results, Exhibit exhibit)
    {
        Verdict[] verdicts = [.. Verdict.Of(results, exhibit)];
        if (verdicts.Length == 0)
        {
            return;
        }

        page.AddTable($"{exhibit.Name}-claims", new ReportTable(
            ["the paper says", "asked of our figures", .. results.Plan.Settings.Select(settings => new TableColumn(settings.Title))],
            [
                .. verdicts.Select(verdict => (TableCell[])
                [
                    verdict.Claim.Statement, verdict.Claim.Asked, .. verdict.Findings.Select(finding => (TableCell)$"{Verdict.Word(finding)}: {finding.Ours}"),
                ]),
            ]), "The paper's statements beside our figures.");
        foreach (string reason in verdicts.Where(verdict => verdict.Differs).SelectMany(verdict => verdict.Claim.Reasons).Distinct())
        {
            page.AddText($"Where ours differs, a likely reason: {reason}");
        }
    }

    /// <summary>A table of the main numbers of a figure; null for none.</summary>
    private static (ReportTable Table, string Caption)? Numbers(Results results, string exhibit) => exhibit switch
    {
        "fig1" => (BySize(
            results, from settings in results.Plan.Settings
                     from method in Methods.All
                     select ($"{Methods.Title(method)}, {settings.Title}", "F3", (Func<int, double>)(rows => results.R2(settings, method, rows)))),
            "Median R2 of Figure 1."),
        "intervals" => (BySize(
            results, from settings in results.Plan.Settings
                     from level in OutputScores.Levels
                     select ($"{level:P0}, {settings.Title}", "P0", (Func<int, double>)(rows => results.Interval(settings, Methods.Svgd, rows, level).Coverage))),
            "Fraction of the test rows inside their interval, Bayesian network."),
        "peers" => (BySize(
            results, from model in results.Comparison.GroupBy(row => row.Model)
                     from score in new (string Name, string Format, Func<ComparisonRow, double> Of)[]
                     {
                         ("R2", "F3", row => row.R2), ("CRPS", "F3", row => row.Crps), ("95 % interval", "P0", row => row.Coverage95),
                     }
                     select ($"{score.Name}, {model.Key}", score.Format, (Func<int, double>)(rows => score.Of(model.Single(row => row.Rows == rows))))),
            "Medians over the outputs, then over the seeds."),
        _ => null,
    };

    /// <summary>A row per number of training rows.</summary>
    private static ReportTable BySize(Results results, IEnumerable<(string Name, string Format, Func<int, double> Value)> columns) => new(
        [new TableColumn("training rows", "F0"), .. columns.Select(column => new TableColumn(column.Name, column.Format))],
        [.. results.Plan.Sizes.Select(rows => (TableCell[])[rows, .. columns.Select(column => (TableCell)column.Value(rows))])]);
}
