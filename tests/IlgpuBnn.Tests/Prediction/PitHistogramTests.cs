using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace IlgpuBnn.Tests.Prediction;

public sealed class PitHistogramTests
{
    private const int Seeds = 1000;

    [Theory]
    [InlineData(50)]
    [InlineData(500)]
    public void Uniform_values_are_called_uneven_at_the_nominal_rate(int count)
    {
        double[] found = PValues(random => PitHistogram.Of(Values(count, () => random.NextDouble())));

        // Four standard deviations of a binomial share of 1,000.
        Assert.InRange(found.Count(p => p < 0.05) / (double)Seeds, 0.05 - 0.028, 0.05 + 0.028);
        Assert.InRange(found.Count(p => p < 0.01) / (double)Seeds, 0, 0.01 + 0.013);
    }

    /// <summary>Errors in predictive standard deviations.</summary>
    [Theory]
    [InlineData(0.8, 1, Miscalibration.PredictsTooLow)]
    [InlineData(-0.8, 1, Miscalibration.PredictsTooHigh)]
    [InlineData(5, 1, Miscalibration.PredictsTooLow)]
    [InlineData(0, 2, Miscalibration.TooNarrow)]
    [InlineData(0, 50, Miscalibration.TooNarrow)]
    [InlineData(0, 0.5, Miscalibration.TooWide)]
    public void Shifted_and_misjudged_errors_are_called_what_they_are(double shift, double scale, Miscalibration expected)
    {
        int named = 0, found = 0;
        for (int seed = 1; seed <= 100; seed++)
        {
            var random = new Xoshiro256StarStar(seed, false);
            var histogram = PitHistogram.Of(Values(100, () => Normal.CDF(0, 1, Normal.Sample(random, shift, scale))));
            found += histogram.PValue < 0.01 ? 1 : 0;
            named += histogram.Departures[0] == expected ? 1 : 0;
        }

        Assert.InRange(found, 97, 100);
        Assert.InRange(named, 97, 100);
    }

    [Fact]
    public void Tails_and_skewness_are_told_from_spread()
    {
        Assert.Equal(Miscalibration.HeavyTails, Of(random => 0.6 * StudentT.Sample(random, 0, 1, 2)));
        Assert.Equal(Miscalibration.LightTails, Of(random => Math.Sqrt(3) * ((2 * random.NextDouble()) - 1)));
        Assert.Equal(Miscalibration.LongUpperTail, Of(random => Exponential.Sample(random, 1) - 1));
        Assert.Equal(Miscalibration.LongLowerTail, Of(random => 1 - Exponential.Sample(random, 1)));

        static Miscalibration Of(Func<Random, double> error)
        {
            var random = new Xoshiro256StarStar(8, false);
            var histogram = PitHistogram.Of(Values(1000, () => Normal.CDF(0, 1, error(random))));
            Assert.True(histogram.PValue < 0.01);
            return histogram.Departures[0];
        }
    }

    [Fact]
    public void Shift_and_spread_are_in_predictive_standard_deviations()
    {
        var random = new Xoshiro256StarStar(5, false);
        var histogram = PitHistogram.Of(Values(4000, () => Normal.CDF(0, 1, Normal.Sample(random, 0.5, 1.2))));
        Assert.Equal(0.5, histogram.Shift, 0.06);
        Assert.Equal(1.2, histogram.SpreadRatio, 0.05);
        Assert.Equal([Miscalibration.PredictsTooLow, Miscalibration.TooNarrow], histogram.Departures);
    }

    /// <summary>Of normal scores, as of several runs at each of some sites.</summary>
    [Theory]
    [InlineData(12, 20, 0.5)]
    [InlineData(50, 6, 0.8)]
    [InlineData(100, 3, 0.95)]
    [InlineData(50, 6, 0)]
    public void Rows_that_are_alike_raise_no_false_alarm(int groups, int size, double correlation)
    {
        double[] grouped = PValues(random => Correlated(groups, size, correlation, 0, random, true));
        Assert.InRange(grouped.Count(p => p < 0.05) / (double)Seeds, 0, 0.05 + 0.028);
        Assert.InRange(grouped.Count(p => p < 0.01) / (double)Seeds, 0, 0.01 + 0.013);
        if (correlation > 0)
        {
            double[] single = PValues(random => Correlated(groups, size, correlation, 0, random, false));
            Assert.InRange(single.Count(p => p < 0.01) / (double)Seeds, 0.2, 1);
        }
    }

    [Fact]
    public void A_shift_of_all_groups_is_found()
    {
        double[] found = PValues(random => Correlated(50, 6, 0.5, 1, random, true));
        Assert.InRange(found.Count(p => p < 0.01) / (double)Seeds, 0.95, 1);
    }

