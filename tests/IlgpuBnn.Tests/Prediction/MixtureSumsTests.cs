using System.Runtime.Intrinsics;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Prediction;

public class MixtureSumsTests
{
    private const int Lanes = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(21)]
    public void Sums_are_those_of_the_components_one_by_one(int components)
    {
        // Every lane has a mixture and a point of its own.
        Random random = new(components);
        double[] means = [.. Enumerable.Range(0, components * Lanes).Select(_ => 4 * random.NextDouble() - 2)];
        double[] sds = [.. Enumerable.Range(0, components * Lanes).Select(_ => 0.1 + random.NextDouble())];
        double[] inverses = [.. sds.Select(sd => 1 / sd)];

        // Drawn to the centre 1 by a half, the outputs are the means.
        double[] outputs = [.. means.Select(mean => 1 + (2 * (mean - 1)))];
        var half = new MixtureSums.Components(Vector512.Create(1.0), Vector512.Create(0.5), components, Lanes);
        for (double first = -12; first <= 12; first += 0.37)
        {
            double[] x = [.. Enumerable.Range(0, Lanes).Select(lane => first + 0.21 * lane)];
            (Vector512<double> cdf, Vector512<double> density, Vector512<double> slope) =
                MixtureSums.At(Vector512.Create(x), half, ref outputs[0], ref inverses[0]);
            for (int lane = 0; lane < Lanes; lane++)
            {
                (double m, double sd)[] own = [.. Enumerable.Range(0, components).Select(s => (means[s * Lanes + lane], sds[s * Lanes + lane]))];
                double at = x[lane], expectedDensity = own.Average(c => Normal.PDF(c.m, c.sd, at));
                Numbers.AssertClose(own.Average(c => Normal.CDF(c.m, c.sd, at)), cdf[lane], absolute: 1e-15, relative: 1e-13);
                Numbers.AssertClose(expectedDensity, density[lane], absolute: 1e-300, relative: 1e-12);
                Numbers.AssertClose(
                    own.Average(c => Normal.PDF(c.m, c.sd, at) * (c.m - at) / (c.sd * c.sd)), slope[lane],
                    absolute: 1e-12 * expectedDensity / own.Min(c => c.sd) + 1e-300, relative: 1e-12);
            }
        }
    }

    [Fact]
    public void Cdf_keeps_its_digits_in_the_tails()
    {
        // Where the rational function hands over to the continued fraction, and far behind: MathNet's complementary error function.
        foreach (double z in (double[])[-3, -6.9, -7.07, -7.08, -7.5, -9, -15, -25, -36])
            Numbers.AssertClose(Normal.CDF(0, 1, z), CdfAt(z), absolute: 0, relative: 1e-8);
        Assert.Equal(1, CdfAt(50));
        Numbers.AssertClose(0, CdfAt(-50), absolute: 1e-300, relative: 0);
    }

    private static double CdfAt(double z)
    {
        double[] means = new double[Lanes], inverses = new double[Lanes];
        Array.Fill(inverses, 1);
        return MixtureSums.At(
            Vector512.Create(z), new MixtureSums.Components(default, Vector512<double>.One, 1, Lanes), ref means[0], ref inverses[0]).Cdf[Lanes - 1];
    }
}
