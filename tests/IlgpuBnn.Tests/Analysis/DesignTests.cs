using IlgpuBnn.Analysis;

namespace IlgpuBnn.Tests.Analysis;

public sealed class DesignTests
{
    private static readonly InputDistributions _inputs = new(["a", "b", "c"], [new Uniform(-2, 6), new LogUniform(1e-6, 1e-3), new Gaussian(5, 2)]);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Further_runs_keep_away_from_those_that_are_there_and_from_each_other(int seed)
    {
        // As clumsy as people's tables are: random, and all in the lower half of the first input.
        var random = new Random(seed);
        double[,] existing = Values(30, (_, i) => random.NextDouble() * (i == 0 ? 0.5 : 1)), more = Design.Extend(_inputs, existing, 30, seed);
        Assert.Equal((30, 3), (more.GetLength(0), more.GetLength(1)));

        // 30 runs of a Sobol sequence, laid over those that are there, clump with them.
        double own = Closest(existing, more), sobol = Closest(existing, Design.Create(_inputs, 30, seed: seed));
        Assert.InRange(own, 2 * sobol, 1);
        Assert.InRange(own, 0.17, 1);

        // The empty half is filled first; neither it nor the edges get all of them.
        Assert.InRange(Enumerable.Range(0, 10).Count(run => more[run, 0] > 2), 6, 10);
        Assert.InRange(Enumerable.Range(0, 30).Count(run => more[run, 0] > 2), 15, 27);
        Assert.InRange(Enumerable.Range(0, 30).Count(run => _inputs.Distributions[2].Probability(more[run, 2]) is > 0.1 and < 0.9), 18, 29);
        Assert.Equal(more.Cast<double>(), Design.Extend(_inputs, existing, 30, seed).Cast<double>());
    }

    [Fact]
    public void Runs_with_nothing_beside_them_fill_the_cube() =>
        Assert.InRange(Closest(new double[0, 3], Design.Extend(_inputs, new double[0, 3], 40)), 0.2, 1);

    [Fact]
    public void Runs_that_cannot_be_extended_are_refused()
    {
        Assert.Contains("in each of 3 columns", Assert.Throws<ArgumentException>(() => Design.Extend(_inputs, new double[4, 2], 3)).Message);
        Assert.Contains("in each of 3 columns", Assert.Throws<ArgumentException>(() => Design.Extend(_inputs, new double[,] { { 1, double.NaN, 1 } }, 3)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Design.Extend(_inputs, new double[0, 3], 0));
    }

    public static TheoryData<InputDistribution> Continuous =>
    [
        new Uniform(-2, 6), new LogUniform(1e-6, 1e-3), new IlgpuBnn.Analysis.Triangular(0, 1, 4), new Gaussian(5, 2), new Gaussian(5, 2, 4, 5.5), new LogNormal(3, 0.5, 1, 9),
    ];

    [Theory]
    [MemberData(nameof(Continuous))]
    public void Probability_is_the_inverse_of_the_quantile(InputDistribution distribution)
    {
        foreach (double probability in new[] { 1e-6, 0.013, 0.5, 0.77, 1 - 1e-6 })
        {
            Assert.Equal(probability, distribution.Probability(distribution.Quantile(probability)), 1e-8);
        }

        Assert.Equal((0.0, 1.0), (distribution.Probability(-1e9), distribution.Probability(1e9)), EqualityComparer<(double, double)>.Create((a, b) =>
            Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-8));
    }

    [Fact]
    public void Probability_of_a_value_of_its_own_is_in_its_middle()
    {
        Assert.Equal(0.5, new Fixed(3).Probability(3), 1e-8);
        Assert.Equal(0.625, new Choice([1, 2, 4, 7]).Probability(4), 1e-8);
    }

    private static double[,] Values(int runs, Func<int, int, double> probability)
    {
        var points = new double[runs, 3];
        for (int k = 0; k < points.Length; k++)
        {
            points[k / 3, k % 3] = probability(k / 3, k % 3);
        }

        return _inputs.At(points);
    }

    /// <summary>Of new runs from each other and from others, as probabilities.</summary>
    private static double Closest(double[,] others, double[,] runs)
    {
        double[][] places = [.. Places(runs)], all = [.. places, .. Places(others)];
        return Enumerable.Range(0, places.Length).Min(a => Enumerable.Range(0, all.Length).Where(b => b != a).Min(b => Math.Sqrt(places[a].Zip(all[b], (x, y) => (x - y) * (x - y)).Sum())));
    }

    private static IEnumerable<double[]> Places(double[,] values) => Enumerable.Range(0, values.GetLength(0))
        .Select(n => (double[])[.. Enumerable.Range(0, 3).Select(i => _inputs.Distributions[i].Probability(values[n, i]))]);
}
