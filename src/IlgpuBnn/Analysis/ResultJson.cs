using System.Text.Json;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Analysis;

/// <summary>Results as JSON.</summary>
internal static class ResultJson
{
    /// <summary>Shortest digits that round-trip; null for NaN and infinities.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        json.WriteFiniteValue(value);
    }

    /// <inheritdoc cref="WriteFinite(Utf8JsonWriter, string, double)"/>
    public static void WriteFinite(this Utf8JsonWriter json, JsonEncodedText name, double value)
    {
        json.WritePropertyName(name);
        json.WriteFiniteValue(value);
    }

    /// <inheritdoc cref="WriteFinite(Utf8JsonWriter, string, double)"/>
    public static void WriteFiniteValue(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    public static void WriteStrings(this Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>Scores of a target, as an object.</summary>
    public static void WriteScores(this Utf8JsonWriter json, string name, TargetScores scores)
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
}
