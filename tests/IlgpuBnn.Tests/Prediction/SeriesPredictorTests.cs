namespace IlgpuBnn.Tests.Prediction;

public sealed class SeriesPredictorTests
{
    private const int Steps = 9;
    private const int Channels = 2;

    // Units fewer than a vector, between vectors and more than two; several layers; a target at each step.
    private static readonly string[] _networks =
    [
        "lstm(5) dense(3,tanh)", "gru(17)", "lstm(19,sequence) gru(3)", "gru(4,sequence) conv1d(6,1,tanh) lstm(33)",
    ];

    private static readonly Lazy<BayesianNetwork[]> _models = new(() => [.. _networks.Select(text => Fit(text, marked: true))]);

    /// <summary>Of the processor; others keep no states.</summary>
    private static IEnumerable<string> Processors => TestDevices.Names.ForManyShapes().Where(name => name.StartsWith("cpu-", StringComparison.Ordinal));

    [Fact]
    public void Steps_are_predicted_as_the_windows_that_end_at_them() => Assert.All(Processors, name => Assert.All(_models.Value, model =>
    {
        Device device = TestDevices.Open(name);
        PredictableRows rows = model.ReadRows(Table(1));
        PredictiveDistribution windows = model.Predict(rows.Inputs, device);
        (double[,] lower, double[,] upper) = windows.Interval(0.9);
        using SeriesPredictor predictor = model.CreateSeriesPredictor(device);
        Assert.Equal(["rain", "light"], predictor.InputNames);

        // Twice, as the state of one series is nothing to another.
        for (int round = 0; round < 2; round++)
        {
            predictor.Reset();
            for (int step = 0; step < Steps; step++)
            {
                RowPrediction own = predictor.Predict(Values(1, step));
                double tolerance = 1e-5 * own.StandardDeviation();
                Assert.Equal(windows.Mean[step, 0], own.Mean[0], tolerance);
                Assert.Equal(windows.EpistemicVariance[step, 0], own.EpistemicVariance[0], 1e-4 * windows.Variance[step, 0]);
                Assert.Equal(lower[step, 0], own.Interval(0.9).Lower, 1e-4 * own.StandardDeviation());
                Assert.Equal(upper[step, 0], own.Interval(0.9).Upper, 1e-4 * own.StandardDeviation());
                Assert.Equal(step + 1, predictor.Steps);
            }
        }
    }));

    /// <summary>The networks' own outputs over one window of all steps, three times as many as in training.</summary>
    [Theory]
    [InlineData("lstm(5) dense(3,tanh)")]
    [InlineData("lstm(19,sequence) gru(3)")]
    public void Longer_series_go_on_from_the_state(string text)
    {
        const int long_ = 3 * Steps;
        BayesianNetwork model = Fit($"field({Channels},{Steps}) {text}", marked: false);
        Ensemble longer = Longer(model, long_);
        var inputs = new double[1, Channels * long_];
        using SeriesPredictor predictor = model.CreateSeriesPredictor();
        double last = 0;
        for (int step = 0; step < long_; step++)
        {
            double[] values = Values(2, step);
            for (int channel = 0; channel < Channels; channel++)
            {
                inputs[0, (channel * long_) + step] = values[channel];
            }

            last = predictor.Predict(values).Mean[0];
        }

        double[,,] outputs = longer.Outputs(inputs, model.Model.Calibration.Bounds, model.Model.Calibration.Shrinkages, DeviceCatalog.Default);
        double mean = Enumerable.Range(0, model.ParticleCount).Average(s => outputs[s, 0, 0]);
        Assert.Equal(mean, last, 1e-5 * longer.TargetScaling.Scale[0]);
    }

