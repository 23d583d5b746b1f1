using System.Runtime.Intrinsics;
using IlgpuBnn.Devices;
using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Tests.Devices;

/// <summary>The devices that every conformance test runs on, by name, as a theory's argument.</summary>
internal static class TestDevices
{
    // Every width runs everywhere: where the processor lacks it, .NET computes the same in software.
    private static readonly Dictionary<string, Lazy<Device>> All = new()
    {
        ["cpu-512"] = new(() => new SimdDevice<Simd512, Vector512<float>>(Describe(2))),
        ["cpu-256"] = new(() => new SimdDevice<Simd256, Vector256<float>>(Describe(2))),
        ["cpu-128"] = new(() => new SimdDevice<Simd128, Vector128<float>>(Describe(3))),
        ["cpu-scalar"] = new(() => new SimdDevice<SimdScalar, float>(Describe(1))),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static Device Open(string name) => All[name].Value;

    public static Device OpenWithThreads(int threads) => new SimdDevice<Simd256, Vector256<float>>(Describe(threads));

    private static DeviceDescription Describe(int threads) => new("cpu", "under test", "test", threads, 0);
}
