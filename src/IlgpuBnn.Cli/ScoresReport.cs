using System.Text.Json;
using IlgpuBnn.Analysis;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary>Scores as a table or as JSON.</summary>
internal static class ScoresReport
{
    private static readonly string[] Header = ["target", "RMSE", "MAE", "R2", "log score", "CRPS", "coverage 95 %", "width 95 %"];

    public static void Print(Scores scores)
    {
        IEnumerable<string[]> rows = scores.TargetNames.Select((name, target) => Row(name, scores.PerTarget[target]));
        Output.Table(Header, scores.TargetNames.Count == 1 ? rows : rows.Append(Row("mean over targets", scores.Overall)));
    }

    /// <summary>Writes "rows", "targets" and "overall" into the open object.</summary>
    public static void Write(Utf8JsonWriter json, Scores scores)
    {
        json.WriteNumber("rows", scores.Rows);
        json.WriteStartObject("targets");
        for (int target = 0; target < scores.TargetNames.Count; target++)
        {
            json.WriteScores(scores.TargetNames[target], scores.PerTarget[target]);
        }

        json.WriteEndObject();
        json.WriteScores("overall", scores.Overall);
    }

    private static string[] Row(string name, TargetScores scores) =>
    [
        name, scores.Rmse.ToString("G4"), scores.Mae.ToString("G4"), scores.R2.ToString("F3"), scores.LogScore.ToString("F3"),
        scores.Crps.ToString("G4"), scores.Coverage95.ToString("P0"), scores.Width95.ToString("G4"),
    ];
}
