using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Prediction;

public sealed class FieldSpectrumTests
{
    private static readonly int[] _shuffled = [3, 0, 1, 2, 9, 8, 7, 6, 5, 4];

    [Fact]
    public void A_tone_of_a_series_has_its_power_at_its_frequency()
    {
        // Amplitudes 2 and -2 of three cycles, whose mean over the rows is 0; the prediction has half of them, and an offset.
        TargetField series = Series(17);
        FieldSpectrum own = Evaluate(series, [Wave(17, 2), Wave(17, -2)], [Wave(17, 1, 0.5), Wave(17, -1, 0.5)]);

        AssertClose([0, 0, 0, 2, 0, 0, 0, 0, 0], own.True);
        AssertClose([0.25, 0, 0, 0.5, 0, 0, 0, 0, 0], own.Error);
        Assert.Equal((2, 8), (own.Rows, own.Nyquist));
    }

    [Fact]
    public void Wavenumbers_are_lost_where_the_error_has_more_power_than_the_field()
    {
        // Half of the tone of three cycles is predicted; those of 5, 6 and 8 have the wrong sign.
        static double Tone(int cycles, int n) => Math.Cos(2 * Math.PI * cycles * n / 17);
        static double[] Row(double sign, double three, double others) => [.. Enumerable.Range(0, 17).Select(n => sign * ((three * Tone(3, n)) + (others * (Tone(5, n) + Tone(6, n) + Tone(8, n)))))];
        FieldSpectrum own = Evaluate(Series(17), [Row(1, 2, 0.1), Row(-1, 2, 0.1)], [Row(1, 1, -0.1), Row(-1, 1, -0.1)]);

        Assert.Equal([(5, 6), (8, 8)], own.Lost);
        Assert.Empty(Evaluate(Series(17), [Row(1, 2, 0), Row(-1, 2, 0)], [Row(1, 1, 0), Row(-1, 1, 0)]).Lost);
    }

    [Theory]
    [InlineData(32, 32, 4, 3, 5)]
    [InlineData(16, 40, 3, 10, 5)]
    [InlineData(9, 16, 0, 8, 5)]
    public void A_wave_on_a_grid_lies_on_the_ring_of_its_length(int height, int width, int down, int across, int ring)
    {
        double[] wave = [.. Enumerable.Range(0, height * width).Select(n => Math.Cos(2 * Math.PI * ((down * (n / width) / (double)height) + (across * (n % width) / (double)width))))];
        double[] none = new double[wave.Length];
        FieldSpectrum own = Evaluate(new TargetField("u", height, width, Indices(wave.Length), true), [wave, [.. wave.Select(y => -y)]], [none, none]);

        Assert.Equal(wave.Sum(y => y * y) / wave.Length, own.True[ring], 1e-12);
        Assert.Equal(own.True.Sum(), own.True[ring], 1e-12);
        AssertClose(own.True, own.Error);
    }

    [Fact]
    public void Shares_of_a_periodic_field_sum_to_what_R2_leaves()
    {
        var random = new Random(3);
        double[][] observed = Noise(random, 5, 99), predicted = [.. observed.Select(row => row.Select(y => y + (0.3 * Normal.Sample(random, 0, 1))).ToArray())];
        FieldSpectrum own = Evaluate(new TargetField("u", 11, 9, Indices(99), true), observed, predicted);

        double error = 0, spread = 0;
        for (int n = 0; n < 99; n++)
        {
            double mean = observed.Average(row => row[n]);
            error += observed.Select((row, i) => Math.Pow(row[n] - predicted[i][n], 2)).Sum();
            spread += observed.Sum(row => Math.Pow(row[n] - mean, 2));
        }

        Assert.Equal(error / spread, own.Error.Sum() / own.True.Sum(), 1e-12);
    }

