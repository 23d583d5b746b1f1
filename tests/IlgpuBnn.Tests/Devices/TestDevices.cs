using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using IlgpuBnn.Devices;
using IlgpuBnn.Devices.Ilgpu;
using IlgpuBnn.Devices.Simd;
using Xunit;
using GpuDevice = ILGPU.Runtime.Device;

namespace IlgpuBnn.Tests.Devices;

/// <summary>The devices that every conformance test runs on, by name, as a theory's argument.</summary>
/// <remarks>
/// A GPU is tested twice, with a small network's gradient in one launch and layer by layer. Environment variables:
/// <c>ILGPUBNN_REQUIRE</c>, e.g. <c>opencl,cuda</c>: a missing one fails instead of being skipped.
/// <c>ILGPUBNN_FORCE_OPENCL=1</c>: OpenCL drivers that do not report a generic address space are taken all the same; PoCL 3.1 works.
/// </remarks>
internal static class TestDevices
{
    public const string Cuda = "cuda";
    public const string OpenCl = "opencl";

    /// <summary>The GPU's kernels in groups of two threads: the fastest way on a CPU that still has barriers and several groups.</summary>
    public const string IlgpuCpu = "ilgpu-cpu";

    private const string Layers = "-layers";

    // Every width runs everywhere: where the processor lacks it, .NET computes the same in software.
    private static readonly Dictionary<string, Lazy<Device>> All = new()
    {
        ["cpu-512"] = new(() => new SimdDevice<Simd512, Vector512<float>>(Describe(2))),
        ["cpu-256"] = new(() => new SimdDevice<Simd256, Vector256<float>>(Describe(2))),
        ["cpu-128"] = new(() => new SimdDevice<Simd128, Vector128<float>>(Describe(3))),
        ["cpu-512-no-distances-held"] = new(() => new SimdDevice<Simd512, Vector512<float>>(Describe(2), mostHeldDistances: 0)),
        ["cpu-scalar"] = new(() => new SimdDevice<SimdScalar, float>(Describe(1))),
        [IlgpuCpu] = new(() => OpenIlgpuCpu(2, 1, fused: true)),
        [IlgpuCpu + Layers] = new(() => OpenIlgpuCpu(2, 1, fused: false)),
        [OpenCl] = new(() => OpenGpu(OpenCl, fused: true)),
        [OpenCl + Layers] = new(() => OpenGpu(OpenCl, fused: false)),
        [Cuda] = new(() => OpenGpu(Cuda, fused: true)),
        [Cuda + Layers] = new(() => OpenGpu(Cuda, fused: false)),
    };

    private static readonly string[] Required = (Environment.GetEnvironmentVariable("ILGPUBNN_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries);

    private static readonly Lazy<string[]> PresentNames = new(() => [.. All.Keys.Where(name => IsRequired(KindOf(name)) || Missing(KindOf(name)) is null)]);

    static TestDevices() => GpuLibraries.Register();

    /// <summary>All that are there, and those that must be.</summary>
    public static IEnumerable<string> Names => PresentNames.Value;

    /// <summary>Those that run the GPU's kernels.</summary>
    public static IEnumerable<string> IlgpuNames => Names.Where(name => !name.StartsWith("cpu-", StringComparison.Ordinal));

    /// <summary>ILGPU's CPU accelerator takes a tenth of a millisecond for every group of threads.</summary>
    public static bool IsSlow(string name) => name.StartsWith(IlgpuCpu, StringComparison.Ordinal);

    public static Device Open(string name) => All[name].Value;

    public static Device OpenWithThreads(int threads) => new SimdDevice<Simd256, Vector256<float>>(Describe(threads));

    /// <summary>ILGPU's CPU accelerator, in groups of warp x warps threads.</summary>
    public static IlgpuDevice OpenIlgpuCpu(int warp, int warps, bool fused)
    {
        Context context = Context.Create(builder => builder.CPU(new CPUDevice(warp, warps, 2)).EnableAlgorithms().Optimize(OptimizationLevel.O2));
        return new IlgpuDevice(context, context.GetCPUDevices()[0], Describe(2), fused);
    }

    public static bool IsRequired(string kind) => Required.Contains(kind);

    /// <summary>Why tests leave a kind of GPU out; null if they do not.</summary>
    public static string? Missing(string kind)
    {
        if (kind is not (Cuda or OpenCl))
        {
            return null;
        }

        using Context context = CreateContext(kind);
        return DevicesOf(context, kind).Length > 0 ? null : $"No {kind} device that ILGPU can use: {Reason(kind)}";
    }

    private static string KindOf(string name) => name.Replace(Layers, "", StringComparison.Ordinal);

    private static string? Reason(string kind) =>
        DeviceCatalog.List().Where(device => device.Id.StartsWith(kind, StringComparison.Ordinal)).Select(device => device.Problem).FirstOrDefault();

    private static IlgpuDevice OpenGpu(string kind, bool fused)
    {
        Context context = CreateContext(kind);
        GpuDevice[] devices = DevicesOf(context, kind);
        Assert.True(devices.Length > 0, $"ILGPUBNN_REQUIRE asks for it. {Missing(kind)}");
        return new IlgpuDevice(context, devices[0], new DeviceDescription(kind, devices[0].Name, "test", 1, devices[0].MemorySize), fused);
    }

    private static Context CreateContext(string kind) => Context.Create(builder =>
    {
        builder.EnableAlgorithms().Optimize(OptimizationLevel.O2);
        if (kind == Cuda)
        {
            builder.Cuda();
        }
        else if (Environment.GetEnvironmentVariable("ILGPUBNN_FORCE_OPENCL") == "1")
        {
            builder.OpenCL(Force);
        }
        else
        {
            builder.OpenCL();
        }
    });

    private static bool Force(CLDevice device)
    {
        device.Capabilities.GetType().GetProperty("GenericAddressSpace")!.GetSetMethod(nonPublic: true)!.Invoke(device.Capabilities, [true]);
        return true;
    }

    private static GpuDevice[] DevicesOf(Context context, string kind) =>
        kind == Cuda ? [.. context.GetCudaDevices()] : [.. context.GetCLDevices()];

    private static DeviceDescription Describe(int threads) => new("cpu", "under test", "test", threads, 0);
}
