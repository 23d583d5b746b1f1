using IlgpuBnn.Prediction;
using MathNet.Numerics.Distributions;
using Xunit;

namespace IlgpuBnn.Tests.Prediction;

public class MixtureSumsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(21)]
    public void Sums_are_those_of_the_components_one_by_one(int components)
    {
        Random random = new(components);
        double[] means = [.. Enumerable.Range(0, components).Select(_ => 4 * random.NextDouble() - 2)];
        double[] sds = [.. Enumerable.Range(0, components).Select(_ => 0.1 + random.NextDouble())];
        for (double x = -12; x <= 12; x += 0.37)
        {
            (double cdf, double density, double slope) = MixtureSums.At(x, means, sds);
            double expectedDensity = means.Zip(sds, (m, s) => Normal.PDF(m, s, x)).Average();
            double expectedSlope = means.Zip(sds, (m, s) => Normal.PDF(m, s, x) * (m - x) / (s * s)).Average();
            Numbers.AssertClose(means.Zip(sds, (m, s) => Normal.CDF(m, s, x)).Average(), cdf, absolute: 1e-15, relative: 1e-13);
            Numbers.AssertClose(expectedDensity, density, absolute: 1e-300, relative: 1e-12);
            Numbers.AssertClose(expectedSlope, slope, absolute: 1e-12 * expectedDensity / sds.Min() + 1e-300, relative: 1e-12);
        }
    }

    [Fact]
    public void Cdf_keeps_its_digits_in_the_tails()
    {
        // Where the rational function hands over to the continued fraction, and far behind: MathNet's complementary error function.
        foreach (double z in (double[])[-3, -6.9, -7.07, -7.08, -7.5, -9, -15, -25, -36])
            Numbers.AssertClose(Normal.CDF(0, 1, z), MixtureSums.At(z, [0], [1]).Cdf, absolute: 0, relative: 1e-8);
        Assert.Equal(1, MixtureSums.At(50, [0], [1]).Cdf);
        Numbers.AssertClose(0, MixtureSums.At(-50, [0], [1]).Cdf, absolute: 1e-300, relative: 0);
    }
}
