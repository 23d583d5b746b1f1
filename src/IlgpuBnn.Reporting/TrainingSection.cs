using IlgpuBnn.Data;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;

namespace IlgpuBnn.Reporting;

/// <summary>History and settings of the training.</summary>
internal static class TrainingSection
{
    private static readonly string[] _ofNumbers = ["noise sd", "heteroscedastic noise", "output bounds", "shrinkage"];

    public static void Add(ReportPage page, BayesianNetwork model)
    {
        TrainingReport report = model.Report;
        page.AddHeading("Training");
        page.AddText(
            $"Training took {report.Iterations} iterations and stopped because {Reason(report.StopReason)}. The model is the state after iteration "
            + $"{report.KeptIteration}{Selection(report, model.Classes is not null)}");
        foreach (string note in report.Notes)
        {
            page.AddText("Note: " + note);
        }

        if (report.Constraints.Count > 0)
        {
            page.AddTable("constraints", Constraints(report.Constraints),
                "What was known beside the rows, and the share of 1,024 new points all over the inputs at which the mean, and single networks, violate it by more than a "
                    + "hundredth of the target's standard deviation (of what rises or falls: for a change of the input by its range).");
        }

        if (report.History.Any(step => double.IsFinite(step.MeanLogDensity) || double.IsFinite(step.ValidationScore)))
        {
            page.AddFigure("training-history", TrainingHistoryChart.Create(report.History, report.KeptIteration),
                (TrainingHistoryChart.HasScores(report.History)
                    ? "Left: mean log score of the validation or out-of-fold rows; a decline after the dashed line would be overfitting. Right: mean "
                    : "Mean ")
                + "log posterior density of the networks, up to a constant; if it still rises at the end, more iterations may help.", Table(report.History));
        }
        else
        {
            page.AddText("The model file has no training history.");
        }

        page.AddTable("settings", Settings(model), "Settings of the training.");
    }

    private static ReportTable Constraints(IReadOnlyList<ConstraintCheck> checks) => new(
        ["constraint", "exact", "violated", "by networks"],
        [
            .. checks.Select(own => (TableCell[])
                [$"{own.Constraint}", own.Exact ? "yes" : "no", NumberText.Percent(own.ViolatedFraction), NumberText.Percent(own.ViolatedFractionOfNetworks)]),
        ]);

    private static string Selection(TrainingReport report, bool classes) => report switch
    {
        { ValidationRows: > 0 } => $", the best on {report.ValidationRows} validation rows.",
        { Folds: > 0 } => $"; each network was trained without one of {report.Folds} folds, on which {(classes ? "temperature" : "noise")} and epistemic scale were calibrated.",
        _ => "; there were no validation or out-of-fold rows.",
    };

    private static string Reason(StopReason reason) => reason switch
    {
        StopReason.IterationLimit => "the maximum number of iterations was reached",
        StopReason.ValidationScore => "the validation or out-of-fold score no longer improved",
        StopReason.Cancelled => "it was cancelled",
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
                .. OptionText.Rows(options.Method).Where(row => model.Classes is null || !_ofNumbers.Contains(row[0].Text)),
                ["network", NetworkDescription.Of(options.HiddenLayers)],
                .. options.ApartTargets is { Count: > 0 } apart ? [["networks of their own", string.Join(", ", apart)]] : Array.Empty<TableCell[]>(),
                ["parameters of a network", $"{model.ParameterCount}"],
                .. model.TargetNames.Zip(model.TargetTransforms).Where(own => own.Second is not IdentityTransform)
                    .Select(own => (TableCell[])[$"scale of {own.First}", own.Second.Name]),
                .. model.InputNames.Zip(model.InputEncodings).Where(own => own.Second is not NumericEncoding)
                    .Select(own => (TableCell[])[$"input {own.First}", own.Second is CategoryEncoding category ? $"category of {category.Levels.Count} levels" : "logarithm"]),
                ["likelihood", OptionText.Words(options.UsedLikelihood.GetType().Name)],
                .. OptionText.Rows(options.UsedLikelihood),
                .. model.Model.Encoding.Classes is not { } classes ? Array.Empty<TableCell[]>() :
                [
                    ["classes", string.Join(", ", classes.Names)],
                    ["class weights", OptionText.Words(options.ClassWeights.ToString())],
                    ["temperature of logits", NumberText.Short(model.Temperature, 3)],
                    ["epistemic scale", NumberText.Short(model.EpistemicScales[0], 3)],
                ],
                ["optimiser", options.GradientDescent is { } descent ? FormattableString.Invariant($"gradient descent, momentum {descent.Momentum}") : "Adam"],
                ["step size", FormattableString.Invariant($"{options.Optimizer.StepSizeFor(options.Method)}")],
                ["batches", $"{options.BatchesFor(model.Report.TrainingRows)}"],
                ["training rows", $"{model.Report.TrainingRows}"],
                ["validation rows", $"{model.Report.ValidationRows}"],
                ["seed", $"{options.Seed}"],
            ]);
    }
}
