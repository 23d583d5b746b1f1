using System.Runtime.Intrinsics;
using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Tests.Devices.Simd;

/// <summary>Distances that are computed where they are needed give the very bits of distances that are held, for any number of threads.</summary>
public sealed class SteinOnDemandTests
{
    /// <summary>Particles and parameters: around a tile, a block and a strip; fewer than a vector; more than a piece of parameters.</summary>
    public static TheoryData<int, int> Shapes => new()
    {
        { 1, 5 }, { 2, 1 }, { 3, 200 }, { 31, 17 }, { 33, 2100 }, { 127, 16 }, { 129, 131 }, { 300, 33 }, { 515, 7 }, { 129, 600 }, { 131, 600 }, { 303, 600 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Step_has_the_bits_of_held_distances(int particles, int parameters)
    {
        double[][] theta = Draw(particles, parameters, 1), gradients = Draw(particles, parameters, 20);
        AssertSameBits<Simd512, Vector512<float>>(theta, gradients);

        // Slow: not on the largest.
        if (particles * particles * parameters < 2_000_000)
        {
            AssertSameBits<Simd128, Vector128<float>>(theta, gradients);
            AssertSameBits<SimdScalar, float>(theta, gradients);
        }
    }

    [Theory]
    [InlineData(200, 0, 1e-4)]
    [InlineData(200, 100, 1e-4)]
    [InlineData(201, 141, 1e-4)]
    [InlineData(201, 142, 0)]
    [InlineData(200, 199, 0)]
    public void Median_is_exact_where_distances_are_tied_or_mislead_a_sample(int particles, int together, double radius)
    {
        // Some particles almost or quite in one place, far from the others; with 141 of 201 the median lies between the two kinds of distances.
        double[][] theta = Draw(particles, 3, 1);
        for (int s = 0; s < together; s++)
        {
            theta[s] = [.. theta[s].Select(v => 50 + (radius * v))];
        }

        AssertSameBits<Simd512, Vector512<float>>(theta, Draw(particles, 3, 1));
    }

    [Fact]
    public void Particles_that_are_no_longer_numbers_do_not_stop_it()
    {
        double[][] theta = Draw(40, 9, 1);
        theta[3][2] = double.NaN;
        theta[20][8] = double.PositiveInfinity;
        using Device device = new SimdDevice<Simd512, Vector512<float>>(Describe(2), maxHeldDistances: 0);
        (float bandwidth, float[] phi) = Step(device, theta, Draw(40, 9, 1), BandwidthRule.MedianDistance, SteinKernel.Gaussian);
        Assert.False(float.IsNaN(bandwidth));
        Assert.Contains(phi, float.IsNaN);
    }

    private static void AssertSameBits<TSimd, V>(double[][] theta, double[][] gradients)
        where TSimd : struct, ISimd<V>
        where V : struct
    {
        using Device held = new SimdDevice<TSimd, V>(Describe(1));
        foreach ((BandwidthRule rule, SteinKernel kernel) in Enum.GetValues<BandwidthRule>().Zip(Enum.GetValues<SteinKernel>()))
        {
            (float bandwidth, float[] phi) expected = Step(held, theta, gradients, rule, kernel);
            foreach (int threads in new[] { 1, 3 })
            {
                using Device device = new SimdDevice<TSimd, V>(Describe(threads), maxHeldDistances: 0);
                Assert.Equal(0, device.HeldDistances(theta.Length));
                (float bandwidth, float[] phi) actual = Step(device, theta, gradients, rule, kernel);
                Assert.Equal(expected.bandwidth, actual.bandwidth);
                Assert.Equal(expected.phi, actual.phi);
            }
        }
    }

    private static (float Bandwidth, float[] Phi) Step(Device device, double[][] theta, double[][] gradients, BandwidthRule rule, SteinKernel kernel)
    {
        SteinStep step = SteinStep.Of(device, theta, gradients, rule, new SteinTerm(kernel, 1));
        return (step.Bandwidth, step.Phi[0]);
    }

    private static double[][] Draw(int particles, int parameters, double scale) =>
        Case.Vectors(new Random(particles + parameters), particles, parameters, scale);

    private static DeviceDescription Describe(int threads) => new("cpu", "test", "test", threads, 0);
}
