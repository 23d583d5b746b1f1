namespace IlgpuBnn.Tests.Prediction;

public class PredictiveDistributionTests
{
    [Fact]
    public void Moments_are_those_of_the_mixture()
    {
        PredictiveDistribution prediction = new(
            ["a", "b"],
            new double[,,] { { { 1, 10 }, { 2, 20 }, { 3, 30 } }, { { 3, 10 }, { 8, 20 }, { 3, 34 } } },
            new double[,] { { 0.5, 4 }, { 1.5, 8 } });

        Assert.Equal(new double[,] { { 2, 10 }, { 5, 20 }, { 3, 32 } }, prediction.Mean);
        Assert.Equal(new double[,] { { 1, 6 }, { 1, 6 }, { 1, 6 } }, prediction.AleatoricVariance);
        Assert.Equal(new double[,] { { 1, 0 }, { 9, 0 }, { 0, 4 } }, prediction.EpistemicVariance);
        Assert.Equal(new double[,] { { 2, 6 }, { 10, 6 }, { 1, 10 } }, prediction.Variance);
    }

    [Fact]
    public void Epistemic_scales_move_outputs_away_from_their_mean()
    {
        PredictiveDistribution prediction = new(
            ["a", "b"], new double[,,] { { { 1, 10 } }, { { 3, 20 } } }, new double[,] { { 1, 1 }, { 1, 1 } }, [0.5, 3]);
        Assert.Equal(new double[,] { { 2, 15 } }, prediction.Mean);
        Assert.Equal(new double[,] { { 0.25, 225 } }, prediction.EpistemicVariance);
        Assert.Equal(new double[,,] { { { 1.5, 0 } }, { { 2.5, 30 } } }, prediction.ParticleOutputs);
    }

    [Fact]
    public void Noise_changes_with_the_prediction_as_far_as_its_line_reaches()
    {
        // Means of 2, 6 and 100; the target's are 4 with a standard deviation of 2: one below, one above, and beyond the end.
        PredictiveDistribution prediction = new(
            ["a"], new double[,,] { { { 1 }, { 6 }, { 100 } }, { { 3 }, { 6 }, { 100 } } }, new double[,] { { 4 }, { 1 } }, null, [new VarianceFunction(4, 2, 0.5)]);
        double[] factors = [Math.Exp(-0.5), Math.Exp(0.5), Math.E];
        double[,] pit = prediction.Pit(new double[,] { { 2.2 }, { 6.4 }, { 103 } });
        (double[,] lower, double[,] upper) = prediction.Interval(0.8);
        Scores scores = Scores.Evaluate(prediction, new double[,] { { 2.2 }, { 6.4 }, { 103 } });
        double logScore = 0;
        for (int row = 0; row < 3; row++)
        {
            double[] means = row == 0 ? [1, 3] : row == 1 ? [6, 6] : [100, 100];
            GaussianMixture expected = new(means, [2 * factors[row], factors[row]]);
            double y = row == 0 ? 2.2 : row == 1 ? 6.4 : 103;
            Numbers.AssertClose(2.5 * factors[row] * factors[row], prediction.AleatoricVariance[row, 0], absolute: 0, relative: 1e-14);
            Numbers.AssertClose(expected.Cdf(y), pit[row, 0], absolute: 1e-14, relative: 0);
            Numbers.AssertClose(expected.Quantile(0.1), lower[row, 0], absolute: 0, relative: 1e-10);
            Numbers.AssertClose(expected.Quantile(0.9), upper[row, 0], absolute: 0, relative: 1e-10);
            logScore += expected.LogDensity(y) / 3;
        }

        Numbers.AssertClose(1 + 2.5 * factors[0] * factors[0], prediction.Variance[0, 0], absolute: 0, relative: 1e-14);
        Numbers.AssertClose(logScore, scores.PerTarget[0].LogScore, absolute: 1e-13, relative: 0);
    }

