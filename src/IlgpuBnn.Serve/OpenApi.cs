using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IlgpuBnn.Data;

namespace IlgpuBnn.Serve;

/// <summary>The OpenAPI document of a model: its own inputs and targets by name, for generated clients.</summary>
internal static class OpenApi
{
    private static readonly string[] _moments = ["mean", "sd", "aleatoric_sd", "epistemic_sd", "lower", "upper"];

    private static readonly string[] _entropies = ["entropy", "aleatoric_entropy", "epistemic_entropy"];

    public static byte[] Json(BayesianNetwork model, ModelInputs inputs, ServerOptions options)
    {
        var paths = new JsonObject
        {
            ["/predict"] = Post(
                "Predict rows", $"At most {options.MaxRows} rows and {options.MaxBytes} bytes. A table of CSV comes back with columns of predictions; its address may have ?level=0.9.",
                Request(("level", Number("Probability of the interval from lower to upper; 0.95 if left out."))), Answer("predictions", ("level", Number()))),
            ["/model"] = Get("Inputs with units and ranges, targets, scores", "application/json", new JsonObject { ["type"] = "object" }),
            ["/healthz"] = Get("ok while the server runs", "text/plain", Text()),
        };
        if (model.Classes is null)
        {
            paths["/quantiles"] = Post(
                "Quantiles of rows",
                "Values that a new measurement stays below with given probabilities. A table of CSV comes back with a column for each; its address may have ?probabilities=0.05,0.5.",
                Request(("probabilities", ListOf(Number("Above 0 and below 1.")))), Answer("rows", ("probabilities", ListOf(Number()))));
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = options.Title, ["version"] = typeof(OpenApi).Assembly.GetName().Version!.ToString(3), ["description"] = "Predictions of a surrogate, with their uncertainty." },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject
                {
                    ["Row"] = Row(model, inputs),
                    ["Prediction"] = model.Classes is { } classes ? ClassPrediction(classes) : Prediction(model, "targets", _ => Object([.. _moments.Select(name => (name, Number()))])),
                    ["Quantiles"] = Prediction(model, "quantiles", _ => ListOf(Number())),
                    ["Problem"] = Object(("title", Text()), ("status", Number()), ("detail", Text()), ("problems", ListOf(Object(("row", Number()), ("column", Text()), ("detail", Text()))))),
                },
            },
        };
        return Encoding.UTF8.GetBytes(document.ToJsonString(new JsonSerializerOptions { Encoder = JsonText.Encoder, WriteIndented = true }));
    }

    private static JsonObject Request(params (string Name, JsonNode Schema)[] more) => Object(
        [("rows", ListOf(Reference("Row"))), ("targets", ListOf(Text("Targets to answer; all if left out."))), .. more], required: ["rows"]);

    private static JsonObject Answer(string property, (string Name, JsonNode Schema) more) => Object(more, (property, ListOf(Reference(property == "rows" ? "Quantiles" : "Prediction"))));

    private static JsonObject Row(BayesianNetwork model, ModelInputs inputs)
    {
        JsonObject row = Object([.. inputs.Names.Select((name, input) => (name, (JsonNode)Input(model, input)))], required: [.. inputs.Names]);
        row["description"] = "A value for each input; other properties are ignored.";
        return row;
    }

    private static JsonObject Input(BayesianNetwork model, int input)
    {
        string unit = model.Units.TryGetValue(model.InputNames[input], out string? known) ? $" {known}" : "";
        return model.InputEncodings[input] is not CategoryEncoding category ? Number($"Trained from {model.InputRange.Smallest[input]} to {model.InputRange.Largest[input]}{unit}.")
            : category.Texts is not { } texts ? Number($"A category; trained on {string.Join(", ", category.Levels)}.")
            : new JsonObject { ["type"] = "string", ["enum"] = List(texts) };
    }

    private static JsonObject Prediction(BayesianNetwork model, string property, Func<string, JsonNode> schema) =>
        Object((property, Object([.. model.TargetNames.Select(name => (name, schema(name)))])), Outside());

    private static JsonObject ClassPrediction(IReadOnlyList<string> classes) => Object(
        [("predicted", Text()), ("probabilities", Object([.. classes.Select(name => (name, Number()))])), .. _entropies.Select(name => (name, Number())), Outside()]);

    private static (string Name, JsonNode Schema) Outside() => ("outside_training_range", ListOf(Text("Inputs outside the range of the training rows, where the model extrapolates.")));

    private static JsonObject Post(string summary, string description, JsonObject request, JsonObject answer)
    {
        JsonObject asked = Content("application/json", request), answered = Content("application/json", answer);
        (asked["text/csv"], answered["text/csv"]) = (new JsonObject { ["schema"] = Text() }, new JsonObject { ["schema"] = Text() });
        var responses = new JsonObject { ["200"] = new JsonObject { ["description"] = summary, ["content"] = answered } };
        foreach ((string status, string meaning) in new[] { ("400", "A row or column cannot be used."), ("413", "There are too many rows or bytes."), ("415", "The content type is another.") })
        {
            responses[status] = new JsonObject { ["description"] = meaning, ["content"] = Content("application/problem+json", Reference("Problem")) };
        }

        return new JsonObject
        {
            ["post"] = new JsonObject
            {
                ["summary"] = summary,
                ["description"] = description,
                ["requestBody"] = new JsonObject { ["required"] = true, ["content"] = asked },
                ["responses"] = responses,
            },
        };
    }

    private static JsonObject Get(string summary, string type, JsonObject schema) => new()
    {
        ["get"] = new JsonObject { ["summary"] = summary, ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = summary, ["content"] = Content(type, schema) } } },
    };

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Object(params (string Name, JsonNode Schema)[] properties) => Object(properties, []);

    private static JsonObject Object((string Name, JsonNode Schema)[] properties, string[] required)
    {
        var all = new JsonObject();
        foreach ((string name, JsonNode schema) in properties)
        {
            all[name] = schema;
        }

        var result = new JsonObject { ["type"] = "object", ["properties"] = all };
        if (required.Length > 0)
        {
            result["required"] = List(required);
        }

        return result;
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private static JsonObject ListOf(JsonNode items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static JsonObject Number(string? description = null) => Simple("number", description);

    private static JsonObject Text(string? description = null) => Simple("string", description);

    private static JsonObject Simple(string type, string? description)
    {
        var result = new JsonObject { ["type"] = type };
        if (description is not null)
        {
            result["description"] = description;
        }

        return result;
    }
}
