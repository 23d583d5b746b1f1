using System.Diagnostics;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>What only a process of its own shows; other tests run the command line's entry point in theirs.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(ExitCode.WrongUsage, "trian")]
    [InlineData(ExitCode.Failure, "predict", "--model", "none", "--data", "none.csv", "--out", "p.csv")]
    public void Exit_code_and_messages_are_those_of_the_entry_point(int exitCode, params string[] arguments)
    {
        CommandResult inProcess = CommandLine.Run(arguments).AssertExitCode(exitCode);
        Assert.NotEqual("", inProcess.Output + inProcess.Error);
        Assert.Equal(inProcess, CommandLine.WaitFor(CommandLine.Start(arguments)));
    }

    [Fact]
    public void Json_goes_to_standard_output() =>
        Assert.Equal("cpu", CommandLine.WaitFor(CommandLine.Start("devices", "--json")).Json()[0].GetProperty("id").GetString());

    [Fact]
    public void Version_is_that_of_the_program() =>
        Assert.StartsWith("0.1.0", CommandLine.WaitFor(CommandLine.Start("--version")).AssertExitCode(ExitCode.Success).Output);

    [SignalFact("INT")]
    public void Interrupted_training_keeps_its_best_state() => TrainingKeepsItsBestStateAt("INT");

    [SignalFact("TERM")]
    public void Terminated_training_keeps_its_best_state() => TrainingKeepsItsBestStateAt("TERM");

    public void Dispose() => _folder.Dispose();

    private void TrainingKeepsItsBestStateAt(string signal)
    {
        string path = _folder.File("m.safetensors"), data = _folder.Write("runs.csv", TrainedModel.Table(60));
        Process training = CommandLine.Start(
            "train", "--data", data, "--targets", "y", "--exclude", "run", "--model", path, "--particles", "4", "--hidden-units", "4",
            "--max-iterations", "100000000", "--batch-size", "20");
        WaitUntilTraining(training);
        using (var kill = Process.Start("kill", [$"-{signal}", $"{training.Id}"])) kill.WaitForExit();

        CommandLine.WaitFor(training).AssertFailure(ExitCode.Failure, "Training was interrupted after", path);
        TrainingReport report = BayesianNetwork.Load(path).Report;
        Assert.Equal(StopReason.Cancelled, report.StopReason);
        Assert.InRange(report.KeptIteration, 1, report.Iterations);
    }

    private static void WaitUntilTraining(Process training)
    {
        // Start-up takes a fifth of this; a training takes all it can get. Its first line of progress would be long in coming.
        while (!training.HasExited && training.TotalProcessorTime < TimeSpan.FromSeconds(1.5))
        {
            Thread.Sleep(50);
        }
    }
}

/// <summary>Needs the kill command, and a signal that the test's own parent has not switched off, as a shell does for jobs in the background.</summary>
public sealed class SignalFactAttribute : FactAttribute
{
    public SignalFactAttribute(string signal)
    {
        if (OperatingSystem.IsWindows()) Skip = "Windows has no kill command.";
        else if (signal == "INT" && OperatingSystem.IsLinux() && InterruptIsIgnored()) Skip = "SIGINT is ignored here: the tests run in the background.";
    }

    private static bool InterruptIsIgnored()
    {
        string mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..];
        return (Convert.ToUInt64(mask.Trim(), 16) & (1UL << 1)) != 0;
    }
}
