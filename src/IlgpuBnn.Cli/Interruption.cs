using System.Runtime.InteropServices;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Cli;

/// <summary>Ctrl-C, SIGTERM and SIGHUP (a connection that dropped).</summary>
/// <remarks>A signal ends the program at once, without a file half-written, unless an instance catches it; the next one does so even then.</remarks>
internal sealed class Interruption : IDisposable
{
    private static readonly Dictionary<PosixSignal, int> _numbers = new() { [PosixSignal.SIGHUP] = 1, [PosixSignal.SIGINT] = 2, [PosixSignal.SIGTERM] = 15 };

    // Kept, as a registration ends with its finaliser.
    private static IReadOnlyList<PosixSignalRegistration>? _registrations;
    private static Interruption? _catching;

    private readonly CancellationTokenSource _source = new();
    private int _signal;

    /// <summary>Catches the next signal.</summary>
    public Interruption() => _catching = this;

    public CancellationToken Token => _source.Token;

    /// <summary>Of the program, as shells expect it: 128 and the signal's number.</summary>
    public int ExitCode => 128 + _signal;

    /// <summary>From now on a signal that nothing catches ends the program with a message.</summary>
    public static void Watch() => _registrations ??= [.. _numbers.Keys.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    public void Dispose()
    {
        _catching = null;
        _source.Dispose();
    }

    private static void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        int number = _numbers[context.Signal];
        if (_catching is { _signal: 0 } catching)
        {
            catching._signal = number;
            catching._source.Cancel();
            return;
        }

        AtomicFile.DeleteUnfinished();
        Console.Error.WriteLine("Interrupted: no file was left half-written.");
        Environment.Exit(128 + number);
    }
}
