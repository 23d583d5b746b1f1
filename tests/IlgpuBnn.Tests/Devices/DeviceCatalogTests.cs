namespace IlgpuBnn.Tests.Devices;

public sealed class DeviceCatalogTests
{
    [Theory]
    [InlineData("auto", true)]
    [InlineData("cpu", true)]
    [InlineData("cuda", true)]
    [InlineData("opencl:12", true)]
    [InlineData("ilgpu-cpu", true)]
    [InlineData("cpu:0", false)]
    [InlineData("cuda:", false)]
    [InlineData("cuda:-1", false)]
    [InlineData("cuda: 1", false)]
    [InlineData("cuda:0:0", false)]
    [InlineData("CUDA", false)]
    [InlineData("", false)]
    public void Ids_have_one_form(string id, bool valid)
    {
        Assert.Equal(valid, DeviceCatalog.IsId(id));
        if (!valid)
        {
            ArgumentException refused = Assert.Throws<ArgumentException>(() => DeviceCatalog.Open(id));
            Assert.Contains($"No device \"{id}\". It must be auto, cpu, cuda, opencl or ilgpu-cpu", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_kind_is_listed_or_says_why_not()
    {
        IReadOnlyList<DeviceDescription> devices = DeviceCatalog.List();
        Assert.Equal("cpu", devices[0].Id);
        foreach (string kind in new[] { "cuda", "opencl", "ilgpu-cpu" })
        {
            DeviceDescription[] ofKind = [.. devices.Where(device => device.Id.StartsWith(kind, StringComparison.Ordinal))];
            Assert.NotEmpty(ofKind);
            Assert.All(ofKind, device => Assert.True(device.Units > 0 ? device.MemoryBytes > 0 : device.Problem is not null, device.ToString()));
        }
    }

    [Theory]
    [InlineData("cuda:99")]
    [InlineData("opencl:99")]
    public void A_missing_gpu_says_why_and_what_to_do(string id)
    {
        DeviceException missing = Assert.Throws<DeviceException>(() => DeviceCatalog.Open(id));
        Assert.StartsWith($"There is no device {id}: ", missing.Message, StringComparison.Ordinal);
        Assert.EndsWith("Use --device cpu, or one that \"ilgpubnn devices\" lists.", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ilgpus_cpu_accelerator_opens_under_its_name()
    {
        using Device device = DeviceCatalog.Open("ilgpu-cpu");
        Assert.Equal("ilgpu-cpu:0", device.Description.Id);
    }

    [Fact]
    public void Memory_that_is_not_there_is_told_with_its_size_and_a_remedy()
    {
        using Device device = DeviceCatalog.Open("ilgpu-cpu");
        DeviceException full = Assert.Throws<DeviceException>(() => device.Allocate(1L << 44));
        Assert.Contains("has no room for another 67,108,864.0 MiB", full.Message, StringComparison.Ordinal);
        Assert.Contains("Use fewer particles, fewer rows per batch, or smaller hidden layers.", full.Message, StringComparison.Ordinal);
    }
}
