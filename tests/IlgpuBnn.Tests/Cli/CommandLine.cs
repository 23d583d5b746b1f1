using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IlgpuBnn.Cli;

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

    /// <summary>What a training prints of its columns before it starts.</summary>
    public static bool IsAboutColumns(string line) => line.StartsWith("Warning: ", StringComparison.Ordinal) || Regex.IsMatch(line, "^[0-9]+ inputs?: .*; [0-9]+ targets?: ");

    /// <summary>One message, without a stack trace, and nothing on standard output.</summary>
    public void AssertFailure(int exitCode, params string[] messageParts)
    {
        AssertExitCode(exitCode);
        Assert.Equal("", Output);
        Assert.DoesNotContain("   at ", Error);
        Assert.All(messageParts, part => Assert.Contains(part, Error));
        if (exitCode == IlgpuBnn.Cli.ExitCode.Failure) Assert.Single(Error.TrimEnd().Split('\n'), line => !IsAboutColumns(line));
    }
}

/// <summary>Runs the program's entry point in the tests' own process or, where a test is about that, as a process of its own.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);
    private static readonly Func<string[], int> _main = typeof(ExitCode).Assembly.EntryPoint!.CreateDelegate<Func<string[], int>>();
    private static readonly Redirection _output = new(Console.Out), _error = new(Console.Error);

    static CommandLine()
    {
        Console.SetOut(_output);
        Console.SetError(_error);
        Output.OpenStandardOutput = () => new JsonStream();

        // No bar of progress, even where the tests' own standard error is a terminal.
        Environment.SetEnvironmentVariable("TERM", "dumb");
    }

    public static CommandResult Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        (_output.Here, _error.Here) = (output, error);
        try
        {
            int exitCode = _main(arguments);
            return Result(exitCode, output.ToString(), error.ToString());
        }
        finally
        {
            (_output.Here, _error.Here) = (null, null);
        }
    }

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
            if (!process.WaitForExit(_timeout))
            {
                process.Kill();
                throw new TimeoutException($"The program ran longer than {_timeout}: {error.Result}");
            }

            return Result(process.ExitCode, output.Result, error.Result);
        }
    }

    private static CommandResult Result(int exitCode, string output, string error) =>
        new(exitCode, output.ReplaceLineEndings("\n"), error.ReplaceLineEndings("\n"));

    /// <summary>What a test's own commands write goes to that test; other tests run at the same time.</summary>
    private sealed class Redirection(TextWriter otherwise) : TextWriter
    {
        private readonly AsyncLocal<TextWriter?> _here = new();

        public TextWriter? Here
        {
            set => _here.Value = value;
        }

        public override Encoding Encoding => otherwise.Encoding;

        public override void Write(char value) => (_here.Value ?? otherwise).Write(value);

        public override void Write(string? value) => (_here.Value ?? otherwise).Write(value);
    }

    private sealed class JsonStream : MemoryStream
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Console.Out.Write(Encoding.UTF8.GetString(ToArray()));
            }

            base.Dispose(disposing);
        }
    }
}
