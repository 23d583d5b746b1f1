using System.Diagnostics;
using System.Text.RegularExpressions;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>eng/gpu-run on ILGPU's CPU accelerator, in the place of an unpacked bundle.</summary>
[Long]
public sealed class GpuRunTests : IDisposable
{
    // One that is fast, one that never ends, one that fails.
    private const string Peer = """
        echo "$*" >> "$(dirname "$0")/asked"
        case "$2" in
            fast) echo '{"impl": "fast", "ms_per_iteration": 1.25}' ;;
            slow) sleep 60 ;;
            *) echo "there is no $2" >&2; exit 1 ;;
        esac
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LinuxFact]
    public void A_run_has_every_section_and_names_what_was_cut_off()
    {
        string table = Run(0, "--peer", _folder.Write("peer", Peer.ReplaceLineEndings("\n")), "--python", "bash", "--peers", "fast,slow,none", "--peer-limit", "4");

        Assert.Matches(@"^Device: ilgpu-cpu:0: CPUAccelerator, .* Beside it: cpu: ", table);
        Assert.Equal(["Tests", "Kernels", "Whole trainings", "Iterations"], Regex.Matches(table, "^### (.*)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value));
        Assert.Matches(@"\n- Device tests: [1-9]\d* passed, 0 failed, \d+ skipped\.\n", table);
        Assert.Matches(@"\nMeasured ceilings: \S+ GFLOP/s of multiply-adds, \S+ GB/s of a copy of ", table);
        Assert.Matches(@"\n\| `NetworkGradient\.Small` \| 1 \| [\d.]+ \| [\d.]+ % \| ", table);
        Assert.Matches(@"\n\| SVGD, 2 x 3, 16 rows, 2 iterations \| \d+\.\d{3} \| .* % \| \d+\.\d{3} \| .* \| \S+ \|\n", table);
        Assert.Matches(@"\n\| S \| H \| N \| ms, ilgpubnn \| ms, fast \| ms, slow \| ms, none \|\n\|(---\|){7}\n\| 2 \| 3 \| 16 \| [\d.]+ \| 1\.25 \| > [4-9] s \| - \|\n", table);
        Assert.DoesNotContain("Cut off", table, StringComparison.Ordinal);
        Assert.Contains("there is no none", Text("errors.txt"), StringComparison.Ordinal);
        Assert.Contains("--impl fast --particles 2 --hidden 3 --rows 16 --iterations 3 --repeats 3 --device ilgpu-cpu\n", File.ReadAllText(_folder.File("asked")), StringComparison.Ordinal);
        Assert.Equal(2, Text("results.jsonl").Split('\n').Count(line => line.Contains("\"ms_per_iteration\":", StringComparison.Ordinal)));
    }

    /// <summary>Tests that were not run are no success.</summary>
    [LinuxFact]
    public void Without_time_every_part_is_named_as_left_out()
    {
        string table = Run(1, "--limit", "0");

        Assert.Contains("- Device tests: cut off or left out.", table, StringComparison.Ordinal);
        Assert.Contains("Cut off or left out, as its time was over: kernels of S = 2, H = 4, N = 16.", table, StringComparison.Ordinal);
        Assert.Contains("Cut off or left out, as its time was over: trainings from S = 2, H = 3, N = 16 on (runs: none).", table, StringComparison.Ordinal);
        Assert.Contains("Left out, as the time was over (S:H:N): 2:3:16.", table, StringComparison.Ordinal);
    }

    private string Text(string name) => File.ReadAllText(Path.Combine(_folder.Path, "results", name));

    /// <summary>The table that it writes.</summary>
    private string Run(int exitCode, params string[] options)
    {
        string script = _folder.File("gpu-run");
        File.Copy(Repository.Path("eng", "gpu-run"), script);
        WriteProgram("IlgpuBnn.Cli", typeof(ExitCode).Assembly.Location);
        WriteProgram("IlgpuBnn.Tests", typeof(GpuRunTests).Assembly.Location);
        var start = new ProcessStartInfo("bash", [script, "run", "--quick", "--device", "ilgpu-cpu", "--out", _folder.File("results"), .. options])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("ILGPUBNN_REQUIRE");
        CommandLine.WaitFor(Process.Start(start)!).AssertExitCode(exitCode);
        return Text("table.md");
    }

    /// <summary>What a bundle has as an executable.</summary>
    private void WriteProgram(string name, string assembly)
    {
        Directory.CreateDirectory(_folder.File(name));
        string program = _folder.Write(Path.Combine(name, name), $"#!/bin/bash\nexec \"{Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"}\" \"{assembly}\" \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
