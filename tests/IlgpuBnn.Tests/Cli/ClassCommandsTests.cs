using System.Globalization;
using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>From a column of labels to a page.</summary>
public sealed class ClassCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_column_of_labels_is_trained_on_predicted_scored_and_reported()
    {
        string data = _folder.Write("ice.csv", Table(90)), model = _folder.File("m"), predicted = _folder.File("p.csv"), page = _folder.File("page");
        JsonElement summary = CommandLine.Run(Train(data, model, "--class-weights", "balanced", "--json")).AssertExitCode(ExitCode.Success).Json();
        Assert.Equal(90, summary.GetProperty("out_of_fold_scores").GetProperty("rows").GetInt32());
        Assert.Contains("It names the right class for", summary.GetProperty("verdict")[0].GetString(), StringComparison.Ordinal);

        CommandResult told = CommandLine.Run(Train(data, model)).AssertExitCode(ExitCode.Success);
        Assert.Contains("2 inputs: x1, x2; 2 classes of type: first year, old.", told.Error, StringComparison.Ordinal);
        Assert.Contains("observed    named first year  named old", told.Output, StringComparison.Ordinal);

        CommandLine.Run("predict", "--model", model, "--data", data, "--out", predicted).AssertExitCode(ExitCode.Success);
        string[][] rows = [.. File.ReadAllLines(predicted).Select(line => line.Split(','))];
        Assert.Equal(
            ["x1", "x2", "type", "type_predicted", "type_p_first year", "type_p_old", "type_entropy", "type_aleatoric_entropy", "type_epistemic_entropy", "outside_training_range", "note"], rows[0]);
        ClassPredictions own = BayesianNetwork.Load(model).PredictClasses(Dataset.ReadCsv(data, ["type"], classes: true));
        Assert.Equal(own.PredictedLabel(0), rows[1][3]);
        Assert.Equal(own.Probabilities[0, 1], double.Parse(rows[1][5], CultureInfo.InvariantCulture));
        Assert.Equal(own.MutualInformation[0], double.Parse(rows[1][8], CultureInfo.InvariantCulture));
        Assert.Equal("x2 is missing", rows[3][10]);

        JsonElement scores = CommandLine.Run("evaluate", "--model", model, "--data", data, "--json").AssertExitCode(ExitCode.Success).Json();
        Assert.InRange(scores.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.Equal(90, scores.GetProperty("confusion").EnumerateArray().SelectMany(line => line.EnumerateArray()).Sum(count => count.GetInt32()));
        Assert.StartsWith("90 rows\npredicted by", CommandLine.Run("evaluate", "--model", model, "--data", data).Output, StringComparison.Ordinal);

        CommandLine.Run("report", "--model", model, "--data", data, "--out", page).AssertExitCode(ExitCode.Success);
        string html = File.ReadAllText(Path.Combine(page, "report.html"));
        Assert.Contains("How well classes of type can be predicted", html, StringComparison.Ordinal);
        Assert.DoesNotContain("heteroscedastic", html, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(page, "confusion.svg")) && File.Exists(Path.Combine(page, "reliability.csv")));
        Refusals(model, data);
    }

    [Theory]
    [InlineData("Neither --targets nor --classes is given")]
    [InlineData("--targets and --classes are both given", "--classes", "a", "--targets", "b")]
    [InlineData("--transform has no effect with --classes", "--classes", "a", "--transform", "a:log")]
    [InlineData("--bounds has no effect with --classes", "--classes", "a", "--bounds", "no")]
    [InlineData("--class-weights has no effect without --classes", "--targets", "a", "--class-weights", "balanced")]
    public void Options_that_have_no_effect_are_refused(string message, params string[] options) =>
        CommandLine.Run(["train", "--data", "d.csv", "--model", "m", .. options]).AssertFailure(ExitCode.WrongUsage, message);

    public void Dispose() => _folder.Dispose();

    private void Refusals(string model, string data)
    {
        string folder = _folder.File("none");
        foreach (string[] command in new string[][]
        {
            ["sensitivity", "--out", folder], ["uncertainty", "--out", folder], ["calibrate", "--observations", data, "--out", folder],
            ["history-match", "--observations", data, "--out", folder], ["design", "--runs", "3", "--out", folder],
        })
        {
            CommandLine.Run([.. command, "--model", model]).AssertFailure(ExitCode.Failure, "predicts classes of type (first year, old), and ", command[0], "predict, evaluate and report");
        }

        CommandLine.Run("predict", "--model", model, "--data", data, "--out", _folder.File("q.csv"), "--conformal").AssertFailure(ExitCode.Failure, "probabilities and no intervals");
        string other = _folder.Write("other.csv", Table(5) + "1,2,new\n");
        CommandLine.Run("evaluate", "--model", model, "--data", other).AssertFailure(ExitCode.Failure, "other.csv, row 8, column \"type\": \"new\" is none of the classes");
    }

    private static string[] Train(string data, string model, params string[] more) =>
    [
        "train", "--data", data, "--classes", "type", "--model", model, "--network", "linear", "--particles", "6", "--folds", "3", "--max-iterations", "150", "--checkpoint", "no", .. more,
    ];

    /// <summary>Old where x1 is above 0, but for a few; one row has no x2.</summary>
    private static string Table(int rows)
    {
        var random = new Random(7);
        return "x1,x2,type\n" + string.Concat(Enumerable.Range(0, rows + 1).Select(row =>
        {
            double x = (2 * random.NextDouble()) - 1;
            return string.Create(CultureInfo.InvariantCulture, $"{x},{(row == 2 ? "" : random.NextDouble())},{(x > 0 != (row % 30 == 1) ? "old" : "first year")}\n");
        }));
    }
}
