using IlgpuBnn;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;

namespace CalibrateLandModel;

/// <summary>The page: what was done, what came out, and how far to trust it.</summary>
internal static class Page
{
    private const double Level = 0.9;

    public static ReportPage Create(Results results)
    {
        var page = new ReportPage($"A land model, calibrated with {results.FirstRuns + results.SecondRuns} runs");
        int inside = Parameters(results).Count(own => own.Inside);
        page.AddText(
            $"Which parameters of a simplified E3SM land model agree with {results.Observations.Values.Count} observations? Run {LandModel.FirstTruth + results.Truth} of the "
            + "model, which no surrogate has seen, stands for nature: its outputs with measurement errors are the observations, so that the answer is known. "
            + $"The model was run {results.FirstRuns} times over the whole space of its parameters, and {results.SecondRuns} times where the surrogate and the observations asked for it. "
            + $"Of the {results.After.Parameters.Count} true parameters {inside} lie inside their 90 % intervals; nine in ten are expected to.");
        AddSurrogate(page, results);
        AddSensitivity(page, results);
        AddMatching(page, results);
        AddPosterior(page, results);
        return page;
    }

    private static void AddSurrogate(ReportPage page, Results results)
    {
        page.AddHeading("The surrogate");
        page.AddText(
            $"First runs: a scrambled Sobol design of {results.FirstRuns} points; the model is here a table of 900 runs, so each point takes the nearest run that is left. "
            + $"Then {results.SecondRuns} runs out of those left, chosen to take most off what the surrogate did not know where the first posterior lay; they were expected to take off "
            + $"{Percent(results.Next.ShareRemoved)} of its variance there.");
        page.AddTable("scores", new ReportTable(
            ["target", new TableColumn($"R2, {results.FirstRuns} runs", "F3"), new TableColumn($"R2, {results.FirstRuns + results.SecondRuns} runs", "F3"), "CRPS before", "CRPS after"],
            [
                .. Scored(results.Early, results).Zip(Scored(results.Late, results)).Select((own, o) => (TableCell[])
                [
                    results.Model.Unseen.TargetNames[o], own.First.R2, own.Second.R2, own.First.Crps, own.Second.Crps,
                ]),
            ]),
            "On the 100 runs that no surrogate has seen, spread over the whole space.", shownRows: 15);
        PredictiveDistribution prediction = results.Late.Predict(results.Model.Unseen);
        (double[,] lower, double[,] upper) = prediction.Interval(Level);
        page.AddFigure(
            "unseen-runs",
            ObservedAgainstPredicted.Create(
                [
                    .. results.Observations.Values.Select(own => results.Late.TargetNames.ToList().IndexOf(own.Target)).Select(o => new PredictedTarget(
                        results.Late.TargetNames[o], Column(results.Model.Unseen.Targets, o), Column(prediction.Mean, o), Column(lower, o), Column(upper, o))),
                ],
                Level),
            "The 100 unseen runs: what the model gave, upwards, and what the surrogate of all runs predicts, with its 90 % intervals.");
    }

    private static void AddSensitivity(ReportPage page, Results results)
    {
        page.AddHeading("Which parameters matter");
        if (SensitivityReport.TotalIndices(results.Sensitivity) is { } map)
        {
            page.AddFigure("sensitivity", map,
                $"Total Sobol indices by the surrogate of the first {results.FirstRuns} runs: share of an output's variance that a parameter takes part in. What matters to no observed output "
                + "cannot be calibrated.");
        }
    }

    private static void AddMatching(ReportPage page, Results results)
    {
        page.AddHeading("What the observations rule out");
        page.AddText(
            $"The surrogate of the first runs leaves {Percent(results.Matching.Waves[0].Volume)} of the space of parameters, that of all runs {Percent(results.Matching.Volume)}. "
            + (results.Matching.HasConverged ? "A further wave would rule out little." : "A further wave would rule out more."));
        page.AddFigure("history-matching", HistoryMatchingReport.Pairs(results.Matching, Truth(results)),
            "Below the diagonal the least implausibility over all other parameters, above it the share of them that remains (white: none), on it that share for one parameter. The mark is the truth.");
    }

    private static void AddPosterior(ReportPage page, Results results)
    {
        page.AddHeading("Which parameters agree");
        page.AddTable("observations", new ReportTable(
            ["target", "the truth's output", "observed", "sd of its error", "predicted mean", "5 %", "95 %"],
            [
                .. results.After.Predicted.Select(own => (TableCell[])
                [
                    own.Observation.Target, results.Model.Unseen.Targets[results.Truth, results.Model.Unseen.TargetNames.ToList().IndexOf(own.Observation.Target)], own.Observation.Value,
                    own.Observation.StandardDeviation, own.Mean, own.Lower, own.Upper,
                ]),
            ]),
            "Observations, and what the model gives over the posterior.");
        page.AddTable("parameters", new ReportTable(
            ["parameter", "truth", "median", "5 %", "95 %", "truth inside", new TableColumn("shrinkage", "P0"), new TableColumn($"with {results.FirstRuns} runs", "P0")],
            [
                .. Parameters(results).Select((own, k) => (TableCell[])
                [
                    own.Name, own.Truth, own.Median, own.Low, own.High, own.Inside ? "yes" : "no", results.After.Parameters[k].Shrinkage, results.Before.Parameters[k].Shrinkage,
                ]),
            ]),
            "The posterior, with the surrogate of all runs. Shrinkage: the share of a parameter's variance that the observations took away, with all runs and with the first ones.");
        page.AddFigure("posterior", ParameterCalibrationReport.Pairs(results.After, Truth(results)),
            "The posterior: each parameter alone on the diagonal (outline: beforehand), and in pairs. The mark is the truth. Slanted maps are what the observations tell of parameters together.");
        foreach (string warning in results.After.Warnings)
        {
            page.AddText(warning);
        }
    }

    private static IEnumerable<(string Name, double Truth, double Median, double Low, double High, bool Inside)> Parameters(Results results)
    {
        double[] truth = Truth(results);
        for (int i = 0; i < truth.Length; i++)
        {
            (double low, double high) = (results.After.Quantile(i, 0.05), results.After.Quantile(i, 0.95));
            yield return (results.After.Inputs.Names[i], truth[i], results.After.Quantile(i, 0.5), low, high, truth[i] >= low && truth[i] <= high);
        }
    }

    private static double[] Truth(Results results) => [.. Enumerable.Range(0, results.After.Inputs.Names.Count).Select(i => results.Model.Unseen.Inputs[results.Truth, i])];

    private static IReadOnlyList<TargetScores> Scored(BayesianNetwork model, Results results) =>
        Scores.Evaluate(model.Predict(results.Model.Unseen), results.Model.Unseen.Targets).PerTarget;

    private static string Percent(double share) => share.ToString("P1", System.Globalization.CultureInfo.InvariantCulture);

    private static double[] Column(double[,] table, int column) => [.. LandModel.Column(table, column)];
}
