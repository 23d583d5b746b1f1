using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary>How a training went, for people or as JSON.</summary>
internal sealed class TrainingSummary(BayesianNetwork model, string modelPath, Scores? heldOut)
{
    /// <summary>Scores the rows that were held out too, if any were.</summary>
    public static TrainingSummary Of(BayesianNetwork model, string modelPath, Dataset data, Device device)
    {
        int count = model.Report.HeldOutRows;
        if (count == 0)
        {
            return new TrainingSummary(model, modelPath, null);
        }

        Dataset rows = Trainer.Split(data, count, model.Options.Seed).HeldOut;
        return new TrainingSummary(model, modelPath, Scores.Evaluate(model.Predict(rows, device), rows.Targets));
    }

    public void Print()
    {
        TrainingReport report = model.Report;
        Console.WriteLine($"Trained on {report.TrainingRows} rows, {report.HeldOutRows} more were held out, in {report.Elapsed.TotalSeconds:F1} s.");
        Console.WriteLine($"Stopped after {report.Iterations} iterations ({StopReasons[report.StopReason]}), kept iteration {report.KeptIteration}.");
        foreach (string note in report.Notes)
        {
            Console.WriteLine($"Note: {note}");
        }

        if (heldOut is not null)
        {
            Console.WriteLine("Scores on the held-out rows; they chose the iteration that was kept, so new rows will score a little worse:");
            ScoresReport.Print(heldOut);
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
        json.WriteNumber("iterations", report.Iterations);
        json.WriteNumber("kept_iteration", report.KeptIteration);
        json.WriteString("stop_reason", StopReasons[report.StopReason]);
        json.WriteFinite("seconds", report.Elapsed.TotalSeconds);
        json.WriteStrings("notes", report.Notes);
        WriteHeldOut(json);
        json.WriteEndObject();
    });

    private static readonly Dictionary<StopReason, string> StopReasons = new()
    {
        [StopReason.IterationLimit] = "all iterations done",
        [StopReason.HeldOutScore] = "held-out score no longer better",
    };

    private void WriteHeldOut(Utf8JsonWriter json)
    {
        if (heldOut is null)
        {
            json.WriteNull("held_out_scores");
            return;
        }

        json.WriteStartObject("held_out_scores");
        ScoresReport.Write(json, heldOut);
        json.WriteEndObject();
    }
}
