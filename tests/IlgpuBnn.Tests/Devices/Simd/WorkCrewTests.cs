using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Tests.Devices.Simd;

public sealed class WorkCrewTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_is_done_once_job_after_job(int lanes)
    {
        using var crew = new WorkCrew(lanes);
        var done = new int[37];
        for (int job = 1; job <= 2000; job++)
        {
            crew.Run(done.Length, (item, _) => Interlocked.Increment(ref done[item]));
            Assert.All(done, count => Assert.Equal(job, count));
        }
    }

    [Fact]
    public void A_lane_does_one_item_at_a_time()
    {
        using var crew = new WorkCrew(4);
        var busy = new int[4];
        int clashes = 0;
        for (int job = 0; job < 200; job++)
        {
            crew.Run(16, (_, lane) =>
            {
                if (Interlocked.Increment(ref busy[lane]) != 1)
                {
                    Interlocked.Increment(ref clashes);
                }

                Thread.SpinWait(20);
                Interlocked.Decrement(ref busy[lane]);
            });
        }

        Assert.Equal(0, clashes);
    }

    [Fact]
    public void Threads_that_fell_asleep_or_a_second_caller_change_nothing()
    {
        using var crew = new WorkCrew(3);
        int sum = 0;
        for (int job = 0; job < 5; job++)
        {
            Thread.Sleep(30);
            Parallel.For(0, 4, _ => crew.Run(25, (item, _) => Interlocked.Add(ref sum, item)));
        }

        Assert.Equal(5 * 4 * 300, sum);
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_crew_goes_on()
    {
        using var crew = new WorkCrew(2);
        var failure = Assert.Throws<InvalidOperationException>(
            () => crew.Run(10, (item, _) => throw new ArgumentException($"item {item}")));
        Assert.Contains("item ", failure.Message, StringComparison.Ordinal);
        int done = 0;
        crew.Run(10, (_, _) => Interlocked.Increment(ref done));
        Assert.Equal(10, done);
    }
}
