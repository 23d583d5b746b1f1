using System.Text.Json;
using IlgpuBnn.Analysis;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary>Which scales of fields and series are predicted, as a table or as JSON.</summary>
internal static class SpectraReport
{
    /// <summary>Nothing where no target is a field.</summary>
    public static void Print(IReadOnlyList<FieldSpectrum> spectra)
    {
        if (spectra.Count == 0)
        {
            return;
        }

        Console.WriteLine();
        Output.Table(
            ["error power / true power", "mean", "large scales", "middle", "small", "resolved from, steps"],
            spectra.Select(own => (string[])
            [
                own.Field.Name, Text(own.MeanShare), Text(own.Share(0)), Text(own.Share(1)), Text(own.Share(2)),
                double.IsFinite(own.EffectiveResolution) ? own.EffectiveResolution.ToString("F1") : "nowhere",
            ]));
    }

    /// <summary>Writes "spectra" into the open object, if a target is a field.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<FieldSpectrum> spectra)
    {
        if (spectra.Count == 0)
        {
            return;
        }

        json.WriteStartObject("spectra");
        foreach (FieldSpectrum own in spectra)
        {
            json.WriteStartObject(own.Field.Name);
            json.WriteNumber("rows", own.Rows);
            json.WriteFinite("mean_share", own.MeanShare);
            json.WriteFinite("large_share", own.Share(0));
            json.WriteFinite("middle_share", own.Share(1));
            json.WriteFinite("small_share", own.Share(2));
            json.WriteFinite("effective_resolution", own.EffectiveResolution);
            json.WriteNumber("length", own.Field.Length);
            foreach ((string name, double[] power) in new[] { ("true", own.True), ("error", own.Error), ("epistemic", own.Epistemic), ("noise", own.Noise) })
            {
                json.WriteStartArray(name);
                Array.ForEach(power, json.WriteFiniteValue);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string Text(double share) => share.ToString("G3");
}
