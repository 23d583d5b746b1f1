using System.Text;

namespace LandModelSurrogate;

/// <summary>The paper's claims against our results, as a generated Markdown page.</summary>
internal static class Reproduction
{
    private const string Head =
        """
        # The paper's claims, put to the test

        Section III of D. Lu, S. Liu and D. Ricciuto's Bayesian neural network as a surrogate of the E3SM land model (2019), claim by claim. This page is
        written by `samples/LandModelSurrogate`, which trains everything anew: no verdict on it is written by hand. The paper's words are not numbers;
        what is asked for a claim to hold is ours.

        The land model is a simplified one of the same family, of which 1000 runs are in `samples/data` (8 inputs, 15 outputs; photosynthesis, GPP, stands
        for the paper's latent heat). The last 100 runs are the test rows, as in the paper. Figures are medians over the 15 outputs, then over the
        seeds, unless they say otherwise. An epoch is an iteration: each sees all training rows.

        """;

    /// <param name="run">How and where it was run, a line each.</param>
    public static string Markdown(Results results, IReadOnlyList<Exhibit> exhibits, IReadOnlyList<string> run)
    {
        IReadOnlyList<Settings> columns = results.Plan.Settings;
        var text = new StringBuilder(Head);
        foreach (Settings settings in columns)
        {
            text.Append($"- **{settings.Title}**: {settings.Description}\n");
        }

        text.Append($"\n{string.Join("  \n", run)}\n");
        foreach (Exhibit exhibit in exhibits)
        {
            Verdict[] verdicts = [.. Verdict.Of(results, exhibit)];
            if (verdicts.Length == 0)
            {
                continue;
            }

            text.Append($"\n## {exhibit.Title}\n\n| the paper | asked | {string.Join(" | ", columns.Select(settings => settings.Title))} |\n");
            text.Append($"|---|---|{string.Concat(columns.Select(_ => "---|"))}\n");
            foreach (Verdict verdict in verdicts)
            {
                IEnumerable<string> cells = verdict.Findings.Select(finding => $"**{Verdict.Word(finding)}**: {finding.Ours}");
                text.Append($"| {verdict.Claim.Statement} | {verdict.Claim.Asked} | {string.Join(" | ", cells)} |\n");
            }

            string[] reasons = [.. verdicts.Where(verdict => verdict.Differs).SelectMany(verdict => verdict.Claim.Reasons).Distinct()];
            text.Append(reasons.Length == 0 ? "" : $"\nWhere ours differs, the likely reason:\n\n{string.Concat(reasons.Select(reason => $"- {reason}\n"))}");
        }

        return text.ToString();
    }
}

/// <summary>A claim, tested under each of the settings.</summary>
internal sealed record Verdict(Claim Claim, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether it fails to hold under any of the settings.</summary>
    public bool Differs => Findings.Any(finding => !finding.Holds);

    public static IEnumerable<Verdict> Of(Results results, Exhibit exhibit) =>
        from claim in Claims.All
        where claim.Figure == exhibit.Name
        select new Verdict(claim, [.. results.Plan.Settings.Select(settings => claim.Test(results, settings))]);

    public static string Word(Finding finding) => finding.Holds ? "holds" : "does not hold";
}
