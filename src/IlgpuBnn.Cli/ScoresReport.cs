using System.Text.Json;
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
            Write(json, scores.TargetNames[target], scores.PerTarget[target]);
        }

        json.WriteEndObject();
        Write(json, "overall", scores.Overall);
    }

    private static void Write(Utf8JsonWriter json, string name, TargetScores scores)
    {
        json.WriteStartObject(name);
        json.WriteFinite("rmse", scores.Rmse);
        json.WriteFinite("mae", scores.Mae);
        json.WriteFinite("r2", scores.R2);
        json.WriteFinite("log_score", scores.LogScore);
        json.WriteFinite("crps", scores.Crps);
        json.WriteFinite("coverage95", scores.Coverage95);
        json.WriteFinite("width95", scores.Width95);
        json.WriteEndObject();
    }

    private static string[] Row(string name, TargetScores scores) =>
    [
        name, scores.Rmse.ToString("G4"), scores.Mae.ToString("G4"), scores.R2.ToString("F3"), scores.LogScore.ToString("F3"),
        scores.Crps.ToString("G4"), scores.Coverage95.ToString("P0"), scores.Width95.ToString("G4"),
    ];
}
