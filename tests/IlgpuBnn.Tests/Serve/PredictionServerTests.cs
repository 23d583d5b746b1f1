using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Serve;

namespace IlgpuBnn.Tests.Serve;

[Long]
public sealed class PredictionServerTests(ServedModel served) : IClassFixture<ServedModel>
{
    private const string Json = "application/json", Csv = "text/csv";

    private static readonly string[] _targets = ["yield, dry", "straw"];

    // Few rows go through a predictor of single rows, many through the ensemble, in pieces.
    [Theory]
    [InlineData(3)]
    [InlineData(97)]
    public async Task Predictions_are_those_of_the_model(int rows)
    {
        Dataset data = ServedModel.Data(rows);
        PredictiveDistribution prediction = served.Model.Predict(data);
        (double[,] lower, double[,] upper) = prediction.Interval(0.8);
        JsonArray found = (await served.PostAsync("/predict", new { rows = Rows(data), level = 0.8 }))["predictions"]!.AsArray();
        Assert.Equal(rows, found.Count);
        for (int row = 0; row < rows; row++)
        {
            for (int target = 0; target < _targets.Length; target++)
            {
                JsonNode own = found[row]!["targets"]![_targets[target]]!;
                double sd = Math.Sqrt(prediction.Variance[row, target]), tolerance = 1e-5 * sd;
                Assert.Equal(prediction.Mean[row, target], own["mean"]!.GetValue<double>(), tolerance);
                Assert.Equal(sd, own["sd"]!.GetValue<double>(), tolerance);
                Assert.Equal(Math.Sqrt(prediction.AleatoricVariance[row, target]), own["aleatoric_sd"]!.GetValue<double>(), tolerance);
                Assert.Equal(Math.Sqrt(prediction.EpistemicVariance[row, target]), own["epistemic_sd"]!.GetValue<double>(), tolerance);
                Assert.Equal(lower[row, target], own["lower"]!.GetValue<double>(), tolerance);
                Assert.Equal(upper[row, target], own["upper"]!.GetValue<double>(), tolerance);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    public async Task Quantiles_are_those_of_the_model(int rows)
    {
        Dataset data = ServedModel.Data(rows);
        double[,] median = served.Model.Predict(data).Quantile(0.5), high = served.Model.Predict(data).Quantile(0.99);
        JsonNode answer = await served.PostAsync("/quantiles", new { rows = Rows(data), probabilities = new[] { 0.5, 0.99 }, targets = new[] { "straw" } });
        Assert.Equal([0.5, 0.99], answer["probabilities"]!.AsArray().Select(own => own!.GetValue<double>()));
        Assert.Equal(["straw"], answer["rows"]![0]!["quantiles"]!.AsObject().Select(own => own.Key));
        for (int row = 0; row < rows; row++)
        {
            JsonNode own = answer["rows"]![row]!["quantiles"]!["straw"]!;
            Assert.Equal(median[row, 1], own[0]!.GetValue<double>(), 1e-5);
            Assert.Equal(high[row, 1], own[1]!.GetValue<double>(), 1e-5);
        }
    }

    [Theory]
    [InlineData("/predict?level=0.9", null)]
    [InlineData("/quantiles?probabilities=0.2,0.05", new[] { 0.2, 0.05 })]
    public async Task A_table_comes_back_as_predict_writes_it(string path, double[]? probabilities)
    {
        string table = ServedModel.Table(260) + "290,,1,,\n290,peat,1,,\n500,clay,1,,\n";
        using var expected = new MemoryStream();
        using (CsvTableReader reader = Tests.Data.Tables.Open(table))
        {
            var predictions = new PredictionTable(served.Model, reader, "table", 0.9, conformal: false, DeviceCatalog.Default, probabilities);
            using CsvWriter csv = PredictionColumns.CreateWriter(expected);
            predictions.WriteHeader(csv);
            while (predictions.WriteNext(csv))
            {
            }

            Assert.Equal((263, 2), (predictions.Rows, predictions.Unpredicted));
        }

        (HttpStatusCode status, string type, string body) = await served.SendAsync(path, table, "Text/CSV; charset=utf-8");
        Assert.Equal((HttpStatusCode.OK, Csv), (status, type));
        Assert.Equal(System.Text.Encoding.UTF8.GetString(expected.ToArray()), body);
        Assert.EndsWith("temp,\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_gets_a_column_for_each_target_and_probability()
    {
        (_, _, string body) = await served.SendAsync("/quantiles?probabilities=0.2,0.05", ServedModel.Table(9), Csv);
        CsvTable table = Tests.Data.Tables.Parse(body);
        Assert.Equal(["yield, dry_q0.2", "yield, dry_q0.05", "straw_q0.2", "straw_q0.05", "outside_training_range", "note"], table.ColumnNames.TakeLast(6));
        PredictiveDistribution prediction = served.Model.Predict(ServedModel.Data(9));
        for (int row = 0; row < 9; row++)
        {
            Assert.Equal(prediction.Quantile(0.2)[row, 0], table.Number(row, table.ColumnNames.Count - 6), 1e-5);
            Assert.Equal(prediction.Quantile(0.05)[row, 1], table.Number(row, table.ColumnNames.Count - 3), 1e-5);
        }
    }

    [Fact]
    public async Task Rows_may_be_lists_and_what_lies_outside_the_training_range_is_named()
    {
        JsonNode answer = await served.PostAsync("/predict", """[[290, "fine \"sand\"", 1], {"note": {"a": [1]}, "wind": 1000, "temp": 200, "soil": "clay"}]""");
        Assert.Empty(answer["predictions"]![0]!["outside_training_range"]!.AsArray());
        Assert.Equal(["temp", "wind"], answer["predictions"]![1]!["outside_training_range"]!.AsArray().Select(own => own!.GetValue<string>()));
        Assert.Equal(RowsRequest.DefaultLevel, answer["level"]!.GetValue<double>());
    }

    [Theory]
    [InlineData("/predict", Json, "", 400, "The request is empty")]
    [InlineData("/predict", Json, """{"rows": [[1""", 400, "no valid JSON in line 1, byte 13")]
    [InlineData("/predict", Json, """{"rows": []}""", 400, "has no rows")]
    [InlineData("/predict", Json, """{"rows": [[290, "clay", 1]]} x""", 400, "no valid JSON")]
    [InlineData("/predict", Json, """{"rows": [[290, "clay", 1]], "rows": [[290, "clay", 1]]}""", 400, "\"rows\" is there twice")]
    [InlineData("/predict", Json, """{"rows": [[290, "clay", 1]], "levle": 0.5}""", 400, "\"levle\" is no part of a request")]
    [InlineData("/predict", Json, """{"rows": [[290, "clay", 1]], "level": 95}""", 400, "level is 95")]
    [InlineData("/predict", Json, """{"rows": [[290, "clay", 1]], "targets": ["strew"]}""", 400, "Did you mean \"straw\"?")]
    [InlineData("/quantiles", Json, """{"rows": [[290, "clay", 1]], "probabilities": [1]}""", 400, "above 0 and below 1")]
    [InlineData("/predict", Json, """{"rows": [7]}""", 400, "Row 1 (rows[0]) is neither an object", 1)]
    [InlineData("/predict", Json, """{"rows": [[290, "clay", 1], [290, "clay"]]}""", 400, "has 2 values; the model has 3 inputs", 2)]
    [InlineData("/predict", Json, """{"rows": [[290, "clay", 1], {"temp": 290, "soil": "peat", "wind": 1}]}""", 400, "must be one of the texts", 2, "soil")]
    [InlineData("/predict", Json, """{"rows": [{"temp": "290", "soil": "clay", "wind": 1}]}""", 400, "Give a number, without quotes", 1, "temp")]
    [InlineData("/predict", Json, """{"rows": [{"temp": 1e999, "soil": "clay", "wind": 1}]}""", 400, "Give a finite number", 1, "temp")]
    [InlineData("/predict", Json, """{"rows": [{"temp": 290, "soil": "clay", "wind": 0}]}""", 400, "takes its logarithm: give numbers above 0", 1, "wind")]
    [InlineData("/predict", Json, """{"rows": [{"temp": 290, "soil": "clay"}]}""", 400, "is missing. A prediction needs every input", 1, "wind")]
    [InlineData("/predict", Json, """{"rows": [{"temp": 290, "soil": "clay", "wind": 1, "wind": 1}]}""", 400, "is there twice", 1, "wind")]
    [InlineData("/predict", Csv, "temp,soil\n290,clay\n", 400, "1 of 3 inputs are missing: wind")]
    [InlineData("/predict", Csv, "temp,soil,wind\n290,clay,1\n290,clay,fast\n", 400, "\"fast\" is not a number", 3, "wind")]
    [InlineData("/predict", Csv, "temp,soil,wind\n290,clay,-1\n", 400, "its logarithm is taken", 2, "wind")]
    [InlineData("/predict?level=2", Csv, "temp,soil,wind\n290,clay,1\n", 400, "level is 2")]
    [InlineData("/predict?file=/etc/passwd", Csv, "temp,soil,wind\n290,clay,1\n", 400, "\"file\" is no part of an address here")]
    [InlineData("/predict", "application/x-www-form-urlencoded", "a=1", 415, "with curl, -H 'Content-Type: text/csv'")]
    [InlineData("/predict", "", "a=1", 415, "The request has no content type")]
    [InlineData("/quantiles?probabilities=0.5,1", Csv, "temp,soil,wind\n290,clay,1\n", 400, "above 0 and below 1")]
    [InlineData("/quantiles?level=0.5", Csv, "temp,soil,wind\n290,clay,1\n", 400, "Use /quantiles?probabilities=0.05,0.5,0.95")]
    [InlineData("/model", Json, "{}", 405, "There is no POST /model")]
    [InlineData("/../../etc/passwd", Json, "{}", 404, "There is no POST /etc/passwd")]
    public async Task What_is_wrong_with_a_request_is_told_with_its_place_and_remedy(string path, string type, string body, int status, string message, int? row = null, string? column = null)
    {
        JsonNode problem = await ProblemAsync(path, body, type);
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.Contains(message, problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        JsonNode only = Assert.Single(problem["problems"]!.AsArray())!;
        Assert.Equal((row, column), (only["row"]?.GetValue<int>(), only["column"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Ten_problems_are_told_and_the_others_counted()
    {
        string rows = string.Join(',', Enumerable.Repeat("[null, \"clay\", 1]", 13));
        JsonArray problems = (await ProblemAsync("/predict", $"[{rows}]", Json))["problems"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, 10), problems.Take(10).Select(own => own!["row"]!.GetValue<int>()));
        Assert.Equal("3 more values cannot be used.", problems[10]!["detail"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_connection_goes_on_after_a_request_that_cannot_be_answered()
    {
        await ProblemAsync("/predict", "[[290]]", Json);
        int connections = served.Connections;
        for (int k = 0; k < 3; k++)
        {
            await ProblemAsync("/predict", "[[290]]", Json);
            await ProblemAsync("/predict", "temp\n290\n", Csv);
            await ProblemAsync("/nowhere", "", Json);
            await served.PostAsync("/predict", """[[290, "clay", 1]]""");
        }

        Assert.Equal(connections, served.Connections);
    }

    [Fact]
    public async Task Too_many_rows_or_bytes_are_refused()
    {
        string row = "[290,\"clay\",1]", rows = string.Join(',', Enumerable.Repeat(row, ServedModel.MaxRows));
        Assert.Equal(ServedModel.MaxRows, (await served.PostAsync("/predict", $"[{rows}]"))["predictions"]!.AsArray().Count);
        await AssertTooLarge($"[{rows},{row}]", Json, "more than 300 rows");
        await AssertTooLarge("temp,soil,wind\n" + string.Concat(Enumerable.Repeat("290,clay,1\n", ServedModel.MaxRows + 1)), Csv, "more than 300 rows");
        await AssertTooLarge($"[{row}]".PadRight(ServedModel.MaxBytes + 1), Json, "more than 40000 bytes");
        await AssertTooLarge(new string('\n', ServedModel.MaxBytes + 1), Csv, "more than 40000 bytes");

        async Task AssertTooLarge(string body, string type, string message)
        {
            JsonNode problem = await ProblemAsync("/predict", body, type);
            Assert.Equal(413, problem["status"]!.GetValue<int>());
            Assert.Contains(message, problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_of_elsewhere_is_not_answered_under_a_name_of_its_own()
    {
        JsonNode problem = await ProblemAsync("/predict", "[[290,\"clay\",1]]", Json, request => request.Headers.Host = "elsewhere.example");
        Assert.Contains("was called \"elsewhere.example\"", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        (HttpStatusCode status, _, _) = await served.SendAsync("/predict", "[[290,\"clay\",1]]", Json, request => request.Headers.Host = "localhost:81");
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task The_model_says_what_it_takes_and_how_good_it_is()
    {
        JsonNode model = await served.GetAsync("/model");
        JsonArray inputs = model["inputs"]!.AsArray(), targets = model["targets"]!.AsArray();
        Assert.Equal(["temp", "soil", "wind"], inputs.Select(own => own!["name"]!.GetValue<string>()));
        Assert.Equal(["K", null, "m/s"], inputs.Select(own => own!["unit"]?.GetValue<string>()));
        Assert.Equal(served.Model.InputRange.Largest[0], inputs[0]!["maximum"]!.GetValue<double>());
        Assert.Equal(["clay", "loam", "fine \"sand\""], inputs[1]!["levels"]!.AsArray().Select(own => own!.GetValue<string>()).OrderBy(own => own == "fine \"sand\"").ThenBy(own => own));
        Assert.Equal("log", inputs[2]!["scale"]!.GetValue<string>());

        // The mean of a logarithm lies far below that of the values.
        Assert.InRange(inputs[2]!["mean"]!.GetValue<double>(), 0.3, 3);
        Assert.Equal(_targets, targets.Select(own => own!["name"]!.GetValue<string>()));
        Assert.Equal("kg", targets[1]!["unit"]!.GetValue<string>());
        Assert.Equal(served.Model.UnseenScores![0].R2, targets[0]!["scores"]!["r2"]!.GetValue<double>());
        Assert.Equal("out-of-fold", model["scored_rows"]!.GetValue<string>());
        Assert.Equal(ServedModel.MaxRows, model["limits"]!["rows"]!.GetValue<int>());
        Assert.Equal("ok\n", await new HttpClient().GetStringAsync($"{served.Url}/healthz"));
    }

    [Fact]
    public async Task The_openapi_document_names_inputs_and_targets_and_refers_to_what_it_has()
    {
        JsonNode document = await served.GetAsync("/openapi.json");
        JsonObject schemas = document["components"]!["schemas"]!.AsObject(), inputs = schemas["Row"]!["properties"]!.AsObject();
        Assert.Equal(["temp", "soil", "wind"], inputs.Select(own => own.Key));
        Assert.Contains("fine \"sand\"", inputs["soil"]!["enum"]!.AsArray().Select(own => own!.GetValue<string>()));
        Assert.EndsWith(" K.", inputs["temp"]!["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(_targets, schemas["Prediction"]!["properties"]!["targets"]!["properties"]!.AsObject().Select(own => own.Key));
        Assert.Equal(["/healthz", "/model", "/predict", "/quantiles"], document["paths"]!.AsObject().Select(own => own.Key).Order());
        string[] references = [.. References(document)];
        Assert.Contains("Quantiles", references);
        Assert.All(references, name => Assert.Contains(name, schemas.Select(own => own.Key)));

        static IEnumerable<string> References(JsonNode? node) => node switch
        {
            JsonObject own => own.SelectMany(property => property.Key == "$ref" ? [property.Value!.GetValue<string>().Split('/')[^1]] : References(property.Value)),
            JsonArray list => list.SelectMany(References),
            _ => [],
        };
    }

    [Fact]
    public async Task Classes_come_with_their_probabilities()
    {
        double[,] inputs = new double[40, 1];
        string[] labels = new string[40];
        for (int row = 0; row < 40; row++)
        {
            (inputs[row, 0], labels[row]) = (row, row < 20 ? "ice" : "open water");
        }

        BayesianNetwork model = BayesianNetwork.Fit(
            Dataset.OfClasses(inputs, labels, ["age"], "cover"), new TrainingOptions { MaxIterations = 100, Method = new AnchoredEnsemble { Particles = 8, Folds = 4 } });
        await using PredictionServer server = await PredictionServer.StartAsync(model, DeviceCatalog.Default, new ServerOptions { Urls = ["http://127.0.0.1:0"] });
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        using HttpResponseMessage answer = await client.PostAsync("/predict", new StringContent("""{"rows": [[3], [37]]}""", null, Json));
        JsonArray predictions = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["predictions"]!.AsArray();
        Assert.Equal(["ice", "open water"], predictions.Select(own => own!["predicted"]!.GetValue<string>()));
        ClassPredictions expected = model.PredictClasses(new double[,] { { 3 }, { 37 } });
        Assert.Equal(expected.Probabilities[1, 1], predictions[1]!["probabilities"]!["open water"]!.GetValue<double>());
        Assert.Equal(expected.MutualInformation[0], predictions[0]!["epistemic_entropy"]!.GetValue<double>());
        using HttpResponseMessage refused = await client.PostAsync("/quantiles", new StringContent("""{"rows": [[3]]}""", null, Json));
        Assert.Contains("predicts classes", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_is_said_so()
    {
        IOException exception = await Assert.ThrowsAsync<IOException>(() => PredictionServer.StartAsync(served.Model, DeviceCatalog.Default, new ServerOptions { Urls = [served.Url] }));
        Assert.Contains("address already in use", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Choose another address or port", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_out_of_range_are_all_named()
    {
        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(() => PredictionServer.StartAsync(
            served.Model, DeviceCatalog.Default, new ServerOptions { Urls = ["https://127.0.0.1:1", "here", "http://127.0.0.1:1/path"], MaxRows = 0, MaxBytes = -1 }));
        Assert.All(["with a certificate", "\"here\"", "no more than http://", "MaxRows is 0", "MaxBytes is -1"], part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }

    private async Task<JsonNode> ProblemAsync(string path, string body, string type, Action<HttpRequestMessage>? change = null)
    {
        (HttpStatusCode status, string answered, string text) = await served.SendAsync(path, body, type, change);
        Assert.Equal("application/problem+json", answered);
        JsonNode problem = JsonNode.Parse(text)!;
        Assert.Equal((int)status, problem["status"]!.GetValue<int>());
        return problem;
    }

    /// <summary>Rows by name, as JSON has them.</summary>
    private JsonArray Rows(Dataset data)
    {
        double[,] inputs = data.SelectInputs(served.Model.InputNames);
        IReadOnlyList<string> soils = data.InputTexts[data.InputNames.ToList().IndexOf("soil")]!;
        return
        [
            .. Enumerable.Range(0, data.RowCount).Select(row => (JsonNode)new JsonObject
            {
                ["temp"] = inputs[row, 0], ["soil"] = soils[(int)inputs[row, 1]], ["wind"] = JsonNode.Parse(inputs[row, 2].ToString("R", CultureInfo.InvariantCulture)),
            }),
        ];
    }
}
