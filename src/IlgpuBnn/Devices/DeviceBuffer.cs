namespace IlgpuBnn.Devices;

/// <summary>Floats in a device's memory. What they are before they are first written is left open: who needs zeros clears.</summary>
internal abstract class DeviceBuffer(long length) : IDisposable
{
    public long Length { get; } = length;

    /// <summary>Copies to the device.</summary>
    public abstract void Upload(ReadOnlySpan<float> source, long offset = 0);

    /// <summary>Copies from the device, after all work given to it so far.</summary>
    public abstract void Download(Span<float> destination, long offset = 0);

    public abstract void Clear();

    public float[] ToArray()
    {
        var values = new float[Length];
        Download(values);
        return values;
    }

    public virtual void Dispose()
    {
    }
}
