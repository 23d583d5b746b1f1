namespace IlgpuBnn.Devices;

/// <summary>A device as <c>ilgpubnn devices</c> lists it.</summary>
/// <param name="Id">What <c>--device</c> takes, e.g. <c>cpu</c>.</param>
/// <param name="Name">The hardware's name.</param>
/// <param name="Backend">What drives it, e.g. <c>Vector512</c>.</param>
/// <param name="Units">Cores or multiprocessors that work at once.</param>
/// <param name="MemoryBytes">Memory it can use, in bytes.</param>
public sealed record DeviceDescription(string Id, string Name, string Backend, int Units, long MemoryBytes);
