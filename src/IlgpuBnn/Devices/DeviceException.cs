namespace IlgpuBnn.Devices;

/// <summary>A device was not found, ran out of memory, was lost, or cannot compile a GPU kernel; the message says what to do.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Takes the message as it is.</summary>
    /// <param name="message">Which device, what happened, what to do.</param>
    /// <param name="innerException">The driver's own error.</param>
    public DeviceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
