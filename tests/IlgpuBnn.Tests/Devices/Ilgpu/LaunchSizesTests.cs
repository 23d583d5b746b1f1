using ILGPU;
using IlgpuBnn.Devices.Ilgpu;

namespace IlgpuBnn.Tests.Devices.Ilgpu;

public sealed class LaunchSizesTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 2, 2, 1)]
    [InlineData(16, 16, 4, 4)]
    [InlineData(100, 64, 8, 8)]
    [InlineData(1024, 256, 16, 16)]
    public void Groups_are_the_largest_that_the_device_allows(int largestGroup, int line, int x, int y)
    {
        var sizes = new LaunchSizes(largestGroup, 4);
        Assert.Equal(line, sizes.Line);
        Assert.Equal(new Index3D(x, y, 1), sizes.Tile(1000, 1000));
    }

    [Fact]
    public void A_tile_has_no_more_threads_than_items() => Assert.Equal(new Index3D(16, 4, 1), new LaunchSizes(1024, 4).Tile(20, 3));

    [Fact]
    public void Elements_cover_all()
    {
        var sizes = new LaunchSizes(1024, 4);
        var line = new Index3D(256, 1, 1);
        Assert.Equal((new Index3D(2, 1, 3), line), sizes.Elements(257, 3));
        Assert.Equal((new Index3D(70_000, 2, 3), line), sizes.Columns(70_000, 257, 3));
    }

    [Theory]
    [InlineData(1, 100, 32)]
    [InlineData(10, 100, 4)]
    [InlineData(32, 100, 1)]
    [InlineData(1, 5, 5)]
    [InlineData(1, 0, 1)]
    public void Sums_are_cut_only_to_fill_the_device(long groups, int maxChunks, int expected) =>
        Assert.Equal(expected, new LaunchSizes(256, 4).Chunks(groups, maxChunks));
}
