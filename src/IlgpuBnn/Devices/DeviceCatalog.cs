using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Devices;

/// <summary>The devices of this machine.</summary>
public static class DeviceCatalog
{
    private static readonly Lazy<Device> SharedCpu = new(() => OpenCpu(0));

    /// <summary>The device that is used where none is named: the CPU, on all cores. Shared; must not be disposed.</summary>
    public static Device Default => SharedCpu.Value;

    /// <summary>All devices that <see cref="Open"/> can open.</summary>
    public static IReadOnlyList<DeviceDescription> List() => [DescribeCpu(0)];

    /// <summary>Opens a device by its id.</summary>
    /// <param name="id"><c>auto</c> (the fastest there is) or <c>cpu</c>.</param>
    /// <exception cref="ArgumentException">No device has that id; the message lists those that there are.</exception>
    public static Device Open(string id) => id switch
    {
        "auto" or "cpu" => OpenCpu(0),
        _ => throw new ArgumentException(
            $"No device \"{id}\". This machine has: auto, {string.Join(", ", List().Select(d => d.Id))}.", nameof(id)),
    };

    /// <summary>Opens the CPU with a number of threads of your own choice.</summary>
    /// <param name="threads">Threads, the caller's included; 0 (default) for one per core. Results do not depend on it.</param>
    public static Device OpenCpu(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return WithWidestVectors(new OpenSimd(DescribeCpu(threads)));
    }

    /// <summary>Runs generic work with the vectors that this processor is fastest with.</summary>
    internal static T WithWidestVectors<T>(IVectorWork<T> work) => CpuBackend() switch
    {
        nameof(Vector512) => work.Run<Simd512, Vector512<float>>(),
        nameof(Vector256) => work.Run<Simd256, Vector256<float>>(),
        nameof(Vector128) => work.Run<Simd128, Vector128<float>>(),
        _ => work.Run<SimdScalar, float>(),
    };

    // Where AVX-512 may lower the clock, IsHardwareAccelerated advises against it; for these loops it is still the faster one.
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
