using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>How a training went, as text or JSON.</summary>
/// <param name="unseen">Predictions of out-of-fold or validation rows, with the rows; null for none.</param>
/// <param name="classScores">Scores of such rows of a model of classes.</param>
internal sealed class TrainingSummary(
    BayesianNetwork model, string modelPath, Dataset data, Device device, (PredictiveDistribution Prediction, Dataset Rows)? unseen, ClassScores? classScores)
{
    // Enough for the effective number of particles.
    private const int RowsToCompare = 500;

    private readonly Scores? _scores = unseen is var (prediction, rows) ? Scores.Evaluate(prediction, rows.Targets) : null;

    /// <summary>Predicts the out-of-fold rows, or the validation rows, if there are any.</summary>
    public static TrainingSummary Of(BayesianNetwork model, string modelPath, Dataset data, Device device)
    {
        bool outOfFold = model.Report.Folds > 0;
        Dataset? rows = outOfFold ? data : model.Model.ValidationRows(data);
        return rows is null ? new TrainingSummary(model, modelPath, data, device, null, null)
            : model.Classes is null
                ? new TrainingSummary(model, modelPath, data, device, (outOfFold ? model.PredictOutOfFold(rows, device) : model.Predict(rows, device), rows), null)
            : new TrainingSummary(
                model, modelPath, data, device, null,
                ClassScores.Evaluate(outOfFold ? model.PredictClassesOutOfFold(rows, device) : model.PredictClasses(rows, device), rows));
    }

    public void Print()
    {
        TrainingReport report = model.Report;
        string heldOut = report.ValidationRows > 0 ? $" ({report.ValidationRows} more for validation)" : "";
        Console.WriteLine($"Trained on {report.TrainingRows} rows{heldOut} in {report.Elapsed.TotalSeconds:F1} s.");
        Console.WriteLine($"Stopped after {report.Iterations} iterations ({StopReasons[report.StopReason]}), kept iteration {report.KeptIteration}.");
        Console.WriteLine($"Network: {Network}.");
        foreach (string note in report.Notes)
        {
            Console.WriteLine($"Note: {ShownText.Escaped(note)}");
        }

        if (_scores is not null || classScores is not null)
        {
            Console.WriteLine(report.Folds > 0
                ? $"Out-of-fold scores: each training row is predicted by the networks not trained on it ({report.Folds} folds). The whole ensemble does slightly better:"
                : "Scores on the validation rows, slightly optimistic as they selected the iteration kept:");
            PrintScores();
            Console.WriteLine();
            foreach (string sentence in Sentences())
            {
                Console.WriteLine(ShownText.Escaped(sentence));
            }
        }

        Console.WriteLine($"Wrote {ShownText.Escaped(modelPath)}.");
    }

    private void PrintScores()
    {
        if (classScores is not null)
        {
            ClassScoresReport.Print(model.TargetNames[0], classScores);
        }
        else
        {
            ScoresReport.Print(_scores!);
        }
    }

    public void WriteJson() => Output.Json(json =>
    {
        TrainingReport report = model.Report;
        json.WriteStartObject();
        json.WriteString("model", modelPath);
        json.WriteString("network", Network);
        json.WriteNumber("rows", report.TrainingRows + report.ValidationRows);
        json.WriteNumber("training_rows", report.TrainingRows);
        json.WriteNumber("validation_rows", report.ValidationRows);
        json.WriteNumber("folds", report.Folds);
        json.WriteNumber("iterations", report.Iterations);
        json.WriteNumber("kept_iteration", report.KeptIteration);
        json.WriteString("stop_reason", StopReasons[report.StopReason]);
        json.WriteFinite("seconds", report.Elapsed.TotalSeconds);
        json.WriteStrings("inputs", data.InputNames);
        json.WriteStrings("targets", data.TargetNames);
        json.WriteStrings("notes", report.Notes);
        json.WriteStrings("warnings", data.Warnings);
        if (model.Classes is not null)
        {
            json.WriteNumber("temperature", model.Temperature);
        }

        WriteScores(json, "validation_scores", report.ValidationRows > 0);
        WriteScores(json, "out_of_fold_scores", report.Folds > 0);
        json.WriteStrings("verdict", Sentences());
        json.WriteEndObject();
    });

    private static readonly Dictionary<StopReason, string> StopReasons = new()
    {
        [StopReason.IterationLimit] = "maximum reached",
        [StopReason.ValidationScore] = "the validation or out-of-fold score no longer improved",
    };

    private string Network => NetworkDescription.Of(model.Options.HiddenLayers);

    private IReadOnlyList<string> Sentences()
    {
        if (classScores is not null)
        {
            return ClassScoresReport.Sentences(classScores, model.Temperature);
        }

        if (unseen is not var (prediction, rows))
        {
            return [];
        }

        int[] some = [.. Enumerable.Range(0, Math.Min(rows.RowCount, RowsToCompare))];
        return Verdict.Sentences(model, prediction, rows.Targets, _scores!, model.Predict(rows.SelectRows(some), device), RelatedRows.Numbers(rows),
            [.. data.FillValues.Select(fill => fill.Column)]);
    }

    private void WriteScores(Utf8JsonWriter json, string name, bool present)
    {
        if (!present)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        if (classScores is not null)
        {
            ClassScoresReport.Write(json, classScores);
        }
        else
        {
            ScoresReport.Write(json, _scores!);
        }

        json.WriteEndObject();
    }
}
