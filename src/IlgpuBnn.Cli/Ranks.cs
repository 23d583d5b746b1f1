using System.Security.Cryptography;
using System.Text;
using IlgpuBnn.Devices;
using IlgpuBnn.Mpi;

namespace IlgpuBnn.Cli;

/// <summary>The program as one of several processes that mpirun started: the first speaks and writes, the others compute.</summary>
internal static class Ranks
{
    // So long others leave it to the first to say what all of them found.
    private static readonly TimeSpan _courtesy = TimeSpan.FromSeconds(2);

    // MPICH's launcher, which ends all when the first ends, loses a message now and then that came just before.
    private static readonly TimeSpan _delivery = TimeSpan.FromMilliseconds(200);

    // What several processes do together, and what does no harm.
    private static readonly string[] _shared = ["train", "predict", "sensitivity", "calibrate", "bench"], _harmless = ["devices"];

    private static TextWriter? _error;
    private static MpiLauncher? _launcher;
    private static MpiGroup? _group;
    private static string[] _arguments = [];
    private static int _threads;

    /// <summary>Whether this process speaks and writes.</summary>
    public static bool IsFirst => _error is null;

    /// <summary>Processes on this machine that share its memory.</summary>
    public static int ProcessesHere { get; private set; } = 1;

    /// <summary>Before the command line is read, whose mistakes all processes see.</summary>
    /// <param name="commands">All there are.</param>
    /// <returns>Why several processes cannot do this; null if they can.</returns>
    public static string? Watch(string[] arguments, IEnumerable<string> commands)
    {
        // The task of an array has a shard of its own.
        if ((arguments is ["train", ..] && Array.Exists(arguments, argument => argument.StartsWith("--shard", StringComparison.Ordinal))) || MpiLauncher.Find() is not { } launcher)
        {
            return null;
        }

        (_launcher, _arguments) = (launcher, arguments);

        // Launchers give their processes terminals of their own, in which a bar of progress makes no sense.
        Environment.SetEnvironmentVariable("TERM", "dumb");
        if (launcher.Rank > 0)
        {
            _error = Console.Error;
            Console.SetOut(TextWriter.Null);
            Console.SetError(TextWriter.Null);
        }

        return arguments is [var command, ..] && commands.Except([.. _shared, .. _harmless]).Contains(command) && !Array.Exists(arguments, argument => argument is "--help" or "-h" or "-?")
            ? $"\"ilgpubnn {command}\" is for one process, and {launcher.Name} started {(launcher.Size > 0 ? $"{launcher.Size}" : "several")}, which would all do the same and write the same files. Start it without the launcher."
            : null;
    }

    /// <summary>Leaves it to the first to say what all of them found, and not to be ended by the launcher before.</summary>
    public static int End(int exitCode)
    {
        if (_launcher is not null)
        {
            Thread.Sleep(IsFirst ? _delivery : _courtesy);
        }

        return exitCode;
    }

    /// <summary>Meets the others, if there are any and they share the work.</summary>
    /// <returns>Null otherwise.</returns>
    /// <exception cref="MpiException">The MPI library is not that of the launcher.</exception>
    public static MpiGroup? Join()
    {
        if (_launcher is not null && _group is null && _arguments is [var command, ..] && _shared.Contains(command))
        {
            _group = MpiGroup.Join(_launcher);
            (_threads, ProcessesHere) = Processors.ShareOf(_group);
        }

        return _group;
    }

    /// <summary>Meets the others, who must have been given the same arguments and files.</summary>
    /// <returns>Null where there are none.</returns>
    /// <exception cref="ArgumentException">They differ.</exception>
    /// <exception cref="MpiException">The MPI library is not that of the launcher.</exception>
    public static MpiGroup? JoinAlike(Device device)
    {
        if (Join() is { } group)
        {
            BayesianNetwork.RequireAlike(group, device, Fingerprint(), "has other arguments or files");
        }

        return _group;
    }

    /// <summary>Opens a device: of the CPU this process's share of the threads, of several GPUs one by its place among the processes of this machine.</summary>
    /// <exception cref="DeviceException">There is no such device.</exception>
    /// <exception cref="MpiException">The MPI library is not that of the launcher.</exception>
    public static Device Open(string id)
    {
        if (Join() is null)
        {
            return DeviceCatalog.Open(id);
        }

        string found = DeviceCatalog.Resolve(id);
        return found == "cpu" ? DeviceCatalog.OpenCpu(_threads) : DeviceCatalog.Open(DeviceOf(found, id == "auto", _launcher!.LocalRank, DeviceCatalog.CountOf));
    }

    /// <summary>A device of a kind by the process's place on its machine; one with an index is taken as it is.</summary>
    /// <param name="chosen">Whether the index is not the user's, but the fastest device's.</param>
    /// <param name="countOf">How many usable devices there are of a kind, as this process sees them: where the launcher shows it one alone, that is number 0.</param>
    internal static string DeviceOf(string id, bool chosen, int localRank, Func<string, int> countOf)
    {
        string[] parts = id.Split(':');
        return parts.Length > 1 && !chosen ? id : countOf(parts[0]) is > 0 and var count ? $"{parts[0]}:{localRank % count}" : parts[0];
    }

    /// <summary>Leaves the others, when all of them do.</summary>
    public static void Leave()
    {
        _group?.Dispose();
        _group = null;
    }

    /// <summary>Ends all processes after a failure; the message is this process's own unless the first says it too.</summary>
    public static void Abort(string message, int exitCode)
    {
        // Without a group nobody is ended by the first, which has said what its machine's others found.
        if (_error is not null && (_group is not null || _launcher!.LocalRank == 0))
        {
            Thread.Sleep(_courtesy);
            _error.WriteLine($"Process {_launcher!.Rank}: {message}");
        }

        if (_launcher is not null)
        {
            Thread.Sleep(_delivery);
        }

        _group?.Abort(exitCode);
    }

    /// <summary>Of the arguments, but for the device, and of the files that they name.</summary>
    private static string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (int k = 0; k < _arguments.Length; k++)
        {
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(_arguments[k])));
            if (_arguments[k] == "--device")
            {
                k++;
            }
            else if (File.Exists(_arguments[k]) && new FileInfo(_arguments[k]) is { Attributes: var attributes } && !attributes.HasFlag(FileAttributes.Device))
            {
                using FileStream file = File.OpenRead(_arguments[k]);
                for (int read = file.Read(buffer); read > 0; read = file.Read(buffer))
                {
                    hash.AppendData(buffer, 0, read);
                }
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
