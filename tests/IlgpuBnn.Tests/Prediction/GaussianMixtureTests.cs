using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;

namespace IlgpuBnn.Tests.Prediction;

public class GaussianMixtureTests
{
    /// <summary>Means and standard deviations.</summary>
    public static TheoryData<double[], double[]> Mixtures => new()
    {
        { [0.7], [0.3] },
        { [0, 1], [1, 2] },
        { [2, 2, 2], [0.5, 0.5, 0.5] },
        { [-1e6, 3, 1e6], [1e-3, 1, 10] },
        { [5, 5.0000001, 5.0000002], [1e-9, 1e-8, 1e-9] },
        { [1e-12, -40, 0.5], [1e-14, 1e-3, 2] },
        { [1, 2, 2, 4], [0, 0, 0, 0] },
        { [-3, 0, 7], [0, 0, 0] },
        { [0, 0.5, 2], [1, 0, 1e-6] },
        // The search for the median starts on the component that is narrower than the spacing of doubles there: a Newton step goes nowhere.
        { [1e6 - 1, 1e6 - 1, 1e6 - 1, 1e6, 1e6 + 3], [1, 1, 1, 1e-12, 1] },
        { Sample(7, seed: 5, scale: 3), [.. Sample(7, seed: 6, scale: 1).Select(Math.Abs)] },
    };

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Cdf_is_the_integral_of_the_density(double[] means, double[] sds)
    {
        foreach (double x in PointsOfInterest(means, sds))
        {
            double expected = means.Zip(sds, (m, s) => IntegratedCdf(x, m, s)).Average();
            Numbers.AssertClose(expected, Mixture(means, sds).Cdf(x), absolute: 1e-13, relative: 0);
        }
    }

    [Fact]
    public void Cdf_keeps_its_digits_in_the_lower_tail()
    {
        // Phi(-30) from the C library.
        Numbers.AssertClose(4.906713927148764e-198, Mixture([30], [1]).Cdf(0), absolute: 0, relative: 1e-12);
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Quantile_inverts_the_cdf(double[] means, double[] sds)
    {
        foreach (double p in (double[])[1e-6, 0.001, 0.025, 0.31, 0.5, 0.52, 0.7, 0.975, 0.9999])
        {
            double expected = QuantileByBisection(means, sds, p);
            double smallestSd = sds.Min();
            Numbers.AssertClose(expected, Mixture(means, sds).Quantile(p), absolute: 1e-10 * smallestSd + 1e-22, relative: 1e-14);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Quantile_refuses_a_probability_outside_0_and_1(double probability) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Mixture([0], [1]).Quantile(probability));

    [Fact]
    public void Quantile_of_a_single_point_is_that_point() => Assert.Equal(0.1, Mixture([0.1], [0]).Quantile(0.025));

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void LogDensity_is_the_log_of_the_mean_density(double[] means, double[] sds)
    {
        foreach (double x in PointsOfInterest(means, sds))
        {
            double actual = Mixture(means, sds).LogDensity(x);
            double naive = means.Zip(sds, (m, s) => Normal.PDF(m, s, x)).Average();
            if (sds.Contains(0)) Assert.True(double.IsNaN(actual));
            else if (naive > 1e-300) Numbers.AssertClose(Math.Log(naive), actual, absolute: 1e-12, relative: 1e-13);
        }
    }

    [Fact]
    public void LogDensity_is_finite_where_the_density_underflows()
    {
        // -z^2/2 - ln sd - ln sqrt(2 pi) of the nearer component, less ln 2.
        double expected = -0.5 * 98.0 * 98.0 * 100 - Math.Log(0.1) - 0.5 * Math.Log(2 * Math.PI) - Math.Log(2);
        Numbers.AssertClose(expected, Mixture([0, 2], [0.1, 0.1]).LogDensity(100), absolute: 0, relative: 1e-14);
        Numbers.AssertClose(expected, Mixture([2, 0], [0.1, 0.1]).LogDensity(100), absolute: 0, relative: 1e-14);
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Crps_is_the_integrated_squared_distance_of_the_cdf_from_the_step(double[] means, double[] sds)
    {
        // Positions are rounded relative to the largest mean, and the score subtracts numbers as large as the means' spread.
        double absolute = 2e-16 * means.Max(Math.Abs) + 1e-13 * (means.Max() - means.Min());
        foreach (double y in PointsOfInterest(means, sds))
            Numbers.AssertClose(IntegratedCrps(means, sds, y), Mixture(means, sds).Crps(y), absolute, relative: 1e-9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.4)]
    [InlineData(0.0078)]
    [InlineData(1.73)]
    [InlineData(3)]
    [InlineData(7.995)]
    [InlineData(8.001)]
    [InlineData(60)]
    public void Crps_of_one_Gaussian_is_the_closed_form(double z)
    {
        // Gneiting and Raftery 2007, Eq. 21.
        const double mean = 1.5, sd = 0.2;
        double expected = sd * (z * (2 * Normal.CDF(0, 1, z) - 1) + 2 * Normal.PDF(0, 1, z) - 1 / Math.Sqrt(Math.PI));
        Numbers.AssertClose(expected, Mixture([mean], [sd]).Crps(mean + z * sd), absolute: 0, relative: 1e-12);
    }

    [Fact]
    public void Crps_of_points_is_their_mean_distance_less_half_their_own()
    {
        Assert.Equal(2.5, Mixture([1], [0]).Crps(3.5));
        Assert.Equal(0.5, Mixture([0, 2], [0, 0]).Crps(0));
    }

    [Fact]
    public void Construction_refuses_what_is_no_mixture()
    {
        Assert.Contains("2 means and 1 standard", Assert.Throws<ArgumentException>(() => Mixture([1, 2], [1]).Mean).Message);
        Assert.Throws<ArgumentException>(() => Mixture([], []).Mean);
        Assert.Contains("-1", Assert.Throws<ArgumentException>(() => Mixture([1], [-1]).Mean).Message);
        Assert.Throws<ArgumentException>(() => Mixture([1], [double.NaN]).Mean);
    }

    /// <summary>Brackets of any width end, in a known number of steps.</summary>
    [Theory]
    [InlineData(1e300, 1)]
    [InlineData(1e300, 1e-300)]
    [InlineData(5e-320, 5e-324)]
    [InlineData(1e-310, 1e300)]
    [InlineData(double.MaxValue, double.MaxValue)]
    public void Quantiles_of_extreme_mixtures_end(double distance, double deviation)
    {
        double[] means = [-distance, -1e-300, 0, 3 * double.Epsilon, distance], deviations = [deviation, deviation, 0, 5e-324, deviation];
        foreach (double probability in new[] { 1e-12, 0.025, 0.3, 0.5, 0.7, 0.975 })
        {
            double quantile = new GaussianMixture(means, deviations).Quantile(probability);
            Assert.False(double.IsNaN(quantile));
            Assert.True(double.IsInfinity(quantile) || new GaussianMixture(means, deviations).Cdf(Math.BitIncrement(quantile) + Math.Abs(1e-9 * quantile)) >= probability - 1e-9);
        }
    }

    [Fact]
    public void Mean_is_the_average_of_the_means() => Assert.Equal(3, Mixture([1, 2, 6], [9, 0, 1]).Mean);

    private static GaussianMixture Mixture(double[] means, double[] sds) => new(means, sds);

    private static double[] Sample(int count, int seed, double scale)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => scale * Normal.Sample(random, 0, 1))];
    }

