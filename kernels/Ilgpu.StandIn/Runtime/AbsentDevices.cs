// What a program says to ask for a GPU. It finds none here: the devices have no instances.
namespace ILGPU.Runtime.Cuda
{
    public abstract class CudaDevice : Device
    {
        private CudaDevice()
        {
        }

        public CudaDriverVersion DriverVersion => default;

        public int ClockRate => 0;
    }

    public readonly struct CudaDriverVersion
    {
    }

    public static class CudaContextExtensions
    {
        public static Context.Builder Cuda(this Context.Builder builder) => builder;

        public static Context.DeviceCollection<CudaDevice> GetCudaDevices(this Context context) => context.DevicesOf<CudaDevice>();
    }
}

namespace ILGPU.Runtime.OpenCL
{
    public abstract class CLDevice : Device
    {
        private CLDevice()
        {
        }

        public string PlatformName => "";

        public CLDeviceVersion DeviceVersion => default;

        public CLDeviceType DeviceType => default;

        public CLCapabilityContext Capabilities => new();

        public int ClockRate => 0;

        public T GetDeviceInfo<T>(CLDeviceInfoType type)
            where T : unmanaged => default;
    }

    public readonly struct CLDeviceVersion
    {
    }

    public sealed class CLCapabilityContext
    {
        internal CLCapabilityContext()
        {
        }

        public bool GenericAddressSpace => false;
    }

    [Flags]
    public enum CLDeviceType
    {
        CL_DEVICE_TYPE_GPU = 1 << 2,
    }

    public enum CLDeviceInfoType
    {
        CL_DEVICE_TYPE = 0x1000,
    }

    public static class CLContextExtensions
    {
        public static Context.Builder OpenCL(this Context.Builder builder) => builder;

        public static Context.Builder OpenCL(this Context.Builder builder, Predicate<CLDevice> predicate) => builder;

        public static Context.DeviceCollection<CLDevice> GetCLDevices(this Context context) => context.DevicesOf<CLDevice>();
    }
}
