using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using Xunit;

namespace IlgpuBnn.Tests.Devices;

/// <summary>The same seed gives the same bits, and an iteration leaves no garbage.</summary>
public sealed class DeterminismTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Any_number_of_threads_gives_the_same_bits(int threads) => Assert.Equal(ParticlesAfter(30, 1), ParticlesAfter(30, threads));

    [Fact]
    public void A_repeat_gives_the_same_bits() => Assert.Equal(ParticlesAfter(30, 2), ParticlesAfter(30, 2));

    [Fact]
    public void An_iteration_allocates_nothing()
    {
        using Device device = TestDevices.OpenWithThreads(1);
        Case given = Given();
        using DeviceRows rows = given.Upload(device);
        using var step = new TrainingStep(device, given.Layout, given.Options, rows.Stride);
        step.State.Particles.Upload(given.Packed());
        Advance(step, rows, 3);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Advance(step, rows, 20);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Enough particles for two tiles of distances, and enough parameters for several chunks of the direction.
    private static Case Given() => new(new TrainingOptions { Hidden = [40, 10], Particles = 35 }, 5, 3, 67);

    private static float[] ParticlesAfter(int iterations, int threads)
    {
        using Device device = TestDevices.OpenWithThreads(threads);
        Case given = Given();
        using DeviceRows rows = given.Upload(device);
        using var step = new TrainingStep(device, given.Layout, given.Options, rows.Stride);
        step.State.Particles.Upload(given.Packed());
        Advance(step, rows, iterations);
        return step.State.Particles.ToArray();
    }

    private static void Advance(TrainingStep step, DeviceRows rows, int iterations)
    {
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            step.Advance(rows, new RowRange(0, rows.Stride), 1);
        }
    }
}
