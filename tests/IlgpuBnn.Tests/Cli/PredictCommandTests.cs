using System.Globalization;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class PredictCommandTests(TrainedModel trained) : IDisposable
{
    // More than one chunk, and not a whole number of them.
    private const int Rows = 4099;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Predictions_follow_the_table_s_own_columns_and_are_the_library_s_to_the_last_digit()
    {
        string data = _folder.Write("new.csv", TrainedModel.Table(Rows)), output = _folder.File("p.csv");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", output, "--level", "0.8").AssertExitCode(ExitCode.Success);

        CsvTable before = CsvTable.Read(data), after = CsvTable.Read(output);
        string[] added = [.. new[] { "y", "leaf, area" }.SelectMany(
            target => new[] { "_mean", "_sd", "_aleatoric_sd", "_epistemic_sd", "_lower", "_upper" }.Select(suffix => target + suffix))];
        Assert.Equal([.. before.ColumnNames, .. added, "outside_training_range"], after.ColumnNames);
        Assert.Equal(Rows, after.RowCount);
        double[,] expected = Expected(before);
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < before.ColumnNames.Count; column++)
            {
                Assert.Equal(before.Cell(row, column), after.Cell(row, column));
            }

            for (int column = 0; column < added.Length; column++)
            {
                Assert.Equal(expected[row, column].ToString("R", CultureInfo.InvariantCulture), after.Cell(row, before.ColumnNames.Count + column));
            }
        }
    }

    [Fact]
    public void Rows_outside_the_training_range_are_named_and_counted()
    {
        // The training's inputs lie between 0 and 1.
        string data = _folder.Write("new.csv", "x1,x 2,run\n0.5,0.5,inside\n7,0.5,one\n-2,9,both\n"), output = _folder.File("p.csv");
        CommandResult result = CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", output).AssertExitCode(ExitCode.Success);

        Assert.Contains("Warning: 2 of 3 rows have inputs outside the range of the training rows", result.Error, StringComparison.Ordinal);
        CsvTable after = CsvTable.Read(output);
        Assert.Equal(["", "x1", "x1,x 2"], Enumerable.Range(0, 3).Select(row => after.Cell(row, after.ColumnNames.Count - 1)));
    }

    [Fact]
    public void Output_has_the_separator_of_the_input()
    {
        string data = _folder.Write("new.csv", TrainedModel.Table(7, ';')), output = _folder.File("p.csv");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", output).AssertExitCode(ExitCode.Success);

        string[] lines = File.ReadAllLines(output);
        Assert.StartsWith("run;x1;x 2;y;leaf, area;y_mean;", lines[0]);
        Assert.StartsWith("\"run 0, \"\"a\"\"; b\";", lines[1]);
        Assert.Equal(8, lines.Length);
    }

    [Fact]
    public void A_bad_cell_leaves_no_half_written_file()
    {
        string data = _folder.Write("new.csv", TrainedModel.Table(Rows) + "last,0.5,n/a,1,1\n"), output = _folder.Write("p.csv", "old predictions");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", output)
            .AssertFailure(ExitCode.Failure, $"new.csv, row {Rows + 2}, column \"x 2\": \"n/a\" is not a number.");

        Assert.Equal("old predictions", File.ReadAllText(output));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void Columns_that_are_there_already_are_refused_with_a_remedy()
    {
        string data = _folder.Write("new.csv", "x1,x 2,y_sd\n1,2,3\n");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", _folder.File("p.csv"))
            .AssertFailure(ExitCode.Failure, "new.csv", "y_sd", "Rename or remove");
    }

    public void Dispose() => _folder.Dispose();

    private double[,] Expected(CsvTable table)
    {
        BayesianNetwork model = BayesianNetwork.Load(trained.ModelPath);
        PredictiveDistribution prediction = model.Predict(Dataset.ReadInputs(table, model.InputNames));
        (double[,] lower, double[,] upper) = prediction.Interval(0.8);
        var expected = new double[table.RowCount, 12];
        for (int row = 0; row < table.RowCount; row++)
        {
            for (int target = 0; target < 2; target++)
            {
                expected[row, 6 * target] = prediction.Mean[row, target];
                expected[row, (6 * target) + 1] = Math.Sqrt(prediction.AleatoricVariance[row, target] + prediction.EpistemicVariance[row, target]);
                expected[row, (6 * target) + 2] = Math.Sqrt(prediction.AleatoricVariance[row, target]);
                expected[row, (6 * target) + 3] = Math.Sqrt(prediction.EpistemicVariance[row, target]);
                expected[row, (6 * target) + 4] = lower[row, target];
                expected[row, (6 * target) + 5] = upper[row, target];
            }
        }

        return expected;
    }
}
