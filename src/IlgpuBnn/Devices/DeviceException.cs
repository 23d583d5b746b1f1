namespace IlgpuBnn.Devices;

/// <summary>A device could not do its work: not found, out of memory, lost, or a GPU kernel that does not compile for it.</summary>
/// <remarks>The message names the device and says what to do. What was trained on it until then is gone; files are whole.</remarks>
public sealed class DeviceException : Exception
{
    /// <summary>An error of a device.</summary>
    /// <param name="message">Which device, what happened, what to do.</param>
    /// <param name="innerException">The driver's own error.</param>
    public DeviceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
