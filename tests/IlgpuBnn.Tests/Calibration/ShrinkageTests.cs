namespace IlgpuBnn.Tests.Calibration;

/// <summary>Targets that inputs say nothing of, or that never change.</summary>
public sealed class ShrinkageTests
{
    private static readonly TrainingOptions _quick = new() { HiddenUnits = [12], MaxIterations = 300, Method = new AnchoredEnsemble { Particles = 12, Folds = 4 } };

    [Fact]
    public void A_target_without_signal_is_predicted_by_its_mean_and_one_with_signal_is_left_alone()
    {
        Dataset training = Table(80, 1), test = Table(400, 2);
        BayesianNetwork model = BayesianNetwork.Fit(training, _quick);
        Assert.Equal([0, 1], model.Model.Calibration.Shrinkages);
        Scores scores = Scores.Evaluate(model.Predict(test), test.Targets);
        Assert.InRange(scores.PerTarget[0].R2, -0.05, 0);
        Assert.InRange(scores.PerTarget[0].Coverage95, 0.9, 0.99);

        // 3.92 standard deviations.
        Assert.InRange(scores.PerTarget[0].Width95, 3.2, 4.6);
        Assert.InRange(scores.PerTarget[1].R2, 0.9, 1);

        // Not where it is not wanted.
        TrainingOptions unshrunk = _quick with { Method = new AnchoredEnsemble { Particles = 12, Folds = 4, Shrinkage = false } };
        Assert.Equal([1, 1], BayesianNetwork.Fit(training, unshrunk).Model.Calibration.Shrinkages);

        PredictiveMoments moments = model.PredictMoments(test.Inputs);
        PredictiveDistribution whole = model.Predict(test);
        using Predictor predictor = model.CreatePredictor();
        Assert.All(Enumerable.Range(0, 5), n =>
        {
            Numbers.AssertClose(whole.Mean[n, 0], moments.Mean[n, 0], absolute: 1e-6, relative: 1e-6);
            double[] row = [.. Enumerable.Range(0, 4).Select(i => test.Inputs[n, i])];
            Numbers.AssertClose(whole.Mean[n, 0], predictor.Predict(row).Mean[0], absolute: 1e-6, relative: 1e-6);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_constant_is_predicted_as_itself_without_any_doubt_and_left_out_of_means(bool svgd)
    {
        Dataset data = Runs.Of(40, 2, 3, (_, x) => [2.5e-6, x[0], 1.7e9, 0]);
        BayesianNetwork model = BayesianNetwork.Fit(data, svgd ? _quick with { Method = new Svgd { Particles = 7 } } : _quick);
        PredictiveDistribution prediction = model.Predict(data);
        (double[,] lower, double[,] upper) = prediction.Interval(0.95);
        Assert.All(Enumerable.Range(0, 40), n =>
        {
            Assert.Equal((2.5e-6, 1.7e9, 0.0), (prediction.Mean[n, 0], prediction.Mean[n, 2], prediction.Mean[n, 3]));
            Assert.Equal((0.0, 0.0, 0.0), (prediction.Variance[n, 0], prediction.Variance[n, 2], prediction.Variance[n, 3]));
            Assert.Equal((2.5e-6, 2.5e-6), (lower[n, 0], upper[n, 0]));
        });
        Scores scores = Scores.Evaluate(prediction, data.Targets);
        Assert.Equal(scores.PerTarget[1], scores.Overall);

        // A file keeps it.
        using var folder = new TemporaryFolder();
        model.Save(folder.File("m.safetensors"));
        Assert.Equal(prediction.Variance, BayesianNetwork.Load(folder.File("m.safetensors")).Predict(data).Variance);
    }

    private static Dataset Table(int rows, int seed) => Runs.Of(
        rows, 4, seed, (random, x) => [MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1), (3 * x[0]) + (x[1] * x[1])]);
}
