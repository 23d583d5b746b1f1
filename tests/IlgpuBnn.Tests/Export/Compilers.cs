using System.ComponentModel;
using System.Diagnostics;

namespace IlgpuBnn.Tests.Export;

/// <summary>Compilers of this machine, where it has any.</summary>
internal static class Compilers
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    /// <summary>Null where a compiler runs; otherwise why a test is skipped.</summary>
    public static string? Missing(string compiler)
    {
        try
        {
            Run(compiler, "--version");
            return null;
        }
        catch (Win32Exception)
        {
            return $"{compiler} is not installed";
        }
    }

    /// <summary>Fails unless the program ends with 0; returns what it prints.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_timeout))
        {
            process.Kill();
            Assert.Fail($"{program} ran longer than {_timeout}.");
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}\n{output.Result}\n{error.Result}");
        return output.Result;
    }
}

/// <summary>A test that compiles: skipped, with the reason, where a compiler is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute(params string[] compilers) => Skip = compilers.Select(Compilers.Missing).FirstOrDefault(reason => reason is not null);
}
