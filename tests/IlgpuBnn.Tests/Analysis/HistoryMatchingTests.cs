using IlgpuBnn.Analysis;

namespace IlgpuBnn.Tests.Analysis;

[Long]
public sealed class HistoryMatchingTests
{
    private static readonly double[] _truth = [0.75, 0.35, 0.6, 0.4];
    private static readonly Func<double[], double>[] _simulator = [x => FirstOutput(x), x => SecondOutput(x)];
    private static readonly Observations _observed = new([new Observation("y0", FirstOutput(_truth), 0.05), new Observation("y1", SecondOutput(_truth), 0.05)]);

    [Fact]
    public void Surrogate_without_variance_leaves_the_exact_volume()
    {
        HistoryMatching result = Match(_observed, Of(4, _simulator));

        // By 2^20 Sobol points, and two million random ones.
        Assert.Equal(0.0362, result.Volume, 3 * result.Waves[0].VolumeError);
        Assert.Equal(Math.Sqrt(0.0362 * (1 - 0.0362) / 65_536), result.Waves[0].VolumeError, 1e-4);
        Assert.All(Rows(result.Remaining), x => Assert.True(Math.Abs(FirstOutput(x) - FirstOutput(_truth)) <= 0.15 && Math.Abs(SecondOutput(x) - SecondOutput(_truth)) <= 0.15));
        Assert.Equal((int)Math.Round(result.Volume * 65_536), result.Remaining.GetLength(0));
        Assert.InRange(result.Least.Implausibility, 0, 0.2);
        Assert.Equal(1, result.Observations.Sum(own => own.ShareRuledOut), 1e-9);
        Assert.True(result.HasConverged);
        Assert.Contains("single network", Assert.Single(result.Warnings));
    }

    [Fact]
    public void Maps_add_up_to_the_volume_and_agree_with_each_other()
    {
        HistoryMatching result = Match(_observed, Of(4, _simulator));
        Assert.Equal(6, result.Maps.Pairs.Count);
        Assert.All(result.Maps.Pairs, pair =>
        {
            Assert.Equal(result.Volume, pair.Depth.Cast<double>().Average(), 5e-4);
            Assert.All(pair.Depth.Cast<double>().Zip(pair.Least.Cast<double>()), bin => Assert.Equal(bin.First > 0, bin.Second <= 3));
        });
        ImplausibilityMap first = result.Maps.Pairs.Single(pair => (pair.First, pair.Second) == (1, 0));

        // t2 = 1 and t1 = 1 make y1 far too large, and the truth is not.
        Assert.InRange(first.Least[29, 29], 10, 1000);
        Assert.InRange(first.Least[(int)(30 * _truth[1]), (int)(30 * _truth[0])], 0, 1);
        Assert.All(result.Maps.Depths, depth => Assert.Equal(result.Volume, depth.Average(), 2e-3));
    }

