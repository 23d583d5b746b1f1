using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>Threads of processes on one machine, and their GPUs.</summary>
public sealed class ProcessorsTests
{
    [Theory]
    [InlineData(8, "0-7", "0-7")]
    [InlineData(4, "0-7", "0-7", "0-7")]
    [InlineData(2, "0-7", "0-7", "0-7", "0-7", "0-7")]
    [InlineData(1, "0-1", "0-1", "0-1", "0-1", "0-1")]
    [InlineData(4, "0-3", "0-3", "4-7")]
    [InlineData(2, "0-3", "0-3", "0-3", "4-7", "4-7")]
    [InlineData(3, "0-3", "0-3", "2-5")]
    [InlineData(6, "0-3,64-67", "0-3,64-67", "0-3")]
    public void Processes_share_the_processors_that_several_may_use(int expected, string own, params string[] here) =>
        Assert.Equal(expected, Processors.ShareOf(Processors.Mask(own), [.. here.Select(Processors.Mask)], 4096));

    [Fact]
    public void A_quota_is_shared_by_all_processes_of_the_machine()
    {
        long[] all = Processors.Mask("0-63");
        Assert.Equal(2, Processors.ShareOf(all, [all, all], 4));
        Assert.Equal(1, Processors.ShareOf(Processors.Mask("0"), [Processors.Mask("0"), Processors.Mask("1")], 1));

        // Where a system does not tell which processors a process has.
        Assert.Equal(3, Processors.ShareOf(Processors.Mask(""), [Processors.Mask(""), Processors.Mask("")], 6));
    }

    [Theory]
    [InlineData("cuda:0", "cuda", false, 0, 4)]
    [InlineData("cuda:3", "cuda", false, 3, 4)]
    [InlineData("cuda:1", "cuda", false, 5, 4)]
    [InlineData("cuda:0", "cuda", false, 3, 1)]
    [InlineData("cuda:2", "cuda:2", false, 1, 4)]
    [InlineData("cuda:1", "cuda:2", true, 1, 4)]
    [InlineData("cuda", "cuda", false, 1, 0)]
    public void A_process_takes_the_GPU_of_its_place_on_the_machine(string expected, string id, bool chosen, int localRank, int count) =>
        Assert.Equal(expected, Ranks.DeviceOf(id, chosen, localRank, kind => kind == "cuda" ? count : 99));
}
