using ILGPU;
using ILGPU.Runtime;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>A GPU kernel, compiled at its first launch, on the default stream.</summary>
/// <remarks>Not thread-safe: the device's lock guards its launches.</remarks>
/// <param name="accelerator">Where it runs.</param>
/// <param name="name">The device, for messages.</param>
/// <param name="body">The kernel.</param>
internal sealed class GpuKernel<TArguments>(Accelerator accelerator, string name, Action<TArguments> body)
    where TArguments : struct
{
    private Action<AcceleratorStream, KernelConfig, TArguments>? _launcher;

    public void Launch(Index3D grid, Index3D group, TArguments arguments)
    {
        _launcher ??= Compile();
        try
        {
            _launcher(accelerator.DefaultStream, new KernelConfig(grid, group), arguments);
        }
        catch (AcceleratorException exception)
        {
            throw IlgpuErrors.Lost(name, exception);
        }
    }

    private Action<AcceleratorStream, KernelConfig, TArguments> Compile()
    {
        try
        {
            return accelerator.LoadKernel(body);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new DeviceException(
                $"{name} cannot compile the GPU kernel {body.Method.DeclaringType!.Name}: {exception.GetBaseException().Message} "
                    + "Update its driver, or use --device cpu.", exception);
        }
    }
}
