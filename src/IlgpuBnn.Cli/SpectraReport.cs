using System.Text.Json;
using IlgpuBnn.Analysis;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary>Which scales of fields and series are predicted, as a table or as JSON.</summary>
internal static class SpectraReport
{
    // Of more fields the worst are named.
    private const int MaxNamed = 5;

    /// <summary>At which wavenumbers the error is larger than the signal: a line for each such field, and one for those without any.</summary>
    public static IReadOnlyList<string> Sentences(IReadOnlyList<FieldSpectrum> spectra)
    {
        FieldSpectrum[] lost = [.. spectra.Where(own => own.Lost.Count > 0).OrderByDescending(LostShare)];
        string[] kept = [.. spectra.Where(own => own.Lost.Count == 0).Select(own => own.Field.Name)];
        List<string> sentences = [.. lost.Take(MaxNamed).Select(Sentence)];
        if (lost.Length > MaxNamed)
        {
            sentences.Add($"So it is, for less of the signal's power, in {lost.Length - MaxNamed} more fields: \"ilgpubnn evaluate\" lists all.");
        }

        if (kept.Length > 0)
        {
            string more = kept.Length > MaxNamed ? $" and {kept.Length - MaxNamed} more" : "";
            sentences.Add($"At all scales of {string.Join(", ", kept.Take(MaxNamed))}{more} the error is smaller than the signal.");
        }

        return sentences;
    }

    private static string Sentence(FieldSpectrum own)
    {
        string runs = string.Join(", ", own.Lost.Select(run => run.First == run.Last ? $"{run.First}" : $"{run.First} to {run.Last}"));
        return $"Spectrum of {own.Field.Name}: the error is larger than the signal at wavenumber{(own.Lost is [(int first, int last)] && first == last ? "" : "s")} {runs} of "
            + $"{own.True.Length - 1} (cycles over {own.Field.Length} steps), which {(LostShare(own) < 1e-4 ? "have less than 0.01 %" : $"have {LostShare(own):P2}")} of the signal's power.";
    }

    /// <summary>How much of the observed fields' power, without their means', is where the error is larger.</summary>
    private static double LostShare(FieldSpectrum own) => own.Lost.Sum(run => own.True[run.First..(run.Last + 1)].Sum()) / own.True.Skip(1).Sum();

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
