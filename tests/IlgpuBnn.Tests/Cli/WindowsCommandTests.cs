using System.Globalization;
using System.Text;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>From a table of series to predictions of a recurrent network.</summary>
public sealed class WindowsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Windows_of_series_are_trained_on_and_predicted()
    {
        string windows = _folder.File("w.csv"), model = _folder.File("m"), predicted = _folder.File("p.csv");
        CommandResult told = CommandLine.Run(Windows(_folder.Write("series.csv", Series()), windows)).AssertExitCode(ExitCode.Success);
        Assert.Contains("48 windows of 4 steps. A network of them begins with field(2,4), such as --network \"field(2,4) lstm(32,masked)\".", told.Error, StringComparison.Ordinal);
        CommandResult trained = CommandLine.Run(
            "train", "--data", windows, "--targets", "flux", "--group", "site", "--exclude", "day", "--network", "field(2,4) lstm(4,masked)", "--particles", "6", "--folds", "3",
            "--max-iterations", "50", "--model", model).AssertExitCode(ExitCode.Success);
        Assert.Contains("Network: field(2,4) lstm(4,last,masked).", trained.Output, StringComparison.Ordinal);
        CommandLine.Run("predict", "--model", model, "--data", windows, "--out", predicted).AssertExitCode(ExitCode.Success);
        Assert.Equal(49, File.ReadAllLines(predicted).Length);
    }

    [Fact]
    public void A_table_that_is_no_series_leaves_no_file()
    {
        string output = _folder.File("w.csv");
        CommandResult told = CommandLine.Run(Windows(_folder.Write("series.csv", "site,day,rain,flux\na,2,1,1\na,1,1,1\n"), output)).AssertExitCode(ExitCode.Failure);
        Assert.Contains("row 3, column \"day\": \"1\" comes after \"2\"", told.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
        told = CommandLine.Run([.. Windows(_folder.Write("series.csv", "site,day,rain,flux\na,2,1,1\n"), output), "--sequences", "rain"]).AssertExitCode(ExitCode.Failure);
        Assert.Contains("\"rain\" is named as two of", told.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Windows(string data, string output) =>
        ["windows", "--data", data, "--time", "day", "--group", "site", "--inputs", "rain", "--steps", "4", "--out", output];

    private static string Series()
    {
        var text = new StringBuilder("site,day,rain,flux\n");
        var random = new Random(1);
        foreach (string site in new[] { "a", "b", "c" })
        {
            double store = 0;
            for (int day = 0; day < 16; day++)
            {
                double rain = random.NextDouble();
                store = (0.5 * store) + rain;
                text.Append(CultureInfo.InvariantCulture, $"{site},{day},{rain},{store}\n");
            }
        }

        return text.ToString();
    }
}
