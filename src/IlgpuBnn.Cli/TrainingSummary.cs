using System.Text.Json;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>How a training went, as text or JSON.</summary>
/// <param name="unseen">Predictions of out-of-fold or validation rows; null for none.</param>
internal sealed class TrainingSummary(BayesianNetwork model, string modelPath, Dataset data, IUnseenRows? unseen)
{
    /// <summary>Predicts the out-of-fold rows, or the validation rows, if there are any.</summary>
    public static TrainingSummary Of(BayesianNetwork model, string modelPath, Dataset data, Device device)
    {
        Dataset? held = model.Report.Folds > 0 ? data : model.Model.ValidationRows(data);
        return new TrainingSummary(model, modelPath, data, held is null ? null : model.Classes is null ? UnseenNumbers.Of(model, held, data, device) : UnseenClasses.Of(model, held, device));
    }

    /// <summary>Writes the scores of unseen rows into the model file; there are none of classes.</summary>
    public TrainingSummary SaveScores()
    {
        if (unseen is UnseenNumbers { Scores: var scores })
        {
            TrainingRun.Save(model.WithUnseenScores(scores), modelPath);
        }

        return this;
    }

    public void Show(bool json)
    {
        if (json)
        {
            WriteJson();
        }
        else
        {
            Print();
        }
    }

    private void Print()
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

        foreach (ConstraintCheck check in report.Constraints)
        {
            Console.WriteLine($"Constraint {check.Sentence}");
        }

        if (unseen is not null)
        {
            Console.WriteLine(report.Folds > 0
                ? $"Out-of-fold scores: each training row is predicted by the networks not trained on it ({report.Folds} folds). The whole ensemble does slightly better:"
                : "Scores on the validation rows, slightly optimistic as they selected the iteration kept:");
            unseen.PrintScores();
            Console.WriteLine();
            foreach (string sentence in unseen.Sentences())
            {
                Console.WriteLine(ShownText.Escaped(sentence));
            }
        }

        Console.WriteLine($"Wrote {ShownText.Escaped(modelPath)}.");
    }

    private void WriteJson() => Output.Json(json =>
    {
        TrainingReport report = model.Report;
        json.WriteStartObject();
        json.WriteString("model", modelPath);
        json.WriteString("network", NetworkDescription.Of(model.Options.HiddenLayers));
        json.WriteStrings("apart_targets", model.Options.ApartTargets ?? []);
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
        WriteConstraints(json, report.Constraints);
        WriteScores(json, "validation_scores", report.ValidationRows > 0);
        WriteScores(json, "out_of_fold_scores", report.Folds > 0);
        json.WriteStrings("verdict", unseen?.Sentences() ?? []);
        json.WriteEndObject();
    });

    private static readonly Dictionary<StopReason, string> StopReasons = new()
    {
        [StopReason.IterationLimit] = "maximum reached",
        [StopReason.ValidationScore] = "the validation or out-of-fold score no longer improved",
    };

    private string Network => NetworkDescription.Of(model.Options.HiddenLayers)
        + (model.Options.ApartTargets is { Count: > 0 } apart ? $"; networks of their own: {ShownText.Escaped(ColumnSelection.List(apart))}" : "");

    private static void WriteConstraints(Utf8JsonWriter json, IReadOnlyList<ConstraintCheck> checks)
    {
        json.WriteStartArray("constraints");
        foreach (ConstraintCheck check in checks)
        {
            json.WriteStartObject();
            json.WriteString("constraint", $"{check.Constraint}");
            json.WriteBoolean("exact", check.Exact);
            json.WriteFinite("violated_fraction", check.ViolatedFraction);
            json.WriteFinite("violated_fraction_of_networks", check.ViolatedFractionOfNetworks);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteScores(Utf8JsonWriter json, string name, bool present)
    {
        if (!present)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        unseen!.WriteScores(json);
        json.WriteEndObject();
    }
}
