using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using IlgpuBnn.Devices.Ilgpu;
using IlgpuBnn.Devices.Simd;
using GpuDevice = ILGPU.Runtime.Device;

namespace IlgpuBnn.Tests.Devices;

/// <summary>The devices that every conformance test runs on, by name.</summary>
/// <remarks>
/// Devices with GPU kernels take a small network's gradient in one launch; those named "-layers" go layer by layer. Environment variables:
/// <c>ILGPUBNN_REQUIRE</c>, e.g. <c>opencl,cuda</c>: a missing one fails instead of being skipped.
/// <c>ILGPUBNN_ONLY</c>, e.g. <c>cuda</c>: tests of every device take this kind alone, so that they end sooner on a machine that is lent.
/// <c>ILGPUBNN_FORCE_OPENCL=1</c>: OpenCL drivers that do not report a generic address space are taken all the same; PoCL 3.1 works.
/// </remarks>
internal static class TestDevices
{
    public const string Cuda = "cuda";
    public const string OpenCl = "opencl";

    private const string Processor = "cpu-";
    private const string IlgpuCpu = "ilgpu-cpu-";
    private const string Layers = "-layers";
    private const string Blocks = "-blocks";
    private const string LargerGroups = IlgpuCpu + "4x4x1";

    /// <summary>The fastest of ILGPU's CPU accelerators.</summary>
    public const string SmallestGroups = IlgpuCpu + "2x1x2";

    // Every width runs everywhere: where the processor lacks it, .NET computes the same in software. ILGPU's CPU accelerators are named by
    // threads in a warp x warps in a group x groups at once.
    private static readonly Dictionary<string, Lazy<Device>> All = new()
    {
        [Processor + "512"] = new(() => new SimdDevice<Simd512, Vector512<float>>(Describe(2))),
        [Processor + "256"] = new(() => new SimdDevice<Simd256, Vector256<float>>(Describe(2))),
        [Processor + "128"] = new(() => new SimdDevice<Simd128, Vector128<float>>(Describe(3))),
        [Processor + "512-no-distances-held"] = new(() => new SimdDevice<Simd512, Vector512<float>>(Describe(2), maxHeldDistances: 0)),
        [Processor + "scalar"] = new(() => new SimdDevice<SimdScalar, float>(Describe(1))),
        [SmallestGroups] = new(() => OpenIlgpuCpu(0, fused: true)),
        [IlgpuCpu + "2x2x1" + Layers] = new(() => OpenIlgpuCpu(1, fused: false)),
        [LargerGroups] = new(() => OpenIlgpuCpu(2, fused: true)),
        [LargerGroups + Layers] = new(() => OpenIlgpuCpu(2, fused: false)),
        [SmallestGroups + Blocks] = new(() => OpenIlgpuCpu(0, fused: true, memory: 0)),
        [SmallestGroups + Layers + Blocks] = new(() => OpenIlgpuCpu(0, fused: false, memory: 0)),
        [OpenCl] = new(() => OpenGpu(OpenCl, fused: true)),
        [OpenCl + Layers] = new(() => OpenGpu(OpenCl, fused: false)),
        [Cuda] = new(() => OpenGpu(Cuda, fused: true)),
        [Cuda + Layers] = new(() => OpenGpu(Cuda, fused: false)),
    };

    /// <summary>Shared, as all that ILGPU compiles is; optimising it would be for nothing: the CPU accelerator runs the kernels' own code.</summary>
    private static readonly Lazy<Context> CpuAccelerators = new(() => Context.Create(
        builder => builder.CPU(new CPUDevice(2, 1, 2)).CPU(new CPUDevice(2, 2, 1)).CPU(new CPUDevice(4, 4, 1)).EnableAlgorithms().Optimize(OptimizationLevel.O0)));

