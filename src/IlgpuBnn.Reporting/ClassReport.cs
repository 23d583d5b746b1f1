using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>The report on a model of classes: scores, confusion and reliability.</summary>
internal static class ClassReport
{
    private const int FewClasses = 6;

    private static readonly string[] _scoreNames = ["accuracy", "log loss", "Brier score", "expected calibration error"];

    public static ReportPage Create(BayesianNetwork model, Dataset data, ClassPredictions predictions)
    {
        var scores = ClassScores.Evaluate(predictions, data);
        string target = model.TargetNames[0];
        var page = new ReportPage($"How well classes of {target} can be predicted");
        ModelReport.AddOrigin(page, model, data);
        page.AddText(
            $"{NumberText.Percent(scores.Accuracy)} of the rows get the right class; always predicting the most frequent would be right in {NumberText.Percent(scores.MostFrequent)}. The log loss is "
            + $"{NumberText.Short(scores.LogLoss)} nats, and {NumberText.Short(scores.FrequencyLogLoss)} for the frequencies of the classes whatever the inputs.");
        ModelReport.AddNotes(page, data);
        AddScores(page, scores);
        AddConfusion(page, scores, target);
        AddReliability(page, scores);
        TrainingSection.Add(page, model);
        return page;
    }

    private static void AddScores(ReportPage page, ClassScores scores)
    {
        double[] values = [scores.Accuracy, scores.LogLoss, scores.Brier, scores.ExpectedCalibrationError];
        page.AddHeading("Scores");
        page.AddTable(
            "scores", new ReportTable(["score", "value"], [.. _scoreNames.Zip(values, (name, value) => (TableCell[])[name, value])]),
            "Accuracy: fraction of rows whose most probable class is theirs. Log loss: minus the mean logarithm of the probability given to the row's class, in nats, 0 at best. Brier score: mean squared "
                + $"error of the probabilities, summed over classes, 0 at best and 2 at worst. Expected calibration error: mean distance between the predicted class's probability and the fraction right, "
                + $"over {ClassScores.ReliabilityBins} bins.");
    }

    private static void AddConfusion(ReportPage page, ClassScores scores, string target)
    {
        int[] classes = [.. Enumerable.Range(0, scores.ClassNames.Count)];
        double[] rows = [.. classes.Select(own => classes.Sum(other => (double)scores.Confusion[own, other]))];
        double[] predicted = [.. classes.Select(own => classes.Sum(other => (double)scores.Confusion[other, own]))];
        var shares = new double[classes.Length, classes.Length];
        foreach (int own in classes)
        {
            foreach (int other in classes)
            {
                shares[own, other] = scores.Confusion[own, other] / rows[own];
            }
        }

        page.AddHeading("Confusion");
        page.AddFigure(
            "confusion",
            new HeatMap("", target, scores.ClassNames, "predicted", scores.ClassNames, shares, new ChartAxis("fraction of rows") { From = 0, To = 1 })
            {
                CellHeight = classes.Length <= FewClasses ? 48 : 24,
            },
            "What becomes of the rows of each class: lines are the true classes, columns the predicted ones. A good model is light on the diagonal.",
            new ReportTable(
                [target, .. scores.ClassNames.Select(name => new TableColumn($"predicted {name}", "F0"))],
                [.. classes.Select(own => (TableCell[])[scores.ClassNames[own], .. classes.Select(other => (TableCell)scores.Confusion[own, other])])]));
        page.AddTable(
            "classes", new ReportTable(
                ["class", new TableColumn("rows", "F0"), new TableColumn("predicted", "F0"), new TableColumn("found", "P1"), new TableColumn("right", "P1")],
                [
                    .. classes.Select(own => (TableCell[])
                        [scores.ClassNames[own], rows[own], predicted[own], scores.Confusion[own, own] / rows[own], scores.Confusion[own, own] / predicted[own]]),
                ]),
            "Found (recall): fraction of the class's rows that are predicted as such. Right (precision): fraction of the rows predicted as this class that are of it.");
    }

    private static void AddReliability(ReportPage page, ClassScores scores)
    {
        IReadOnlyList<ReliabilityBin> bins = scores.Reliability;
        double[] x = [.. bins.Select(bin => bin.Probability)], y = [.. bins.Select(bin => bin.Accuracy)];
        (double Lower, double Upper)[] chance = [.. bins.Select(bin => CalibrationChart.Chance(bin.Probability, bin.Rows))];
        double[] lower = [.. chance.Select(own => own.Lower)], upper = [.. chance.Select(own => own.Upper)];
        var chart = new Chart(
            "", new ChartAxis("probability of the predicted class") { From = 0, To = 1 }, new ChartAxis("fraction right") { From = 0, To = 1 },
            [new Band("sampling error of each bin's rows (95 %)", x, lower, upper), new Guide("perfect"), new Points("rows by probability", x, y) { Radius = 4 }])
        {
            Height = 460,
        };
        page.AddHeading("Reliability");
        page.AddFigure(
            "reliability", chart,
            "Rows in bins of the probability that their predicted class has: where 80 % is said, 80 % should be right. Points below the line mean an overconfident model, above it an underconfident one; "
                + "within the grey area they may do so by chance, if rows are independent.",
            ReportTable.OfColumns(("probability", x), ("fraction right", y), ("rows", [.. bins.Select(bin => (double)bin.Rows)]), ("lower", lower), ("upper", upper)));
    }
}
