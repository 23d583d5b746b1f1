using IlgpuBnn.Calibration;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Calibration;

public sealed class ModeratedVariancesTests
{
    private const int Rows = 20_000;

    private readonly Random _random = new(1);

    [Theory]
    [InlineData(4, 3)]
    [InlineData(12, 1)]
    [InlineData(3, 7)]
    public void Moderated_variances_are_the_posterior_means_of_precisions_under_a_prior_found_from_all(int prior, int degreesOfFreedom)
    {
        double[] truth = [.. Enumerable.Range(0, Rows).Select(_ => prior * 2.5 / ChiSquared.Sample(_random, prior))];
        double[] seen = [.. truth.Select(own => own * ChiSquared.Sample(_random, degreesOfFreedom) / degreesOfFreedom)];
        double[] expected = [.. seen.Select(own => ((prior * 2.5) + (degreesOfFreedom * own)) / (prior + degreesOfFreedom))];
        (double[] found, double? knownBy) = Of(seen, degreesOfFreedom);
        Assert.Equal(prior + degreesOfFreedom, knownBy!.Value, 0.1 * prior);
        Assert.InRange(found.Zip(expected, (own, right) => Math.Abs(Math.Log(own / right))).Max(), 0, 0.15);

        // Precisions of rows with much the same moderated variance average to its inverse.
        foreach (int[] alike in Enumerable.Range(0, Rows).OrderBy(row => found[row]).Chunk(Rows / 5))
        {
            Assert.Equal(1, alike.Average(row => 1 / truth[row]) / alike.Average(row => 1 / found[row]), 0.05);
        }
    }

    [Fact]
    public void Variances_that_differ_by_chance_alone_become_one()
    {
        double[] seen = [.. Enumerable.Range(0, Rows).Select(_ => 2 * ChiSquared.Sample(_random, 3) / 3)];
        (double[] found, double? knownBy) = Of(seen, 3);
        Assert.InRange(knownBy ?? double.PositiveInfinity, 50, double.PositiveInfinity);
        Assert.All(found, own => Assert.Equal(2, own, 0.2));
    }

    [Fact]
    public void Nothing_is_known_of_one_row_and_a_variance_of_0_stays()
    {
        Assert.Equal([0.7], Of([0.7], 3).Variances);
        Assert.Equal([0, 0.7], Of([0, 0.7], 3).Variances);
        Assert.Equal(0, Of([0, 0.7, 0.8, 1.9], 3).Variances[0]);
        Assert.Equal([0, 0, 0], Of([0, 0, 0], 3).Variances);
    }

    private static (double[] Variances, double? KnownBy) Of(double[] variances, int degreesOfFreedom)
    {
        var moderation = ModeratedVariances.Fit(variances, degreesOfFreedom);
        return ([.. variances.Select(moderation.Of)], moderation.DegreesOfFreedom);
    }
}
