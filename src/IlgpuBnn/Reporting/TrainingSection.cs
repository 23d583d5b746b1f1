using IlgpuBnn.Inference;

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

        if (report.History.Any(step => double.IsFinite(step.MeanLogDensity) || double.IsFinite(step.HeldOutScore)))
        {
            page.AddFigure("training-history", TrainingHistoryChart.Create(report.History, report.KeptIteration),
                "The training, look by look. "
                + (TrainingHistoryChart.HasScores(report.History) ? "Left: mean log score of the rows that were held out or left out; a fall after the dashed line is what stopping "
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
        { HeldOutRows: > 0 } => $", the best on {report.HeldOutRows} held-out rows.",
        { Folds: > 0 } => $"; each network left out one of {report.Folds} folds of the rows, by which noise and spread were then calibrated.",
        _ => "; no rows were held out to choose it by.",
    };

    private static string Reason(StopReason reason) => reason switch
    {
        StopReason.IterationLimit => "all its iterations were done",
        StopReason.HeldOutScore => "the rows that were held out or left out were no longer predicted better",
        StopReason.Cancelled => "it was stopped on request",
        _ => "a gradient was not finite",
    };

    private static ReportTable Table(IReadOnlyList<StepInfo> history) => ReportTable.OfColumns(
        ("iteration", [.. history.Select(step => (double)step.Iteration)]),
        ("mean log density", [.. history.Select(step => step.MeanLogDensity)]),
        ("held-out score", [.. history.Select(step => step.HeldOutScore)]));

    private static ReportTable Settings(BayesianNetwork model)
    {
        TrainingOptions options = model.Options;
        return new ReportTable(
            ["setting", "value"],
            [
                ["networks", $"{options.Particles}"],
                ["method", $"{options.Method}"],
                ["hidden layers", options.Hidden.Count == 0 ? "none" : string.Join(", ", options.Hidden)],
                ["activation", $"{options.Activation}{(options.LastActivation is { } last ? $", of the last hidden layer {last}" : "")}"],
                ["linear path", options.LinearPath ? "yes" : "no"],
                ["parameters of a network", $"{model.ParameterCount}"],
                ["noise precision", $"{options.Noise}"],
                ["noise assumed in training", options.DegreesOfFreedom is { } degrees ? FormattableString.Invariant($"Student's t, {degrees} degrees of freedom") : "Gaussian"],
                .. Posterior(options),
                ["step size", FormattableString.Invariant($"{options.Adam.StepSizeFor(options.Method)}")],
                ["batches", $"{options.BatchesFor(model.Report.TrainingRows)}"],
                ["training rows", $"{model.Report.TrainingRows}"],
                ["held-out rows", $"{model.Report.HeldOutRows}"],
                ["seed", $"{options.Seed}"],
            ]);
    }

    private static IEnumerable<TableCell[]> Posterior(TrainingOptions options) => options.Method == InferenceMethod.AnchoredEnsemble
        ? [
            ["weight scale", options.Anchors.WeightScale],
            ["spread of input scales", options.Anchors.InputScaleSpread],
            ["noise trained with", options.Anchors.TargetNoise],
            ["noise may change with the prediction", options.HeteroscedasticNoise ? "yes" : "no"],
        ]
        : [["weight precision", $"{options.WeightPrecision}"], ["starting points", $"{options.Initialisation}"]];
}
