namespace IlgpuBnn.Tests.Data;

public sealed class StandardisationTests
{
    // Rounding of a handful of additions; a wrong divisor (n - 1) is off by a tenth.
    private const double Relative = 1e-14;

    [Fact]
    public void Mean_and_population_deviation_match_hand_computation_without_missing_values()
    {
        double[,] values =
        {
            { 2, double.NaN, -1 },
            { 4, 1, -1 },
            { 4, double.NaN, 3 },
            { 4, 5, 3 },
            { 5, double.NaN, -1 },
            { 5, double.NaN, 3 },
            { 7, double.NaN, 3 },
            { 9, double.NaN, -1 },
        };

        Standardisation fit = Standardisation.Fit(values);

        AssertClose([5, 3, 1], fit.Mean);
        AssertClose([2, 2, 2], fit.Scale);
        Assert.Empty(fit.ConstantColumns);
    }

    [Theory]
    [InlineData(1e12, 1)]
    [InlineData(-1e12, 1)]
    [InlineData(0, 1e-200)]
    [InlineData(0, 1e200)]
    [InlineData(1e-6, 1e-18)]
    public void Spread_survives_a_large_mean_and_extreme_units(double offset, double unit)
    {
        // Powers of two apart, so that the values themselves are exact where the offset is large.
        double[] steps = [0, 4, 4, 8, 16, 16];
        double[,] values = new double[steps.Length, 1];
        for (int row = 0; row < steps.Length; row++)
            values[row, 0] = offset + unit * steps[row];
        double[] exact = [.. steps.Select((_, row) => values[row, 0] - values[0, 0])];
        double mean = exact.Average();

        Standardisation fit = Standardisation.Fit(values);

        double expected = unit * Math.Sqrt(exact.Select(v => v / unit - mean / unit).Select(v => v * v).Average());
        AssertClose([expected], fit.Scale);
        AssertClose([values[0, 0] + mean], fit.Mean);
    }

    [Fact]
    public void Constant_and_empty_columns_have_scale_one_and_are_named()
    {
        // 0.1 three times: its rounded mean need not be 0.1.
        double[,] values = { { 0.1, 1, double.NaN }, { 0.1, 2, double.NaN }, { 0.1, 3, double.NaN } };

        Standardisation fit = Standardisation.Fit(values, ["co2", "x", "y"]);

        Assert.Equal(["co2", "y"], fit.ConstantColumns);
        Assert.Equal([0.1, 2, 0], fit.Mean);
        Assert.Equal(1, fit.Scale[0]);
        Assert.Equal(1, fit.Scale[2]);
        Assert.Equal(0, fit.Standardise(0.1, 0));
        Assert.Equal(["column 1", "column 3"], Standardisation.Fit(values).ConstantColumns);
    }

    [Fact]
    public void Standardised_columns_have_mean_zero_and_deviation_one_and_restore()
    {
        double[,] values = { { 3, 1e6 }, { 8, 1e6 + 3 }, { -2, 1e6 - 1 }, { 11, 1e6 + 9 }, { 1, 1e6 } };
        Standardisation fit = Standardisation.Fit(values);
        for (int column = 0; column < 2; column++)
        {
            double[] raw = [.. Enumerable.Range(0, 5).Select(row => values[row, column])];
            double[] standardised = [.. raw.Select(v => fit.Standardise(v, column))];

            Assert.Equal(0, standardised.Average(), 1e-10);
            Assert.Equal(1, standardised.Average(v => v * v), 1e-10);
            AssertClose(raw, [.. standardised.Select(v => fit.Restore(v, column))]);
        }
    }

    [Fact]
    public void Stored_means_and_scales_act_as_given()
    {
        var stored = new Standardisation([10, -1], [2, 0.5], ["a"]);

        Assert.Equal(1.5, stored.Standardise(13, 0));
        Assert.Equal(-2, stored.Restore(-2, 1));
        Assert.Equal(double.NaN, stored.Standardise(double.NaN, 0));
        Assert.Equal(["a"], stored.ConstantColumns);
    }

    [Theory]
    [InlineData(new[] { 1.0 }, new[] { 1.0, 2 }, "There are 1 means but 2 scales. Give one of each per column.")]
    [InlineData(new[] { 1.0, 0 }, new[] { 1.0, 0 },
        "Column 2 has mean 0 and scale 0. Means must be finite, scales positive and finite.")]
    [InlineData(new[] { double.NaN }, new[] { 1.0 },
        "Column 1 has mean NaN and scale 1. Means must be finite, scales positive and finite.")]
    [InlineData(new[] { 0.0 }, new[] { double.NaN },
        "Column 1 has mean 0 and scale NaN. Means must be finite, scales positive and finite.")]
    public void Stored_values_out_of_range_are_refused(double[] mean, double[] scale, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new Standardisation(mean, scale)).Message);

    [Fact]
    public void Names_must_match_the_columns() =>
        Assert.Equal("There are 2 columns but 1 names. Give one name per column.",
            Assert.Throws<ArgumentException>(() => Standardisation.Fit(new double[3, 2], ["a"])).Message);

    private static void AssertClose(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(actual[i] - expected[i]);
            Assert.True(error <= Relative * Math.Abs(expected[i]), $"[{i}]: expected {expected[i]:R}, found {actual[i]:R}");
        }
    }
}
