namespace IlgpuBnn.Tests.Prediction;

public sealed class PredictorTests
{
    private static readonly Dataset _data = Runs.Smooth(30);

    // Units fewer than a vector, and between vectors; with a skip connection behind them, and none at all.
    private static readonly Lazy<BayesianNetwork[]> _models = new(() =>
    [
        .. Enum.GetValues<Activation>().Select(activation => Model(new TrainingOptions { HiddenUnits = [3, 33], SkipConnection = true, Activation = activation })),
        Model(new TrainingOptions { HiddenUnits = [70] }), Model(new TrainingOptions { HiddenUnits = [] }),
        Model(new TrainingOptions { Layers = [new FourierFeatures(17, 0.4), new Dense(3, Activation.Tanh), new SkipConnection()] }),
        Model(new TrainingOptions { Layers = [new Sine(19, 4), new SkipConnection(), new Dense(3, Activation.Tanh), new SkipConnection()] }),
    ]);

    [Fact]
    public void A_row_is_predicted_as_in_a_table() => Assert.All(
        TestDevices.Names.ForManyShapes(), device => Assert.All(TestDevices.IsSlow(device) ? _models.Value[..1] : _models.Value, model => AssertSame(model, TestDevices.Open(device))));

    [Fact]
    public void Nothing_is_allocated()
    {
        using Predictor predictor = Model(new TrainingOptions { HiddenUnits = [5] }).CreatePredictor();
        double[] row = [0.1, 0.2];
        predictor.Predict(row);
        long before = GC.GetAllocatedBytesForCurrentThread();
        predictor.Predict(row);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_wrong_row_is_refused_and_the_next_one_predicted()
    {
        using Predictor predictor = Model(new TrainingOptions { HiddenUnits = [5] }).CreatePredictor();
        Assert.Contains("3 columns", Assert.Throws<ArgumentException>(() => { predictor.Predict([1, 2, 3]); }).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => { predictor.Predict([1, double.NaN]); }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => { predictor.Predict([0, 0]).Mixture(2); });
        Assert.True(double.IsFinite(predictor.Predict([0, 0]).Mean[0]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Each_network_alone_gives_its_own_outputs(int components)
    {
        var options = new TrainingOptions { HiddenUnits = [5], Components = components > 0 ? new PrincipalComponents(components) : null, SelectEncodings = false };
        BayesianNetwork model = Model(options);
        PredictiveDistribution table = model.Predict(_data);
        double scale = model.EpistemicScales[1];
        for (int s = 0; s < model.ParticleCount; s++)
        {
            using Predictor predictor = model.CreatePredictor(s);
            RowPrediction row = predictor.Predict([_data.Inputs[3, 0], _data.Inputs[3, 1]]);

            // A table's deviations from the mean are on the calibrated scale.
            Assert.Equal((table.ParticleOutputs[s, 3, 1] - table.Mean[3, 1]) / scale, row.Mean[1] - table.Mean[3, 1], 1e-4);
            Assert.Equal(0, row.EpistemicVariance[1]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreatePredictor(model.ParticleCount));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreatePredictor(-1));
    }

    [Fact]
    public void Predict_does_not_write_into_the_array_it_is_given()
    {
        double[,] inputs = (double[,])_data.Inputs.Clone();
        Model(new TrainingOptions { HiddenUnits = [5] }).Predict(inputs);
        Assert.Equal(_data.Inputs, inputs);
    }

    private static BayesianNetwork Model(TrainingOptions options) => BayesianNetwork.Fit(
        _data, options with { Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 20 });

    private static void AssertSame(BayesianNetwork model, Device device)
    {
        PredictiveDistribution table = model.Predict(_data);
        (double[,] lower, double[,] upper) = table.Interval(0.9);
        using Predictor predictor = model.CreatePredictor(device);
        for (int n = 0; n < 5; n++)
        {
            RowPrediction row = predictor.Predict([_data.Inputs[n, 0], _data.Inputs[n, 1]]);
            for (int o = 0; o < _data.TargetCount; o++)
            {
                // Single precision, summed in another order.
                Numbers.AssertClose(table.Mean[n, o], row.Mean[o], absolute: 2e-5, relative: 2e-5);
                Numbers.AssertClose(table.EpistemicVariance[n, o], row.EpistemicVariance[o], absolute: 2e-5, relative: 2e-4);
                Numbers.AssertClose(table.AleatoricVariance[n, o], row.AleatoricVariance[o], absolute: 2e-5, relative: 2e-4);
                Numbers.AssertClose(lower[n, o], row.Interval(0.9, o).Lower, absolute: 1e-4, relative: 1e-4);
                Numbers.AssertClose(upper[n, o], row.Interval(0.9, o).Upper, absolute: 1e-4, relative: 1e-4);
            }
        }
    }
}
