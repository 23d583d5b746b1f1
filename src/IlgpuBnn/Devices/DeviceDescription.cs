namespace IlgpuBnn.Devices;

/// <summary>A device as <c>ilgpubnn devices</c> lists it.</summary>
/// <param name="Id">What <c>--device</c> takes, e.g. <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Name">The hardware's name.</param>
/// <param name="Backend">What drives it, e.g. <c>Vector512</c> or <c>CUDA</c>.</param>
/// <param name="Units">Cores or multiprocessors that work at once; 0 where there is no device.</param>
/// <param name="MemoryBytes">Memory it can use, in bytes; 0 where there is no device.</param>
/// <param name="Driver">The driver's version; null where there is none or it does not tell.</param>
/// <param name="Problem">Why it cannot be used; null if it can.</param>
public sealed record DeviceDescription(
    string Id, string Name, string Backend, int Units, long MemoryBytes, string? Driver = null, string? Problem = null);
