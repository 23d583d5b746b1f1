using System.Diagnostics;
using IlgpuBnn.Cli;
using IlgpuBnn.Tests.Cli;

namespace IlgpuBnn.Tests.Samples;

/// <summary>The steps of samples/slurm in a shell, with an sbatch that runs jobs at once.</summary>
public sealed class SlurmTests : IDisposable
{
    // Prints the number of the job, and what it was asked for to the file "submitted".
    private const string Sbatch = """
        #!/bin/bash
        set -eu
        jobs=$(cat "$QUEUE/jobs" 2>/dev/null || echo 100)
        echo "$((jobs + 1))" > "$QUEUE/jobs"
        echo "$((jobs + 1)): ${*//*\//}" >> "$QUEUE/submitted"
        tasks=single
        for argument in "$@"; do
            case "$argument" in --array=0-*) tasks=$(seq 0 "${argument#--array=0-}") ;; esac
        done
        for task in $tasks; do
            if [ "$task" = single ]; then bash "${@: -1}"; else SLURM_ARRAY_TASK_ID=$task bash "${@: -1}"; fi >> "$QUEUE/log" 2>&1
        done
        echo "$((jobs + 1));cluster"
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ShellFact]
    public void The_job_array_makes_the_model_of_one_process()
    {
        string runs = Write("runs.csv", Cli.TrainedModel.Table(40)), out1 = Folder("given"), log = _folder.File("log");
        Submit(("DATA", runs), ("TARGETS", "y"), ("OPTIONS", "--exclude run --hidden-units 4"), ("PARTICLES", "6"), ("SHARDS", "2"), ("ITERATIONS", "40"), ("FOLDER", out1));
        Assert.Equal(
            ["101: --parsable --array=0-1 train.sbatch", "102: --parsable --dependency=afterok:101 merge.sbatch"], File.ReadAllLines(_folder.File("submitted")));
        string whole = _folder.File("whole.safetensors");
        CommandLine.Run("train", "--data", runs, "--targets", "y", "--exclude", "run", "--hidden-units", "4", "--particles", "6", "--max-iterations", "40", "--model", whole)
            .AssertExitCode(ExitCode.Success);
        string model = Path.Combine(out1, "model.safetensors");
        Assert.True(File.Exists(model), File.Exists(log) ? File.ReadAllText(log) : "no job ran");
        BayesianNetwork one = BayesianNetwork.Load(whole), merged = BayesianNetwork.Load(model);
        Assert.Equal(one.Model.Ensemble.Particles, merged.Model.Ensemble.Particles);
        double[,] inputs = { { 0.3, 0.7, 0.5 } };
        Assert.Equal(one.Predict(inputs).Interval(0.9).Upper, merged.Predict(inputs).Interval(0.9).Upper);
    }

    [ShellFact]
    public void A_pilot_decides_how_long_to_train()
    {
        string runs = Write("runs.csv", Cli.TrainedModel.Table(12)), place = Folder("piloted"), shown = _folder.File("shown");

        // The program's words alone: what it does with them is tested above.
        Write("ilgpubnn", $$"""
            #!/bin/bash
            echo "$*" >> {{shown}}
            echo '{"iterations":600,"kept_iteration":300,"stop_reason":"x"}'
            """);
        Submit(("DATA", runs), ("TARGETS", "y"), ("READING", "--missing -9"), ("SHARDS", "2"), ("FOLDER", place));
        Assert.Equal(
            [
                "101: --parsable pilot.sbatch", "102: --parsable --dependency=afterok:101 --array=0-1 train.sbatch",
                "103: --parsable --dependency=afterok:102 merge.sbatch",
            ], File.ReadAllLines(_folder.File("submitted")));
        string[] commands = File.ReadAllLines(shown);
        Assert.Equal(4, commands.Length);
        Assert.Contains("--missing -9 --particles 160 --max-iterations 300 --shard 1/2", commands[2], StringComparison.Ordinal);
        Assert.Equal($"merge {place}/part-*.safetensors --data {runs} --missing -9 --model {place}/model.safetensors", commands[3]);
    }

    private string Folder(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    /// <summary>A file that may be run.</summary>
    private string Write(string name, string text)
    {
        string path = _folder.Write(name, text.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    private void Submit(params (string Name, string Value)[] variables)
    {
        Write("sbatch", Sbatch);
        if (!File.Exists(_folder.File("ilgpubnn")))
        {
            Write("ilgpubnn", $"""
                #!/bin/bash
                exec "{Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"}" "{typeof(ExitCode).Assembly.Location}" "$@"
                """);
        }

        var start = new ProcessStartInfo("bash", [Repository.Path("samples", "slurm", "submit.sh")]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{_folder.Path}:{start.Environment["PATH"]}";
        start.Environment["QUEUE"] = _folder.Path;
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        CommandLine.WaitFor(Process.Start(start)!).AssertExitCode(0);
    }
}

/// <summary>Skipped where there is no bash.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ShellFactAttribute : FactAttribute
{
    public ShellFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "Windows has no bash.";
        }
    }
}
