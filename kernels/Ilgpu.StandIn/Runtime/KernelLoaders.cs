using ILGPU.Execution;

namespace ILGPU.Runtime;

public static class KernelLoaders
{
    public static Action<AcceleratorStream, KernelConfig, T1> LoadKernel<T1>(this Accelerator accelerator, Action<T1> action)
        where T1 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        accelerator.RequireAlive();
        KernelSignature.Require(action.Method, action.Target);
        var kernel = new LoadedKernel(accelerator, KernelSignature.NameOf(action.Method));
        return (stream, config, arg1) => kernel.Launch(stream, config, () => action(arg1));
    }
}