    /// <summary>On, beside and between the components, and outside them all.</summary>
    private static IEnumerable<double> PointsOfInterest(double[] means, double[] sds) =>
        means.Zip(sds, (m, s) => new[] { m, m + 0.7 * s, m - 3 * s }).SelectMany(x => x)
            .Append(means.Average()).Append(means.Max() + 9 * sds.Max() + 0.5).Append(means.Min() - 9 * sds.Max() - 0.5);

    private static double IntegratedCdf(double x, double mean, double sd)
    {
        if (sd == 0) return x >= mean ? 1 : 0;
        double z = Math.Clamp((x - mean) / sd, -12, 12);
        return 0.5 + SimpsonRule.IntegrateComposite(t => Math.Exp(-0.5 * t * t), 0, z, 4000) / Math.Sqrt(2 * Math.PI);
    }

    private static double Cdf(double[] means, double[] sds, double x)
    {
        double sum = 0;
        for (int s = 0; s < means.Length; s++) sum += sds[s] > 0 ? Normal.CDF(means[s], sds[s], x) : x >= means[s] ? 1 : 0;
        return sum / means.Length;
    }

    private static double QuantileByBisection(double[] means, double[] sds, double p)
    {
        double lower = means.Min() - 20 * sds.Max() - 1, upper = means.Max() + 20 * sds.Max() + 1;
        for (int i = 0; i < 3000; i++)
        {
            double middle = lower + 0.5 * (upper - lower);
            if (Cdf(means, sds, middle) >= p) upper = middle;
            else lower = middle;
        }

        return upper;
    }

    /// <summary>Gauss-Legendre on panels that no jump crosses and that are short wherever the CDF rises.</summary>
    private static double IntegratedCrps(double[] means, double[] sds, double y)
    {
        double[] edges = [.. means.Zip(sds, (m, s) => Enumerable.Range(-24, 49).Select(k => m + 0.5 * k * s))
            .SelectMany(x => x).Append(y).Distinct().Order()];
        double sum = 0;
        for (int i = 1; i < edges.Length; i++)
        {
            double step = edges[i] > y ? 1 : 0;
            sum += GaussLegendreRule.Integrate(x => Math.Pow(Cdf(means, sds, x) - step, 2), edges[i - 1], edges[i], 10);
        }

        return sum;
    }
}
