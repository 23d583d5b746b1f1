namespace IlgpuBnn.Tests.Data;

public sealed class SobolSequenceTests
{
    [Fact]
    public void Each_dimension_of_a_scrambled_Sobol_sequence_fills_every_interval_once()
    {
        double[,] points = SobolSequence.Points(256, 40, 3);
        for (int d = 0; d < 40; d++)
        {
            Assert.Equal(Enumerable.Range(0, 256), Enumerable.Range(0, 256).Select(n => (int)(256 * points[n, d])).Order());
        }
    }

    /// <summary>The first two dimensions are a (0, 2)-sequence: every box of volume 1/n has one point.</summary>
    [Fact]
    public void The_first_two_dimensions_fill_every_box_once()
    {
        double[,] points = SobolSequence.Points(64, 2, 5);
        for (int bits = 0; bits <= 6; bits++)
        {
            int across = 1 << bits, along = 64 >> bits;
            Assert.Equal(64, Enumerable.Range(0, 64).Select(n => ((int)(across * points[n, 0]), (int)(along * points[n, 1]))).Distinct().Count());
        }
    }

    [Fact]
    public void Scramblings_differ_and_the_same_seed_gives_the_same_points()
    {
        Assert.Equal(SobolSequence.Points(64, 3, 1).Cast<double>(), SobolSequence.Points(64, 3, 1).Cast<double>());
        double[][] tables = [.. new[] { (1, 0), (1, 1), (2, 0) }.Select(own => SobolSequence.Points(64, 3, own.Item1, own.Item2).Cast<double>().ToArray())];
        Assert.Empty(tables[0].Intersect(tables[1]).Concat(tables[0].Intersect(tables[2])));
    }

    /// <summary>Integrals converge much faster than with independent points: of a smooth function, near n^-1.5.</summary>
    [Fact]
    public void Integrals_are_far_better_than_those_of_random_points()
    {
        double[] errors = [.. Enumerable.Range(0, 20).Select(seed =>
        {
            double[,] points = SobolSequence.Points(1024, 5, seed);
            return Enumerable.Range(0, 1024).Average(n => Enumerable.Range(0, 5).Aggregate(1.0, (product, d) => product * (1 + (0.5 * (points[n, d] - 0.5))))) - 1;
        })];

        // Random points: .33 / 32 = .01.
        Assert.InRange(Math.Sqrt(errors.Average(own => own * own)), 0, 2e-4);
    }

    [Fact]
    public void More_dimensions_than_there_are_numbers_for_are_refused() =>
        Assert.Contains("at most 513", Assert.Throws<ArgumentException>(() => SobolSequence.Points(2, 514, 0)).Message);
}
