namespace IlgpuBnn.Devices;

/// <summary>A device, as listed by <c>ilgpubnn devices</c>.</summary>
/// <param name="Id">For <see cref="DeviceCatalog.Open"/>, e.g. <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Name">Name of the hardware.</param>
/// <param name="Backend">E.g. <c>Vector512</c> or <c>CUDA</c>.</param>
/// <param name="Units">Cores or multiprocessors; 0 if there is no device.</param>
/// <param name="MemoryBytes">Usable memory; 0 if there is no device.</param>
/// <param name="Driver">The driver's version; null if unknown.</param>
/// <param name="Problem">Why it cannot be used; null if it can.</param>
public sealed record DeviceDescription(
    string Id, string Name, string Backend, int Units, long MemoryBytes, string? Driver = null, string? Problem = null);
