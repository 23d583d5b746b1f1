using System.Diagnostics;
using IlgpuBnn.Cli;
using IlgpuBnn.Training;
using Xunit;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class InterruptionTests(TrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SignalFact("INT")]
    public void Interrupted_training_keeps_its_best_state() => TrainingKeepsItsBestStateAt("INT");

    [SignalFact("TERM")]
    public void Terminated_training_keeps_its_best_state() => TrainingKeepsItsBestStateAt("TERM");

    public void Dispose() => _folder.Dispose();

    private void TrainingKeepsItsBestStateAt(string signal)
    {
        string path = _folder.File("m.safetensors");
        Process training = CommandLine.Start(
            "train", "--data", trained.Data, "--targets", "y", "--exclude", "run", "--model", path, "--particles", "4", "--hidden-units", "4",
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
