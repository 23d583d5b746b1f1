using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>A GPU kernel, compiled at its first launch, on the default stream.</summary>
/// <remarks>Not thread-safe: the device's lock guards its launches.</remarks>
/// <param name="target">Where it runs.</param>
/// <param name="body">The kernel.</param>
/// <param name="equation">A user's code in it; null for none.</param>
internal sealed class GpuKernel<TArguments>(KernelTarget target, Action<TArguments> body, string? equation = null)
    where TArguments : struct
{
    private Action<AcceleratorStream, KernelConfig, TArguments>? _launcher;

    /// <exception cref="DeviceException">The grid is larger than every device takes, or the device fails.</exception>
    public void Launch(Index3D grid, Index3D group, TArguments arguments)
    {
        if (grid.Y > target.LargestGridSide || grid.Z > target.LargestGridSide)
        {
            throw new DeviceException(
                $"{target.Name} cannot run {body.Method.DeclaringType!.Name} on a grid of {grid.X} x {grid.Y} x {grid.Z} groups: "
                    + $"the second and third side are at most {target.LargestGridSide}. Use fewer particles, or fewer rows per batch.");
        }

        Prepare();
        target.Launches++;
        try
        {
            long started = target.Begin();
            _launcher!(target.Accelerator.DefaultStream, new KernelConfig(grid, group), arguments);
            target.End(Name, started);
        }
        catch (AcceleratorException exception)
        {
            throw IlgpuErrors.Lost(target.Name, exception);
        }
    }

    /// <summary>Compiles it, unless that has been done.</summary>
    /// <exception cref="DeviceException">It does not compile.</exception>
    public void Prepare() => _launcher ??= Compile();

    private string Name => body.Method.Name == "Run" ? body.Method.DeclaringType!.Name : $"{body.Method.DeclaringType!.Name}.{body.Method.Name}";

    private Action<AcceleratorStream, KernelConfig, TArguments> Compile()
    {
        try
        {
            return target.Accelerator.LoadKernel(body);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            string reason = exception.GetBaseException().Message;
            throw new DeviceException(
                equation is null
                    ? $"{target.Name} cannot compile the GPU kernel {body.Method.DeclaringType!.Name}: {reason} Update its driver, or use --device cpu."
                    : $"{target.Name} cannot compile {equation}: {reason} Write it with the operations of its number and arithmetic alone, or use the CPU.", exception);
        }
    }
}

/// <summary>Where kernels run.</summary>
/// <param name="Name">The device, for messages.</param>
/// <param name="LargestGridSide">Of a grid's second and third side.</param>
internal sealed record KernelTarget(Accelerator Accelerator, string Name, int LargestGridSide)
{
    /// <summary>Since the device was opened.</summary>
    public long Launches { get; set; }

    /// <summary>Launches and seconds of each kernel, while they are timed; otherwise null.</summary>
    public Dictionary<string, (int Launches, double Seconds)>? Times { get; set; }

    /// <summary>Before a launch.</summary>
    public long Begin()
    {
        if (Times is null)
        {
            return 0;
        }

        Accelerator.Synchronize();
        return Stopwatch.GetTimestamp();
    }

    /// <summary>After it.</summary>
    public void End(string kernel, long started)
    {
        if (Times is not null)
        {
            Accelerator.Synchronize();
            (int launches, double seconds) = Times.GetValueOrDefault(kernel);
            Times[kernel] = (launches + 1, seconds + Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }
}
