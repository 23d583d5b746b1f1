using IlgpuBnn.Calibration;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Training;

/// <summary>Cancellation is answered in every phase, and what was interrupted is made up for.</summary>
public sealed class CancellationTests
{
    private static readonly CancellationToken _cancelled = new(canceled: true);
    private static readonly Dataset _data = SkewedRows.Make();

    /// <summary>Encodings are tried, budgets double until the last two, and a candidate follows.</summary>
    private static readonly TrainingOptions _options = new() { HiddenUnits = [4], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, Seed = 3 };

    /// <summary>Devices give memory in every phase: for trials, at the start of a training, for each evaluation, calibration and comparison.</summary>
    [Fact]
    public void A_training_that_is_cancelled_at_any_moment_stops_there_and_goes_on_to_the_same_model()
    {
        int all = 0, ended = 0, without = 0, pending = 0;
        var device = new WatchedDevice(DeviceCatalog.Default) { Allocating = () => all++ };
        BayesianNetwork undisturbed = BayesianNetwork.Fit(_data, _options, device);
        for (int moment = 1; moment <= all; moment += 1 + (all / 40))
        {
            using var source = new CancellationTokenSource();
            int count = 0, reportsAfter = 0;
            var store = new MemoryStore();
            device.Allocating = () =>
            {
                if (++count == moment)
                {
                    source.Cancel();
                }
            };
            var rare = new Checkpoints(store) { Interval = TimeSpan.FromDays(1) };
            try
            {
                BayesianNetwork.Fit(
                    _data, _options, device, new Relay<TrainingProgress>(_ => reportsAfter += source.IsCancellationRequested ? 1 : 0), rare, source.Token);
                ended++;
            }
            catch (TrainingCancelledException exception)
            {
                // None before the first iteration.
                without += exception.Model is null ? 1 : 0;
                exception.Model?.Predict(_data).Interval(0.9);
            }

            // At most the evaluation that was nearly done.
            Assert.InRange(reportsAfter, 0, 1);
            pending += store.Content is { } content && SafetensorsFile.Read(new MemoryStream(content), "memory").Tensors.ContainsKey("pending") ? 1 : 0;
            device.Allocating = () => { };
            SameModel.Assert(undisturbed, BayesianNetwork.Fit(_data, _options, device, null, rare), _data);
        }

        Assert.InRange(without, 1, 39);
        Assert.InRange(pending, 1, 39);
        Assert.InRange(ended, 0, 2);
    }

    [Fact]
    public void Slow_work_on_rows_stops()
    {
        Stops(() => RelatedRows.Of(_data, _cancelled));
        Stops(() => RelatedRows.Repeats(_data, _cancelled));
        Stops(() => RelatedRows.Of(_data).Blocks(0, 80, _cancelled));
        Stops(() => new Folds([80], 5, 10, 0, null, _cancelled));
        Stops(() => SharedInputs.Find(_data, _cancelled)!);
        Stops(() => YeoJohnsonTransform.Fit([1, 2, 3, 9], _cancelled));
        Stops(() => _options.FoldsOf(_data, null, _cancelled));
        Stops(() => new TrainingRows(_data, _options, null, _cancelled));
        Stops(() => SpreadCalibration.Fit([new OutOfFoldRow(1, 1, 0)], 2, new AnchoredEnsemble(), cancellation: _cancelled));
        Stops(() => HyperparameterSearch.Run(_data, TimeSpan.FromHours(1), cancellation: _cancelled));
    }

    [Fact]
    public void Calibration_stops()
    {
        TrainedModel model = BayesianNetwork.Fit(_data, _options with { MaxIterations = 30, SelectEncodings = false }).Model;
        Calibrator calibrator = model.OutOfFold(_data, DeviceCatalog.Default);
        Stops(() => calibrator.Calibrate(model.Ensemble, (AnchoredEnsemble)_options.Method, _cancelled));
        Stops(() => calibrator.Conformal(model.Ensemble, model.Calibration, _cancelled)!);
        Stops(() => calibrator.Loss(model.Ensemble, model.Calibration, _cancelled));
        Stops(() => model.OutOfFold(_data, DeviceCatalog.Default, _cancelled));
        Stops(() => _options.Method.DrawAll(model.Ensemble.Layout, 0, cancellation: _cancelled));
    }

    [Fact]
    public void Predictions_in_pieces_have_the_same_bits()
    {
        Dataset many = Runs.Smooth(17_000);
        TrainedModel model = BayesianNetwork.Fit(many, _options with { MaxIterations = 5, SelectEncodings = false }).Model;
        Calibrator calibrator = model.OutOfFold(many, DeviceCatalog.Default);
        double[,] whole = calibrator.Predict(model.Ensemble, model.Calibration).Mean;
        (int First, PredictiveDistribution Prediction)[] pieces = [.. calibrator.PredictInPieces(model.Ensemble, model.Calibration)];
        Assert.Equal([0, 8192, 16384], pieces.Select(own => own.First));
        Assert.Equal(whole.Cast<double>(), pieces.SelectMany(own => own.Prediction.Mean.Cast<double>()));
    }

    [Fact]
    public void A_cancelled_training_is_calibrated_on_a_sample()
    {
        Dataset many = Runs.Smooth(2000);
        using var source = new CancellationTokenSource();
        var stop = new Relay<TrainingProgress>(_ => source.Cancel());
        TrainedModel model = Assert.Throws<TrainingCancelledException>(
            () => BayesianNetwork.Fit(many, _options with { SelectEncodings = false }, null, stop, cancellation: source.Token)).Model!.Model;
        Assert.Equal(500, model.Conformal!.Errors.GetLength(0));
        double[] observed = [.. many.Targets.Cast<double>()], lower = [.. new BayesianNetwork(model).Predict(many).Interval(0.95).Lower.Cast<double>()];
        Assert.InRange(observed.Zip(lower).Count(own => own.First < own.Second) / (double)observed.Length, 0, 0.06);
    }

    private static void Stops(Func<object> work) => Assert.ThrowsAny<OperationCanceledException>(work);
}
