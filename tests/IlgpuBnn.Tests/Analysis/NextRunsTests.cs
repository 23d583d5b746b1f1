using IlgpuBnn.Analysis;

namespace IlgpuBnn.Tests.Analysis;

public sealed class NextRunsTests
{
    // The weights' covariance is I.
    private static readonly Func<double[], double>[] _linear =
        [.. Enumerable.Range(0, 48).Select(s => (Func<double[], double>)(x => Enumerable.Range(0, 3).Sum(i => (s >> i & 1) == 0 ? x[i] : -x[i])))];

    [Fact]
    public void Runs_of_a_linear_model_are_the_corners_of_a_D_optimal_design()
    {
        // Corners are among the points, in the middle of the list.
        double[,] points = SobolSequence.Points(256, 3, 1);
        for (int k = 0; k < 8; k++)
        {
            for (int i = 0; i < 3; i++)
            {
                points[100 + k, i] = k >> i & 1;
            }
        }

        Surrogate surrogate = KnownFunctions.Of(3, new Uniform(-1, 1), _linear);
        var next = NextRuns.Of(surrogate, new NextRunsOptions { Runs = 2, Candidates = surrogate.Inputs.At(points) });
        Assert.All(next.Candidates, k => Assert.InRange(k, 100, 107));

        // As near to orthogonal as corners of a cube are: not opposite ones, whose product is -3.
        Assert.Equal(1, Math.Abs(Enumerable.Range(0, 3).Sum(i => next.Inputs[0, i] * next.Inputs[1, i])), 1e-12);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.3, 3)]
    public void Gains_and_runs_are_those_of_the_whole_covariance_matrix(double noise, int pending)
    {
        const int count = 60, runs = 7;
        Surrogate surrogate = Waves(24, noise);
        double[,] candidates = SobolSequence.Points(count, 2, 3), under = SobolSequence.Points(pending, 2, 4), references = SobolSequence.Points(32, 2, 5);
        var next = NextRuns.Of(
            surrogate, new NextRunsOptions { Runs = runs, Candidates = candidates, Pending = under, Posterior = references, Seed = 9 });
        (int[] chosen, double[] shares) = ByMatrix(surrogate, ParameterCalibration.Stacked([candidates, under, references]), count, pending, runs, noise, seed: 9);
        Assert.Equal(chosen, next.Candidates);
        for (int run = 0; run < runs; run++)
        {
            Assert.Equal(shares[run], next.Gains[run], 1e-9);
            Assert.Equal(candidates[chosen[run], 1], next.Inputs[run, 1]);
        }

        Assert.Equal(shares.Sum(), next.ShareRemoved, 1e-9);
        ExpectedGain own = Assert.Single(next.Targets);
        Assert.Equal(("y", shares.Sum()), (own.Target, own.ShareRemoved), EqualityComparer<(string, double)>.Create((a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-9));
        Assert.Equal(Math.Sqrt(1 - own.ShareRemoved), own.After / own.Before, 1e-9);
    }

    [Fact]
    public void A_batch_spreads()
    {
        Surrogate surrogate = Waves(24, 0);
        var next = NextRuns.Of(surrogate, new NextRunsOptions { Runs = 12 });
        double[,] even = Design.Extend(surrogate.Inputs, new double[0, 2], 12);
        Assert.InRange(Closest(next.Inputs), Closest(even) / 2, 1);
        Assert.All(next.Gains, own => Assert.InRange(own, 0, 1));
        Assert.InRange(next.ShareRemoved, 0.5, 1);
    }

    [Fact]
    public void Runs_under_way_count_as_done()
    {
        Surrogate surrogate = Waves(24, 0.1);
        var all = NextRuns.Of(surrogate, new NextRunsOptions { Runs = 9 });
        double[,] first = new double[4, 2];
        Array.Copy(all.Inputs, first, first.Length);
        var rest = NextRuns.Of(surrogate, new NextRunsOptions { Runs = 5, Pending = first });
        Assert.Equal(all.Candidates.Skip(4), rest.Candidates);
        Assert.Equal(all.Gains[4] / all.Gains[5], rest.Gains[0] / rest.Gains[1], 1e-9);
    }

    [Fact]
    public void Runs_are_where_the_posterior_is_and_by_the_targets_named()
    {
        // Networks disagree below 0.3 about a, and above 0.7, far more, about b.
        Surrogate surrogate = TwoTargets();
        int[] low = Chosen(new NextRunsOptions { Targets = ["a"] }), high = Chosen(new NextRunsOptions { Targets = ["b"] }), both = Chosen(new NextRunsOptions());
        int[] posterior = Chosen(new NextRunsOptions { Posterior = new double[,] { { 0.21 }, { 0.19 }, { 0.2 } } });
        Assert.All(low, k => Assert.InRange(k, 0, 30));
        Assert.All(high, k => Assert.InRange(k, 70, 100));
        Assert.Contains(both, k => k >= 70);
        Assert.All(posterior, k => Assert.InRange(k, 10, 30));

        int[] Chosen(NextRunsOptions options) =>
            [.. NextRuns.Of(surrogate, options with { Runs = 2, Candidates = Column(101, k => k / 100.0) }).Candidates];
    }

    [Fact]
    public void Without_candidates_the_posterior_s_own_draws_are_some()
    {
        double[,] draws = Column(50, k => 0.2 + (0.0001 * k));
        var next = NextRuns.Of(TwoTargets(), new NextRunsOptions { Runs = 1, Posterior = draws, Targets = ["a"] });
        Assert.InRange(next.Candidates[0], 0, 4096 + 49);
        Assert.InRange(next.Inputs[0, 0], 0.1, 0.3);
    }

    [Fact]
    public void What_cannot_be_is_told()
    {
        Surrogate waves = Waves(8, 0);
        AssertRefused(KnownFunctions.IshigamiSurrogate(), new NextRunsOptions(), "The model is a single network, which cannot say where it is unsure");
        AssertRefused(KnownFunctions.Of(1, new Uniform(0, 1), x => x[0], x => x[0]), new NextRunsOptions(), "The networks agree everywhere");
        AssertRefused(waves, new NextRunsOptions { Targets = ["z"] }, "\"z\" is no target of the model: y.");
        AssertRefused(waves, new NextRunsOptions { Runs = 0 }, "Runs is 0");
        AssertRefused(waves, new NextRunsOptions { Runs = 3, Candidates = new double[2, 2] }, "There are 2 candidates for 3 runs");
        AssertRefused(waves, new NextRunsOptions { Pending = new double[2, 3] }, "Pending must have a finite number in each of 2 columns");
        AssertRefused(waves, new NextRunsOptions { Posterior = new double[0, 2], Runs = 5000 }, "Posterior has no draws", "at most 4096");
    }

    private static void AssertRefused(Surrogate surrogate, NextRunsOptions options, params string[] parts)
    {
        string message = Assert.Throws<ArgumentException>(() => NextRuns.Of(surrogate, options)).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }

    /// <summary>docs/maths.md, "Which runs come next", with K written out between all points.</summary>
    private static (int[] Chosen, double[] Shares) ByMatrix(Surrogate surrogate, double[,] points, int candidates, int pending, int runs, double noise, int seed)
    {
        double scale = Scale(surrogate, SobolSequence.Points(1024, 2, seed, scrambling: 1), noise);
        double[,,] outputs = surrogate.At(points);
        int particles = outputs.GetLength(0), count = points.GetLength(0), first = candidates + pending;
        double variance = Math.Pow(Math.Max(noise / scale, 0.05), 2);
        double[] mean = [.. Enumerable.Range(0, count).Select(n => Enumerable.Range(0, particles).Average(s => outputs[s, n, 0]))];
        var k = new double[count, count];
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b < count; b++)
            {
                k[a, b] = Enumerable.Range(0, particles).Average(s => (outputs[s, a, 0] - mean[a]) * (outputs[s, b, 0] - mean[b])) / (scale * scale);
            }
        }

        double Gain(int x) => Enumerable.Range(first, count - first).Average(r => (k[x, r] * k[x, r]) - (k[x, x] * k[r, r] / particles)) / (k[x, x] + variance);
        double left = Enumerable.Range(first, count - first).Average(r => k[r, r]);
        for (int n = 0; n < pending; n++)
        {
            left -= Math.Max(0, Gain(candidates + n));
            Condition(candidates + n);
        }

        double whole = left;
        var chosen = new int[runs];
        var shares = new double[runs];
        for (int run = 0; run < runs; run++)
        {
            chosen[run] = Enumerable.Range(0, candidates).Except(chosen[..run]).MaxBy(Gain);
            shares[run] = Gain(chosen[run]) / whole;
            Condition(chosen[run]);
        }

        return (chosen, shares);

        void Condition(int x)
        {
            double[] row = [.. Enumerable.Range(0, count).Select(y => k[x, y])];
            for (int a = 0; a < count; a++)
            {
                for (int b = 0; b < count; b++)
                {
                    k[a, b] -= row[a] * row[b] / (row[x] + variance);
                }
            }
        }
    }

    /// <summary>Over points and particles together.</summary>
    private static double Scale(Surrogate surrogate, double[,] points, double noise)
    {
        double[] all = [.. surrogate.At(points).Cast<double>()];
        double mean = all.Average();
        return Math.Sqrt(all.Average(own => (own - mean) * (own - mean)) + (noise * noise));
    }

    /// <summary>Particles are random smooth functions of two inputs about a common one.</summary>
    private static Surrogate Waves(int particles, double noise)
    {
        var random = new Random(4);
        double[][] weights = [.. Enumerable.Range(0, particles).Select(_ => (double[])[.. Enumerable.Range(0, 24).Select(_ => random.NextDouble() - 0.5)])];
        double[][] waves = [.. Enumerable.Range(0, 24).Select(_ => (double[])[10 * (random.NextDouble() - 0.5), 10 * (random.NextDouble() - 0.5), 6.3 * random.NextDouble()])];
        return new Surrogate(
            new InputDistributions(["x0", "x1"], [new Uniform(0, 1), new Uniform(0, 1)]), ["y"], particles,
            rows =>
            {
                var result = new double[particles, rows.GetLength(0), 1];
                for (int row = 0; row < rows.GetLength(0); row++)
                {
                    double[] features = [.. waves.Select(wave => Math.Cos((wave[0] * rows[row, 0]) + (wave[1] * rows[row, 1]) + wave[2]))];
                    for (int s = 0; s < particles; s++)
                    {
                        result[s, row, 0] = (3 * rows[row, 0]) + features.Zip(weights[s], (feature, weight) => feature * weight).Sum();
                    }
                }

                return result;
            },
            (rows, _) =>
            {
                var result = new double[rows.GetLength(0), 1];
                for (int row = 0; row < rows.GetLength(0); row++)
                {
                    result[row, 0] = noise * noise;
                }

                return result;
            });
    }

    private static Surrogate TwoTargets() => new(
        new InputDistributions(["x"], [new Uniform(0, 1)]), ["a", "b"], 4,
        rows =>
        {
            var result = new double[4, rows.GetLength(0), 2];
            for (int row = 0; row < rows.GetLength(0); row++)
            {
                double x = rows[row, 0];
                for (int s = 0; s < 4; s++)
                {
                    result[s, row, 0] = x + (s % 2 == 0 ? 0.1 : -0.1) * (x < 0.3 ? Math.Sin(x / 0.3 * Math.PI) : 0);
                    result[s, row, 1] = x + (s < 2 ? 0.5 : -0.5) * (x > 0.7 ? Math.Sin((1 - x) / 0.3 * Math.PI) : 0);
                }
            }

            return result;
        },
        (rows, _) => new double[rows.GetLength(0), 2]);

    private static double[,] Column(int count, Func<int, double> value)
    {
        var result = new double[count, 1];
        for (int k = 0; k < count; k++)
        {
            result[k, 0] = value(k);
        }

        return result;
    }

    private static double Closest(double[,] points)
    {
        double closest = double.PositiveInfinity;
        for (int a = 0; a < points.GetLength(0); a++)
        {
            for (int b = 0; b < a; b++)
            {
                closest = Math.Min(closest, Math.Sqrt(Enumerable.Range(0, points.GetLength(1)).Sum(i => Math.Pow(points[a, i] - points[b, i], 2))));
            }
        }

        return closest;
    }
}