    [Fact]
    public void Effective_particles_are_the_ways_in_which_they_deviate()
    {
        // Of three targets, each in units of its own: four particles in four corners, and four on one line.
        double[,,] corners = new double[4, 1, 3], line = new double[4, 1, 3];
        for (int s = 0; s < 4; s++)
        {
            (corners[s, 0, 0], corners[s, 0, 1], corners[s, 0, 2]) = (s < 2 ? 1 : -1, s % 2 == 0 ? 100 : -100, s is 0 or 3 ? 0.01 : -0.01);
            (line[s, 0, 0], line[s, 0, 1], line[s, 0, 2]) = (s, 100 * s, -s);
        }

        Numbers.AssertClose(4, Of(corners).EffectiveParticles(), absolute: 1e-12, relative: 0);
        Numbers.AssertClose(2, Of(line).EffectiveParticles(), absolute: 1e-12, relative: 0);
        Numbers.AssertClose(1, Of(new double[4, 1, 3]).EffectiveParticles(), absolute: 0, relative: 0);

        static PredictiveDistribution Of(double[,,] outputs) => new(["a", "b", "c"], outputs, new double[4, 3]);
    }

    [Fact]
    public void Epistemic_variance_survives_a_large_offset()
    {
        // Mean square less squared mean would leave nothing of it: 1e18 is carried in steps of 128.
        PredictiveDistribution prediction = new(["a"], new double[,,] { { { 1e9 - 1 } }, { { 1e9 } }, { { 1e9 + 1 } } }, new double[3, 1]);
        Numbers.AssertClose(2.0 / 3, prediction.EpistemicVariance[0, 0], absolute: 0, relative: 1e-12);
    }

    [Fact]
    public void Interval_follows_the_mixture_and_not_its_standard_deviation()
    {
        // Two narrow humps at 0 and 10: half the mass in each, so 90 % lies between their own outer 10 % quantiles.
        PredictiveDistribution prediction = new(["a"], new double[,,] { { { 0 } }, { { 10 } } }, new double[,] { { 0.01 }, { 0.01 } });
        (double[,] lower, double[,] upper) = prediction.Interval(0.9);
        // Quantiles are good to 1e-11 of the narrowest standard deviation, 0.1.
        Numbers.AssertClose(-0.128155156554460, lower[0, 0], absolute: 2e-12, relative: 0);
        Numbers.AssertClose(10.12815515655446, upper[0, 0], absolute: 2e-12, relative: 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(95)]
    [InlineData(double.NaN)]
    public void Interval_refuses_a_level_outside_0_and_1(double level) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SinglePoint().Interval(level));

    [Fact]
    public void Single_point_has_no_variance_no_width_and_no_transform()
    {
        PredictiveDistribution prediction = SinglePoint();
        Assert.Equal(new double[1, 1], prediction.Variance);
        Assert.Equal(new double[,] { { 0.1 } }, prediction.Interval(0.5).Lower);
        Assert.Equal(new double[,] { { 0.1 } }, prediction.Interval(0.5).Upper);
        Assert.Equal(new double[,] { { double.NaN } }, prediction.Pit(new double[,] { { 0.1 } }));
    }

    [Fact]
    public void Construction_names_the_output_that_is_not_finite()
    {
        string message = Assert.Throws<ArgumentException>(
            () => new PredictiveDistribution(["a", "b"], new double[,,] { { { 1, 2 }, { 3, double.NaN } } }, new double[1, 2])).Message;
        Assert.StartsWith("Row 1, target \"b\": particle 0 predicts NaN.", message);
    }

    [Fact]
    public void Construction_refuses_a_negative_noise_variance()
    {
        string message = Assert.Throws<ArgumentException>(
            () => new PredictiveDistribution(["a"], new double[2, 1, 1], new double[,] { { 1 }, { -2 } })).Message;
        Assert.StartsWith("Particle 1 has the noise variance -2 for target \"a\".", message);
    }

    [Fact]
    public void Construction_refuses_shapes_that_do_not_fit()
    {
        Assert.Throws<ArgumentException>(() => new PredictiveDistribution(["a"], new double[2, 3, 2], new double[2, 2]));
        Assert.Throws<ArgumentException>(() => new PredictiveDistribution(["a"], new double[2, 3, 1], new double[1, 1]));
        Assert.Throws<ArgumentException>(() => new PredictiveDistribution(["a"], new double[2, 3, 1], new double[2, 2]));
        Assert.Throws<ArgumentException>(() => new PredictiveDistribution(["a"], new double[0, 3, 1], new double[0, 1]));
    }

    private static PredictiveDistribution SinglePoint() => new(["a"], new double[,,] { { { 0.1 } } }, new double[1, 1]);
}
