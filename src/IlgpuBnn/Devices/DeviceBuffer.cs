namespace IlgpuBnn.Devices;

/// <summary>Floats in a device's memory, undefined before they are written or cleared.</summary>
internal abstract class DeviceBuffer(long length) : IDisposable
{
    public long Length { get; } = length;

    public abstract void Upload(ReadOnlySpan<float> source, long offset = 0);

    /// <summary>Copies from the device, after all earlier operations.</summary>
    public abstract void Download(Span<float> destination, long offset = 0);

    public abstract void Clear();

    /// <summary>Copies another buffer of the same device and length.</summary>
    public abstract void CopyFrom(DeviceBuffer source);

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
