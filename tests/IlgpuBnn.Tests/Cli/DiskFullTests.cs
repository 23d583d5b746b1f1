using System.Diagnostics;
using IlgpuBnn.Cli;
using Xunit.Abstractions;

namespace IlgpuBnn.Tests.Cli;

/// <summary>A disk without room for what is written: a message, exit code 1, and what was there before is as it was.</summary>
/// <remarks>
/// The disk is a file system of its own in main memory, where the system allows one without being root; elsewhere, as in some containers, a limit on the size of every
/// file stands for it: .NET tells both in the same way.
/// </remarks>
public sealed class DiskFullTests(ITestOutputHelper output) : IDisposable
{
    private const string OldModel = "a good model";

    private readonly TemporaryFolder _folder = new();

    [LinuxFact]
    public void Training_leaves_the_old_model_and_says_where_the_new_one_is()
    {
        string model = Disk("m.safetensors", OldModel);
        CommandResult result = OnFullDisk(64, TrainArguments(model, "--checkpoint", "no"));
        result.AssertExitCode(ExitCode.Failure);
        Assert.Contains($"{model}: could not be written", result.Error);
        Assert.Contains("that the disk has room", result.Error);
        AssertOnDisk(("m.safetensors", OldModel));
        if (HasFileSystems)
        {
            string elsewhere = Assert.Single(Directory.GetFiles(_folder.File("tmp"), "*.m.safetensors"));
            Assert.Contains($"The trained model was written to {elsewhere} instead.", result.Error);
            Assert.Equal(20, BayesianNetwork.Load(elsewhere).ParticleCount);
        }
    }

    [LinuxFact]
    public void A_training_without_room_for_checkpoints_warns_and_goes_on()
    {
        // Room for the model, but not for the several states that a checkpoint has.
        string model = Disk("m.safetensors");
        CommandResult result = OnFullDisk(400, TrainArguments(model, "--checkpoint", "0", "--select-relevances", "no"));
        result.AssertExitCode(ExitCode.Success);
        Assert.Single(result.Error.Split('\n'), line => line.StartsWith($"Warning: {model}.checkpoint could not be written", StringComparison.Ordinal));
        Assert.Equal([model], Directory.GetFiles(Path.GetDirectoryName(model)!));
        Assert.Equal(20, BayesianNetwork.Load(model).ParticleCount);
    }

    [LinuxFact]
    public void Predicting_leaves_the_old_predictions()
    {
        string model = Trained(), data = _folder.Write("new.csv", TrainedModel.Table(2000)), predictions = Disk("p.csv", "old predictions");
        OnFullDisk(64, "predict", "--model", model, "--data", data, "--out", predictions)
            .AssertFailure(ExitCode.Failure, "Check that the folder exists and may be written to, and that the disk has room.");
        AssertOnDisk(("p.csv", "old predictions"));
    }

    /// <summary>.NET has another exception for it.</summary>
    [LinuxFact]
    public void A_limit_on_the_size_of_files_is_told_like_a_full_disk()
    {
        string model = Trained(), data = _folder.Write("new.csv", TrainedModel.Table(2000)), predictions = Disk("p.csv", "old predictions");
        UnderLimit(64, "predict", "--model", model, "--data", data, "--out", predictions)
            .AssertFailure(ExitCode.Failure, "The file is larger than files can be here. Check that the folder exists and may be written to, and that the disk has room.");
        AssertOnDisk(("p.csv", "old predictions"));
    }

