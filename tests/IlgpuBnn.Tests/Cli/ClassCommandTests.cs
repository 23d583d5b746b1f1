using System.Globalization;
using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>Commands with a model of classes.</summary>
[Collection(CommandLineTests.Name)]
public sealed class ClassCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _data;
    private readonly string _model;
    private readonly CommandResult _training;

    public ClassCommandTests()
    {
        Dataset rows = ClassRows.Make(60, 3);
        _data = _folder.Write("runs.csv", "x1,x2,cover\n" + string.Concat(Enumerable.Range(0, 60).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{rows.Inputs[row, 0]},{rows.Inputs[row, 1]},{(row == 7 ? "" : rows.Classes![(int)rows.Targets[row, 0]])}\n"))));
        _model = _folder.File("cover.safetensors");
        _training = Train("--json");
        _training.AssertExitCode(ExitCode.Success);
    }

    [Fact]
    public void Training_prints_the_out_of_fold_scores()
    {
        BayesianNetwork model = BayesianNetwork.Load(_model);
        Dataset data = Dataset.ReadCsv(_data, ["cover"], classes: true);
        ClassScores scores = ClassScores.Evaluate(model.PredictClassesOutOfFold(data), data);
        JsonElement json = _training.Json(), own = json.GetProperty("out_of_fold_scores");
        Assert.Equal(model.Temperature, json.GetProperty("temperature").GetDouble());
        Assert.Equal(59, own.GetProperty("rows").GetInt32());
        AssertScores(scores, own);
        Assert.Contains("1 target: cover (classes bog, dune, forest).", _training.Error);
        string text = Train().AssertExitCode(ExitCode.Success).Output;
        Assert.Contains("right class", text);
        Assert.Matches(@"\n +bog +dune +forest\nbog ", text);
    }

    [Fact]
    public void Predictions_are_a_class_with_probabilities_and_entropies()
    {
        string path = _folder.File("p.csv");
        CommandLine.Run("predict", "--model", _model, "--data", _data, "--out", path).AssertExitCode(ExitCode.Success);
        CsvTable table = CsvTable.Read(path);
        Assert.Equal(
            ["cover_class", "cover_p_bog", "cover_p_dune", "cover_p_forest", "cover_entropy", "cover_aleatoric_entropy", "cover_epistemic_entropy", "outside_training_range", "note"],
            table.ColumnNames.Skip(3));
        double[,] inputs = Dataset.FromTable(table, ["cover_entropy"], ["x1", "x2"]).Inputs;
        ClassPredictions predictions = BayesianNetwork.Load(_model).PredictClasses(inputs);
        for (int row = 0; row < table.RowCount; row++)
        {
            Assert.Equal(predictions.PredictedLabel(row), table.Cell(row, 3));
            Assert.Equal([.. Enumerable.Range(0, 3).Select(k => predictions.Probabilities[row, k])], Enumerable.Range(4, 3).Select(column => table.Number(row, column)));
            Assert.Equal([predictions.Entropy[row], predictions.ExpectedEntropy[row], predictions.MutualInformation[row]], Enumerable.Range(7, 3).Select(column => table.Number(row, column)));
        }
    }

    [Fact]
    public void Evaluation_has_the_library_s_scores_and_refuses_a_class_it_does_not_know()
    {
        BayesianNetwork model = BayesianNetwork.Load(_model);
        Dataset data = Dataset.ReadCsv(_data, ["cover"], classes: true);
        AssertScores(ClassScores.Evaluate(model.PredictClasses(data), data), CommandLine.Run("evaluate", "--model", _model, "--data", _data, "--json").Json());
        Assert.StartsWith("59 rows\ntarget  accuracy", CommandLine.Run("evaluate", "--model", _model, "--data", _data).AssertExitCode(ExitCode.Success).Output);
        string other = _folder.Write("other.csv", "x1,x2,cover\n0.1,0.2,bog\n0.3,0.2,swamp\n0.3,0.4,bog\n");
        CommandLine.Run("evaluate", "--model", _model, "--data", other)
            .AssertFailure(ExitCode.Failure, "row 3, column \"cover\": \"swamp\" is none of the classes that the model was trained on: bog, dune, forest");
    }

    [Fact]
    public void Report_has_the_scores_a_confusion_matrix_and_a_reliability_diagram()
    {
        string folder = _folder.File("report");
        CommandLine.Run("report", "--model", _model, "--data", _data, "--out", folder).AssertExitCode(ExitCode.Success);
        BayesianNetwork model = BayesianNetwork.Load(_model);
        Dataset data = Dataset.ReadCsv(_data, ["cover"], classes: true);
        ClassScores scores = ClassScores.Evaluate(model.PredictClasses(data), data);
        CsvTable table = CsvTable.Read(Path.Combine(folder, "scores.csv")), confusion = CsvTable.Read(Path.Combine(folder, "confusion.csv"));
        Assert.Equal([scores.Accuracy, scores.LogLoss, scores.Brier, scores.ExpectedCalibrationError], Enumerable.Range(0, 4).Select(row => table.Number(row, 1)));
        Assert.Equal(scores.Confusion.Cast<int>(), Enumerable.Range(0, 9).Select(k => (int)confusion.Number(k / 3, 1 + (k % 3))));
        Assert.Equal(scores.Reliability.Count, CsvTable.Read(Path.Combine(folder, "reliability.csv")).RowCount);
        Assert.Contains("How well classes of cover can be predicted", File.ReadAllText(Path.Combine(folder, "report.html")));
    }

    [Theory]
    [InlineData("sensitivity", "--out", "r")]
    [InlineData("uncertainty", "--out", "r")]
    [InlineData("calibrate", "--observations", "o.csv", "--out", "r")]
    [InlineData("history-match", "--observations", "o.csv", "--out", "r")]
    [InlineData("design", "--runs", "3", "--out", "r.csv")]
    public void Commands_for_numbers_refuse_the_model(params string[] command) =>
        CommandLine.Run([.. command, "--model", _model]).AssertFailure(ExitCode.Failure, "predicts classes of cover (bog, dune, forest), and this command is for targets of numbers.");

    [Theory]
    [InlineData("--level", "0.9")]
    [InlineData("--conformal")]
    public void Intervals_of_classes_are_refused(params string[] option) =>
        CommandLine.Run(["predict", "--model", _model, "--data", _data, "--out", _folder.File("p.csv"), .. option])
            .AssertFailure(ExitCode.Failure, "probabilities instead of intervals", option[0]);

    [Theory]
    [InlineData("Neither --targets nor --classes is given")]
    [InlineData("--targets and --classes are both given", "--targets", "y", "--classes", "c")]
    [InlineData("--class-weights has no effect without --classes", "--targets", "y", "--class-weights", "balanced")]
    [InlineData("--transform is for targets of numbers", "--classes", "c", "--transform", "c:log")]
    [InlineData("--components is for targets of numbers", "--classes", "c", "--components", "auto")]
    [InlineData("--degrees-of-freedom is for targets of numbers", "--classes", "c", "--degrees-of-freedom", "4")]
    [InlineData("--noise-sd is for targets of numbers", "--classes", "c", "--noise-sd", "0.1")]
    [InlineData("--bounds is for targets of numbers", "--classes", "c", "--bounds", "no")]
    [InlineData("--noise-precision is for targets of numbers", "--classes", "c", "--noise-precision", "shared")]
    public void Options_that_do_not_go_together_are_wrong_usage(string message, params string[] options) =>
        CommandLine.Run(["train", "--data", "d.csv", "--model", "m", .. options]).AssertFailure(ExitCode.WrongUsage, message);

    public void Dispose() => _folder.Dispose();

    private CommandResult Train(params string[] more) => CommandLine.Run(
        ["train", "--data", _data, "--classes", "cover", "--model", _model, "--hidden-units", "4", "--particles", "4", "--folds", "2", "--max-iterations", "50", .. more]);

    private static void AssertScores(ClassScores expected, JsonElement json)
    {
        Assert.Equal(
            [expected.Accuracy, expected.LogLoss, expected.Brier, expected.ExpectedCalibrationError],
            new[] { "accuracy", "log_loss", "brier", "expected_calibration_error" }.Select(name => json.GetProperty(name).GetDouble()));
        Assert.Equal(expected.Confusion.Cast<int>(), json.GetProperty("confusion").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(own => own.GetInt32()));
    }
}
