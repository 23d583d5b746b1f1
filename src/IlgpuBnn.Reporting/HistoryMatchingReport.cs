using IlgpuBnn.Analysis;

namespace IlgpuBnn.Reporting;

/// <summary>A page on which inputs of a simulator observations rule out, and what remains.</summary>
public static class HistoryMatchingReport
{
    private const int MaxPairs = 8, ShownRows = 5;

    /// <summary>Compiles waves, maps of what remains, and the next wave's runs.</summary>
    public static ReportPage Create(HistoryMatching matching)
    {
        string waves = matching.Waves.Count == 1 ? "one wave" : $"{matching.Waves.Count} waves";
        var page = new ReportPage($"What {matching.Observations.Count} observations rule out, after {waves}");
        page.AddText(
            $"{NumberText.Percent(matching.Volume)} of the inputs' distributions remain (± {NumberText.Percent(matching.Waves[^1].VolumeError)}). Inputs are ruled out where "
            + $"{RankText(matching.Options.Rank)} implausibility exceeds {NumberText.Short(matching.Options.Threshold)}: the distance of an observation from the surrogate's mean, over the "
            + "root of the variances of measurement error, discrepancy and surrogate."
            + (matching.Options.JointTest ? " They are also ruled out where all observations together lie beyond the 99.5 % point of their joint distance." : "")
            + " What remains is not what is likely: calibration tells that.");
        foreach (string warning in matching.Warnings)
        {
            page.AddText(warning);
        }

        AddWaves(page, matching);
        if (matching.Volume > 0)
        {
            UncertaintyReport.AddInputs(page, matching.Inputs, 0);
            AddMaps(page, matching);
            AddRuns(page, matching);
        }

        return page;
    }

    private static void AddWaves(ReportPage page, HistoryMatching matching)
    {
        page.AddHeading("Waves and observations");
        page.AddTable("waves", new ReportTable(
            ["wave", new TableColumn("remains", "P2"), new TableColumn("± sampling", "P2"), new TableColumn("outside its training range", "P1")],
            [.. matching.Waves.Select((own, k) => (TableCell[])[(k + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), own.Volume, own.VolumeError, own.ShareOutside])]),
            "Share of the inputs' distributions that neither a wave nor those before it rule out; and of what it judges, the share where its surrogate guesses.");
        page.AddTable("observations", new ReportTable(
            ["target", "observed", "sd of its error", "discrepancy", new TableColumn("farthest off", "P1"), new TableColumn("surrogate's variance / observation's", "F2")],
            [
                .. matching.Observations.Select(own => (TableCell[])
                [
                    own.Observation.Target, own.Observation.Value, own.Observation.StandardDeviation, own.Observation.Discrepancy, own.ShareRuledOut, own.VarianceRatio,
                ]),
            ]),
            "Farthest off: of the inputs ruled out, the share where this observation is the one farthest off. The ratio of variances is the median over what remains; below 0.25, a better "
            + "surrogate would rule out little more.");
        if (matching.Volume > 0)
        {
            page.AddText(matching.HasConverged
                ? "A further wave would rule out little. Calibrate: the posterior says which of the remaining inputs are likely."
                : "A further wave pays: run the simulator at the runs below, train on all runs together or on those that remain, and give the new model as one more wave.");
        }
    }

    private static void AddMaps(ReportPage page, HistoryMatching matching)
    {
        page.AddHeading("What remains");
        PairGrid pairs = Pairs(matching);
        int free = matching.Inputs.Distributions.Count(own => own is not Fixed);
        page.AddFigure(
            "pairs", pairs,
            "Pairs of inputs. Below the diagonal the least implausibility over all other inputs: where it exceeds the threshold, whatever the others are, a pair is ruled out. Above it the "
            + "share of the others that remains, white where none does; on the diagonal that share for one input. The mark is the least implausible point, "
            + $"{NumberText.Short(matching.Least.Implausibility)}." + (pairs.Names.Count < free ? $" The {pairs.Names.Count} inputs that the observations narrow most are shown." : ""));
    }

    /// <summary>What remains, by pairs of the inputs that the observations narrow most, eight at most: least implausibility and share.</summary>
    /// <param name="marks">[input]: values to mark, raw units. Null (default) for the least implausible point.</param>
    public static PairGrid Pairs(HistoryMatching matching, IReadOnlyList<double>? marks = null)
    {
        ImplausibilityMaps maps = matching.Maps;
        int[] shown =
        [
            .. Enumerable.Range(0, matching.Inputs.Names.Count).Where(i => matching.Inputs.Distributions[i] is not Fixed)
                .OrderByDescending(i => maps.Depths[i].Where(double.IsFinite).Max() - maps.Depths[i].Where(double.IsFinite).Min()).Take(MaxPairs).Order(),
        ];
        Dictionary<(int, int), double[,]> least = [], depths = [];
        foreach (ImplausibilityMap pair in maps.Pairs)
        {
            (int up, int across) = (Array.IndexOf(shown, pair.First), Array.IndexOf(shown, pair.Second));
            if (up >= 0 && across >= 0)
            {
                least[(up, across)] = pair.Least;
                depths[(across, up)] = AcrossTheDiagonal(pair.Depth);
            }
        }

        double deepest = depths.Values.SelectMany(map => map.Cast<double>()).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        return new PairGrid("", [.. shown.Select(i => matching.Inputs.Names[i])], [.. shown.Select(i => maps.Ranges[i])], least)
        {
            LowerScale = new ChartAxis("least implausibility") { From = 0, To = 2 * matching.Options.Threshold },
            Upper = depths,
            UpperScale = new ChartAxis("share that remains") { From = 0, To = deepest },
            Histograms = [.. shown.Select(i => maps.Depths[i].Select(value => double.IsNaN(value) ? 0 : value).ToArray())],
            Marks = [.. shown.Select(i => (marks ?? matching.Least.Inputs)[i])],
        };
    }

    private static void AddRuns(ReportPage page, HistoryMatching matching)
    {
        IReadOnlyList<string> names = matching.Inputs.Names;
        page.AddHeading("The next wave");
        page.AddTable(
            "next-runs", new ReportTable([.. names.Select(name => new TableColumn(name))], Rows(matching.NextRuns)),
            "Runs of the simulator, spread over what remains: the first is in its middle, and each further one as far as possible from those before it, so that any number of them from the "
            + "first on will do.", shownRows: ShownRows);
        page.AddTable(
            "remaining",
            new ReportTable([.. names.Select(name => new TableColumn(name)), "implausibility"], [.. Rows(matching.Remaining).Select((row, n) => (TableCell[])[.. row, matching.Implausibility[n]])]),
            "Inputs that remain, evenly drawn.", shownRows: ShownRows);
    }

    private static TableCell[][] Rows(double[,] points) =>
        [.. Enumerable.Range(0, points.GetLength(0)).Select(n => Enumerable.Range(0, points.GetLength(1)).Select(i => (TableCell)points[n, i]).ToArray())];

    private static string RankText(int rank) => rank == 1 ? "the largest" : rank == 2 ? "the second largest" : "the third largest";

    /// <summary>Transposed; white where nothing remains.</summary>
    private static double[,] AcrossTheDiagonal(double[,] map)
    {
        var result = new double[map.GetLength(1), map.GetLength(0)];
        for (int k = 0; k < map.Length; k++)
        {
            (int a, int b) = Math.DivRem(k, map.GetLength(1));
            result[b, a] = map[a, b] > 0 ? map[a, b] : double.NaN;
        }

        return result;
    }
}