    [Fact]
    public void A_target_at_each_step_is_predicted_as_the_last_of_a_window()
    {
        const string text = "lstm(4,sequence) conv1d(3,1,tanh) conv1d(1,1,identity)";
        SeriesWindows windows = SeriesWindows.Of(Table(0, 1, 2, 3, 4, 5), "day", ["site"], ["rain", "light"], Steps, sequences: ["flux"]);
        int[] full = [.. Enumerable.Range(0, windows.RowCount).Where(row => row % Steps == Steps - 1)];
        int first = windows.ColumnNames.ToList().IndexOf("rain[0]");
        double[,] inputs = Numbers(windows, full, first, Channels * Steps), targets = Numbers(windows, full, first + ((Channels + 1) * Steps), Steps);
        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(inputs, targets), Options($"field({Channels},{Steps}) {text} field(1,{Steps})"));
        PredictiveDistribution expected = model.Predict(inputs);
        using SeriesPredictor predictor = model.CreateSeriesPredictor();
        Assert.Equal([$"y{Steps}"], predictor.TargetNames);
        for (int step = 0; step < Steps; step++)
        {
            // Outputs do not depend on later steps; noise and scale are the last one's.
            RowPrediction own = predictor.Predict(Values(3, step));
            Assert.Equal(expected.Mean[3, step], own.Mean[0], 1e-5);
            if (step == Steps - 1)
            {
                Assert.Equal(expected.Variance[3, step], Math.Pow(own.StandardDeviation(), 2), 1e-4 * expected.Variance[3, step]);
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        using SeriesPredictor predictor = _models.Value[0].CreateSeriesPredictor();
        double[] values = Values(1, 0);
        predictor.Predict(values);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 10; step++)
        {
            predictor.Predict(values);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_wrong_step_is_refused_and_changes_no_state()
    {
        BayesianNetwork model = _models.Value[0];
        using SeriesPredictor predictor = model.CreateSeriesPredictor(), other = model.CreateSeriesPredictor();
        predictor.Predict([0.2, 0.3]);
        other.Predict([0.2, 0.3]);
        Assert.Contains("There are 1 values; a step has 2: rain, light.", Assert.Throws<ArgumentException>(() => { predictor.Predict([1]); }).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => { predictor.Predict([1, double.NaN]); }).Message, StringComparison.Ordinal);
        Assert.Equal(1, predictor.Steps);
        Assert.Equal(other.Predict([0.4, 0.1]).Mean[0], predictor.Predict([0.4, 0.1]).Mean[0]);
    }

    [Theory]
    [InlineData("field(2,9) lstm(3,sequence) dense(4)", "dense(4,silu) reads more than one step")]
    [InlineData("field(2,9) lstm(3,sequence) conv1d(2,3)", "conv1d(2,3,stride=1,padding=zero,silu) reads more than one step")]
    [InlineData("field(2,9) lstm(3,sequence)", "depend on the states of all steps")]
    [InlineData("field(2,9) conv1d(2,1) lstm(3)", "does not begin with a series and a recurrent layer")]
    [InlineData("dense(4)", "does not begin with a series and a recurrent layer")]
    public void Networks_that_need_whole_windows_are_refused(string text, string message)
    {
        BayesianNetwork model = Fit(text, marked: false);
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => model.CreateSeriesPredictor()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_devices_say_that_they_keep_no_states() => Assert.Contains(
        "Series are predicted step by step on the CPU, and the device is",
        Assert.Throws<NotSupportedException>(() => _models.Value[0].CreateSeriesPredictor(TestDevices.Open(TestDevices.SmallestGroups))).Message, StringComparison.Ordinal);

    private static TrainingOptions Options(string network) =>
        new() { Layers = NetworkDescription.Parse(network), Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, MaxIterations = 30 };

    private static BayesianNetwork Fit(string network, bool marked)
    {
        Dataset data = Dataset.FromSeries(Table(0, 1, 2, 3, 4, 5), "day", Steps, marked, ["flux"], groups: ["site"]);
        return BayesianNetwork.Fit(data, Options(NetworkDescription.Of(marked ? NetworkDescription.Parse(network, data.Series!.Channels, Steps) : NetworkDescription.Parse(network))));
    }

    private static Ensemble Longer(BayesianNetwork model, int steps)
    {
        Ensemble ensemble = model.Model.Ensemble;
        var layout = new ParameterLayout(new Network(Channels * steps, [new FieldLayer(Channels, steps), .. model.Options.Layers!.Skip(1)], 1));
        int[] places = [.. Enumerable.Range(0, Channels * steps).Select(i => i / steps * Steps)];
        return ensemble with
        {
            InputNames = [.. places.Select((_, i) => $"x{i}")],
            InputScaling = new Standardisation([.. places.Select(i => ensemble.InputScaling.Mean[i])], [.. places.Select(i => ensemble.InputScaling.Scale[i])]),
            Layout = layout,
            Particles = [.. Enumerable.Range(0, model.ParticleCount).SelectMany(s => ensemble.Particles.Skip(s * ensemble.Layout.Stride).Take(layout.Network.WeightCount)
                .Concat(new float[layout.Stride - layout.Network.WeightCount]))],
        };
    }

    private static double[,] Numbers(SeriesWindows windows, int[] rows, int first, int count)
    {
        var numbers = new double[rows.Length, count];
        for (int k = 0; k < numbers.Length; k++)
        {
            numbers[k / count, k % count] = double.Parse(windows.Cell(rows[k / count], first + (k % count)), System.Globalization.CultureInfo.InvariantCulture);
        }

        return numbers;
    }

    private static double[] Values(int site, int step) => [Math.Round(Math.Abs(Math.Sin((7 * site) + (1.3 * step))), 3), Math.Round(Math.Cos(site + (0.4 * step)), 3)];

    private static CsvTable Table(params int[] sites)
    {
        var text = new System.Text.StringBuilder("site,day,rain,light,flux\n");
        foreach (int site in sites)
        {
            double store = 0;
            for (int step = 0; step < Steps; step++)
            {
                double[] values = Values(site, step);
                store = (0.6 * store) + values[0];
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{site},{step},{values[0]},{values[1]},{(store * values[1]) + 1}\n");
            }
        }

        using CsvTableReader reader = Tests.Data.Tables.Open(text.ToString());
        return reader.Read(int.MaxValue)!;
    }
}
