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
        Assert.Equal([.. before.ColumnNames, .. added, "outside_training_range", "note"], after.ColumnNames);
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
        Assert.Equal(["", "x1", "x1,x 2"], Enumerable.Range(0, 3).Select(row => after.Cell(row, after.ColumnNames.Count - 2)));
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
        string data = _folder.Write("new.csv", TrainedModel.Table(Rows) + "last,0.5,oops,1,1\n"), output = _folder.Write("p.csv", "old predictions");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", output)
            .AssertFailure(ExitCode.Failure, $"new.csv, row {Rows + 2}, column \"x 2\": \"oops\" is not a number.");

        Assert.Equal("old predictions", File.ReadAllText(output));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void A_row_with_a_gap_is_marked_and_the_others_are_predicted()
    {
        string data = _folder.Write("new.csv", ",x1,x 2\nfirst,0.5,0.5\nsecond,NA,\nthird,0.25,0.75\n"), output = _folder.File("p.csv");
        CommandResult result = CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", output).AssertExitCode(ExitCode.Success);

        Assert.Contains("Warning: 1 of 3 rows could not be predicted; column note says why (row 3: x1 is missing; x 2 is missing).", result.Error);
        CsvTable after = CsvTable.Read(output);
        Assert.Equal(["first", "second", "third"], Enumerable.Range(0, 3).Select(after.RowLabel));
        Assert.Equal(["NA", "", "x1 is missing; x 2 is missing"], [after.Cell(1, 0), after.Cell(1, 2), after.Cell(1, after.ColumnNames.Count - 1)]);

        string alone = _folder.Write("alone.csv", "x1,x 2\n0.25,0.75\n"), other = _folder.File("q.csv");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", alone, "--out", other).AssertExitCode(ExitCode.Success);
        CsvTable expected = CsvTable.Read(other);
        Assert.Equal(
            Enumerable.Range(0, expected.ColumnNames.Count).Select(column => expected.Cell(0, column)),
            Enumerable.Range(0, after.ColumnNames.Count).Select(column => after.Cell(2, column)));
    }

    [Fact]
    public void Rows_that_all_have_gaps_leave_a_file_without_predictions()
    {
        string data = _folder.Write("new.csv", "x1,x 2\n0.5,\n,0.5\n"), output = _folder.File("p.csv");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", data, "--out", output).AssertExitCode(ExitCode.Success);

        Assert.Equal(["x 2 is missing", "x1 is missing"], CsvTable.Read(output) is var after ? [after.Cell(0, 15), after.Cell(1, 15)] : []);
    }

    [Fact]
    public void Predictions_have_the_decimal_mark_of_the_table()
    {
        string output = _folder.File("p.csv"), same = _folder.File("q.csv");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", _folder.Write("a.csv", "x1;x 2\n0,5;0,25\n"), "--out", output).AssertExitCode(ExitCode.Success);
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", _folder.Write("b.csv", "x1;x 2\n0.5;0.25\n"), "--out", same).AssertExitCode(ExitCode.Success);

        Assert.Equal(File.ReadAllText(same).Replace('.', ','), File.ReadAllText(output));
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
