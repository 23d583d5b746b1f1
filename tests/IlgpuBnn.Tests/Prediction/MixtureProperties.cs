using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace IlgpuBnn.Tests.Prediction;

/// <summary>What holds of every mixture: of any scale, with point masses, on the scale of any transform.</summary>
[Properties(Arbitrary = [typeof(MixtureProperties)], MaxTest = 300, Replay = "11,29")]
public sealed class MixtureProperties
{
    /// <summary>Accuracy of a probability, which quantiles found to 1e-11 of the narrowest deviation and rounding leave.</summary>
    private const double Close = 1e-7;

    public static Arbitrary<Mixture> Mixtures() => Arb.From(
        from count in Gen.Choose(1, 8)
        from magnitude in Gen.Choose(-6, 6)
        from means in Unit().ArrayOf(count)
        from deviations in Gen.Frequency((9, Unit().Select(u => Math.Pow(10, (1.5 * u) - 1))), (1, Gen.Constant(0.0))).ArrayOf(count)
        from transform in Gen.Elements<TargetTransform>(
            new IdentityTransform(), new LogTransform(), new SquareRootTransform(), new LogitTransform(), new YeoJohnsonTransform(0.4, 2),
            new LimitedTransform(new IdentityTransform(), -0.3, 0.4), new LimitedTransform(new LogTransform(), 0.6, null))
            // Exponentials of what lies further from 0 overflow.
        let scale = transform is IdentityTransform ? Math.Pow(10, magnitude) : 1
        select new Mixture([.. means.Select(mean => mean * scale)], [.. deviations.Select(deviation => deviation * scale)], transform));

    public static Arbitrary<Probability> Probabilities() => Arb.From(
        Gen.OneOf(Unit().Select(u => 0.5 + (0.499 * u)), Gen.Choose(2, 9).SelectMany(k => Gen.Elements(Math.Pow(10, -k), 1 - Math.Pow(10, -k)))).Select(p => new Probability(p)));

    [Property]
    public void Quantiles_rise_with_the_probability(Mixture mixture, Probability one, Probability other)
    {
        double low = Math.Min(one.Value, other.Value), high = Math.Max(one.Value, other.Value);
        Assert.True(mixture.Quantile(low) <= mixture.Quantile(high) + mixture.Rounding(high), $"{mixture.Quantile(low):R} at {low:R}, {mixture.Quantile(high):R} at {high:R}");
        double[,] ofTable = mixture.Table().Quantile(low), above = mixture.Table().Quantile(high);
        Assert.True(ofTable[0, 0] <= above[0, 0] + mixture.Rounding(high));
        Numbers.AssertClose(mixture.Quantile(low), ofTable[0, 0], absolute: mixture.Rounding(low), relative: 0);
    }

    /// <summary>The smallest value whose CDF reaches the probability, also where the CDF jumps or stays.</summary>
    [Property]
    public void A_quantile_is_where_the_CDF_reaches_its_probability(Mixture mixture, Probability probability)
    {
        double quantile = mixture.Quantile(probability.Value), rounding = mixture.Rounding(probability.Value);
        Assert.InRange(mixture.Cdf(quantile + rounding), probability.Value - Close, 1);
        Assert.InRange(mixture.Cdf(quantile - rounding), 0, probability.Value + Close);
        Assert.Equal(1, mixture.Cdf(quantile) + mixture.ProbabilityAbove(quantile), 1e-12);
    }

    /// <remarks>5 standard deviations of a fraction, and what rounding puts on the other side of a jump.</remarks>
    [Property(MaxTest = 60)]
    public void Draws_lie_below_a_quantile_as_often_as_it_says(Mixture mixture, Probability probability, int seed)
    {
        const int draws = 2000;
        double[,,] sample = mixture.Table().Sample(draws, seed);
        double quantile = mixture.Quantile(probability.Value), rounding = mixture.Rounding(probability.Value);
        double from = 1 - mixture.ProbabilityAbove(quantile - (2 * rounding)), to = mixture.Cdf(quantile + (2 * rounding));
        int below = Enumerable.Range(0, draws).Count(k => sample[k, 0, 0] <= quantile + rounding);
        Assert.InRange(below / (double)draws, from - Error(from), to + Error(to));

        static double Error(double p) => 5 * Math.Sqrt(Math.Max(p * (1 - p), 1.0 / draws) / draws);
    }

    private static Gen<double> Unit() => Gen.Choose(-1_000_000, 1_000_000).Select(k => k / 1e6);

    public sealed record Probability(double Value);

    public sealed record Mixture(double[] Means, double[] Deviations, TargetTransform Transform)
    {
        public double Quantile(double probability) => new GaussianMixture(Means, Deviations, Transform).Quantile(probability);

        public double Cdf(double x) => new GaussianMixture(Means, Deviations, Transform).Cdf(x);

        public double ProbabilityAbove(double x) => new GaussianMixture(Means, Deviations, Transform).ProbabilityAbove(x);

        public PredictiveDistribution Table()
        {
            double[,,] outputs = new double[Means.Length, 1, 1];
            double[,] variances = new double[Means.Length, 1];
            for (int k = 0; k < Means.Length; k++)
            {
                (outputs[k, 0, 0], variances[k, 0]) = (Means[k], Deviations[k] * Deviations[k]);
            }

            return new PredictiveDistribution(["y"], outputs, variances, transforms: [Transform]);
        }

        /// <summary>By how much a quantile may be off.</summary>
        public double Rounding(double probability) => (1e-9 * Math.Abs(Quantile(probability))) + (Transform is IdentityTransform ? 1e-9 * Deviations.Max() : 1e-12);

        public override string ToString() => $"means {string.Join(", ", Means)}; deviations {string.Join(", ", Deviations)}; {Transform}";
    }
}
