using System.Text.Json;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Serve;

/// <summary>What GET /model answers.</summary>
internal static class ModelDescription
{
    // Standard deviations on either side of the mean: the axis of a target.
    private const double Reach = 3;

    public static byte[] Json(BayesianNetwork model, ServerOptions options) => JsonText.Object(json =>
    {
        json.WriteString("title", options.Title);
        json.WriteNumber("networks", model.ParticleCount);
        json.WriteNumber("training_rows", model.Report.TrainingRows);
        json.WriteStartArray("inputs");
        for (int input = 0, feature = 0; input < model.InputNames.Count; feature += model.InputEncodings[input++].Width)
        {
            WriteInput(json, model, input, feature);
        }

        json.WriteEndArray();
        json.WriteStartArray("targets");
        for (int target = 0; target < model.TargetNames.Count; target++)
        {
            WriteTarget(json, model, target);
        }

        json.WriteEndArray();
        if (model.Series is { } series)
        {
            json.WriteStartObject("series");
            json.WriteString("time", series.Time);
            json.WriteStrings("groups", series.Groups);
            json.WriteStrings("inputs", series.Inputs);
            json.WriteNumber("steps", series.Steps);
            json.WriteString("step", series.Step!.ToString());
            json.WriteEndObject();
        }

        json.WriteString("scored_rows", model.UnseenScores is null ? null : model.Report.Folds > 0 ? "out-of-fold" : "validation");
        if (model.Classes is { } classes)
        {
            json.WriteStrings("classes", classes);
        }

        json.WriteStrings("notes", model.Report.Notes);
        json.WriteStartObject("limits");
        json.WriteNumber("rows", options.MaxRows);
        json.WriteNumber("bytes", options.MaxBytes);
        json.WriteEndObject();
    });

    private static void WriteInput(Utf8JsonWriter json, BayesianNetwork model, int input, int feature)
    {
        json.WriteStartObject();
        WriteName(json, model, model.InputNames[input]);
        if (model.InputEncodings[input] is CategoryEncoding category)
        {
            json.WriteString("kind", "category");
            json.WriteStartArray("levels");
            foreach ((int level, double value) in category.Levels.Index())
            {
                if (category.Texts is { } texts)
                {
                    json.WriteStringValue(texts[level]);
                }
                else
                {
                    json.WriteNumberValue(value);
                }
            }

            json.WriteEndArray();
        }
        else
        {
            bool isLog = model.InputEncodings[input] is LogEncoding;
            double mean = model.Model.Ensemble.InputScaling.Mean[feature];
            (double smallest, double largest) = (model.InputRange.Smallest[input], model.InputRange.Largest[input]);
            json.WriteString("kind", "number");
            json.WriteString("scale", isLog ? "log" : "linear");
            json.WriteFinite("minimum", smallest);
            json.WriteFinite("mean", Math.Clamp(isLog ? Math.Exp(mean) : mean, smallest, largest));
            json.WriteFinite("maximum", largest);
        }

        json.WriteEndObject();
    }

    private static void WriteTarget(Utf8JsonWriter json, BayesianNetwork model, int target)
    {
        json.WriteStartObject();
        WriteName(json, model, model.TargetNames[target]);
        if (model.Classes is null)
        {
            Standardisation scaling = model.Model.Ensemble.TargetScaling;
            TargetTransform transform = model.TargetTransforms[target];
            OutputBounds bounds = model.OutputBounds[target];
            json.WriteFinite("typical_minimum", End(-Reach));
            json.WriteFinite("typical_maximum", End(Reach));
            if (model.UnseenScores is { } scores)
            {
                json.WriteScores("scores", scores[target]);
            }
            else
            {
                json.WriteNull("scores");
            }

            double End(double deviations) => transform.Invert(bounds.Clamp(scaling.Mean[target] + (deviations * scaling.Scale[target])));
        }

        json.WriteEndObject();
    }

    private static void WriteName(Utf8JsonWriter json, BayesianNetwork model, string name)
    {
        json.WriteString("name", name);
        json.WriteString("unit", model.Units.GetValueOrDefault(name));
    }
}