    // A window must keep a field's power, and the model's words about its error must be those of the errors that it has: here of draws of itself.
    [Theory]
    [InlineData(null, 17, false)]
    [InlineData(null, 16, true)]
    [InlineData(8, 10, false)]
    public void Expected_errors_are_those_of_draws_from_the_model(int? height, int width, bool periodic)
    {
        const int rows = 800, particles = 5;
        var random = new Random(8);
        int count = (height ?? 1) * width;
        double[,,] outputs = new double[particles, rows, count];
        double[,] observed = new double[rows, count], noise = new double[particles, count];
        for (int row = 0; row < rows; row++)
        {
            // Each particle has a wave of its own; nature has another, and noise.
            double[][] waves = [.. Enumerable.Range(0, particles + 1).Select(_ => Wave(count, Normal.Sample(random, 0, 1)))];
            for (int n = 0; n < count; n++)
            {
                observed[row, n] = waves[particles][n] + Normal.Sample(random, 0, 0.7);
                for (int s = 0; s < particles; s++)
                {
                    (outputs[s, row, n], noise[s, n]) = (waves[s][n], 0.49);
                }
            }
        }

        // Deviations of few particles are too small by (S + 1) / (S - 1) in variance, as in a calibrated ensemble.
        double[] scales = [.. Enumerable.Repeat(Math.Sqrt((particles + 1.0) / (particles - 1)), count)];
        var field = new TargetField("u", height, width, Indices(count), periodic);
        FieldSpectrum own = FieldSpectrum.Evaluate(new PredictiveDistribution([.. Indices(count).Select(n => $"u[{n}]")], outputs, noise, scales), observed, field)!;

        double[] expected = [.. own.Epistemic.Zip(own.Noise, (a, b) => a + b)];
        for (int k = 1; k < expected.Length; k++)
        {
            // Chance moves a mean of 800 rows by a few per cent.
            Assert.InRange(own.Error[k] / expected[k], 0.85, 1.15);
        }

        Assert.InRange(own.True.Sum() / (0.5 + 0.49), 0.9, 1.1);
    }

    [Fact]
    public void Resolution_ends_where_the_error_has_half_of_the_power()
    {
        // Power 1 at wavenumbers 1 to 6 of 12 steps, errors 0.1, 0.7, 0.4, 0.8, 1 and 1 of it.
        double[] shares = [0.1, 0.7, 0.4, 0.8];
        double[] observed = Tones(_ => 1), error = Tones(k => k <= 4 ? Math.Sqrt(shares[k - 1]) : 1);
        FieldSpectrum own = Evaluate(Series(12), [observed, [.. observed.Select(y => -y)]], [Sum(observed, error), Sum([.. observed.Select(y => -y)], error)]);

        Assert.Equal(12 / 3.25, own.EffectiveResolution, 1e-9);
        Assert.Equal((0.4, 0.6, 1), (own.Share(0), own.Share(1), own.Share(2)), Close);
        Assert.Equal(2, Evaluate(Series(12), [observed, [.. observed.Select(y => -y)]], [observed, [.. observed.Select(y => -y)]]).EffectiveResolution);
        Assert.Equal(double.PositiveInfinity, Evaluate(Series(12), [observed, [.. observed.Select(y => -y)]], [new double[12], new double[12]]).EffectiveResolution);

        static double[] Tones(Func<int, double> amplitude) =>
            [.. Enumerable.Range(0, 12).Select(n => Enumerable.Range(1, 6).Sum(k => amplitude(k) * (k == 6 ? 1 : Math.Sqrt(2)) * Math.Cos(2 * Math.PI * k * n / 12)))];

        static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
    }

    [Fact]
    public void Rows_with_a_gap_do_not_count_and_two_must_remain()
    {
        double[] gap = Wave(17, 5);
        gap[4] = double.NaN;
        double[] none = new double[17];
        FieldSpectrum own = Evaluate(Series(17), [Wave(17, 2), gap, Wave(17, -2)], [none, none, none]);
        Assert.Equal(2, own.Rows);
        AssertClose([0, 0, 0, 2, 0, 0, 0, 0, 0], own.True);

        Assert.Null(Maybe(Series(17), [Wave(17, 2), gap], [none, none]));
        Assert.Null(Maybe(Series(17), [Wave(17, 2), Wave(17, 2)], [none, none]));
    }

