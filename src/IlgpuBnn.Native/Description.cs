using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Native;

/// <summary>A model in words and numbers: the JSON of <c>ilgpubnn_describe</c>.</summary>
internal static class Description
{
    private static readonly Dictionary<StopReason, string> _stopReasons = new()
    {
        [StopReason.IterationLimit] = "iteration limit",
        [StopReason.ValidationScore] = "validation score",
        [StopReason.Cancelled] = "cancelled",
        [StopReason.NotFinite] = "not finite",
    };

    public static string Of(NativeModel model)
    {
        BayesianNetwork network = model.Network;
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteColumns(json, network);
            WriteTraining(json, network);
            WriteScores(json, network, model.Scores);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteColumns(Utf8JsonWriter json, BayesianNetwork network)
    {
        json.WriteStartArray("inputs");
        for (int i = 0; i < network.InputNames.Count; i++)
        {
            InputEncoding encoding = network.InputEncodings[i];
            json.WriteStartObject();
            json.WriteString("name", network.InputNames[i]);
            json.WriteNumber("smallest", network.InputRange.Smallest[i]);
            json.WriteNumber("largest", network.InputRange.Largest[i]);
            json.WriteString("encoding", encoding switch { LogEncoding => "log", CategoryEncoding => "category", _ => "numeric" });
            if (encoding is CategoryEncoding category)
            {
                json.WriteStartArray("levels");
                for (int k = 0; k < category.Levels.Count; k++)
                {
                    if (category.Texts is { } texts)
                    {
                        json.WriteStringValue(texts[k]);
                    }
                    else
                    {
                        json.WriteNumberValue(category.Levels[k]);
                    }
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("targets");
        for (int o = 0; o < network.TargetNames.Count; o++)
        {
            json.WriteStartObject();
            json.WriteString("name", network.TargetNames[o]);
            json.WriteString("transform", network.TargetTransforms[o].Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTraining(Utf8JsonWriter json, BayesianNetwork network)
    {
        TrainingReport report = network.Report;
        json.WriteString("method", network.Options.Method switch
        {
            AnchoredEnsemble => "anchored",
            Svgd => "svgd",
            IndependentParticles => "independent",
            _ => "deterministic",
        });
        json.WriteString("network", NetworkDescription.Of(network.Options.HiddenLayers));
        json.WriteNumber("particles", network.ParticleCount);
        json.WriteNumber("parameters", network.ParameterCount);
        json.WriteNumber("seed", network.Options.Seed);
        json.WriteNumber("training_rows", report.TrainingRows);
        json.WriteNumber("validation_rows", report.ValidationRows);
        json.WriteNumber("folds", report.Folds);
        json.WriteNumber("iterations", report.Iterations);
        json.WriteNumber("kept_iteration", report.KeptIteration);
        json.WriteString("stop_reason", _stopReasons[report.StopReason]);
        json.WriteNumber("seconds", report.Elapsed.TotalSeconds);
        json.WriteStartArray("notes");
        foreach (string note in report.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
    }

    private static void WriteScores(Utf8JsonWriter json, BayesianNetwork network, Scores? scores)
    {
        if (scores is null)
        {
            json.WriteNull("scores");
            return;
        }

        json.WriteStartObject("scores");
        json.WriteString("rows", network.Report.Folds > 0 ? "out-of-fold" : "validation");
        json.WriteStartObject("targets");
        for (int o = 0; o < scores.PerTarget.Count; o++)
        {
            TargetScores own = scores.PerTarget[o];
            json.WriteStartObject(network.TargetNames[o]);
            Write("r2", own.R2);
            Write("rmse", own.Rmse);
            Write("crps", own.Crps);
            Write("log_score", own.LogScore);
            Write("coverage_95", own.Coverage95);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();

        // JSON has no NaN: what is not defined is null.
        void Write(string name, double value)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null");
        }
    }
}
