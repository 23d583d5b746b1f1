namespace IlgpuBnn.Tests.Reference;

public class ReferenceSteinTests
{
    private static readonly Tolerance Rounding = new(1e-13, 1e-13);
    private static readonly double[][] FourParticles = [[1, 2], [10, 5], [7, 3], [2, -1]];

    [Theory]
    [InlineData(false, 28.114, 0.040711)]
    [InlineData(true, 15.533, 0.003046)]
    public void Bandwidth_has_its_pinned_value(bool liuWang, double bandwidth, double kernel)
    {
        double[,] squared = ReferenceStein.SquaredDistances(FourParticles);
        double own = liuWang ? ReferenceStein.LiuWangBandwidth(squared) : ReferenceStein.MedianBandwidth(squared);

        new Tolerance(5e-4, 0).AssertClose(bandwidth, own);
        new Tolerance(5e-7, 0).AssertClose(kernel, ReferenceStein.Kernel(squared[0, 1], own));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_repulsion_is_the_kernels_gradient(bool inverseMultiquadric)
    {
        // Without gradients of a density phi is the mean over j of grad_j k(theta_j, theta_i): here by central differences.
        const double Bandwidth = 7, Step = 1e-5;
        double[][] phi = ReferenceStein.Direction(FourParticles, [.. FourParticles.Select(own => new double[own.Length])], Bandwidth, inverseMultiquadric);
        for (int i = 0; i < FourParticles.Length; i++)
        {
            for (int p = 0; p < 2; p++)
            {
                double SumOfKernels(double moved) => FourParticles.Sum(other => ReferenceStein.Kernel(
                    Enumerable.Range(0, 2).Sum(q => Math.Pow(other[q] + (q == p ? moved : 0) - FourParticles[i][q], 2)), Bandwidth, inverseMultiquadric));
                double expected = (SumOfKernels(Step) - SumOfKernels(-Step)) / (2 * Step) / FourParticles.Length;
                new Tolerance(1e-9, 1e-8).AssertClose(expected, phi[i][p]);
            }
        }
    }

    [Fact]
    public void The_inverse_multiquadric_has_its_value_by_hand()
    {
        Assert.Equal(0.5, ReferenceStein.Kernel(6, 2, inverseMultiquadric: true), 1e-15);
        Assert.Equal(-0.03125, ReferenceStein.Slope(6, 2, inverseMultiquadric: true), 1e-15);
    }

    [Fact]
    public void Median_bandwidth_takes_the_middle_distance_of_an_odd_count()
    {
        // Distances 1, 3, 4.
        double[,] squared = ReferenceStein.SquaredDistances([[0], [1], [4]]);

        Rounding.AssertClose(9 / Math.Log(3), ReferenceStein.MedianBandwidth(squared));
    }

    [Fact]
    public void Bandwidth_is_one_where_the_median_is_zero()
    {
        double[,] same = ReferenceStein.SquaredDistances([[1, 2], [1, 2], [1, 2]]);

        Assert.Equal(1, ReferenceStein.MedianBandwidth(same));
        Assert.Equal(1, ReferenceStein.LiuWangBandwidth(same));
    }

    [Fact]
    public void Lone_particle_follows_its_gradient()
    {
        double[][] particle = [[1, 2, 3]], gradient = [[4, -5, 6]];
        double[,] squared = ReferenceStein.SquaredDistances(particle);

        Rounding.AssertClose(gradient, ReferenceStein.Direction(particle, gradient, ReferenceStein.MedianBandwidth(squared)));
        Rounding.AssertClose(gradient, ReferenceStein.Direction(particle, gradient, ReferenceStein.LiuWangBandwidth(squared)));
    }

    [Fact]
    public void Direction_of_two_particles_matches_the_sum_by_hand()
    {
        double kernel = Math.Exp(-1 / 2.5);
        double[][] expected =
        [
            [0.5 * (3 + kernel * -7 - 2 / 2.5 * kernel)],
            [0.5 * (kernel * 3 - 7 + 2 / 2.5 * kernel)],
        ];

        Rounding.AssertClose(expected, ReferenceStein.Direction([[0], [1]], [[3], [-7]], bandwidth: 2.5));
    }
}