    [Fact]
    public void Surrogates_deviations_and_noise_keep_inputs_from_being_ruled_out()
    {
        // 2 * 3 * sqrt(e^2 + D^2 + C + n^2) of [0, 1].
        Surrogate surrogate = Of(new InputDistributions(["x0"], [new Uniform(0, 1)]), [[x => x[0] + 0.02, x => x[0] - 0.02]], 0.03 * 0.03);
        HistoryMatching result = Match(new Observations([new Observation("y0", 0.5, 0.01, 0.04)]), surrogate);
        Assert.Equal(6 * Math.Sqrt(0.0001 + 0.0016 + 0.0004 + 0.0009), result.Volume, 1e-3);
        Assert.Equal((0.0004 + 0.0009) / (0.0001 + 0.0016), result.Observations[0].VarianceRatio, 1e-9);
        Assert.False(result.HasConverged);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void Later_waves_bring_nothing_back()
    {
        Surrogate early = Of(1, [x => x[0]]), late = Of(1, [x => x[0] - 0.2]);
        var observations = new Observations([new Observation("y0", 0.4, 0.1)]);
        HistoryMatching result = Match(observations, early, late);

        // 0.1 to 0.7, then 0.3 to 0.9.
        Assert.Equal(0.6, result.Waves[0].Volume, 1e-3);
        Assert.Equal(0.4, result.Volume, 1e-3);
        Assert.All(Rows(result.Remaining), x => Assert.InRange(x[0], 0.3, 0.7));
        Assert.Equal(result.Volume, Match(observations, late, early).Volume, 1e-9);
    }

    [Fact]
    public void A_wave_holds_only_the_targets_that_it_has_against_itself()
    {
        Surrogate all = Of(2, [x => x[0], x => x[1]]), second = new(all.Inputs, ["y1"], 1, rows => Filled(rows, [[x => x[1]]]), (rows, _) => new double[rows.GetLength(0), 1]);
        HistoryMatching result = Match(new Observations([new Observation("y1", 0.5, 0.05), new Observation("y0", 0.5, 0.05)]), second, all);
        Assert.Equal(0.3, result.Waves[0].Volume, 1e-3);
        Assert.Equal(0.09, result.Volume, 1e-3);
        Assert.Equal([0, 0], result.Observations.Select(own => own.VarianceRatio));
        Assert.Equal(0.7 / 0.91, result.Observations[0].ShareRuledOut, 0.01);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_is_too_rare_for_chance_is_found(int seed)
    {
        Observation[] observed = [new("y0", 0.5, 0.004), new("y1", 0.3, 0.006), new("y2", 0.8, 0.005)];
        HistoryMatching result = Match(new Observations(observed), new HistoryMatchingOptions { Seed = seed, Points = 1024 }, Of(3, [x => x[0], x => x[1], x => x[2]]));
        double exact = observed.Aggregate(1.0, (product, own) => product * 6 * own.StandardDeviation);
        Assert.InRange(result.Volume, 0.85 * exact, 1.15 * exact);
        Assert.InRange(Math.Abs(result.Volume - exact), 0, 6 * result.Waves[0].VolumeError);
        Assert.InRange(result.Remaining.GetLength(0), 3000, 12_288);
        Assert.All(Rows(result.Remaining), x => Assert.True(Math.Abs(x[0] - 0.5) <= 0.012 && Math.Abs(x[1] - 0.3) <= 0.018 && Math.Abs(x[2] - 0.8) <= 0.015));
        Assert.Equal(0.5, Rows(result.Remaining).Average(x => x[0]), 0.0015);
    }

    [Fact]
    public void One_observation_may_be_wrong_by_rank_and_all_together_by_the_joint_test()
    {
        Surrogate surrogate = Of(2, [x => x[0], x => x[1], x => x[0]]);
        var observations = new Observations([new Observation("y0", 0.5, 0.05), new Observation("y1", 0.5, 0.05), new Observation("y2", 9, 0.05)]);
        Assert.Equal(0, Match(observations, surrogate).Volume);
        Assert.Equal(0.09, Match(observations, new HistoryMatchingOptions { Rank = 2 }, surrogate).Volume, 2e-3);

        // A disk of radius 0.05 sqrt(10.60) in place of a square of 0.3; its corners are cut off, and nothing lies in between.
        Observations two = observations.At([0, 1]);
        Assert.Equal(Math.PI * 0.0025 * 10.597, Match(two, new HistoryMatchingOptions { JointTest = true, Threshold = 5 }, surrogate).Volume, 2e-3);
        Assert.Equal(0.25, Match(two, new HistoryMatchingOptions { Threshold = 5 }, surrogate).Volume, 2e-3);
    }

    [Fact]
    public void Next_runs_are_spread_over_what_remains()
    {
        HistoryMatching result = Match(_observed, new HistoryMatchingOptions { NextRuns = 20 }, Of(4, _simulator));
        double[][] runs = Rows(result.NextRuns), remaining = Rows(result.Remaining);
        Assert.Equal(20, runs.Length);
        Assert.All(runs, run => Assert.Contains(run, remaining));
        Assert.Equal(40, Match(_observed, Of(4, _simulator)).NextRuns.GetLength(0));
        double Closest(double[][] points) => points.SelectMany((a, n) => points.Take(n).Select(b => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum()))).Min();
        double[] random = [.. Enumerable.Range(0, 50).Select(k => Closest([.. remaining.Skip(k * 20).Take(20)]))];
        Assert.True(Closest(runs) > random.Max(), $"{Closest(runs)} {random.Max()}");
    }

    [Fact]
    public void Where_nothing_remains_the_observation_is_named()
    {
        HistoryMatching result = Match(new Observations([new Observation("y0", 0.5, 0.05), new Observation("y1", 2, 0.1)]), Of(2, [x => x[0], x => x[1]]));
        Assert.Equal(0, result.Volume);
        Assert.Equal(0, result.NextRuns.GetLength(0));
        Assert.Contains(result.Warnings, text => text.StartsWith("Nothing remains: the least implausibility found is 10.", StringComparison.Ordinal) && text.Contains("y1 is farthest off", StringComparison.Ordinal));
    }

    [Fact]
    public void Networks_trained_on_few_runs_rule_out_much_and_never_the_truth()
    {
        (double[,] inputs, double[,] targets) = Runs(30);
        var model = BayesianNetwork.Fit(new Dataset(inputs, targets), new TrainingOptions { Seed = 1 });
        var observed = new Observations([.. model.TargetNames.Select((name, o) => new Observation(name, _observed.Values[o].Value, 0.05))]);
        var box = new InputDistributions(model.InputNames, [.. Enumerable.Repeat(new Uniform(0, 1), 4)]);
        var result = HistoryMatching.Of([model], observed, box);

        // A prototype's waves of 30 runs left .146 to .185 of the inputs; the exact region has .0362.
        Assert.InRange(result.Volume, 0.0362, 2 * 0.185);
        var implausibility = new Implausibility([Surrogate.Of(model, box, DeviceCatalog.Default)], observed, new HistoryMatchingOptions());
        Assert.InRange(implausibility.At(new[,] { { 0.75, 0.35, 0.6, 0.4 } }, default).Values[0], 0, 3);
        double[,] region = Match(_observed, Of(4, _simulator)).Remaining;
        Assert.InRange(implausibility.At(region, default).Values.Count(own => own > 3) / (double)region.GetLength(0), 0, 0.02);
    }

    [Fact]
    public void Wrong_arguments_are_told()
    {
        Surrogate surrogate = Of(1, [x => x[0]]);
        AssertTold("at least one", () => HistoryMatching.Of([], _observed));
        AssertTold("\"y1\", which is no target", () => Match(_observed, surrogate));
        AssertTold("Wave 1 has 1 of the observed targets", () => Match(_observed.At([0]), new HistoryMatchingOptions { Rank = 2 }, surrogate));
        AssertTold("Threshold is 0; it must be above 0. Rank is 4", () => Match(_observed, new HistoryMatchingOptions { Threshold = 0, Rank = 4 }, surrogate));
        AssertTold("Points is 1000; it must be a power of two", () => Match(_observed, new HistoryMatchingOptions { Points = 1000 }, surrogate));
        AssertTold("nothing to rule out", () => Match(_observed.At([0]), Of(new InputDistributions(["x0"], [new Fixed(1)]), [[x => x[0]]])));

        static void AssertTold(string text, Action act) => Assert.Contains(text, Assert.Throws<ArgumentException>(act).Message, StringComparison.Ordinal);
    }

    private static HistoryMatching Match(Observations observations, params Surrogate[] waves) => Match(observations, new HistoryMatchingOptions(), waves);

    private static HistoryMatching Match(Observations observations, HistoryMatchingOptions options, params Surrogate[] waves) => HistoryMatching.Of(waves, observations, options);

    private static double FirstOutput(double[] u) => Square(T(u, 0)) + Square(T(u, 1)) + (0.2 * T(u, 2));

    private static double SecondOutput(double[] u) => Math.Sin(2.5 * T(u, 0)) + (T(u, 1) * T(u, 3)) + (0.3 * T(u, 2));

    private static double T(double[] u, int i) => (2 * u[i]) - 1;

    private static double Square(double value) => value * value;

    private static (double[,] Inputs, double[,] Targets) Runs(int count)
    {
        double[,] inputs = SobolSequence.Points(count, 4, seed: 7), targets = new double[count, 2];
        for (int n = 0; n < count; n++)
        {
            double[] x = [.. Enumerable.Range(0, 4).Select(i => inputs[n, i])];
            (targets[n, 0], targets[n, 1]) = (FirstOutput(x), SecondOutput(x));
        }

        return (inputs, targets);
    }

    /// <summary>One particle, without noise, of inputs uniform between 0 and 1.</summary>
    private static Surrogate Of(int inputs, Func<double[], double>[] outputs) =>
        Of(new InputDistributions([.. Enumerable.Range(0, inputs).Select(i => $"x{i}")], [.. Enumerable.Repeat(new Uniform(0, 1), inputs)]), [.. outputs.Select(own => new[] { own })]);

    /// <param name="outputs">[output][particle].</param>
    /// <param name="noise">Variance.</param>
    private static Surrogate Of(InputDistributions inputs, Func<double[], double>[][] outputs, double noise = 0) => new(
        inputs, [.. outputs.Select((_, j) => $"y{j}")], outputs[0].Length, rows => Filled(rows, outputs), (rows, _) =>
        {
            var result = new double[rows.GetLength(0), outputs.Length];
            for (int k = 0; k < result.Length; k++)
            {
                result[k / outputs.Length, k % outputs.Length] = noise;
            }

            return result;
        });

    private static double[,,] Filled(double[,] rows, Func<double[], double>[][] outputs)
    {
        var result = new double[outputs[0].Length, rows.GetLength(0), outputs.Length];
        double[][] all = Rows(rows);
        Parallel.For(0, all.Length, n =>
        {
            for (int k = 0; k < outputs.Length * outputs[0].Length; k++)
            {
                (int j, int s) = Math.DivRem(k, outputs[0].Length);
                result[s, n, j] = outputs[j][s](all[n]);
            }
        });
        return result;
    }

    private static double[][] Rows(double[,] values) =>
        [.. Enumerable.Range(0, values.GetLength(0)).Select(n => Enumerable.Range(0, values.GetLength(1)).Select(i => values[n, i]).ToArray())];
}
