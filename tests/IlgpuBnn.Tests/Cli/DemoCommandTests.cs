using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

public sealed class DemoCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_short_demo_leaves_data_a_model_and_predictions_of_the_test_rows()
    {
        string folder = Path.Combine(_folder.Path, "new", "demo");
        JsonElement json = CommandLine.Run("demo", "--out", folder, "--max-iterations", "60", "--json").Json();

        Assert.Equal(100, json.GetProperty("rows").GetInt32());
        Assert.Equal(15, json.GetProperty("targets").EnumerateObject().Count());
        Assert.InRange(json.GetProperty("overall").GetProperty("r2").GetDouble(), 0.3, 1);
        CsvTable data = CsvTable.Read(Path.Combine(folder, "selm-usmoz.csv")), predictions = CsvTable.Read(Path.Combine(folder, "predictions.csv"));
        Assert.Equal((1000, 23), (data.RowCount, data.ColumnNames.Count));
        Assert.Equal((100, 8 + 15 + (15 * 6) + 2), (predictions.RowCount, predictions.ColumnNames.Count));

        // The last row of one is the last row of the other: inputs, then observed targets.
        for (int column = 0; column < 23; column++)
        {
            Assert.Equal(data.Number(999, column), predictions.Number(99, column));
        }

        Assert.Equal(data.ColumnNames.Skip(8), BayesianNetwork.Load(Path.Combine(folder, "model.safetensors")).TargetNames);
    }

    [Fact]
    public void The_commands_that_it_suggests_work()
    {
        string folder = _folder.File("demo");
        string output = CommandLine.Run("demo", "--out", folder, "--max-iterations", "5").AssertExitCode(ExitCode.Success).Output;

        Assert.Contains("mean over targets", output);
        string[] commands = [.. output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("ilgpubnn ", StringComparison.Ordinal))];
        Assert.Equal(3, commands.Length);
        string[] train = commands[0].Replace("my.safetensors", _folder.File("my.safetensors")).Split(' ')[1..];
        string[] predict = commands[1].Replace("my-predictions.csv", _folder.File("my-predictions.csv")).Split(' ')[1..];
        CommandLine.Run([.. train, "--max-iterations", "5"]).AssertExitCode(ExitCode.Success);
        CommandLine.Run(predict).AssertExitCode(ExitCode.Success);
    }

    public void Dispose() => _folder.Dispose();
}
