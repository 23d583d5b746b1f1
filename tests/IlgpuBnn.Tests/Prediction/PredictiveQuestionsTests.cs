namespace IlgpuBnn.Tests.Prediction;

/// <summary>Quantiles, probabilities and draws of a predictive distribution.</summary>
public sealed class PredictiveQuestionsTests
{
    // Two rows, two targets, three particles.
    private static readonly PredictiveDistribution _prediction = new(
        ["a", "b"], new double[,,] { { { 0, 10 }, { 5, 1 } }, { { 1, 20 }, { 5, 2 } }, { { 2, 60 }, { 5, 4 } } }, new double[,] { { 1, 4 }, { 1, 9 }, { 4, 1 } },
        varianceFunctions: [new VarianceFunction(0, 1, 0), new VarianceFunction(5, 5, 0.3)]);

    [Fact]
    public void Quantile_and_probability_above_are_each_others_reverse()
    {
        double[,] quantile = _prediction.Quantile(0.8);
        for (int n = 0; n < 2; n++)
        {
            double[,] above = _prediction.ProbabilityAbove([quantile[n, 0], quantile[n, 1]]);
            Assert.Equal(0.2, above[n, 0], 1e-12);
            Assert.Equal(0.2, above[n, 1], 1e-12);
        }
    }

    [Fact]
    public void Probabilities_far_out_are_exact()
    {
        var single = new PredictiveDistribution(["a"], new double[,,] { { { 0 } } }, new double[,] { { 1 } });
        Assert.Equal(1, single.ProbabilityAbove(30)[0, 0] / 4.906713927148187e-198, 1e-12);
        Assert.Equal(1, single.ProbabilityAbove(-30)[0, 0]);
    }

    [Fact]
    public void A_single_point_lies_above_or_not()
    {
        var point = new PredictiveDistribution(["a"], new double[,,] { { { 3 } } }, new double[,] { { 0 } });
        Assert.Equal(1, point.ProbabilityAbove(2)[0, 0]);
        Assert.Equal(0, point.ProbabilityAbove(3)[0, 0]);
    }

    [Fact]
    public void Draws_have_the_distributions_moments_and_one_particle_each()
    {
        const int count = 20_000;
        double[,,] draws = _prediction.Sample(count, seed: 4);
        for (int n = 0; n < 2; n++)
        {
            for (int o = 0; o < 2; o++)
            {
                double[] own = [.. Enumerable.Range(0, count).Select(draw => draws[draw, n, o])];
                double error = Math.Sqrt(_prediction.Variance[n, o] / count);
                Assert.InRange(own.Average(), _prediction.Mean[n, o] - (4 * error), _prediction.Mean[n, o] + (4 * error));
                Assert.Equal(0.3, own.Count(value => value <= _prediction.Quantile(0.3)[n, o]) / (double)count, 0.015);
            }
        }

        // Particles that are high for one target are for the other: the draws' covariance is the particles'.
        double covariance = Enumerable.Range(0, count).Average(k => (draws[k, 0, 0] - _prediction.Mean[0, 0]) * (draws[k, 0, 1] - _prediction.Mean[0, 1]));
        Assert.Equal(50.0 / 3, covariance, 1.5);
        Assert.Equal(draws, _prediction.Sample(count, seed: 4));
        Assert.NotEqual(draws, _prediction.Sample(count, seed: 5));
    }

    [Fact]
    public void Impossible_questions_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _prediction.Quantile(1));
        Assert.Throws<ArgumentException>(() => _prediction.ProbabilityAbove([1]));
        Assert.Throws<ArgumentException>(() => _prediction.ProbabilityAbove(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => _prediction.Sample(0));
    }

    [Fact]
    public void A_quantile_between_components_at_the_ends_of_doubles_is_found()
    {
        double median = new GaussianMixture([-1e308, 1e308], [1e290, 1e290]).Quantile(0.75);
        Assert.Equal(1, median / 1e308, 1e-9);
    }
}
