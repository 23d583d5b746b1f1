// What a program says to ask for a GPU. Here it always finds none: these types have no instances.
namespace ILGPU.Runtime.Cuda
{
    public abstract class CudaDevice : Device
    {
        private CudaDevice()
        {
        }

        public CudaDriverVersion DriverVersion => default;
    }

    public readonly struct CudaDriverVersion
    {
        public int Major => 0;

        public int Minor => 0;
    }

    public sealed class CudaException : AcceleratorException
    {
        public CudaException(string message)
            : base(message)
        {
        }

        public override AcceleratorType AcceleratorType => AcceleratorType.Cuda;
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

        public string VendorName => "";

        public CLDeviceVersion DeviceVersion => default;
    }

    public readonly struct CLDeviceVersion
    {
        public int Major => 0;

        public int Minor => 0;
    }

    public sealed class CLException : AcceleratorException
    {
        public CLException(string message)
            : base(message)
        {
        }

        public override AcceleratorType AcceleratorType => AcceleratorType.OpenCL;
    }

    public static class CLContextExtensions
    {
        public static Context.Builder OpenCL(this Context.Builder builder) => builder;

        public static Context.Builder OpenCL(this Context.Builder builder, Predicate<CLDevice> predicate) => builder;

        public static Context.DeviceCollection<CLDevice> GetCLDevices(this Context context) => context.DevicesOf<CLDevice>();
    }
}
