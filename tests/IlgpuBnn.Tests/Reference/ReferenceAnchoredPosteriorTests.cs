namespace IlgpuBnn.Tests.Reference;

public class ReferenceAnchoredPosteriorTests
{
    private static readonly Tolerance Differences = new(1e-6, 1e-6);

    [Theory]
    [InlineData(false, double.PositiveInfinity)]
    [InlineData(true, double.PositiveInfinity)]
    [InlineData(true, 2.5)]
    public void Gradient_agrees_with_central_differences(bool skipConnection, double degreesOfFreedom)
    {
        ReferencePosterior likelihood = new(new([3, 5, 2], ReferenceActivation.Silu, skipConnection), sharedNoise: true, sharedWeightPrecision: true)
        {
            DegreesOfFreedom = degreesOfFreedom,
        };
        RandomNumbers numbers = new(seed: 7);
        int length = likelihood.Network.ParameterCount + 3;
        ReferenceAnchoredPosterior posterior = new(likelihood, 0.3, numbers.Vector(length), [.. numbers.Vector(length).Select(Math.Abs)]);
        Assert.Equal(length, posterior.ParticleLength);
        double[] theta = numbers.Vector(length);
        (double[,] x, double[,] y) = (numbers.Table(7, 3), numbers.Table(7, 2));
        y[0, 1] = y[4, 0] = double.NaN;

        Differences.AssertClose(
            CentralDifference.Gradient(at => posterior.LogDensity(at, x, y, totalRows: 40), theta, 1e-5),
            posterior.Gradient(theta, x, y, totalRows: 40));
    }
}
