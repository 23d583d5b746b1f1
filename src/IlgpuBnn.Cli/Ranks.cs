using IlgpuBnn.Mpi;

namespace IlgpuBnn.Cli;

/// <summary>The program as one of several processes that mpirun started: the first speaks and writes, the others compute.</summary>
internal static class Ranks
{
    // So long others leave it to the first to say what all of them found.
    private static readonly TimeSpan _courtesy = TimeSpan.FromSeconds(2);

    private static TextWriter? _error;
    private static MpiLauncher? _launcher;
    private static MpiGroup? _group;

    /// <summary>Whether this process speaks and writes.</summary>
    public static bool IsFirst => _error is null;

    /// <summary>Before the command line is read, whose mistakes all processes see.</summary>
    public static void Watch(string[] arguments)
    {
        if (arguments is ["train", ..] && !Array.Exists(arguments, argument => argument.StartsWith("--shard", StringComparison.Ordinal)) && MpiLauncher.Find() is { } launcher)
        {
            _launcher = launcher;

            // Launchers give their processes terminals of their own, in which a bar of progress makes no sense.
            Environment.SetEnvironmentVariable("TERM", "dumb");
            if (launcher.Rank > 0)
            {
                _error = Console.Error;
                Console.SetOut(TextWriter.Null);
                Console.SetError(TextWriter.Null);
            }
        }
    }

    /// <summary>Meets the others.</summary>
    /// <returns>Null where there are none.</returns>
    /// <exception cref="MpiException">The MPI library is not that of the launcher.</exception>
    public static MpiGroup? Join() => _launcher is null ? null : _group = MpiGroup.Join(_launcher);

    /// <summary>This process's share of the machine's threads, where the launcher has not given it processors of its own; 0 for all it has.</summary>
    public static int Threads => _launcher is { LocalSize: > 1 and var local } && Environment.ProcessorCount == ProcessorsOfMachine() ? Math.Max(1, Environment.ProcessorCount / local) : 0;

    /// <summary>Leaves the others, when all of them do.</summary>
    public static void Leave()
    {
        _group?.Dispose();
        _group = null;
    }

    /// <summary>Ends all processes after a failure; the message is this process's own unless the first says it too.</summary>
    public static void Abort(string message, int exitCode)
    {
        if (_error is not null)
        {
            Thread.Sleep(_courtesy);
            _error.WriteLine($"Process {_launcher!.Rank}: {message}");
        }

        _group?.Abort(exitCode);
    }

    private static int ProcessorsOfMachine() => OperatingSystem.IsLinux() && File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal))
        : Environment.ProcessorCount;
}
