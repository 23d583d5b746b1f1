using IlgpuBnn.Analysis;

namespace IlgpuBnn.Tests.Analysis;

public sealed class SensitivityTests
{
    // Three times the root mean square error that was measured for 4,096 points, of first-order and of total indices.
    private const double IshigamiError = 0.0123, SobolGError = 0.0075;

    public static TheoryData<int> Seeds => [0, 1, 2, 3, 4];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Indices_of_known_functions_are_theirs(int seed)
    {
        AssertIndices(KnownFunctions.IshigamiSurrogate(), seed, KnownFunctions.IshigamiFirst, KnownFunctions.IshigamiTotal, IshigamiError);
        AssertIndices(KnownFunctions.SobolGSurrogate(), seed, KnownFunctions.SobolGFirst, KnownFunctions.SobolGTotal, SobolGError);
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(1e-6, 0)]
    [InlineData(1e-6, 1000)]
    public void A_constant_added_or_another_unit_changes_nothing(double scale, double shift)
    {
        AssertIndices(KnownFunctions.IshigamiSurrogate(scale, shift), 0, KnownFunctions.IshigamiFirst, KnownFunctions.IshigamiTotal, IshigamiError);
        AssertIndices(KnownFunctions.SobolGSurrogate(scale, shift), 0, KnownFunctions.SobolGFirst, KnownFunctions.SobolGTotal, SobolGError);
    }

    [Fact]
    public void Sampling_errors_are_of_the_size_of_the_errors()
    {
        double[] ratios = [.. Enumerable.Range(0, 10).SelectMany(seed =>
        {
            var own = SensitivityAnalysis.Of(KnownFunctions.IshigamiSurrogate(), new SensitivityOptions { Seed = 10 + seed, BasePoints = 4096 });
            return Enumerable.Range(0, 3).Select(i => (own.Total[i, 0] - KnownFunctions.IshigamiTotal[i]) / own.TotalSamplingError[i, 0]);
        })];
        Assert.InRange(Math.Sqrt(ratios.Average(own => own * own)), 0.5, 2);
    }

