using System.Runtime.InteropServices;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Native;

/// <summary>What kind of error, as in ilgpubnn.h.</summary>
internal enum Status
{
    Success,
    InvalidArgument,
    ModelFile,
    Cancelled,
    Diverged,
    Memory,
    Bug,
}

/// <summary>The error of a thread's last call.</summary>
internal static unsafe class LastError
{
    [ThreadStatic]
    private static nint _message;

    /// <summary>Zero-terminated UTF-8, of this thread until its next call; empty after a success.</summary>
    public static nint Message => _message != 0 ? _message : _message = Exports.Utf8("");

    [field: ThreadStatic]
    public static Status Status { get; private set; }

    /// <summary>Runs a call; 0 if it fails.</summary>
    public static nint Guard(Func<nint> call)
    {
        try
        {
            Set(Status.Success, "");
            return call();
        }
        catch (Exception exception)
        {
            (Status status, string message) = Describe(exception);
            Set(status, message);
            return 0;
        }
    }

    /// <summary>Runs a call that has nothing to return but its status.</summary>
    public static int Check(Action call)
    {
        Guard(() =>
        {
            call();
            return 0;
        });
        return (int)Status;
    }

    private static void Set(Status status, string message)
    {
        NativeMemory.Free((void*)_message);
        (Status, _message) = (status, Exports.Utf8(message));
    }

    private static (Status Status, string Message) Describe(Exception exception) => exception switch
    {
        TrainingCancelledException => (Status.Cancelled, exception.Message),
        TrainingDivergedException => (Status.Diverged, exception.Message),
        ModelFileException => (Status.ModelFile, exception.Message),

        // .NET appends the parameter's name, which means nothing here.
        ArgumentException { ParamName: not null } => (Status.InvalidArgument, exception.Message.Split(" (Parameter '")[0]),
        DataException or DeviceException or ArgumentException or FormatException or InvalidOperationException => (Status.InvalidArgument, exception.Message),
        InsufficientMemoryException => (Status.Memory, exception.Message),
        OutOfMemoryException or OverflowException => (Status.Memory, "There is not enough memory. Use fewer particles, smaller hidden layers, or fewer rows at once."),
        _ => (Status.Bug, $"This is a bug in ilgpubnn; please report it with the call that caused it: {exception}"),
    };
}
