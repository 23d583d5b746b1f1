using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ILGPU.Execution;

namespace ILGPU.Runtime;

public abstract class Accelerator : IDisposable
{
    private readonly Device _device;
    private readonly LaneCrew _crew = new();
    private bool _isDisposed;

    private protected Accelerator(Context context, Device device)
    {
        Context = context;
        _device = device;
        DefaultStream = new AcceleratorStream(this);
    }

    internal Context Context { get; }

    public AcceleratorStream DefaultStream { get; }

    public AcceleratorType AcceleratorType => _device.AcceleratorType;

    public string Name => _device.Name;

    public long MemorySize => _device.MemorySize;

    public int MaxNumThreadsPerGroup => _device.MaxNumThreadsPerGroup;

    public int MaxSharedMemoryPerGroup => _device.MaxSharedMemoryPerGroup;

    public int NumMultiprocessors => _device.NumMultiprocessors;

    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(long length)
        where T : unmanaged
    {
        RequireAlive();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var memory = new Memory(this, checked(length * Unsafe.SizeOf<T>()));
        return new(memory, new(new ArrayView<T>(memory, 0, length)));
    }

    public void Synchronize() => RequireAlive();

    [SuppressMessage("Design", "CA1063", Justification = "The name is ILGPU's; nobody derives from this class.")]
    [SuppressMessage("Usage", "CA1816", Justification = "There is no finalizer.")]
    public void Dispose()
    {
        _isDisposed = true;
        _crew.Dispose();
    }

    /// <summary>Runs before it returns: what fails, fails here.</summary>
    internal void Run(Launch launch)
    {
        RequireAlive();
        launch.Validate();
        _crew.Run(launch);
    }

    internal void RequireAlive()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Lane.Current is not null)
            throw new Fault("A kernel cannot call the host's part of ILGPU.");
    }
}

public class AcceleratorStream
{
    internal AcceleratorStream(Accelerator accelerator) => Accelerator = accelerator;

    public Accelerator Accelerator { get; }

    public void Synchronize() => Accelerator.Synchronize();
}

public abstract class AcceleratorException : Exception
{
    private protected AcceleratorException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    public abstract AcceleratorType AcceleratorType { get; }
}
