namespace IlgpuBnn.Tests.Devices;

/// <summary>Says which GPUs the conformance tests ran on: a missing one is a skipped test with the reason.</summary>
public sealed class GpuPresenceTests
{
    [GpuFact(TestDevices.Cuda)]
    public void Cuda_takes_part_in_the_conformance_tests() => TakesPart(TestDevices.Cuda);

    [GpuFact(TestDevices.OpenCl)]
    public void OpenCl_takes_part_in_the_conformance_tests() => TakesPart(TestDevices.OpenCl);

    private static void TakesPart(string kind)
    {
        Assert.Equal(2, TestDevices.Names.Count(name => name.StartsWith(kind, StringComparison.Ordinal)));
        using DeviceBuffer buffer = TestDevices.Open(kind).Allocate(3);
        buffer.Upload([1, 2, 3]);
        Assert.Equal([1, 2, 3], buffer.ToArray());
    }
}

/// <summary>A test for which a kind of GPU must be there; skipped without one, unless ILGPUBNN_REQUIRE names it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GpuFactAttribute : FactAttribute
{
    public GpuFactAttribute(string kind) => Skip = TestDevices.IsRequired(kind) ? null : TestDevices.Missing(kind);
}
