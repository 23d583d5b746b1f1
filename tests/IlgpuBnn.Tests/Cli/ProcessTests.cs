using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>What only a process of its own shows; other tests run the command line's entry point in theirs.</summary>
[Long]
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
    public void Interrupted_training_keeps_its_best_state_beside_the_model() => TrainingKeepsItsBestStateAt("INT", 130);

    [SignalFact("TERM")]
    public void Terminated_training_keeps_its_best_state_beside_the_model() => TrainingKeepsItsBestStateAt("TERM", 143);

    [SignalFact("HUP")]
    public void Training_whose_connection_dropped_keeps_its_best_state_beside_the_model() => TrainingKeepsItsBestStateAt("HUP", 129);

    [SignalFact("TERM")]
    public void A_signal_ends_a_command_that_waits_for_a_pipe()
    {
        string pipe = _folder.File("pipe");
        using (var made = Process.Start("mkfifo", [pipe])) made.WaitForExit();
        Process waiting = CommandLine.Start("evaluate", "--model", pipe, "--data", pipe);

        // Nothing tells when it waits: once somebody opened the other end, it would not any more.
        Thread.Sleep(3000);
        Send("TERM", waiting);
        CommandLine.WaitFor(waiting).AssertFailure(143, "Interrupted: no file was left half-written.");
    }

    [SignalFact("TERM")]
    public async Task A_server_answers_what_it_was_asked_before_a_signal_ends_it()
    {
        string model = _folder.File("m");
        BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions { MaxIterations = 10, HiddenUnits = [3], Method = new Deterministic() }).Save(model);
        Process server = CommandLine.Start("serve", "--model", model, "--urls", "http://127.0.0.1:0");
        string listening = (await server.StandardError.ReadLineAsync())!;
        var url = new Uri(listening.Split(' ')[2].TrimEnd(':'));
        using var client = new HttpClient();
        Assert.Equal("ok\n", await client.GetStringAsync(new Uri(url, "healthz")));

        using HttpResponseMessage answer = await client.PostAsync(new Uri(url, "predict"), new InTwoParts("[[0.5,0.5]", "]", () => Send("TERM", server)));
        using JsonDocument predictions = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(1, predictions.RootElement.GetProperty("predictions").GetArrayLength());
        Assert.Equal("Stopped.\n", CommandLine.WaitFor(server).AssertExitCode(ExitCode.Success).Error);
    }

    [SignalFact("KILL")]
    public void A_killed_training_goes_on_from_its_checkpoint_and_ends_with_the_same_model()
    {
        string data = _folder.Write("runs.csv", TrainedModel.Table(60)), path = _folder.File("m.safetensors"), checkpoint = $"{path}.checkpoint";
        string[] arguments =
        [
            "train", "--data", data, "--targets", "y", "--exclude", "run", "--particles", "4", "--hidden-units", "4", "--max-iterations", "30000", "--batch-size", "20",
            "--checkpoint", "0.1", "--model",
        ];
        CommandLine.Run([.. arguments, path, "--resume"]).AssertFailure(ExitCode.Failure, checkpoint, "there is no such checkpoint");

        Process training = CommandLine.Start([.. arguments, path]);
        while (!training.HasExited && !File.Exists(checkpoint))
        {
            Thread.Sleep(20);
        }

        Send("KILL", training);
        CommandLine.WaitFor(training).AssertExitCode(137);
        Assert.False(File.Exists(path));
        CommandLine.Run([.. arguments, path, "--seed", "1"]).AssertExitCode(ExitCode.Failure);

        CommandResult resumed = CommandLine.Run([.. arguments, path, "--resume"]).AssertExitCode(ExitCode.Success);
        Assert.Contains($"this training goes on from {checkpoint}", resumed.Error);
        Assert.Equal([path, data], Directory.GetFiles(_folder.Path).Order());
        string undisturbed = _folder.File("undisturbed.safetensors");
        CommandLine.Run([.. arguments, undisturbed]).AssertExitCode(ExitCode.Success);
        Assert.Equal(BayesianNetwork.Load(undisturbed).Parameters().SelectMany(own => own.Values), BayesianNetwork.Load(path).Parameters().SelectMany(own => own.Values));
    }

    public void Dispose() => _folder.Dispose();

    private void TrainingKeepsItsBestStateAt(string signal, int exitCode)
    {
        string path = _folder.Write("m.safetensors", "a good model"), data = _folder.Write("runs.csv", TrainedModel.Table(60));
        string partial = _folder.File("m.partial.safetensors");
        Process training = CommandLine.Start(
            "train", "--data", data, "--targets", "y", "--exclude", "run", "--model", path, "--particles", "4", "--hidden-units", "4",
            "--max-iterations", "100000000", "--batch-size", "20", "--checkpoint", "3600");
        WaitUntilTraining(training);
        Send(signal, training);

        CommandLine.WaitFor(training).AssertFailure(exitCode, "Training was interrupted after", partial, $"{path} is unchanged", "goes on from its checkpoint");
        Assert.True(File.Exists($"{path}.checkpoint"));
        Assert.Equal("a good model", File.ReadAllText(path));
        TrainingReport report = BayesianNetwork.Load(partial).Report;
        Assert.Equal(StopReason.Cancelled, report.StopReason);
        Assert.InRange(report.KeptIteration, 1, report.Iterations);
    }

    private static void Send(string signal, Process process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
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

/// <summary>JSON whose second part is sent after something has happened.</summary>
internal sealed class InTwoParts : HttpContent
{
    // For what is sent, and for what happens, to arrive.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    private readonly string _first, _second;
    private readonly Action _between;

    public InTwoParts(string first, string second, Action between)
    {
        (_first, _second, _between) = (first, second, between);
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(_first));
        await stream.FlushAsync();
        await Task.Delay(_pause);
        _between();
        await Task.Delay(_pause);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(_second));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

/// <summary>Needs the kill command, and a signal that the test's own parent has not switched off, as a shell does for jobs in the background.</summary>
public sealed class SignalFactAttribute : FactAttribute
{
    public SignalFactAttribute(string signal)
    {
        if (OperatingSystem.IsWindows()) Skip = "Windows has no kill command.";
        else if (OperatingSystem.IsLinux() && IsIgnored(signal)) Skip = $"SIG{signal} is ignored here: the tests run in the background.";
    }

    private static bool IsIgnored(string signal)
    {
        string mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..];
        return (Convert.ToUInt64(mask.Trim(), 16) & (1UL << (signal switch { "HUP" => 0, "INT" => 1, "KILL" => 8, _ => 14 }))) != 0;
    }
}
