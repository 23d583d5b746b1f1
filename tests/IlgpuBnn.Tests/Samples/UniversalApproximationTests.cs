using UniversalApproximation;

namespace IlgpuBnn.Tests.Samples;

public sealed class UniversalApproximationTests
{
    [Fact]
    public void A_unit_is_a_step_where_its_weight_says_and_two_are_a_column()
    {
        Assert.Equal([0, 0.5, 1], new[] { 0.3, 0.4, 0.5 }.Select(x => Math.Round(ByHand.Step(x, 200, 0.4), 6)));
        Assert.Equal([0, 0.5, 1, 0.5, 0], new[] { 0.3, 0.4, 0.5, 0.6, 0.7 }.Select(x => Math.Round(ByHand.Column(x, 200, 0.4, 0.6), 6)));
    }

    [Fact]
    public void A_bump_is_over_its_rectangle_alone()
    {
        Assert.InRange(Bump(0.4, 0.6), 0.999, 1);
        Assert.All(new[] { (0.4, 0.2), (0.1, 0.6), (0.9, 0.9), (0.4, 0.9) }, at => Assert.InRange(Bump(at.Item1, at.Item2), 0, 0.001));

        static double Bump(double x, double y) => ByHand.Bump(x, y, 200, (0.3, 0.5), (0.5, 0.8));
    }

    // For steps without width the integral of |z - f| is that of |f'| / (4 columns): 1 / 32 for f = x and 8 columns. Their own width takes off an eighth.
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Columns_are_as_close_as_they_are_narrow(int columns)
    {
        Func<double, double> own = ByHand.Columns(x => x, columns);
        Assert.Equal(1 / (4.0 * columns), Targets.Middles(4000).Average(x => Math.Abs(own(x) - x)), 0.15 / (4.0 * columns));
        Assert.Equal(0.5 / columns, own(0), 1e-6);
        Assert.Equal(1 - (0.5 / columns), own(1), 1e-6);
    }

    [Fact]
    public void A_small_study_draws_its_page_and_learns_with_fewer_units_than_by_hand()
    {
        Results results = Study.Run(new Sizes([2, 8, 16], [2], [8], [4], 2, 20, 200, [10, 120]), TextWriter.Null);

        Assert.Equal([4, 16, 32], results.Columns.Select(own => own.Units));
        Assert.True(results.Columns[2].Error < results.Columns[1].Error && results.Columns[1].Error < results.Columns[0].Error);
        Assert.True(results.Fits[0].Error < results.Columns[1].Error / 1.5, $"{results.Fits[0].Error}");
        Assert.True(results.Surfaces[0].Error < results.Bumps[0].Error, $"{results.Surfaces[0].Error}");
        Assert.All(results.Ensembles, own => Assert.InRange(own.Spread, 1e-6, 1));

        // Spectral bias: the slowest tone is learnt when the fastest is not.
        ErrorSpectrum plain = results.Spectra[2], features = results.Spectra[3];
        Assert.Equal(("tanh", 120), (plain.Network, plain.Iterations));
        Assert.InRange(Page.RelativeError(results, plain, 1), 0, 0.1);
        Assert.InRange(Page.RelativeError(results, plain, 40), 0.9, 1.1);
        Assert.InRange(Page.RelativeError(results, features, 40), 0, 0.5);

        string page = Page.Create(results).Html();
        Assert.Contains("What can be represented need not be learnt", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }
}
