using IlgpuBnn.Training;

namespace IlgpuBnn.Reporting;

/// <summary>How the model came about.</summary>
internal static class TrainingSection
{
    public static void Add(ReportPage page, BayesianNetwork model)
    {
        TrainingReport report = model.Report;
        page.AddHeading("Training");
        page.AddText($"Training took {report.Iterations} iterations and ended because {Reason(report.StopReason)}. The model is the state "
            + $"after iteration {report.KeptIteration}"
            + Judges(report));
        foreach (string note in report.Notes)
        {
            page.AddText("Note: " + note);
        }

        if (report.History.Any(step => double.IsFinite(step.MeanLogDensity) || double.IsFinite(step.ValidationScore)))
        {
            page.AddFigure("training-history", TrainingHistoryChart.Create(report.History, report.KeptIteration),
                "How the training went. "
                + (TrainingHistoryChart.HasScores(report.History) ? "Left: mean log score of the validation or out-of-fold rows; a fall after the dashed line is what stopping "
                + "there avoided. Right: " : "")
                + "mean logarithm of the posterior density of the networks, up to a constant; where it still rises at the end, more "
                + "iterations may help.", Table(report.History));
        }
        else
        {
            page.AddText("The model file has no training history.");
        }

        page.AddTable("settings", Settings(model), "What the training was asked to do.");
    }

    private static string Judges(TrainingReport report) => report switch
    {
        { ValidationRows: > 0 } => $", the best on {report.ValidationRows} validation rows.",
        { Folds: > 0 } => $"; each network left out one of {report.Folds} folds of the rows, by which noise and spread were then calibrated.",
        _ => "; no rows were held out to choose it by.",
    };

    private static string Reason(StopReason reason) => reason switch
    {
        StopReason.IterationLimit => "all its iterations were done",
        StopReason.ValidationScore => "the validation or out-of-fold rows were no longer predicted better",
        StopReason.Cancelled => "it was stopped on request",
        _ => "a gradient was not finite",
    };

    private static ReportTable Table(IReadOnlyList<StepInfo> history) => ReportTable.OfColumns(
        ("iteration", [.. history.Select(step => (double)step.Iteration)]),
        ("mean log density", [.. history.Select(step => step.MeanLogDensity)]),
        ("validation score", [.. history.Select(step => step.ValidationScore)]));

    private static ReportTable Settings(BayesianNetwork model)
    {
        TrainingOptions options = model.Options;
        return new ReportTable(
            ["setting", "value"],
            [
                ["method", OptionText.Words(options.Method.GetType().Name)],
                .. OptionText.Rows(options.Method),
                ["hidden layers", options.HiddenLayers.Count == 0 ? "none" : string.Join(", ", options.HiddenLayers.Select(OptionText.Layer))],
                ["parameters of a network", $"{model.ParameterCount}"],
                ["likelihood", OptionText.Words(options.UsedLikelihood.GetType().Name)],
                .. OptionText.Rows(options.UsedLikelihood),
                ["step size", FormattableString.Invariant($"{options.Adam.StepSizeFor(options.Method)}")],
                ["batches", $"{options.BatchesFor(model.Report.TrainingRows)}"],
                ["training rows", $"{model.Report.TrainingRows}"],
                ["validation rows", $"{model.Report.ValidationRows}"],
                ["seed", $"{options.Seed}"],
            ]);
    }
}
