using System.Runtime.Intrinsics;
using IlgpuBnn.Devices.Simd;
using IlgpuBnn.Tests.Training;

namespace IlgpuBnn.Tests.Devices.Simd;

/// <summary>Processes that each have a share of the particles' directions compute the very bits of one that has all, with held distances and without.</summary>
public sealed class SteinOfSharesTests
{
    /// <summary>Particles, parameters and processes: shares of one particle, around a tile, of unequal length; more than a strip of 128.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 2, 1, 2 }, { 3, 200, 2 }, { 4, 33, 4 }, { 7, 17, 3 }, { 67, 600, 2 }, { 131, 40, 3 }, { 200, 7, 1 }, { 301, 131, 2 }, { 515, 20, 4 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Shares_have_the_bits_of_all(int particles, int parameters, int processes)
    {
        AssertSameBits<Simd512, Vector512<float>>(particles, parameters, processes);
        if (particles * particles * parameters < 1_000_000)
        {
            AssertSameBits<Simd256, Vector256<float>>(particles, parameters, processes);
            AssertSameBits<SimdScalar, float>(particles, parameters, processes);
        }
    }

    [Fact]
    public void A_process_holds_its_own_rows_of_distances()
    {
        using Device device = new SimdDevice<SimdScalar, float>(Describe(1), maxHeldDistances: 26 * 101);
        Assert.Equal(26 * 101, device.HeldDistances(101, 4));
        Assert.Equal(0, device.HeldDistances(101, 3));
        Assert.Equal([26 * 101, 26 * 101], ThreadGroup.Results(4, group => device.AllocateDistances(101, group).Length)[..2]);
    }

    private static void AssertSameBits<TSimd, V>(int particles, int parameters, int processes)
        where TSimd : struct, ISimd<V>
        where V : struct
    {
        var random = new Random(particles + parameters);
        double[][] theta = Case.Vectors(random, particles, parameters, 1), gradients = Case.Vectors(random, particles, parameters, 20);
        var shape = new ParticleShape(particles, parameters, Alignment.Pad(parameters));
        using Device whole = new SimdDevice<TSimd, V>(Describe(1));
        foreach ((BandwidthRule rule, SteinKernel kernel) in Enum.GetValues<BandwidthRule>().Zip(Enum.GetValues<SteinKernel>()))
        {
            var term = new SteinTerm(kernel, 1);
            SteinStep expected = SteinStep.Of(whole, theta, gradients, rule, term);
            foreach (long held in new[] { 0, long.MaxValue })
            {
                (float Bandwidth, float[] Phi)[] parts = ThreadGroup.Results(processes, group =>
                {
                    using Device device = new SimdDevice<TSimd, V>(Describe(1 + (group.Rank % 2)), held);
                    return Step(device, group, shape, theta, gradients, rule, term);
                });
                Assert.All(parts, part => Assert.Equal(expected.Bandwidth, part.Bandwidth));
                Assert.Equal(expected.Phi[0], ParticleShare.Joined([.. parts.Select(part => part.Phi)], shape.Stride));
            }
        }
    }

    private static (float Bandwidth, float[] Phi) Step(
        Device device, IProcessGroup group, ParticleShape shape, double[][] theta, double[][] gradients, BandwidthRule rule, SteinTerm term)
    {
        using DeviceBuffer particles = Case.Upload(device, theta), gradientBuffer = Case.Upload(device, gradients);
        using DeviceBuffer distances = device.AllocateDistances(shape.Particles, group), bandwidth = device.Allocate(1);
        using DeviceBuffer phi = device.Allocate((long)new ParticleShare(group.Rank, group.Size).CountOf(shape.Particles) * shape.Stride);
        device.PairwiseSquaredDistances(particles, shape, distances);
        device.Bandwidth(distances, shape.Particles, rule, bandwidth);
        device.SteinDirection(particles, gradientBuffer, shape, distances, bandwidth, term, phi);
        return (bandwidth.ToArray()[0], phi.ToArray());
    }

    private static DeviceDescription Describe(int threads) => new("cpu", "test", "test", threads, 0);
}