    [Fact]
    public void Fields_are_found_by_the_names_of_their_columns()
    {
        string[] names =
        [
            "yield", .. Indices(80).Select(n => $"u[{n / 10},{n % 10}]"), .. _shuffled.Select(n => $"s[{n}]"), .. Indices(7).Select(n => $"few[{n}]"),
            .. Indices(9).Select(n => $"gap[{n + 1}]"), .. Indices(24).Select(n => $"layer[{n / 8},{n % 8}]"), .. Indices(128).Select(n => $"v[{n / 64},{n % 64 / 8},{n % 8}]"),
        ];
        IReadOnlyList<TargetField> fields = TargetField.Find(names, [new Dense(5)]);

        Assert.Equal(
            ["u 8 10", "s  10", "layer[0]  8", "layer[1]  8", "layer[2]  8", "v[0] 8 8", "v[1] 8 8"], fields.Select(own => $"{own.Name} {own.Height} {own.Width}"));
        Assert.Equal(Indices(10).Select(n => $"s[{n}]"), fields[1].Targets.Select(target => names[target]));
        Assert.Equal(Indices(64).Select(n => $"v[1,{n / 8},{n % 8}]"), fields[6].Targets.Select(target => names[target]));
        Assert.All(fields, own => Assert.False(own.Periodic));
    }

    [Fact]
    public void Fields_of_a_network_are_its_last_layer_s_channels()
    {
        Layer[] layers = [new FieldLayer(1, 8, 9), new Convolution(2, 3, Activation.Identity, Padding.Periodic), new FieldLayer(2, 8, 9)];
        string[] names = [.. Indices(144).Select(n => $"{(n < 72 ? "u" : "v")}[{n % 72 / 9},{n % 9}]")];
        TargetField[] fields = [.. TargetField.Find(names, layers)];

        Assert.Equal(["u 8 9", "v 8 9"], fields.Select(own => $"{own.Name} {own.Height} {own.Width}"));
        Assert.Equal(Enumerable.Range(72, 72), fields[1].Targets);
        Assert.All(fields, own => Assert.True(own.Periodic));
        Assert.Equal(["y[0]", "y[1]"], TargetField.Find([.. Indices(144).Select(n => $"y[{n}]")], layers).Select(own => own.Name));
        Assert.Equal(["channel 1", "channel 2"], TargetField.Find([.. Indices(144).Select(n => $"y{n}")], layers).Select(own => own.Name));
    }

    private static TargetField Series(int count) => new("s", null, count, Indices(count), true);

    private static int[] Indices(int count) => [.. Enumerable.Range(0, count)];

    private static double[] Wave(int count, double amplitude, double offset = 0) =>
        [.. Enumerable.Range(0, count).Select(n => offset + (amplitude * Math.Sin((2 * Math.PI * 3 * n / count) + 0.4)))];

    private static double[][] Noise(Random random, int rows, int count) => [.. Enumerable.Range(0, rows).Select(_ => Normal.Samples(random, 0, 1).Take(count).ToArray())];

    private static FieldSpectrum Evaluate(TargetField field, double[][] observed, double[][] predicted) => Maybe(field, observed, predicted)!;

    private static FieldSpectrum? Maybe(TargetField field, double[][] observed, double[][] predicted)
    {
        int rows = observed.Length, count = observed[0].Length;
        double[,] targets = new double[rows, count];
        double[,,] outputs = new double[1, rows, count];
        for (int k = 0; k < targets.Length; k++)
        {
            (targets[k / count, k % count], outputs[0, k / count, k % count]) = (observed[k / count][k % count], predicted[k / count][k % count]);
        }

        return FieldSpectrum.Evaluate(new PredictiveDistribution([.. Indices(count).Select(n => $"s[{n}]")], outputs, new double[1, count]), targets, field);
    }

    private static EqualityComparer<(double, double, double)> Close => EqualityComparer<(double, double, double)>.Create((a, b) =>
        Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-9);

    private static void AssertClose(double[] expected, double[] actual) => Assert.Equal(expected, actual.Select(value => Math.Round(value, 12) + 0.0), EqualityComparer<double>.Create((a, b) => Math.Abs(a - b) < 1e-11));
}
