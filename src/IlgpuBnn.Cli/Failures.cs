using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Mpi;
using IlgpuBnn.Persistence;
using IlgpuBnn.Png;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary>Turns an exception into one message on standard error.</summary>
internal static class Failures
{
    public static int Guard(Func<int> run)
    {
        try
        {
            // So early that whoever fails can end all.
            Ranks.Join();
            int exitCode = run();
            Ranks.Leave();
            return exitCode;
        }
        catch (Exception exception)
        {
            // A bug's stack trace keeps its lines.
            string message = string.Join(Environment.NewLine, Describe(exception).ReplaceLineEndings("\n").Split('\n').Select(ShownText.Escaped));
            Console.Error.WriteLine(message);
            int exitCode = exception is CommandException { ExitCode: var code } ? code : ExitCode.Failure;
            if (exception is CommandException { IsOfAllProcesses: true })
            {
                Ranks.Leave();
            }
            else
            {
                Ranks.Abort(message, exitCode);
            }

            return exitCode;
        }
    }

    private static string Describe(Exception exception) => exception switch
    {
        ArgumentException { ParamName: not null } argument => WithoutParameter(argument),
        ReportFolderException or PngException => exception.Message,
        IOException or UnauthorizedAccessException =>
            $"{exception.Message.TrimEnd('.')}. Check that the folder exists and may be written to, and that the disk has room.",
        CommandException or DataException or DeviceException or ModelFileException or MpiException or TrainingDivergedException or ArgumentException
            or InsufficientMemoryException => exception.Message,
        // Sizes beyond any memory overflow before they are allocated.
        OutOfMemoryException or OverflowException => "There is not enough memory. Use fewer particles, smaller hidden layers, or fewer rows per batch.",
        _ => $"This is a bug in ilgpubnn; please report it with the command that caused it:{Environment.NewLine}{exception}",
    };

    // .NET appends the parameter's name, which means nothing on the command line.
    private static string WithoutParameter(ArgumentException exception)
    {
        int suffix = exception.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return suffix < 0 ? exception.Message : exception.Message[..suffix];
    }
}

/// <summary>A command failed; the message is for its user.</summary>
internal sealed class CommandException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int ExitCode { get; init; } = Cli.ExitCode.Failure;

    /// <summary>Whether every process of several ends with it, and in its own time.</summary>
    public bool IsOfAllProcesses { get; init; }
}
