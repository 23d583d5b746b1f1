namespace ILGPU.Runtime
{
    public enum AcceleratorType
    {
        CPU,
        Cuda,
        OpenCL,
    }

    public abstract class Device
    {
        private protected Device()
        {
        }

        public abstract AcceleratorType AcceleratorType { get; }

        public string Name { get; private protected init; } = "";

        public long MemorySize { get; private protected init; }

        public int MaxNumThreadsPerGroup { get; private protected init; }

        public int MaxSharedMemoryPerGroup { get; private protected init; }

        public int NumMultiprocessors { get; private protected init; }

        public abstract Accelerator CreateAccelerator(Context context);
    }
}

namespace ILGPU.Runtime.CPU
{
    public sealed class CPUDevice : Device
    {
        public CPUDevice(int numThreadsPerWarp, int numWarpsPerMultiprocessor, int numMultiprocessors)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(numThreadsPerWarp, 2);
            ArgumentOutOfRangeException.ThrowIfLessThan(numWarpsPerMultiprocessor, 1);
            ArgumentOutOfRangeException.ThrowIfLessThan(numMultiprocessors, 1);
            if (!int.IsPow2(numWarpsPerMultiprocessor))
                throw new ArgumentOutOfRangeException(nameof(numWarpsPerMultiprocessor), "Must be a power of two.");
            Name = "CPUAccelerator";
            MaxNumThreadsPerGroup = checked(numThreadsPerWarp * numWarpsPerMultiprocessor);
            NumMultiprocessors = numMultiprocessors;
            MemorySize = long.MaxValue;
            // ILGPU names no limit here; that of a CUDA device finds the kernels that would fail on one.
            MaxSharedMemoryPerGroup = 48 * 1024;
        }

        public override AcceleratorType AcceleratorType => AcceleratorType.CPU;

        public override Accelerator CreateAccelerator(Context context) => new CpuAccelerator(context, this);
    }

    internal sealed class CpuAccelerator(Context context, Device device) : Accelerator(context, device);

    public static class CPUContextExtensions
    {
        public static Context.Builder CPU(this Context.Builder builder, CPUDevice device)
        {
            ArgumentNullException.ThrowIfNull(device);
            builder.Devices.Add(device);
            return builder;
        }

        public static Context.DeviceCollection<CPUDevice> GetCPUDevices(this Context context) => context.DevicesOf<CPUDevice>();
    }
}
