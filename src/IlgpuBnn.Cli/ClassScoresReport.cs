using System.Text.Json;
using IlgpuBnn.Analysis;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary>Scores of classes as a table or as JSON.</summary>
internal static class ClassScoresReport
{
    private const int MaxConfusion = 12;

    public static void Show(ClassScores scores, bool json)
    {
        if (json)
        {
            Output.Json(writer =>
            {
                writer.WriteStartObject();
                Write(writer, scores);
                writer.WriteEndObject();
            });
            return;
        }

        Console.WriteLine($"{scores.Rows} rows");
        Print(scores);
    }

    public static void Print(ClassScores scores)
    {
        Output.Table(
            ["predicted by", "accuracy", "log loss", "Brier", "calibration error"],
            [
                ["the model", scores.Accuracy.ToString("P1"), scores.LogLoss.ToString("F3"), scores.Brier.ToString("F3"), scores.CalibrationError.ToString("F3")],
                ["class frequencies", scores.MajorityAccuracy.ToString("P1"), scores.FrequencyLogLoss.ToString("F3"), "", ""],
            ]);
        int classes = scores.ClassNames.Count;
        if (classes <= MaxConfusion)
        {
            Console.WriteLine();
            Output.Table(
                ["observed", .. scores.ClassNames.Select(name => $"named {name}")],
                scores.ClassNames.Select((name, k) => (string[])[name, .. Enumerable.Range(0, classes).Select(other => scores.Confusion[k, other].ToString())]));
        }
    }

    /// <summary>Writes into the open object.</summary>
    public static void Write(Utf8JsonWriter json, ClassScores scores)
    {
        json.WriteNumber("rows", scores.Rows);
        json.WriteStrings("classes", scores.ClassNames);
        json.WriteFinite("accuracy", scores.Accuracy);
        json.WriteFinite("log_loss", scores.LogLoss);
        json.WriteFinite("brier", scores.Brier);
        json.WriteFinite("calibration_error", scores.CalibrationError);
        json.WriteFinite("majority_accuracy", scores.MajorityAccuracy);
        json.WriteFinite("frequency_log_loss", scores.FrequencyLogLoss);
        json.WriteStartArray("confusion");
        for (int k = 0; k < scores.ClassNames.Count; k++)
        {
            json.WriteStartArray();
            for (int other = 0; other < scores.ClassNames.Count; other++)
            {
                json.WriteNumberValue(scores.Confusion[k, other]);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
