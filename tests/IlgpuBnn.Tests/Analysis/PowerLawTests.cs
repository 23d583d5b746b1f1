using IlgpuBnn.Analysis;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Analysis;

public sealed class PowerLawTests
{
    private static readonly int[] _sizes = [25, 35, 50, 71, 100];

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void An_exact_power_law_is_found_and_goes_on(double exponent)
    {
        PowerLaw law = Fit(n => 3 * Math.Pow(n, -exponent), 0.02, 1);
        Assert.InRange(exponent, law.Exponent.Lower, law.Exponent.Upper);
        Assert.InRange(law.Exponent.Upper - law.Exponent.Lower, 0, 0.35);
        foreach (int rows in new[] { 30, 100, 300 })
        {
            // Beyond what was measured, curves are expected to flatten a little.
            double exact = 3 * Math.Pow(rows, -exponent) * (rows > 100 ? Math.Pow(rows / 100.0, 0.1) : 1);
            Estimate found = law.ErrorAt(rows), needed = law.RowsFor(exact);
            Assert.Equal(exact, found.Median, 0.08 * exact);
            Assert.InRange(exact, found.Lower, found.Upper);
            Assert.Equal(rows, needed.Median, 0.25 * rows);
            Assert.InRange(rows, needed.Lower, needed.Upper);
        }

        // Far ahead less is known.
        Assert.True(Width(law.ErrorAt(1000)) > 2 * Width(law.ErrorAt(100)));
    }

    [Fact]
    public void A_floor_is_seen_where_there_is_one_and_no_number_of_rows_goes_below_it()
    {
        PowerLaw flat = Fit(n => 0.2 + (30 * Math.Pow(n, -1.4)), 0.01, 2), steep = Fit(n => Math.Pow(n, -0.8), 0.01, 2);
        Assert.InRange(flat.ProbabilityOfFloor, 0.9, 1);
        Assert.InRange(steep.ProbabilityOfFloor, 0, 0.4);
        Assert.Equal(double.PositiveInfinity, flat.RowsFor(0.05).Upper);
        Assert.True(double.IsFinite(steep.RowsFor(0.01).Median));
    }

    /// <summary>Laws as they are expected beforehand, repeats that share a level, scatter: intervals of 90 % for three times the rows.</summary>
    [Fact]
    public void Intervals_hold_what_they_say()
    {
        int inside = 0;
        const int curves = 60;
        for (int k = 0; k < curves; k++)
        {
            var random = new Random(k);
            double exponent = Math.Clamp(Normal.Sample(random, 0.5, 0.25), 0.05, 1.5), floor = k % 2 == 0 ? 0 : 0.95 * random.NextDouble();
            double beyond = Math.Max(0.025, exponent + Normal.Sample(random, -0.1, 0.15));
            PowerLaw law = Fit(n => ((1 - floor) * Math.Pow(n / 100.0, -(n > 100 ? beyond : exponent))) + floor, 0.05, k, ofRepeats: 0.1);
            Estimate found = law.ErrorAt(300);
            inside += ((1 - floor) * Math.Pow(3, -beyond)) + floor is { } exact && exact > found.Lower && exact < found.Upper ? 1 : 0;
        }

        // Three binomial standard deviations below.
        Assert.InRange(inside, 47, 59);
    }

    private static double Width(Estimate own) => Math.Log(own.Upper / own.Lower);

    private static PowerLaw Fit(Func<double, double> error, double scatter, int seed, double ofRepeats = 0)
    {
        var random = new Random(1000 + seed);
        var repeats = new double[5, _sizes.Length];
        for (int r = 0; r < 5; r++)
        {
            double own = ofRepeats * Normal.Sample(random, 0, 1);
            for (int k = 0; k < _sizes.Length; k++)
            {
                repeats[r, k] = Math.Log(error(_sizes[k])) + own + (scatter * Normal.Sample(random, 0, 1));
            }
        }

        return PowerLaw.Fit(_sizes, [.. Enumerable.Range(0, _sizes.Length).Select(k => Enumerable.Range(0, 5).Average(r => repeats[r, k]))], repeats, seed);
    }
}
