namespace IlgpuBnn.Tests.Calibration;

/// <summary>Noise that may change with the prediction, on data that it is made for: measurements that are a tenth off, whatever their size.</summary>
public sealed class HeteroscedasticNoiseTests
{
    private static readonly AnchoredEnsemble _method = new() { Particles = 20, Folds = 5 };
    private static readonly TrainingOptions _options = new() { HiddenUnits = [12], MaxIterations = 600, Method = _method };
    private static readonly TrainingOptions _constant = _options with { Method = _method with { HeteroscedasticNoise = false } };

    private static readonly Dataset _training = Measurements(200, 1), _test = Measurements(1200, 2);
    private static readonly Lazy<BayesianNetwork> _varying = new(() => BayesianNetwork.Fit(_training, _options));
    private static readonly Lazy<BayesianNetwork> _one = new(() => BayesianNetwork.Fit(_training, _constant));

    [Fact]
    public void Intervals_of_small_and_of_large_predictions_hold_what_they_promise()
    {
        (double small, double large) = Coverage(_varying.Value);
        Assert.InRange(small, 0.9, 0.985);
        Assert.InRange(large, 0.9, 0.985);

        // With noise of one size the small ones' intervals hold everything, at several times the width, for the large ones' to hold nearly enough.
        (double constantSmall, double constantLarge) = Coverage(_one.Value);
        Assert.InRange(constantSmall, 0.995, 1);
        Assert.InRange(constantLarge, 0, large);
    }

    [Fact]
    public void New_measurements_are_likelier_than_with_noise_of_one_size()
    {
        double Score(BayesianNetwork model) => Scores.Evaluate(model.Predict(_test), _test.Targets).PerTarget[0].LogScore;
        Assert.InRange(Score(_varying.Value) - Score(_one.Value), 0.2, 1);
    }

    [Fact]
    public void The_slope_is_that_of_the_noise_and_none_where_it_is_constant_or_not_asked_for()
    {
        BayesianNetwork model = _varying.Value;

        // ln of a tenth of the prediction, between one standard deviation of the target below its mean and one above.
        (double mean, double scale) = (model.Model.Ensemble.TargetScaling.Mean[0], model.Model.Ensemble.TargetScaling.Scale[0]);
        double expected = 0.5 * Math.Log((mean + scale) / (mean - scale));
        Assert.InRange(model.LogSdSlopes[0], expected - 0.3, expected + 0.3);
        Assert.Equal(0, _one.Value.LogSdSlopes[0]);
        Assert.Equal(0, BayesianNetwork.Fit(_training, _options with { Method = _method with { Folds = 0 } }).LogSdSlopes[0]);
    }

    [Fact]
    public void Targets_that_share_their_noise_share_its_slope()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(60), _options with { Likelihood = new GaussianLikelihood(NoisePrecision.Shared) });
        Assert.Equal(model.LogSdSlopes[0], model.LogSdSlopes[1]);
        Assert.NotEqual(0, model.LogSdSlopes[0]);
    }

    private static (double Small, double Large) Coverage(BayesianNetwork model)
    {
        PredictiveDistribution prediction = model.Predict(_test);
        (double[,] lower, double[,] upper) = prediction.Interval(0.95);
        int[] order = [.. Enumerable.Range(0, _test.RowCount).OrderBy(n => prediction.Mean[n, 0])];
        double Held(IEnumerable<int> rows) => rows.Average(n => lower[n, 0] <= _test.Targets[n, 0] && _test.Targets[n, 0] <= upper[n, 0] ? 1.0 : 0);
        return (Held(order.Take(_test.RowCount / 3)), Held(order.TakeLast(_test.RowCount / 3)));
    }

    private static Dataset Measurements(int rows, int seed) =>
        Runs.Of(rows, 1, seed, (random, x) => [Math.Exp(2.5 * x[0]) * (1 + (0.1 * Case.Gaussian(random)))]);
}
