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

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(property => property.Name);

    private static void AssertScores(TargetScores expected, JsonElement json)
    {
        Assert.Equal(ScoreNames, Names(json));
        Assert.Equal(
            [expected.Rmse, expected.Mae, expected.R2, expected.LogScore, expected.Crps, expected.Coverage95, expected.Width95],
            json.EnumerateObject().Select(property => property.Value.GetDouble()));
    }
}