    [Fact]
    public void Of_a_sum_first_and_total_indices_agree_and_add_up_to_one()
    {
        var analysis = SensitivityAnalysis.Of(KnownFunctions.Of(3, new Uniform(0, 1), x => x[0] + (2 * x[1] * x[1]) + Math.Exp(x[2])), new SensitivityOptions());
        Assert.Equal(1, Enumerable.Range(0, 3).Sum(i => analysis.First[i, 0]), 5e-3);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(analysis.First[i, 0], analysis.Total[i, 0], 5e-3));
    }

    [Fact]
    public void A_group_takes_part_as_one_and_what_is_fixed_not_at_all()
    {
        // x0 and x2 interact with each other only: together they are additive.
        var grouped = SensitivityAnalysis.Of(
            KnownFunctions.IshigamiSurrogate(), new SensitivityOptions { Groups = new Dictionary<string, IReadOnlyList<string>> { ["both"] = ["x0", "x2"] } });
        Assert.Equal(["x1", "both"], grouped.FactorNames);
        Assert.Equal(1 - KnownFunctions.IshigamiFirst[1], grouped.First[1, 0], IshigamiError);
        Assert.Equal(1 - KnownFunctions.IshigamiFirst[1], grouped.Total[1, 0], IshigamiError);

        Surrogate all = KnownFunctions.IshigamiSurrogate();
        var some = new Surrogate(
            new InputDistributions(all.Inputs.Names, [new Uniform(-Math.PI, Math.PI), new Uniform(-Math.PI, Math.PI), new Fixed(0)]), ["y"], 1,
            rows => KnownFunctions.IshigamiSurrogate().At(Back(rows)), (rows, _) => new double[rows.GetLength(0), 1]);
        var analysis = SensitivityAnalysis.Of(some, new SensitivityOptions());
        Assert.Equal(["x0", "x1"], analysis.FactorNames);

        // sin x0 + 7 sin^2 x1: variances 1/2 and 49/8.
        Assert.Equal(0.5 / (0.5 + 6.125), analysis.First[0, 0], IshigamiError);

        static double[,] Back(double[,] rows)
        {
            var points = (double[,])rows.Clone();
            for (int k = 0; k < points.Length; k++)
            {
                points[k / 3, k % 3] = (points[k / 3, k % 3] + Math.PI) / (2 * Math.PI);
            }

            return points;
        }
    }

    [Fact]
    public void A_target_that_does_not_vary_has_no_indices()
    {
        foreach (double value in new[] { 0.0, 1e6 / 3 })
        {
            var analysis = SensitivityAnalysis.Of(KnownFunctions.Of(2, new Uniform(0, 1), _ => value), new SensitivityOptions());
            Assert.True(double.IsNaN(analysis.First[0, 0]) && double.IsNaN(analysis.Total[1, 0]));
            Assert.Equal(0, analysis.Variance[0]);
        }
    }

    [Fact]
    public void Particles_that_disagree_widen_the_interval()
    {
        Surrogate surrogate = KnownFunctions.Of(2, new Uniform(0, 1), x => x[0] + x[1], x => x[0] + (2 * x[1]), x => x[0] + (3 * x[1]));
        var analysis = SensitivityAnalysis.Of(surrogate, new SensitivityOptions());

        // First-order indices of x0: 1/2, 1/5, 1/10 of the particles, 1/5 of their mean.
        double[] own = [0.5, 0.2, 0.1];
        double deviation = Math.Sqrt(own.Sum(value => Math.Pow(value - own.Average(), 2)) / 2);
        Assert.Equal(0.2, analysis.First[0, 0], 2e-3);
        Assert.Equal(2 * deviation, analysis.FirstSurrogateError[0, 0], 5e-3);
        Assert.Equal(1.645 * 2 * deviation, analysis.HalfWidth(0, 0, total: false), 2e-2);
    }

    [Fact]
    public void Of_a_trained_model_indices_are_those_of_the_function_that_it_learnt()
    {
        Dataset data = Runs.Of(200, 2, 3, (_, x) => [x[0] + (0.5 * x[1]), 5]);
        BayesianNetwork model = BayesianNetwork.Fit(data, new TrainingOptions { HiddenUnits = [10], MaxIterations = 600 });
        SensitivityAnalysis analysis = SensitivityAnalysis.Of(model);
        Assert.Equal(0.8, analysis.First[0, 0], 0.03);
        Assert.Equal(0.2, analysis.Total[1, 0], 0.03);
        Assert.True(double.IsNaN(analysis.First[0, 1]));
        Assert.InRange(analysis.NoiseShare[0], 0, 0.05);
        Assert.Equal(0, analysis.ShareOutside);

        var wider = new InputDistributions(model.InputNames, [new Gaussian(0, 5), new Uniform(-1, 1)]);
        Assert.InRange(SensitivityAnalysis.Of(model, wider).ShareOutside, 0.3, 1);
        Assert.Contains("of a, b", Assert.Throws<ArgumentException>(
            () => SensitivityAnalysis.Of(model, new InputDistributions(["a", "b"], [new Uniform(0, 1), new Uniform(0, 1)]))).Message);
    }

    [Fact]
    public void Nonsense_is_refused()
    {
        Refused("a power of two", new SensitivityOptions { BasePoints = 1000 });
        Refused("\"x9\", which is no input", new SensitivityOptions { Groups = new Dictionary<string, IReadOnlyList<string>> { ["g"] = ["x9"] } });
        Refused("in another group already", new SensitivityOptions { Groups = new Dictionary<string, IReadOnlyList<string>> { ["g"] = ["x0"], ["h"] = ["x0"] } });
        Assert.Contains("Every input is fixed", Assert.Throws<ArgumentException>(
            () => SensitivityAnalysis.Of(KnownFunctions.Of(2, new Fixed(1), _ => 1), new SensitivityOptions())).Message);

        static void Refused(string message, SensitivityOptions options) => Assert.Contains(
            message, Assert.Throws<ArgumentException>(() => SensitivityAnalysis.Of(KnownFunctions.IshigamiSurrogate(), options)).Message);
    }

    [Fact]
    public void Screening_ranks_as_it_should_and_sees_what_is_linear()
    {
        var screening = MorrisScreening.Of(KnownFunctions.Of(3, new Uniform(0, 2), x => (3 * x[0]) + (x[1] * x[1]) + 7), 20, 0);

        // Per unit of probability: slopes of a range of 2.
        Assert.Equal(6, screening.MeanAbsolute[0, 0], 1e-9);
        Assert.Equal(0, screening.StandardDeviation[0, 0], 1e-9);
        Assert.True(screening.StandardDeviation[1, 0] > 0.1);
        Assert.Equal(0, screening.MeanAbsolute[2, 0], 1e-12);
    }

    [Fact]
    public void Local_effects_are_the_curve_about_its_mean()
    {
        IReadOnlyList<LocalEffects> curves = LocalEffects.Of(KnownFunctions.Of(2, new Uniform(-1, 1), x => (x[0] * x[0]) + x[1], x => (x[0] * x[0]) + (2 * x[1])), 0);
        Assert.Equal(["x0", "x1"], curves.Select(own => own.InputName));
        for (int k = 1; k < 20; k++)
        {
            double x = curves[0].Values[k];
            Assert.Equal(-1 + (k / 10.0), x, 1e-12);
            Assert.Equal((x * x) - (1.0 / 3), curves[0].Mean[k, 0], 0.01);
            Assert.Equal(0, curves[0].StandardDeviation[k, 0], 1e-9);
            Assert.Equal(1.5 * x, curves[1].Mean[k, 0], 0.01);
            Assert.Equal(Math.Abs(x) / Math.Sqrt(2), curves[1].StandardDeviation[k, 0], 0.01);
        }
    }

    /// <summary>Along x0 Ishigami's function is (1 + x2^4 / 10) sin x0, whatever x1 is.</summary>
    [Fact]
    public void Curves_of_pairs_differ_by_their_interaction_alone()
    {
        IReadOnlyList<InteractionEffects> pairs = InteractionEffects.Of(KnownFunctions.IshigamiSurrogate(), [(0, 2), (0, 1), (2, 0)], 0);
        Assert.Equal([("x0", "x2"), ("x0", "x1"), ("x2", "x0")], pairs.Select(own => (own.InputName, own.OtherName)));
        Assert.Equal([-0.9 * Math.PI, 0, 0.9 * Math.PI], pairs[0].OtherValues, (a, b) => Math.Abs(a - b) < 1e-12);
        for (int k = 1; k < 20; k++)
        {
            double x = pairs[0].Curves[0].Values[k];
            for (int level = 0; level < 3; level++)
            {
                Assert.Equal((1 + (0.1 * Math.Pow(pairs[0].OtherValues[level], 4))) * Math.Sin(x), pairs[0].Curves[level].Mean[k, 0], 0.15);
                Assert.Equal(pairs[1].Curves[0].Mean[k, 0], pairs[1].Curves[level].Mean[k, 0], 1e-9);
            }
        }

        // The curves' factors are 7.39, 1 and 7.39; the root mean square of a sine is the root of a half.
        Assert.Equal(0.1 * Math.Pow(0.9 * Math.PI, 4) * Math.Sqrt(2.0 / 9) * Math.Sqrt(0.5), pairs[0].Strength(0), 0.1);
        Assert.Equal(0, pairs[1].Strength(0), 1e-9);
    }

    [Fact]
    public void Pairs_without_curves_are_refused_with_those_that_have_some()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(20), new TrainingOptions { MaxIterations = 2, Method = new AnchoredEnsemble { Particles = 2, Folds = 0 } });
        string first = model.InputNames[0], second = model.InputNames[1];
        Assert.Single(InteractionEffects.Of(model, [(first, second)]));
        AssertRefused($"{first} by {first}: they are the same. Give two of {first}, {second}", (first, first));
        AssertRefused("wind is no input that varies", (first, "wind"));

        void AssertRefused(string reason, (string, string) pair) =>
            Assert.Contains(reason, Assert.Throws<ArgumentException>(() => InteractionEffects.Of(model, [pair])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Uncertainty_of_inputs_and_of_the_surrogate_come_out_apart()
    {
        // y = x + 1 and y = x - 1, x normal: inputs 4, surrogate 1, no noise.
        var forward = ForwardUncertainty.Of(KnownFunctions.Of(1, new Gaussian(3, 2), x => x[0] + 1, x => x[0] - 1), 4096, 0);
        Assert.Equal(3, forward.Mean[0], 0.01);
        Assert.Equal(4, forward.InputVariance[0], 0.02);
        Assert.Equal(1, forward.SurrogateVariance[0], 1e-9);
        Assert.Equal(0, forward.NoiseVariance[0]);
        Assert.Equal(Math.Sqrt(2), forward.MeanError[0], 1e-9);
        (double probability, double error) = forward.ProbabilityAbove(0, 3);
        Assert.Equal(0.5, probability, 0.005);
        Assert.Equal((MathNet.Numerics.Distributions.Normal.CDF(0, 1, 0.5) - 0.5) * Math.Sqrt(2), error, 0.005);
        Assert.Equal(3, forward.Quantile(0, 0.5), 0.02);
        Assert.True(forward.Quantile(0, 0.95) > 3 + (1.645 * 2));
        Assert.Throws<ArgumentException>(() => ForwardUncertainty.Of(KnownFunctions.IshigamiSurrogate(), 100, 0));
    }

    private static void AssertIndices(Surrogate surrogate, int seed, double[] first, double[] total, double error)
    {
        var analysis = SensitivityAnalysis.Of(surrogate, new SensitivityOptions { Seed = seed });
        for (int i = 0; i < first.Length; i++)
        {
            Assert.Equal(first[i], analysis.First[i, 0], error);
            Assert.Equal(total[i], analysis.Total[i, 0], error);
        }
    }
}
