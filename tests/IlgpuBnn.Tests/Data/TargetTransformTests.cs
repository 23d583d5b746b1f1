using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Tests.Data;

public sealed class TargetTransformTests
{
    private static readonly (TargetTransform Transform, double[] Values, double Mean, double Deviation)[] _cases =
    [
        (new LogTransform(), [1e-9, 0.3, 1, 7e8], 0.4, 0.7),
        (new SquareRootTransform(), [1e-9, 0.3, 1, 7e8], 2, 0.3),
        (new LogitTransform(), [1e-9, 0.3, 0.5, 0.999], -0.4, 1.3),
        (new YeoJohnsonTransform(0, 2), [-30, -0.2, 0, 0.2, 30], 0.4, 0.7),
        (new YeoJohnsonTransform(0.5, 2), [-30, -0.2, 0, 0.2, 30], -0.4, 0.7),
        (new LimitedTransform(new IdentityTransform(), 0, null), [1e-9, 0.3, 1, 7e8], 0.4, 0.7),
        (new LimitedTransform(new IdentityTransform(), -0.4, 1.7), [-0.39, 0.3, 1.6], 0.6, 1.1),
        (new LimitedTransform(new LogTransform(), 0.7, 2.5), [0.71, 1, 2.4], 0.4, 0.3),
        (new YeoJohnsonTransform(2, 2), [-30, -0.2, 0, 0.2, 30], 0.6, 0.1),
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, _cases.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Inverse_restores_and_derivative_is_that_of_the_function(int k)
    {
        (TargetTransform transform, double[] values, _, _) = _cases[k];
        Assert.All(values, value =>
        {
            Numbers.AssertClose(value, transform.Invert(transform.Apply(value)), absolute: 1e-15, relative: 1e-9);
            double step = 1e-6 * Math.Max(Math.Abs(value), 1e-6);
            step = transform is LogitTransform ? Math.Min(step, 1e-3 * (1 - value)) : step;
            Numbers.AssertClose(
                (transform.Apply(value + step) - transform.Apply(value - step)) / (2 * step), Math.Exp(transform.LogDerivative(value)), absolute: 0, relative: 1e-4);
        });
    }

    [Fact]
    public void Values_outside_the_domain_are_not_accepted()
    {
        Assert.False(new LogTransform().Accepts(0));
        Assert.False(new SquareRootTransform().Accepts(-1e-9));
        Assert.True(new SquareRootTransform().Accepts(0));
        Assert.False(new LogitTransform().Accepts(1));
        Assert.False(new LogitTransform().Accepts(0));
        Assert.True(new YeoJohnsonTransform(0.3, 1).Accepts(-1e9));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Mixture_has_the_moments_probabilities_and_scores_of_what_it_stands_for(int k)
    {
        (TargetTransform transform, _, double mean, double deviation) = _cases[k];
        double[] means = [mean, mean + (0.3 * deviation)], deviations = [deviation, 0.6 * deviation];
        var mixture = new GaussianMixture(means, deviations, transform);

        // By brute force, on the transformed scale.
        double Expect(Func<double, double> f) => Enumerable.Range(0, 2).Average(s => SimpsonRule.IntegrateComposite(
            z => f(transform.Invert(means[s] + (z * deviations[s]))) * Normal.PDF(0, 1, z), -9, 9, 20_000));
        double expected = Expect(y => y), y0 = transform.Invert(mean + (0.8 * deviation));
        (double found, double variance) = mixture.Moments();

        // Quadrature over a kink.
        double kink = transform is LimitedTransform { Inner: not IdentityTransform } ? 50 : 1;
        Numbers.AssertClose(expected, found, absolute: 1e-9, relative: kink * 1e-5);
        Numbers.AssertClose(expected, mixture.Mean, absolute: 1e-9, relative: kink * 1e-5);
        Numbers.AssertClose(Expect(y => (y - expected) * (y - expected)), variance, absolute: 1e-9, relative: kink * 1e-4);

        foreach (double p in (double[])[0.025, 0.5, 0.975])
        {
            // What is gathered at a limit has one quantile.
            if (transform is LimitedTransform limited && (mixture.Quantile(p) == limited.Lower || mixture.Quantile(p) == limited.Upper))
            {
                continue;
            }

            Numbers.AssertClose(p, mixture.Cdf(mixture.Quantile(p)), absolute: 1e-9, relative: 0);
            Numbers.AssertClose(1 - p, mixture.ProbabilityAbove(mixture.Quantile(p)), absolute: 1e-9, relative: 0);
        }

        // The density is the derivative of the probability.
        double step = 1e-5 * Math.Abs(mixture.Quantile(0.9) - mixture.Quantile(0.1));
        double slope = (new GaussianMixture(means, deviations, transform).Cdf(y0 + step) - new GaussianMixture(means, deviations, transform).Cdf(y0 - step)) / (2 * step);
        Numbers.AssertClose(Math.Log(slope), mixture.LogDensity(y0), absolute: 1e-6, relative: 0);

        // E|Y - y| - E|Y - Y'| / 2, the second by the Gini form 2 E[Y (2 F(Y) - 1)] / 2.
        if (transform is LimitedTransform limits)
        {
            // That needs ranks, which what is gathered at a limit shares: by the integral of (F - 1)^2.
            double from = limits.Lower ?? transform.Invert(mean - (9 * deviation)), to = limits.Upper ?? transform.Invert(mean + (9 * deviation));
            double Squared(double y, double step) => Math.Pow(new GaussianMixture(means, deviations, transform).Cdf(y) - step, 2);
            double integral = SimpsonRule.IntegrateComposite(y => Squared(y, 0), from, y0, 2000) + SimpsonRule.IntegrateComposite(y => Squared(Math.Min(y, to - 1e-9), 1), y0, to, 2000);
            Numbers.AssertClose(integral, mixture.Crps(y0), absolute: 1e-9, relative: 2e-3);
            return;
        }

        double crps = Expect(y => Math.Abs(y - y0)) - Expect(y => y * ((2 * new GaussianMixture(means, deviations, transform).Cdf(y)) - 1));
        Numbers.AssertClose(crps, mixture.Crps(y0), absolute: 1e-9, relative: 2e-3);
    }

    [Fact]
    public void Mixture_gives_no_density_outside_the_domain_and_a_score_that_grows_with_the_distance()
    {
        var mixture = new GaussianMixture([0.0], [1.0], new LogTransform());
        Assert.Equal(double.NegativeInfinity, mixture.LogDensity(-1));
        Assert.Equal((0, 1), (mixture.Cdf(-1), mixture.ProbabilityAbove(-1)));
        Numbers.AssertClose(1, mixture.Crps(-2) - mixture.Crps(-1), absolute: 1e-9, relative: 0);
    }

    [Fact]
    public void Square_root_puts_what_lies_below_0_on_its_scale_at_0()
    {
        var mixture = new GaussianMixture([0.4], [0.7], new SquareRootTransform());
        double below = Normal.CDF(0.4, 0.7, 0), mean = SimpsonRule.IntegrateComposite(z => z * z * Normal.PDF(0.4, 0.7, z), 0, 8, 20_000);
        Numbers.AssertClose(below, mixture.Cdf(0), absolute: 1e-12, relative: 0);
        Assert.Equal(0, mixture.Quantile(0.5 * below));
        Assert.Equal(double.NaN, mixture.LogDensity(0));
        Numbers.AssertClose(mean, mixture.Mean, absolute: 1e-9, relative: 0);
        Numbers.AssertClose(
            SimpsonRule.IntegrateComposite(z => z * z * z * z * Normal.PDF(0.4, 0.7, z), 0, 8, 20_000) - (mean * mean), mixture.Moments().Variance,
            absolute: 1e-9, relative: 0);
    }

    [Fact]
    public void Limits_gather_what_lies_beyond()
    {
        var mixture = new GaussianMixture([0.4], [0.7], new LimitedTransform(new IdentityTransform(), 0, 1));
        double below = Normal.CDF(0.4, 0.7, 0), above = 1 - Normal.CDF(0.4, 0.7, 1);
        Numbers.AssertClose(below, mixture.Cdf(0), absolute: 1e-12, relative: 0);
        Assert.Equal((0, 1, 0, 1), (mixture.Cdf(-1e-9), mixture.Cdf(1), mixture.ProbabilityAbove(1), mixture.ProbabilityAbove(-1e-9)));
        Numbers.AssertClose(above, mixture.ProbabilityAbove(1 - 1e-12), absolute: 1e-9, relative: 0);
        Assert.Equal((0, 1), (mixture.Quantile(0.9 * below), mixture.Quantile(1 - (0.9 * above))));
        Assert.Equal(double.NegativeInfinity, mixture.LogDensity(-0.1));
        Numbers.AssertClose(Math.Log(Normal.PDF(0.4, 0.7, 0)), mixture.LogDensity(0), absolute: 1e-12, relative: 0);
        Assert.Equal((1, 0), new LimitedTransform(new IdentityTransform(), 0, 1).Moments(5, 0));
        Assert.Equal((0, 1), (new LimitedTransform(new IdentityTransform(), 0, 1).InverseDerivative(-0.1), new LimitedTransform(new IdentityTransform(), 0, 1).InverseDerivative(0.1)));
    }

    [Fact]
    public void Yeo_Johnson_makes_a_skewed_sample_normal()
    {
        double[] normal = [.. Enumerable.Range(1, 199).Select(k => Normal.InvCDF(0, 1, k / 200.0))];
        double[] skewed = [.. normal.Select(z => Math.Exp(z + 2) - 1)];
        YeoJohnsonTransform fitted = YeoJohnsonTransform.Fit(skewed);
        Assert.InRange(skewed.Skewness(), 2, 10);
        Assert.InRange(skewed.Select(y => fitted.Apply(y)).Skewness(), -0.2, 0.2);
        Assert.InRange(YeoJohnsonTransform.Fit(normal).Power, 0.8, 1.2);
    }
}
