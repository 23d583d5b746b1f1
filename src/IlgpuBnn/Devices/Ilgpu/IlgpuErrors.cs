using ILGPU.Runtime;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Messages for errors of drivers.</summary>
internal static class IlgpuErrors
{
    public static DeviceException Lost(string device, Exception exception) => new(
        $"{device} has stopped working: {exception.Message} It may have been reset, or another program may have taken its memory. "
            + "Run the command again; if it happens again, update the driver or use --device cpu.", exception);

    public static DeviceException OutOfMemory(string device, long bytes, long memory, Exception exception) => new(
        $"{device} has no room for another {Mebibytes(bytes)} of its {Mebibytes(memory)}: {exception.Message} "
            + "Use fewer particles, fewer rows per batch, or smaller hidden layers.", exception);

    /// <summary>Disposes of a resource, ignoring errors of a lost device, which has been reported.</summary>
    public static void Release(IDisposable? resource)
    {
        try
        {
            resource?.Dispose();
        }
        catch (AcceleratorException)
        {
            // It would hide the first error.
        }
    }

    public static bool IsOfDevice(Exception exception) => exception is AcceleratorException or OutOfMemoryException;

    private static string Mebibytes(long bytes) => $"{bytes / 1048576.0:N1} MiB";
}
