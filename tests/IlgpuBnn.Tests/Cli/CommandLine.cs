using System.Diagnostics;
using System.Text.Json;
using IlgpuBnn.Cli;
using Xunit;

namespace IlgpuBnn.Tests.Cli;

/// <summary>What a run of the program left behind.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The one line of JSON on standard output.</summary>
    public JsonElement Json()
    {
        AssertExitCode(IlgpuBnn.Cli.ExitCode.Success);
        Assert.Equal(Output.Length - 1, Output.IndexOf('\n'));
        return JsonDocument.Parse(Output).RootElement;
    }

    public CommandResult AssertExitCode(int expected)
    {
        Assert.True(expected == ExitCode, $"Exit code {ExitCode} instead of {expected}.\n{Output}\n{Error}");
        return this;
    }

    /// <summary>One message, without a stack trace, and nothing on standard output.</summary>
    public void AssertFailure(int exitCode, params string[] messageParts)
    {
        AssertExitCode(exitCode);
        Assert.Equal("", Output);
        Assert.DoesNotContain("   at ", Error);
        Assert.All(messageParts, part => Assert.Contains(part, Error));
        if (exitCode == IlgpuBnn.Cli.ExitCode.Failure) Assert.Single(Error.TrimEnd().Split('\n'));
    }
}

/// <summary>Runs the program as its users do: as a process of its own, with its output redirected.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    public static CommandResult Run(params string[] arguments) => WaitFor(Start(arguments));

    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(ExitCode).Assembly.Location);
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }

    public static CommandResult WaitFor(Process process)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Timeout))
            {
                process.Kill();
                throw new TimeoutException($"The program ran longer than {Timeout}: {error.Result}");
            }

            return new CommandResult(process.ExitCode, output.Result.ReplaceLineEndings("\n"), error.Result.ReplaceLineEndings("\n"));
        }
    }
}
