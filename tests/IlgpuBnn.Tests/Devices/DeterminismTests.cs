namespace IlgpuBnn.Tests.Devices;

/// <summary>The same seed gives the same bits, and an iteration leaves no garbage.</summary>
public sealed class DeterminismTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Any_number_of_threads_gives_the_same_bits(int threads) => Assert.Equal(ParticlesAfter(30, 1), ParticlesAfter(30, threads));

    [Fact]
    public void An_iteration_allocates_nothing()
    {
        using Device device = TestDevices.OpenWithThreads(1);
        Case given = Given();
        using DeviceRows rows = given.Upload(device);
        using ISampler sampler = given.Start(device, rows.Stride);
        Advance(sampler, rows, 3);

        // The runtime itself allocates now and then, an iteration that does every time.
        Assert.Contains(0L, Enumerable.Range(0, 5).Select(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Advance(sampler, rows, 10);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    [Fact]
    public void An_iteration_beside_other_processes_allocates_nothing()
    {
        using Device device = TestDevices.OpenWithThreads(1);
        Case given = Given();
        using DeviceRows rows = given.Upload(device);
        LogPosterior target = given.Target(device, rows.Stride, 18);
        using ISampler sampler = given.Options.Method.Start(target, device, given.Packed()[..(18 * given.Layout.Stride)], given.Options.Adam, new Echo());
        Advance(sampler, rows, 3);
        Assert.Contains(0L, Enumerable.Range(0, 5).Select(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Advance(sampler, rows, 10);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    /// <summary>The first of two processes, whose other says the same.</summary>
    private sealed class Echo : IProcessGroup
    {
        public int Rank => 0;

        public int Size => 2;

        public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
        {
            own.CopyTo(all);
            own.CopyTo(all[own.Length..]);
        }

        public void Sum(ReadOnlySpan<long> own, Span<long> sums)
        {
            for (int k = 0; k < own.Length; k++)
            {
                sums[k] = 2 * own[k];
            }
        }
    }

    // Enough particles for two tiles of distances, and enough parameters for several chunks of the direction.
    private static Case Given() => new(new() { HiddenUnits = [40, 10], Method = new Svgd { Particles = 35 } }, 5, 3, 67);

    private static float[] ParticlesAfter(int iterations, int threads)
    {
        using Device device = TestDevices.OpenWithThreads(threads);
        Case given = Given();
        using DeviceRows rows = given.Upload(device);
        using ISampler sampler = given.Start(device, rows.Stride);
        Advance(sampler, rows, iterations);
        return sampler.Particles.ToArray();
    }

    private static void Advance(ISampler sampler, DeviceRows rows, int iterations)
    {
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            sampler.Step(Case.All(rows), 0.01, 1);
        }
    }
}