    [LinuxFact]
    public void A_report_leaves_the_old_one()
    {
        string model = Trained(), report = Path.GetDirectoryName(Disk("report/x"))!;
        CommandLine.Run("report", "--model", model, "--data", _folder.File("runs.csv"), "--out", report).AssertExitCode(ExitCode.Success);
        (string Name, string Text)[] before = [.. Directory.GetFiles(report).Select(path => ($"report/{Path.GetFileName(path)}", File.ReadAllText(path)))];
        Assert.True(before.Length > 2);
        CommandResult result = OnFullDisk(16, "report", "--model", model, "--data", _folder.File("runs.csv"), "--out", report);
        result.AssertExitCode(ExitCode.Failure);
        Assert.Contains("that the disk has room", result.Error);
        AssertOnDisk(before);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Whether the system lets a user mount a file system of his own.</summary>
    private static bool HasFileSystems { get; } = OperatingSystem.IsLinux() && Sh(
        "command -v unshare >/dev/null && d=$(mktemp -d) && unshare -rm sh -c 'mount -t tmpfs -o size=64k tmpfs \"$0\"' \"$d\"; c=$?; rmdir \"$d\"; exit $c", []).ExitCode == 0;

    /// <summary>A model of 20 networks, some 200 kB.</summary>
    private string[] TrainArguments(string model, params string[] more) =>
    [
        "train", "--data", _folder.Write("runs.csv", TrainedModel.Table(60)), "--targets", "y", "--exclude", "run", "--particles", "20", "--hidden-units", "45,45",
        "--max-iterations", "50", "--model", model, .. more,
    ];

    private string Trained()
    {
        string path = _folder.File("trained.safetensors");
        CommandLine.Run(TrainArguments(path, "--checkpoint", "no")).AssertExitCode(ExitCode.Success);
        return path;
    }

    /// <summary>A place on the disk, with a text unless none is wanted.</summary>
    private string Disk(string name, string? text = null)
    {
        string path = Path.Combine(_folder.File("disk"), name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (text is not null)
        {
            File.WriteAllText(path, text);
        }

        return path;
    }

    /// <summary>Runs the program with the folder "disk" on a disk that has this much room.</summary>
    /// <param name="room">KiB.</param>
    private CommandResult OnFullDisk(int room, params string[] arguments)
    {
        string disk = _folder.File("disk"), copy = _folder.File("copy");
        output.WriteLine(HasFileSystems ? $"On a file system with {room} KiB of room." : $"With a limit of {room} KiB on every file: this system has no file systems for users.");
        if (!HasFileSystems)
        {
            return UnderLimit(room, arguments);
        }

        int used = Directory.GetFiles(disk, "*", SearchOption.AllDirectories).Sum(path => (int)((new FileInfo(path).Length + 4095) / 4096 * 4));
        CommandResult result = Sh(
            "unshare -rm sh -c 'cp -a \"$0\" \"$1\" && mount -t tmpfs -o size=\"$2\"k tmpfs \"$0\" && cp -a \"$1/.\" \"$0\" && rm -r \"$1\"; from=$0; to=$1; shift 2; "
                + "\"$@\"; code=$?; cp -a \"$from\" \"$to\"; exit $code' \"$@\"",
            [disk, copy, $"{used + room}", .. Program(arguments)]);
        Directory.Delete(disk, recursive: true);
        Directory.Move(copy, disk);
        return result;
    }

    // .NET maps memory for code through files of 2 GB, unless told otherwise.
    private CommandResult UnderLimit(int room, params string[] arguments) =>
        Sh($"trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f {room}; exec \"$@\"", Program(arguments));

    /// <summary>Its temporary files, as for a model that finds no room, go to a folder that the test looks into.</summary>
    private string[] Program(string[] arguments)
    {
        Directory.CreateDirectory(_folder.File("tmp"));
        return
        [
            "env", $"TMPDIR={_folder.File("tmp")}", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(ExitCode).Assembly.Location, .. arguments,
        ];
    }

    private static CommandResult Sh(string script, string[] arguments)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-c", script, "bash", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return CommandLine.WaitFor(Process.Start(start)!);
    }

    private void AssertOnDisk(params (string Name, string Text)[] expected)
    {
        string disk = _folder.File("disk");
        Assert.Equal(expected.Order(), Directory.GetFiles(disk, "*", SearchOption.AllDirectories).Select(path => (Path.GetRelativePath(disk, path), File.ReadAllText(path))).Order());
    }
}

/// <summary>Needs what only Linux has.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "Needs Linux, for file systems of users, limits on the size of files, or its shell and commands.";
    }
}