    [Fact]
    public void Values_that_are_repeated_say_no_more_than_once()
    {
        var random = new Xoshiro256StarStar(2, false);
        double[] once = Values(60, () => Math.Pow(random.NextDouble(), 1.4)), thrice = [.. once, .. once, .. once];
        int[] groups = [.. Enumerable.Range(0, 180).Select(i => i % 60)];
        PitHistogram single = PitHistogram.Of(once), repeated = PitHistogram.Of(thrice, groups);

        Assert.Equal(3, repeated.DesignEffect, 1e-9);
        Assert.Equal((3 * single.Band.Lower, 3 * single.Band.Upper), repeated.Band);
        Assert.Equal(single.Counts.Select(count => 3 * count), repeated.Counts);
        Assert.Equal(single.Departures, repeated.Departures);

        // How alike values are had to be estimated: it is less sure, not more.
        Assert.InRange(repeated.PValue / single.PValue, 1, 10);
    }

    [Fact]
    public void Counts_band_and_probability_are_those_worked_out_by_hand()
    {
        double[] pit = [.. Enumerable.Repeat(0.2, 60), double.NaN, .. Enumerable.Repeat(0.5, 20), .. Enumerable.Repeat(1.0, 20)];
        var histogram = PitHistogram.Of(pit, bins: 2);

        Assert.Equal([60, 40], histogram.Counts);
        Assert.Equal((100, 100, 1.0), (histogram.Count, histogram.GroupCount, histogram.DesignEffect));
        Assert.Equal((40.0, 60.0), histogram.Band);

        // X^2 = 4 with one degree of freedom.
        Assert.Equal(0.0455002638963584, histogram.PValue, 1e-12);
        PitHistogram alone = PitHistogram.Of(pit, [.. Enumerable.Range(0, pit.Length)], 2);
        Assert.Equal(histogram.PValue, alone.PValue);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(9, 2)]
    [InlineData(24, 4)]
    [InlineData(49, 9)]
    [InlineData(700, 10)]
    public void Few_values_have_fewer_bins_and_very_few_no_test(int count, int bins)
    {
        var random = new Xoshiro256StarStar(1, false);
        var histogram = PitHistogram.Of(Values(count, () => random.NextDouble()));
        Assert.Equal(bins, histogram.Counts.Count);
        Assert.Equal(count < 10, double.IsNaN(histogram.PValue));
        Assert.Equal(count, histogram.Counts.Sum());

        // As many rows, in few groups.
        Assert.True(double.IsNaN(PitHistogram.Of(new double[200], [.. Enumerable.Range(0, 200).Select(i => i % 9)]).PValue));
    }

    [Fact]
    public void Targets_of_a_row_are_a_group()
    {
        double[,] pit = new double[30, 3];
        var random = new Xoshiro256StarStar(1, false);
        for (int row = 0; row < 30; row++) pit[row, 0] = pit[row, 1] = pit[row, 2] = random.NextDouble();
        pit[4, 1] = double.NaN;
        var pooled = PitHistogram.Pooled(pit);

        Assert.Equal((89, 30), (pooled.Count, pooled.GroupCount));
        Assert.InRange(pooled.DesignEffect, 2.9, 3);
        Assert.Equal(29, PitHistogram.OfTarget(pit, 1).Count);
        Assert.Equal(10, PitHistogram.Pooled(pit, [.. Enumerable.Range(0, 30).Select(row => row / 3)]).GroupCount);
    }

    [Fact]
    public void What_is_no_probability_is_refused()
    {
        Assert.Contains("1.5", Assert.Throws<ArgumentException>(() => PitHistogram.Of([0.5, 1.5])).Message, StringComparison.Ordinal);
        Assert.Contains("2 values and 1 groups", Assert.Throws<ArgumentException>(() => PitHistogram.Of([0.5, 0.5], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => PitHistogram.Of([0.5], bins: 1));
    }

    private static double[] PValues(Func<Random, PitHistogram> histogram) =>
        [.. Enumerable.Range(1, Seeds).Select(seed => histogram(new Xoshiro256StarStar(seed, false)).PValue)];

    private static double[] Values(int count, Func<double> next) => [.. Enumerable.Range(0, count).Select(_ => next())];

    private static PitHistogram Correlated(int groups, int size, double correlation, double shift, Random random, bool known)
    {
        List<double> pit = [];
        List<int> ids = [];
        for (int group = 0; group < groups; group++)
        {
            double shared = Normal.Sample(random, 0, 1);

            // Sizes differ, from half to one and a half of what is given.
            int own = size - (size / 2) + random.Next(size + 1);
            for (int i = 0; i < own; i++)
            {
                pit.Add(Normal.CDF(0, 1, shift + (Math.Sqrt(correlation) * shared) + (Math.Sqrt(1 - correlation) * Normal.Sample(random, 0, 1))));
                ids.Add(group);
            }
        }

        return PitHistogram.Of(pit, known ? ids : null);
    }
}
