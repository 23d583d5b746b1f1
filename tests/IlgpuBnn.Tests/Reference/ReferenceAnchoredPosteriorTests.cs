using IlgpuBnn.Reference;
using Xunit;

namespace IlgpuBnn.Tests.Reference;

public class ReferenceAnchoredPosteriorTests
{
    private static readonly Tolerance Differences = new(1e-6, 1e-6);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_agrees_with_central_differences(bool linearPath)
    {
        ReferencePosterior network = new(new([3, 5, 2], ReferenceActivation.Silu, linearPath), sharedNoise: false, sharedWeightPrecision: true);
        RandomNumbers numbers = new(seed: 7);
        int length = network.ParticleLength + 3;
        ReferenceAnchoredPosterior posterior = new(network, numbers.Vector(length), [.. numbers.Vector(length).Select(Math.Abs)]);
        double[] theta = numbers.Vector(length);
        (double[,] x, double[,] y) = (numbers.Table(7, 3), numbers.Table(7, 2));
        y[0, 1] = y[4, 0] = double.NaN;

        double[] expected = CentralDifference.Gradient(at => posterior.LogDensity(at, x, y, totalRows: 40), theta, 1e-5);
        double[] actual = posterior.Gradient(theta, x, y, totalRows: 40);

        // By weights, biases and scales: the noise is given, and has no gradient.
        int given = network.Network.ParameterCount;
        Differences.AssertClose([.. expected.Take(given), .. expected.TakeLast(3)], [.. actual.Take(given), .. actual.TakeLast(3)]);
    }
}
