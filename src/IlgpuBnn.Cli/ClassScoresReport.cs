using System.Text.Json;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary>Scores of classes as text or as JSON.</summary>
internal static class ClassScoresReport
{
    public static void Print(string target, ClassScores scores)
    {
        Output.Table(
            ["target", "accuracy", "log loss", "Brier", "calibration error"],
            [[target, scores.Accuracy.ToString("F3"), scores.LogLoss.ToString("F3"), scores.Brier.ToString("F3"), scores.ExpectedCalibrationError.ToString("F3")]]);
        int[] classes = [.. Enumerable.Range(0, scores.ClassNames.Count)];
        Console.WriteLine("Rows of each class (lines) by predicted class:");
        Output.Table(["", .. scores.ClassNames], classes.Select(own => (IReadOnlyList<string>)[scores.ClassNames[own], .. classes.Select(other => $"{scores.Confusion[own, other]}")]));
    }

    /// <summary>What the scores mean.</summary>
    /// <param name="temperature">What logits are divided by.</param>
    public static IReadOnlyList<string> Sentences(ClassScores scores, double temperature) =>
    [
        $"Of unseen rows {scores.Accuracy:P0} get the right class; the most frequent class for all would be right in {scores.MostFrequent:P0}.",
        scores.LogLoss < scores.FrequencyLogLoss
            ? $"The log loss is {scores.LogLoss:F3} nats, and {scores.FrequencyLogLoss:F3} for the classes' frequencies without any input."
            : $"The log loss is {scores.LogLoss:F3} nats, no better than {scores.FrequencyLogLoss:F3} for the classes' frequencies without any input: nothing was learnt. Add rows or inputs.",
        .. temperature == 1 ? (string[])[] : [$"Out-of-fold rows ask for a temperature of {temperature:F2}: logits are divided by it."],
    ];

    /// <summary>Into the open object.</summary>
    public static void Write(Utf8JsonWriter json, ClassScores scores)
    {
        json.WriteNumber("rows", scores.Rows);
        json.WriteStrings("classes", scores.ClassNames);
        json.WriteFinite("accuracy", scores.Accuracy);
        json.WriteFinite("log_loss", scores.LogLoss);
        json.WriteFinite("brier", scores.Brier);
        json.WriteFinite("expected_calibration_error", scores.ExpectedCalibrationError);
        json.WriteStartArray("confusion");
        for (int own = 0; own < scores.ClassNames.Count; own++)
        {
            json.WriteStartArray();
            for (int other = 0; other < scores.ClassNames.Count; other++)
            {
                json.WriteNumberValue(scores.Confusion[own, other]);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