    private static readonly string[] Required = (Environment.GetEnvironmentVariable("ILGPUBNN_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries);

    private static readonly string? Only = Environment.GetEnvironmentVariable("ILGPUBNN_ONLY");

    private static readonly Lazy<string[]> PresentNames = new(() =>
        [.. All.Keys.Where(name => (Only is null || KindOf(name) == Only) && (IsRequired(KindOf(name)) || Missing(KindOf(name)) is null))]);

    static TestDevices() => GpuLibraries.Register();

    /// <summary>All that are there, and those that must be; without groups of sixteen threads on ILGPU's CPU accelerator, which are slow.</summary>
    public static IEnumerable<string> Names => WithLargerGroups.Where(name => !name.StartsWith(LargerGroups, StringComparison.Ordinal));

    public static IEnumerable<string> WithLargerGroups => PresentNames.Value.Where(name => !name.EndsWith(Blocks, StringComparison.Ordinal));

    /// <summary>The slow ones that it leaves out, and those whose memory holds the activations of one particle at a time; for a small shape or two.</summary>
    public static IEnumerable<string> Others => PresentNames.Value.Except(Names);

    /// <summary>Enough for operations other than a network's gradient.</summary>
    public static IEnumerable<string> WithoutLayers => Names.Where(name => !name.EndsWith(Layers, StringComparison.Ordinal));

    /// <summary>Of the CPU, every width, whatever else takes part.</summary>
    public static IEnumerable<string> Processors => All.Keys.Where(name => name.StartsWith(Processor, StringComparison.Ordinal));

    /// <summary>Those that run the GPU's kernels.</summary>
    public static IEnumerable<string> IlgpuNames => Names.Except(Processors);

    /// <summary>ILGPU's CPU accelerator takes a tenth of a millisecond for every group of threads.</summary>
    public static bool IsSlow(string name) => name.StartsWith(IlgpuCpu, StringComparison.Ordinal);

    /// <summary>Those that take large shapes.</summary>
    public static IEnumerable<string> ForLargeShapes(this IEnumerable<string> names) => names.Where(name => !IsSlow(name));

    /// <summary>Those that take many shapes: PoCL compiles a kernel anew for every size of group, a second or more each.</summary>
    public static IEnumerable<string> ForManyShapes(this IEnumerable<string> names) => names.Where(name => KindOf(name) != OpenCl);

    /// <summary>Those that take whole steps: without slow ones that differ from another in a network's gradient alone.</summary>
    public static IEnumerable<string> ForWholeSteps(this IEnumerable<string> names) => names.Where(name => name is not (OpenCl + Layers or LargerGroups + Layers));

    public static Device Open(string name) => All[name].Value;

    public static Device OpenWithThreads(int threads) => new SimdDevice<Simd256, Vector256<float>>(Describe(threads));

    public static bool IsRequired(string kind) => Required.Contains(kind);

    /// <summary>Why tests leave a kind of GPU out; null if they do not.</summary>
    public static string? Missing(string kind)
    {
        if (kind is not (Cuda or OpenCl))
        {
            return null;
        }

        if (Only is not null && kind != Only)
        {
            return $"ILGPUBNN_ONLY is {Only}.";
        }

        using Context context = CreateContext(kind);
        return DevicesOf(context, kind).Length > 0 ? null : $"No {kind} device that ILGPU can use: {Reason(kind)}";
    }

    private static string KindOf(string name) => name.Replace(Layers, "", StringComparison.Ordinal);

    private static string? Reason(string kind) =>
        DeviceCatalog.List().Where(device => device.Id.StartsWith(kind, StringComparison.Ordinal)).Select(device => device.Problem).FirstOrDefault();

    public static IlgpuDevice OpenWithSmallGrids(int largestSide) => OpenIlgpuCpu(0, fused: false, largestGridSide: largestSide);

    /// <summary>With the smallest groups, for a test that counts what it does. Not to be disposed of: its context is that of others.</summary>
    public static IlgpuDevice OpenAlone() => OpenIlgpuCpu(0, fused: true);

    private static IlgpuDevice OpenIlgpuCpu(int index, bool fused, long memory = 1 << 30, int largestGridSide = LaunchSizes.LargestGridSide) =>
        new(CpuAccelerators.Value, CpuAccelerators.Value.GetCPUDevices()[index], Describe(2) with { MemoryBytes = memory }, fused, largestGridSide);

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
        else if (ForcedOpenCl.IsWanted)
        {
            builder.OpenCL(ForcedOpenCl.Take);
        }
        else
        {
            builder.OpenCL();
        }
    });

    private static GpuDevice[] DevicesOf(Context context, string kind) =>
        kind == Cuda ? [.. context.GetCudaDevices()] : [.. context.GetCLDevices()];

    private static DeviceDescription Describe(int threads) => new("cpu", "under test", "test", threads, 0);
}
