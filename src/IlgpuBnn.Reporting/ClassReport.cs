using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>A report on a class model's predictions of known rows: scores, confusion matrix, reliability diagram, and where it is least sure.</summary>
internal static class ClassReport
{
    private const int MaxDrawnClasses = 6, RowsShown = 15;
    private const double MinMapHeight = 150;

    /// <param name="data">Rows of the table with a label.</param>
    public static ReportPage Create(BayesianNetwork model, Dataset data, Device? device)
    {
        ClassPredictions prediction = model.PredictClasses(data, device);
        ClassScores scores = ClassScores.Evaluate(prediction, data);
        var page = new ReportPage($"How well classes of {model.TargetNames[0]} can be predicted");
        page.AddText(
            $"{(model.ParticleCount == 1 ? "One neural network" : $"An ensemble of {model.ParticleCount} neural networks")}, trained on "
                + $"{model.Report.TrainingRows + model.Report.ValidationRows} rows, predicted the class of {scores.Rows} rows of {Path.GetFileName(data.SourceName)} from {data.InputCount} inputs. If the "
                + "model was trained on these rows, the results are optimistic: judge it by rows that it was not trained on.");
        page.AddText(string.Join(" ", ClassVerdict.Sentences(model, prediction, data, scores)).Replace("rows that its networks had not seen", "rows", StringComparison.Ordinal));
        foreach (string note in data.Notes)
        {
            page.AddText("Note: " + note.Replace(data.SourceName, Path.GetFileName(data.SourceName), StringComparison.Ordinal));
        }

        AddScores(page, scores);
        AddConfusion(page, scores);
        AddReliability(page, prediction, data, scores);
        AddLeastSure(page, model, prediction, data);
        TrainingSection.Add(page, model);
        return page;
    }

    private static void AddScores(ReportPage page, ClassScores scores)
    {
        page.AddHeading("Scores");
        page.AddTable(
            "scores", new ReportTable(
                ["predicted by", new TableColumn("rows", "F0"), new TableColumn("accuracy", "P1"), new TableColumn("log loss", "F3"), new TableColumn("Brier", "F3"), new TableColumn("calibration error", "F3")],
                [
                    ["the model", scores.Rows, scores.Accuracy, scores.LogLoss, scores.Brier, scores.CalibrationError],
                    ["frequencies of the classes", scores.Rows, scores.MajorityAccuracy, scores.FrequencyLogLoss, double.NaN, double.NaN],
                ]),
            "Accuracy: fraction of rows whose most probable class is theirs. Log loss: mean of minus the logarithm of the probability of a row's own class, 0 at best. Brier: mean over rows of the "
                + "squared differences between probabilities and 1 for the own class and 0 for others, summed over classes; 0 at best, 2 at worst. Calibration error: mean difference between the "
                + "probability of the named class and how often it is right, in ten bins; 0 at best. The second line knows no inputs.");
    }

    private static void AddConfusion(ReportPage page, ClassScores scores)
    {
        int classes = scores.ClassNames.Count;
        var shares = new double[classes, classes];
        double[] rows = [.. Enumerable.Range(0, classes).Select(k => (double)Enumerable.Range(0, classes).Sum(other => scores.Confusion[k, other]))];
        for (int k = 0; k < classes; k++)
        {
            for (int other = 0; other < classes; other++)
            {
                shares[k, other] = rows[k] == 0 ? double.NaN : scores.Confusion[k, other] / rows[k];
            }
        }

        page.AddHeading("Which classes are confused");
        page.AddFigure(
            "confusion", new HeatMap("Confusion matrix", "observed class", [.. scores.ClassNames], "predicted class", [.. scores.ClassNames], shares, new ChartAxis("fraction") { From = 0, To = 1 })
            {
                CellHeight = Math.Max(24, MinMapHeight / classes),
            },
            "Of the rows of a class (a line), the fraction for which each class (a column) is the most probable. Right answers are on the diagonal.",
            new ReportTable(
                [new TableColumn("observed"), .. scores.ClassNames.Select(name => new TableColumn($"predicted {name}", "F0"))],
                [.. Enumerable.Range(0, classes).Select(k => (TableCell[])[scores.ClassNames[k], .. Enumerable.Range(0, classes).Select(other => (TableCell)scores.Confusion[k, other])])]));
        page.AddTable(
            "classes", new ReportTable(
                ["class", new TableColumn("rows", "F0"), new TableColumn("found", "P1"), new TableColumn("right where named", "P1")],
                [
                    .. Enumerable.Range(0, classes).Select(k => (TableCell[])
                    [
                        scores.ClassNames[k], rows[k], shares[k, k],
                        Enumerable.Range(0, classes).Sum(other => scores.Confusion[other, k]) is > 0 and int named ? scores.Confusion[k, k] / (double)named : double.NaN,
                    ]),
                ]),
            "Found (recall): fraction of the rows of a class that are named so. Right where named (precision): fraction of the rows named so that are of the class.");
    }

