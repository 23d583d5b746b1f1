using System.Runtime.Versioning;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class ReportCommandTests(TrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Report_is_a_page_with_every_target_and_can_be_made_again()
    {
        string folder = Path.Combine(_folder.Path, "new", "report"), page = Path.Combine(folder, "report.html");
        CommandResult result = Report(trained.Data, folder).AssertExitCode(ExitCode.Success);
        byte[] first = File.ReadAllBytes(page);
        Report(trained.Data, folder).AssertExitCode(ExitCode.Success);

        Assert.Contains(page, result.Error);
        Assert.Equal("", result.Output);
        Assert.Equal(first, File.ReadAllBytes(page));
        string html = File.ReadAllText(page);
        Assert.Contains("How well y, leaf, area can be predicted", html);
        Assert.Matches("<td>run [0-9]+, &quot;a&quot;; b</td>", html);
        Assert.True(File.Exists(Path.Combine(folder, "residuals-leaf--area.svg")));
    }

    [Fact]
    public void A_table_without_targets_is_refused_and_nothing_written()
    {
        string data = _folder.Write("new.csv", "x1,x 2\n0.1,0.2\n0.3,0.4\n0.5,0.6\n"), folder = _folder.File("report");
        Report(data, folder).AssertFailure(
            ExitCode.Failure, "new.csv: 2 of 2 targets are missing: y, leaf, area.", "use \"ilgpubnn predict\"");
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void A_place_that_is_taken_is_refused()
    {
        string folder = Directory.CreateDirectory(_folder.File("taken")).FullName;
        File.WriteAllText(Path.Combine(folder, "scores.csv"), "mine");
        Report(trained.Data, folder).AssertFailure(ExitCode.Failure, "has scores.csv, which no report wrote", "Name another folder");
        Assert.Equal(["scores.csv"], Directory.GetFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)));
        Report(trained.Data, _folder.Write("file", "")).AssertFailure(ExitCode.Failure, "this is a file. Name a folder.");
        Report(trained.Data, "").AssertFailure(ExitCode.Failure, "Name a folder.");
        Report(trained.Data, trained.ModelPath).AssertFailure(ExitCode.WrongUsage, "the file of --model");
    }

    [WritableByOwnerOnlyFact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_without_permission_is_named()
    {
        string folder = Directory.CreateDirectory(_folder.File("locked")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Report(trained.Data, Path.Combine(folder, "report")).AssertFailure(ExitCode.Failure, "the report could not be written");
    }

    public void Dispose() => _folder.Dispose();

    private CommandResult Report(string data, string folder) =>
        CommandLine.Run("report", "--model", trained.ModelPath, "--data", data, "--out", folder);
}
