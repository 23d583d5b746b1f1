using ILGPU;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using GpuDevice = ILGPU.Runtime.Device;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Devices found by ILGPU, which the first use loads; that takes time.</summary>
internal static class IlgpuCatalog
{
    public const string Cuda = "cuda";
    public const string OpenCl = "opencl";
    public const string Cpu = "ilgpu-cpu";

    // CL_DEVICE_HOST_UNIFIED_MEMORY, which ILGPU does not name: integrated graphics use main memory.
    private const int HostUnifiedMemory = 0x1035;

    public static bool IsKind(string kind) => kind is Cuda or OpenCl or Cpu;

    /// <summary>All devices; a kind without any is listed with the reason.</summary>
    public static IReadOnlyList<DeviceDescription> List() => [.. ListOf(Cuda), .. ListOf(OpenCl), .. ListOf(Cpu)];

    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    public static Device Open(string kind, int index)
    {
        Context context = CreateContext(kind);
        GpuDevice[] devices = DevicesOf(context, kind);
        DeviceDescription description = index < devices.Length ? Describe(devices[index], kind, index) : Absent(kind, devices.Length);
        if (description.Problem is { } problem)
        {
            context.Dispose();
            throw new DeviceException($"There is no device {kind}:{index}: {problem} Use --device cpu, or one that \"ilgpubnn devices\" lists.");
        }

        return new IlgpuDevice(context, devices[index], description);
    }

    /// <summary>Id of the fastest GPU with its own memory; null for none.</summary>
    public static string? FastestDiscreteGpu() =>
        (GpuLibraries.HasCuda ? Fastest(Cuda) : null) ?? (GpuLibraries.HasOpenCl ? Fastest(OpenCl) : null);

    private static string? Fastest(string kind)
    {
        using Context context = CreateContext(kind);
        return DevicesOf(context, kind)
            .Select((device, index) => (Device: device, Description: Describe(device, kind, index)))
            .Where(candidate => candidate.Description.Problem is null && IsDiscrete(candidate.Device))
            .OrderByDescending(candidate => (long)candidate.Device.NumMultiprocessors * ClockRate(candidate.Device))
            .FirstOrDefault().Description?.Id;
    }

    private static Context CreateContext(string kind)
    {
        GpuLibraries.Register();
        return Context.Create(builder =>
        {
            builder.EnableAlgorithms().Optimize(OptimizationLevel.O2);
            _ = kind switch
            {
                Cuda => builder.Cuda(),
                OpenCl => builder.OpenCL(ForcedOpenCl.Take),
                _ => builder.CPU(new CPUDevice(4, 4, 1)),
            };
        });
    }

    private static GpuDevice[] DevicesOf(Context context, string kind) => kind switch
    {
        Cuda => [.. context.GetCudaDevices()],
        OpenCl => [.. context.GetCLDevices()],
        _ => [.. context.GetCPUDevices()],
    };

    private static IEnumerable<DeviceDescription> ListOf(string kind)
    {
        using Context context = CreateContext(kind);
        GpuDevice[] devices = DevicesOf(context, kind);
        return devices.Length == 0 ? [Absent(kind, 0)] : [.. devices.Select((device, index) => Describe(device, kind, index))];
    }

    private static DeviceDescription Describe(GpuDevice device, string kind, int index)
    {
        var description = new DeviceDescription($"{kind}:{index}", device.Name.Trim(), Backend(kind), device.NumMultiprocessors, device.MemorySize);
        return device switch
        {
            CudaDevice cuda => description with { Driver = $"CUDA {cuda.DriverVersion}" },
            CLDevice cl => description with
            {
                Driver = $"{cl.PlatformName.Trim()}, {cl.DeviceVersion}",
                Problem = cl.Capabilities.GenericAddressSpace ? null
                    : $"its driver lacks OpenCL's generic address space, which ILGPU needs. Update the driver, or set {ForcedOpenCl.Variable}=1 to try it all the same: the kernels do not use it.",
            },
            _ => description with { MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes },
        };
    }

    private static DeviceDescription Absent(string kind, int found) => new(kind, "no device", Backend(kind), 0, 0, Problem: kind switch
    {
        _ when found > 0 => $"there are only {found}, counted from 0.",
        Cuda when !GpuLibraries.HasCuda => "no NVIDIA driver is installed.",
        OpenCl when !GpuLibraries.HasOpenCl => "no OpenCL loader is installed (Debian: ocl-icd-libopencl1, and the GPU's own driver).",
        _ => "its driver finds none.",
    });

    private static string Backend(string kind) => kind switch
    {
        Cuda => "CUDA",
        OpenCl => "OpenCL",
        _ => "GPU kernels on CPU threads, for tests",
    };

    private static bool IsDiscrete(GpuDevice device) =>
        device is not CLDevice cl || (cl.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU) && cl.GetDeviceInfo<int>((CLDeviceInfoType)HostUnifiedMemory) == 0);

    private static long ClockRate(GpuDevice device) => device switch
    {
        CudaDevice cuda => cuda.ClockRate,
        CLDevice cl => cl.ClockRate,
        _ => 0,
    };
}
