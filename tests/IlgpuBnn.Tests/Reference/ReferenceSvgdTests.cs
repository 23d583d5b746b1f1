namespace IlgpuBnn.Tests.Reference;

public class ReferenceSvgdTests
{
    private static readonly Tolerance Rounding = new(1e-12, 1e-12);

    [Fact]
    public void Adam_climbs_by_its_bias_corrected_moments()
    {
        double[][] particles = [[1, 5]];
        ReferenceAdam adam = new(1, 2, stepSize: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.01);

        adam.Ascend(particles, [[2, -3]]);
        Rounding.AssertClose([1 + 0.1 * 2 / 2.01, 5 - 0.1 * 3 / 3.01], particles[0]);

        // Moments 0.5 * 1 + 0.5 * 4 over 1 - 0.25, and 0.75 * 1 + 0.25 * 16 over 1 - 0.5625; likewise for the other.
        adam.Ascend(particles, [[4, 0]]);
        Rounding.AssertClose(
            [
                1 + 0.1 * 2 / 2.01 + 0.1 * (2.5 / 0.75) / (Math.Sqrt(4.75 / 0.4375) + 0.01),
                5 - 0.1 * 3 / 3.01 - 0.1 * (0.75 / 0.75) / (Math.Sqrt(0.75 * 2.25 / 0.4375) + 0.01),
            ],
            particles[0]);
    }

    [Fact]
    public void Independent_particles_do_not_see_each_other()
    {
        (ReferencePosterior posterior, double[][] particles, double[,] x, double[,] y) = Problem();
        ReferenceSvgd independent = new(posterior, new(3, posterior.ParticleLength), bandwidth: null);

        Rounding.AssertClose(
            [.. particles.Select(theta => posterior.Gradient(theta, x, y, totalRows: 8))],
            independent.Direction(particles, x, y, totalRows: 8));
    }

    [Fact]
    public void Step_combines_gradients_bandwidth_direction_and_Adam()
    {
        (ReferencePosterior posterior, double[][] particles, double[,] x, double[,] y) = Problem();
        double[][] gradients = [.. particles.Select(theta => posterior.Gradient(theta, x, y, totalRows: 8))];
        double bandwidth = ReferenceStein.MedianBandwidth(ReferenceStein.SquaredDistances(particles));
        double[][] direction = ReferenceStein.Direction(particles, gradients, bandwidth);
        // Adam's first step divides a direction by its own size.
        double[][] expected = [.. particles.Select(
            (theta, s) => theta.Zip(direction[s], (value, phi) => value + 0.01 * phi / (Math.Abs(phi) + 1e-8)).ToArray())];

        new ReferenceSvgd(posterior, new(3, posterior.ParticleLength), ReferenceStein.MedianBandwidth)
            .Step(particles, x, y, totalRows: 8);

        Rounding.AssertClose(expected, particles);
    }

    private static (ReferencePosterior Posterior, double[][] Particles, double[,] X, double[,] Y) Problem()
    {
        ReferencePosterior posterior = new(new([2, 3, 2], ReferenceActivation.Tanh), sharedNoise: false, sharedWeightPrecision: true);
        RandomNumbers numbers = new(seed: 21);
        return (posterior, numbers.Vectors(3, posterior.ParticleLength), numbers.Table(4, 2), numbers.Table(4, 2));
    }
}
