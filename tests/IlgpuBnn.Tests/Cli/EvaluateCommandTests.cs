using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class EvaluateCommandTests(TrainedModel trained)
{
    private static readonly string[] ScoreNames = ["rmse", "mae", "r2", "log_score", "crps", "coverage95", "width95"];

    [Fact]
    public void Json_has_the_library_s_scores_to_the_last_digit()
    {
        JsonElement json = CommandLine.Run("evaluate", "--model", trained.ModelPath, "--data", trained.Data, "--json").Json();

        BayesianNetwork model = BayesianNetwork.Load(trained.ModelPath);
        Dataset data = Dataset.ReadCsv(trained.Data, model.TargetNames, model.InputNames);
        Scores scores = Scores.Evaluate(model.Predict(data), data.Targets);
        Assert.Equal(["rows", "targets", "overall"], Names(json));
        Assert.Equal(TrainedModel.Rows, json.GetProperty("rows").GetInt32());
        Assert.Equal(["y", "leaf, area"], Names(json.GetProperty("targets")));
        AssertScores(scores.PerTarget[0], json.GetProperty("targets").GetProperty("y"));
        AssertScores(scores.PerTarget[1], json.GetProperty("targets").GetProperty("leaf, area"));
        AssertScores(scores.Overall, json.GetProperty("overall"));
    }

    [Fact]
    public void Table_has_a_line_per_target_and_one_for_their_mean()
    {
        string[] lines = CommandLine.Run("evaluate", "--model", trained.ModelPath, "--data", trained.Data).AssertExitCode(ExitCode.Success)
            .Output.TrimEnd().Split('\n');

        Assert.Equal($"{TrainedModel.Rows} rows", lines[0]);
        Assert.Equal(["target", "y", "leaf, area", "mean over targets"], lines.Skip(1).Select(line => line.Split("  ")[0]));
        Assert.Single(lines.Skip(1).Select(line => line.Length).Distinct());
    }

    [Fact]
    public void A_score_that_is_not_defined_is_null()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("same.csv", "x1,x 2,y,\"leaf, area\"\n0.1,0.2,1,1\n0.2,0.3,1,2\n0.3,0.4,1,3\n");

        JsonElement json = CommandLine.Run("evaluate", "--model", trained.ModelPath, "--data", data, "--json").Json();

        Assert.Equal(JsonValueKind.Null, json.GetProperty("targets").GetProperty("y").GetProperty("r2").ValueKind);
    }

    [Fact]
    public void Fields_have_their_errors_by_scale()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("field.csv", FieldTable()), path = folder.File("m.safetensors");
        CommandLine.Run("train", "--data", data, "--targets", "u*", "--particles", "4", "--network", "dense(5)", "--max-iterations", "40", "--model", path).AssertExitCode(ExitCode.Success);
        BayesianNetwork model = BayesianNetwork.Load(path);
        Dataset table = Dataset.ReadCsv(data, model.TargetNames, model.InputNames);
        FieldSpectrum spectrum = FieldSpectrum.Evaluate(model.Predict(table), table.Targets, Assert.Single(model.TargetFields))!;

        JsonElement json = CommandLine.Run("evaluate", "--model", path, "--data", data, "--json").Json().GetProperty("spectra").GetProperty("u");
        Assert.Equal(
            [30, spectrum.MeanShare, spectrum.Share(0), spectrum.Share(1), spectrum.Share(2), spectrum.EffectiveResolution, 9],
            json.EnumerateObject().Take(7).Select(property => property.Value.GetDouble()));
        Assert.Equal(spectrum.Error, json.GetProperty("error").EnumerateArray().Select(value => value.GetDouble()));
        Assert.Equal(spectrum.Noise, json.GetProperty("noise").EnumerateArray().Select(value => value.GetDouble()));

        string[] lines = CommandLine.Run("evaluate", "--model", path, "--data", data).AssertExitCode(ExitCode.Success).Output.TrimEnd().Split('\n');
        Assert.StartsWith("error power / true power", lines[^2], StringComparison.Ordinal);
        Assert.StartsWith("u  ", lines[^1], StringComparison.Ordinal);
        Assert.EndsWith(spectrum.EffectiveResolution.ToString("F1"), lines[^1], StringComparison.Ordinal);

        CommandLine.Run("report", "--model", path, "--data", data, "--out", folder.File("report")).AssertExitCode(ExitCode.Success);
        CsvTable scales = CsvTable.Read(Path.Combine(folder.File("report"), "scales.csv")), power = CsvTable.Read(Path.Combine(folder.File("report"), "spectra.csv"));
        Assert.Equal(["field", "rows", "grid", "mean", "large scales", "middle", "small", "resolved from"], scales.ColumnNames);
        Assert.Equal([spectrum.Share(0), spectrum.Share(1), spectrum.Share(2)], Enumerable.Range(4, 3).Select(column => scales.Number(0, column)));
        Assert.Equal(spectrum.Error, Enumerable.Range(0, power.RowCount).Select(row => power.Number(row, 3)));
    }

    [Fact]
    public void Training_says_at_which_wavenumbers_errors_are_larger_than_the_signal()
    {
        using var folder = new TemporaryFolder();

        // Of u the wave of two cycles cannot be known from a; w has nothing but what a says.
        var random = new Random(7);
        IEnumerable<string> rows = Enumerable.Range(0, 60).Select(_ => (A: random.NextDouble(), B: random.NextDouble())).Select(own => string.Join(',',
            new[] { own.A }.Concat(Places(n => Math.Sin(own.A + (2 * Math.PI * n / 9)) + (0.2 * Math.Sin((2 * Math.PI * own.B) + (8 * Math.PI * n / 9)))))
                .Concat(Places(n => own.A * n)).Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        string data = folder.Write(
            "noisy.csv", $"a,{string.Join(',', Places(n => n).Select(n => $"u[{n}]").Concat(Places(n => n).Select(n => $"w[{n}]")))}\n{string.Join('\n', rows)}\n");
        string[] train = ["train", "--data", data, "--targets", "u*,w*", "--particles", "10", "--network", "dense(10,silu)", "--max-iterations", "400", "--model", folder.File("m.safetensors")];

        string[] lines = CommandLine.Run(train).AssertExitCode(ExitCode.Success).Output.Split('\n');
        Assert.Matches("^Spectrum of u: the error is larger than the signal at wavenumbers? (3 to 4|4|2 to 4|3) of 4 .cycles over 9 steps., which have [0-9.]+ ?% of", Assert.Single(lines, line => line.StartsWith("Spectrum", StringComparison.Ordinal)));
        Assert.Contains("At all scales of w the error is smaller than the signal.", lines);
        JsonElement spectra = CommandLine.Run([.. train, "--json"]).Json().GetProperty("out_of_fold_scores").GetProperty("spectra");
        Assert.Equal(["u", "w"], Names(spectra));

        static IEnumerable<double> Places(Func<int, double> value) => Enumerable.Range(0, 9).Select(value);
    }

    /// <summary>30 rows of a wave whose phase is the input, at 9 places.</summary>
    private static string FieldTable()
    {
        var random = new Random(4);
        IEnumerable<string> rows = Enumerable.Range(0, 30).Select(_ => random.NextDouble()).Select(a =>
            FormattableString.Invariant($"{a},") + string.Join(',', Enumerable.Range(0, 9).Select(n => Math.Sin(a + (2 * Math.PI * n / 9)).ToString(System.Globalization.CultureInfo.InvariantCulture))));
        return $"a,{string.Join(',', Enumerable.Range(0, 9).Select(n => $"u[{n}]"))}\n{string.Join('\n', rows)}\n";
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(property => property.Name);

    private static void AssertScores(TargetScores expected, JsonElement json)
    {
        Assert.Equal(ScoreNames, Names(json));
        Assert.Equal(
            [expected.Rmse, expected.Mae, expected.R2, expected.LogScore, expected.Crps, expected.Coverage95, expected.Width95],
            json.EnumerateObject().Select(property => property.Value.GetDouble()));
    }
}
