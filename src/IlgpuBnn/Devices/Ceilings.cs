namespace IlgpuBnn.Devices;

/// <summary>What a device was measured to do at most, to compare a benchmark with.</summary>
/// <param name="MultiplyAdds">Floating-point operations a second, of which a multiply-add is two.</param>
/// <param name="Copy">Bytes a second, read and written, of a copy of <paramref name="CopiedBytes"/>.</param>
/// <param name="CopiedBytes">Beyond every cache where the device is fast enough; the slower it is, the fewer.</param>
/// <param name="LaunchSeconds">From start to end of a launch that does next to nothing, waited for.</param>
internal sealed record Ceilings(double MultiplyAdds, double Copy, long CopiedBytes, double LaunchSeconds)
{
    /// <summary>The least time for some work: the ceiling that it meets first.</summary>
    /// <param name="operations">Floating-point operations.</param>
    /// <param name="bytes">Read and written.</param>
    public double LeastSeconds(double operations, double bytes) => Math.Max(operations / MultiplyAdds, bytes / Copy);
}
