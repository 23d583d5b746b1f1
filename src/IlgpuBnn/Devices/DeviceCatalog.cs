using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IlgpuBnn.Devices.Ilgpu;
using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Devices;

/// <summary>The devices of this machine.</summary>
public static class DeviceCatalog
{
    private static readonly Lazy<Device> SharedCpu = new(() => OpenCpu(0));

    /// <summary>The default device: the CPU, on all cores. Shared; must not be disposed.</summary>
    public static Device Default => SharedCpu.Value;

    /// <summary>All devices, the CPU first; an unusable one says why. Searches for GPUs, which takes a moment. In a program compiled ahead of time the CPU alone.</summary>
    public static IReadOnlyList<DeviceDescription> List() => RuntimeFeature.IsDynamicCodeSupported ? [DescribeCpu(0), .. IlgpuCatalog.List()] : [DescribeCpu(0)];

    /// <summary>Whether an id is valid for <see cref="Open"/>; not whether this machine has the device.</summary>
    public static bool IsId(string id) => id is "auto" or "cpu" || ParseGpu(id) is not null;

    /// <summary>Opens a device by its id.</summary>
    /// <param name="id">
    /// <c>auto</c> (the fastest discrete GPU, otherwise, and in a program compiled ahead of time, the CPU), <c>cpu</c>, <c>cuda</c>, <c>opencl</c> or <c>ilgpu-cpu</c>
    /// (the GPU kernels on CPU threads, slow, for tests); the last three also with an index from 0, e.g. <c>cuda:1</c>.
    /// </param>
    /// <exception cref="ArgumentException">The id is invalid.</exception>
    /// <exception cref="DeviceException">This machine has no such device, or it cannot be used; the message says why.</exception>
    public static Device Open(string id)
    {
        string found = Resolve(id);
        if (found == "cpu")
        {
            return OpenCpu(0);
        }

        (string kind, int index) = ParseGpu(found) ?? throw new ArgumentException(
            $"No device \"{id}\". It must be auto, cpu, cuda, opencl or ilgpu-cpu; the last three may name one of several, as cuda:1.", nameof(id));

        // ILGPU compiles kernels at run time. The condition is a constant where the program is compiled ahead of time, so that none of ILGPU is in it.
        return RuntimeFeature.IsDynamicCodeSupported ? IlgpuCatalog.Open(kind, index) : throw new DeviceException(
            $"There is no device {id}: this build is compiled ahead of time and has the CPU alone, as GPU kernels are compiled at run time. Use the device cpu or auto, "
            + "or the command ilgpubnn for a GPU: it writes the same model files.");
    }

    /// <summary>What <c>auto</c> stands for here; other ids are left as they are.</summary>
    internal static string Resolve(string id) => id == "auto" ? (RuntimeFeature.IsDynamicCodeSupported ? IlgpuCatalog.FastestDiscreteGpu() : null) ?? "cpu" : id;

    /// <summary>Usable devices of a kind, as in <c>cuda</c>.</summary>
    internal static int CountOf(string kind) => List().Count(device => device.Problem is null && device.Id.StartsWith($"{kind}:", StringComparison.Ordinal));

    /// <summary>Opens the CPU with a number of threads.</summary>
    /// <param name="threads">Threads, the caller's included; 0 (default) for one per core. Results do not depend on it.</param>
    public static Device OpenCpu(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return WithWidestVectors(new OpenSimd(DescribeCpu(threads)));
    }

    /// <summary>Runs generic work with the widest vectors of this processor.</summary>
    internal static T WithWidestVectors<T>(IVectorWork<T> work) => CpuBackend() switch
    {
        nameof(Vector512) => work.Run<Simd512, Vector512<float>>(),
        nameof(Vector256) => work.Run<Simd256, Vector256<float>>(),
        nameof(Vector128) => work.Run<Simd128, Vector128<float>>(),
        _ => work.Run<SimdScalar, float>(),
    };

    private static (string Kind, int Index)? ParseGpu(string id)
    {
        string[] parts = id.Split(':');
        int index = 0;
        bool valid = IlgpuCatalog.IsKind(parts[0])
            && (parts.Length == 1 || (parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index)));
        return valid ? (parts[0], index) : null;
    }

    // IsHardwareAccelerated is false where AVX-512 may lower the clock; for these loops it is still faster.
    private static string CpuBackend() =>
        Vector512.IsHardwareAccelerated || Avx512F.IsSupported ? nameof(Vector512)
        : Vector256.IsHardwareAccelerated ? nameof(Vector256)
        : Vector128.IsHardwareAccelerated ? nameof(Vector128)
        : "scalar";

    private static DeviceDescription DescribeCpu(int threads) => new(
        "cpu", $"{RuntimeInformation.ProcessArchitecture} processor", CpuBackend(), threads == 0 ? Environment.ProcessorCount : threads,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    private sealed class OpenSimd(DeviceDescription description) : IVectorWork<Device>
    {
        public Device Run<TSimd, V>()
            where TSimd : struct, ISimd<V>
            where V : struct => new SimdDevice<TSimd, V>(description);
    }
}
