using System.Diagnostics.CodeAnalysis;

namespace ILGPU.Execution;

/// <summary>One lane of the group that runs: where it is, and what it has asked for so far.</summary>
internal sealed class Lane(Launch launch, int number, LaneCrew crew)
{
    private int _sharedAllocations;

    /// <summary>The lane that this thread is, inside a kernel; null on the host.</summary>
    [ThreadStatic]
    public static Lane? Current;

    public static Lane Here => Current ?? HostCall();

    public Launch Launch => launch;

    public Runtime.Accelerator Accelerator { get; } = launch.Accelerator;

    public Index3D Index { get; } = launch.Config.GroupDim.Unravel(number);

    public Index3D GroupIndex { get; private set; }

    /// <summary>Runs the kernel as this lane of the launch's current group.</summary>
    public void Run()
    {
        GroupIndex = launch.Config.GridDim.Unravel(launch.Group);
        _sharedAllocations = 0;
        Current = this;
        try
        {
            launch.Body();
        }
        catch (Exception error) when (error is not (Fault or LaneCrew.Abandoned))
        {
            throw new Fault($"{error.GetType().Name}: {error.Message}", error);
        }
        finally
        {
            Current = null;
        }
    }

    public void Barrier() => crew.Barrier(number);

    public ArrayView<T> AllocateShared<T>(int length)
        where T : unmanaged => launch.Shared<T>(_sharedAllocations++, length);

    public override string ToString() => $"{launch.Kernel}, group {GroupIndex}, lane {Index}";

    [DoesNotReturn]
    private static Lane HostCall() => throw new Fault("Group, Grid and SharedMemory are for kernels: the host called one.");
}