    private static void AddReliability(ReportPage page, ClassPredictions prediction, Dataset data, ClassScores scores)
    {
        page.AddHeading("Whether probabilities are honest");
        int[] drawn = [.. Enumerable.Range(0, scores.ClassNames.Count)];
        if (drawn.Length > MaxDrawnClasses)
        {
            drawn = [.. drawn.OrderByDescending(k => Enumerable.Range(0, scores.ClassNames.Count).Sum(other => scores.Confusion[k, other])).Take(MaxDrawnClasses)];
        }

        (string Name, IReadOnlyList<ReliabilityBin> Bins)[] series =
            [("named class", scores.Bins), .. drawn.Select(k => (scores.ClassNames[k], ClassScores.ReliabilityOf(prediction, data, k)))];
        ReliabilityBin[] top = [.. scores.Bins];
        (double Lower, double Upper)[] chance = [.. top.Select(bin => CalibrationChart.Chance(bin.Predicted, bin.Rows))];
        page.AddFigure(
            "reliability", new Chart("Reliability", Fraction("probability"), Fraction("fraction of rows in which it came true"),
            [
                new Band("chance, of the named class (95 %)", [.. top.Select(bin => bin.Predicted)], [.. chance.Select(own => own.Lower)], [.. chance.Select(own => own.Upper)]),
                new Guide("perfect"),
                .. series.Select(own => new Line(own.Name, [.. own.Bins.Select(bin => bin.Predicted)], [.. own.Bins.Select(bin => bin.Observed)])),
            ])
            {
                Height = 480,
            },
            "How often a class came true, by its probability, in ten bins; for the class that is named, and for single classes. On the dashed line probabilities are honest; below it they are too "
                + "high. The band has 95 % of what chance does to an honest model in bins with so many rows.",
            new ReportTable(
                ["class", "mean probability", "came true", new TableColumn("rows", "F0")],
                [.. series.SelectMany(own => own.Bins.Select(bin => (TableCell[])[own.Name, bin.Predicted, bin.Observed, bin.Rows]))]));
    }

    private static void AddLeastSure(ReportPage page, BayesianNetwork model, ClassPredictions prediction, Dataset data)
    {
        page.AddHeading("Where it is least sure");
        int[] order = [.. Enumerable.Range(0, data.RowCount).OrderByDescending(row => prediction.Entropy[row])];
        page.AddTable(
            "least-sure", new ReportTable(
                [new TableColumn("row", "F0"), "observed", "predicted", .. prediction.ClassNames.Select(name => new TableColumn($"p({name})", "F2")), "entropy", "aleatoric", "epistemic", "outside the training range"],
                [
                    .. order.Select(row => (TableCell[])
                    [
                        data.LineNumber(row), double.IsNaN(data.Targets[row, 0]) ? "" : prediction.ClassNames[(int)data.Targets[row, 0]], prediction.PredictedLabel(row),
                        .. prediction.ClassNames.Select((_, k) => (TableCell)prediction.Probabilities[row, k]), prediction.Entropy[row], prediction.ExpectedEntropy[row], prediction.MutualInformation[row],
                        string.Join(", ", model.InputRange.Outside(data.SelectInputs(model.InputNames), row).Select(input => model.InputNames[input])),
                    ]),
                ]),
            "Rows by the entropy of their probabilities, in nats. Its aleatoric part is the mean entropy of single networks: classes overlap there. Its epistemic part is the mutual information "
                + "of class and network: networks disagree there, and more rows of the kind would help. The file has all rows.", RowsShown);
    }

    private static ChartAxis Fraction(string title) => new(title) { From = 0, To = 1 };
}
