using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary>How a training went, for people or as JSON.</summary>
/// <param name="device">Predicts.</param>
/// <param name="unseen">Predictions of rows that the networks behind them were not fitted to, with what was observed; null where there are none.</param>
internal sealed class TrainingSummary(BayesianNetwork model, string modelPath, Device device, (PredictiveDistribution Prediction, Dataset Rows)? unseen)
{
    // Enough to tell how networks differ.
    private const int RowsToCompare = 500;

    private readonly Scores? _scores = unseen is var (prediction, rows) ? Scores.Evaluate(prediction, rows.Targets) : null;

    /// <summary>Predicts the rows that were left out by turns, or held out, if any were.</summary>
    public static TrainingSummary Of(BayesianNetwork model, string modelPath, Dataset data, Device device)
    {
        if (model.Report.Folds > 0)
        {
            return new TrainingSummary(model, modelPath, device, (model.PredictOutOfFold(data, device), data));
        }

        int count = model.Report.HeldOutRows;
        if (count == 0)
        {
            return new TrainingSummary(model, modelPath, device, null);
        }

        Dataset rows = Trainer.Split(data, count, model.Options.Seed).HeldOut;
        return new TrainingSummary(model, modelPath, device, (model.Predict(rows, device), rows));
    }

    public void Print()
    {
        TrainingReport report = model.Report;
        string heldOut = report.HeldOutRows > 0 ? $", {report.HeldOutRows} more were held out," : "";
        Console.WriteLine($"Trained on {report.TrainingRows} rows{heldOut} in {report.Elapsed.TotalSeconds:F1} s.");
        Console.WriteLine($"Stopped after {report.Iterations} iterations ({StopReasons[report.StopReason]}), kept iteration {report.KeptIteration}.");
        foreach (string note in report.Notes)
        {
            Console.WriteLine($"Note: {note}");
        }

        if (_scores is not null)
        {
            Console.WriteLine(report.Folds > 0
                ? $"Scores of the training rows, each predicted by the networks that left it out ({report.Folds} folds); all networks together do a little better:"
                : "Scores on the held-out rows; they chose the iteration that was kept, so new rows will score a little worse:");
            ScoresReport.Print(_scores);
            Console.WriteLine();
            foreach (string sentence in Sentences())
            {
                Console.WriteLine(sentence);
            }
        }

        Console.WriteLine($"Wrote {modelPath}.");
    }

    public void WriteJson() => Output.Json(json =>
    {
        TrainingReport report = model.Report;
        json.WriteStartObject();
        json.WriteString("model", modelPath);
        json.WriteNumber("rows", report.TrainingRows + report.HeldOutRows);
        json.WriteNumber("training_rows", report.TrainingRows);
        json.WriteNumber("held_out_rows", report.HeldOutRows);
        json.WriteNumber("folds", report.Folds);
        json.WriteNumber("iterations", report.Iterations);
        json.WriteNumber("kept_iteration", report.KeptIteration);
        json.WriteString("stop_reason", StopReasons[report.StopReason]);
        json.WriteFinite("seconds", report.Elapsed.TotalSeconds);
        json.WriteStrings("notes", report.Notes);
        WriteScores(json, "held_out_scores", report.HeldOutRows > 0);
        WriteScores(json, "out_of_fold_scores", report.Folds > 0);
        json.WriteStrings("verdict", Sentences());
        json.WriteEndObject();
    });

    private static readonly Dictionary<StopReason, string> StopReasons = new()
    {
        [StopReason.IterationLimit] = "all iterations done",
        [StopReason.HeldOutScore] = "rows held out or left out no longer predicted better",
    };

    private IReadOnlyList<string> Sentences()
    {
        if (unseen is not var (prediction, rows))
        {
            return [];
        }

        int[] some = [.. Enumerable.Range(0, Math.Min(rows.RowCount, RowsToCompare))];
        return Verdict.Sentences(model, prediction, _scores!, model.Predict(rows.SelectRows(some), device));
    }

    private void WriteScores(Utf8JsonWriter json, string name, bool present)
    {
        if (!present)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        ScoresReport.Write(json, _scores!);
        json.WriteEndObject();
    }
}
