namespace IlgpuBnn.Tests.Training;

/// <summary>Transforms of targets and encodings of inputs: asked for, selected, saved, and undone in predictions.</summary>
public sealed class EncodingSelectionTests
{
    private static readonly TrainingOptions _quick = new() { HiddenUnits = [12], MaxIterations = 300, Method = new AnchoredEnsemble { Particles = 12, Folds = 4 } };

    /// <summary>Smooth in its logarithm, over six decades; and an ordinary target.</summary>
    private static readonly Dataset _decades = Decades(100, 1);

    private static readonly Lazy<BayesianNetwork> _selected = new(() => BayesianNetwork.Fit(_decades, _quick));

    [Fact]
    public void A_positive_target_over_decades_is_learnt_as_its_logarithm()
    {
        BayesianNetwork model = _selected.Value;
        Assert.Equal([new LogTransform(), new IdentityTransform()], model.TargetTransforms);
        Assert.Contains(model.Report.Notes, note => note.StartsWith("y1 is learnt on the scale of the transform log", StringComparison.Ordinal));

        Dataset test = Decades(200, 2);
        PredictiveDistribution prediction = model.Predict(test);
        (double[,] lower, _) = prediction.Interval(0.95);
        Assert.All(Enumerable.Range(0, 200), n => Assert.True(lower[n, 0] > 0 && prediction.Mean[n, 0] > 0));
        TargetScores with = Scores.Evaluate(prediction, test.Targets).PerTarget[0];
        TargetScores without = Scores.Evaluate(BayesianNetwork.Fit(_decades, _quick with { SelectEncodings = false }).Predict(test), test.Targets).PerTarget[0];
        Assert.InRange(with.LogScore - without.LogScore, 2, 100);
        Assert.InRange(with.Coverage95, 0.9, 1);
    }

    [Fact]
    public void Every_way_to_predict_gives_the_same_in_raw_units()
    {
        using var folder = new TemporaryFolder();
        _selected.Value.Save(folder.File("m.safetensors"));
        BayesianNetwork model = BayesianNetwork.Load(folder.File("m.safetensors"));
        Assert.Equal(_selected.Value.TargetTransforms, model.TargetTransforms);
        Dataset test = Decades(5, 3);
        PredictiveDistribution whole = model.Predict(test);
        Assert.Equal(_selected.Value.Predict(test).Mean, whole.Mean);
        PredictiveMoments moments = model.PredictMoments(test.Inputs);
        Assert.Equal(whole.Mean, moments.Mean);
        Assert.Equal(whole.EpistemicVariance, moments.EpistemicVariance);
        (double[,] lower, double[,] upper) = whole.Interval(0.9);
        using Predictor predictor = model.CreatePredictor();
        for (int n = 0; n < 5; n++)
        {
            RowPrediction row = predictor.Predict([test.Inputs[n, 0], test.Inputs[n, 1]]);
            for (int o = 0; o < 2; o++)
            {
                Numbers.AssertClose(whole.Mean[n, o], row.Mean[o], absolute: 0, relative: 1e-5);
                (double own, double other) = row.Interval(0.9, o);
                Numbers.AssertClose(lower[n, o], own, absolute: 1e-5 * Math.Abs(whole.Mean[n, o]), relative: 1e-4);
                Numbers.AssertClose(upper[n, o], other, absolute: 1e-5 * Math.Abs(whole.Mean[n, o]), relative: 1e-4);
            }
        }

        // Half of all draws lie below the median.
        double[,,] draws = whole.Sample(2000, seed: 1);
        double[,] median = whole.Quantile(0.5);
        Assert.InRange(Enumerable.Range(0, 2000).Count(k => draws[k, 0, 0] < median[0, 0]) / 2000.0, 0.4, 0.6);
    }

    [Fact]
    public void What_is_asked_for_is_used_and_what_cannot_be_is_named()
    {
        TrainingOptions options = _quick with { Transforms = new Dictionary<string, TransformKind> { ["y1"] = TransformKind.None }, MaxIterations = 5 };
        Assert.Equal([new IdentityTransform(), new IdentityTransform()], BayesianNetwork.Fit(_decades, options).TargetTransforms);

        var wrong = new Dictionary<string, TransformKind> { ["y2"] = TransformKind.Log };
        DataException e = Assert.Throws<DataException>(() => BayesianNetwork.Fit(_decades, options with { Transforms = wrong }));
        Assert.Equal("y2", e.Column);
        Assert.Contains("log takes numbers above 0", e.Message, StringComparison.Ordinal);
        Assert.Contains(
            "Categories names \"gcm\", which is no input",
            Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(_decades, options with { Categories = ["gcm"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_category_written_as_a_number_is_found_and_an_unseen_level_lies_outside()
    {
        double[] effects = [0, 3, -2, 1];
        Dataset data = Runs.Of(120, 2, 4, (_, x) => [effects[Level(x)] + x[1]], to: 4).With0(row => Math.Floor(row));
        BayesianNetwork model = BayesianNetwork.Fit(data, _quick);
        Assert.Equal([new CategoryEncoding([0, 1, 2, 3]), new NumericEncoding()], model.InputEncodings);
        Assert.Contains("Input x1 is taken as a category of 4 levels: out-of-fold rows were predicted better so.", model.Report.Notes);
        Assert.Empty(model.InputRange.Outside(new double[,] { { 2, 1 } }, 0));
        Assert.Equal([0], model.InputRange.Outside(new[,] { { 1.5, 1 } }, 0));

        using var folder = new TemporaryFolder();
        model.Save(folder.File("m.safetensors"));
        BayesianNetwork back = BayesianNetwork.Load(folder.File("m.safetensors"));
        Assert.Equal(model.Predict(data).Mean, back.Predict(data).Mean);
        Assert.Equal(model.PredictOutOfFold(data).Mean, back.PredictOutOfFold(data).Mean);
        Assert.Equal([0], back.InputRange.Outside(new[,] { { 1.5, 1 } }, 0));

        static int Level(double[] x) => (int)Math.Floor(x[0]);
    }

    [Fact]
    public void An_input_over_decades_is_taken_as_its_logarithm_and_needs_positive_values()
    {
        Dataset data = Runs.Of(100, 2, 5, (_, x) => [Math.Sin(x[0]) + x[1]], from: -3, to: 3).With0(Math.Exp);
        BayesianNetwork model = BayesianNetwork.Fit(data, _quick with { LogInputs = ["x1"] });
        Assert.Equal([new LogEncoding(), new NumericEncoding()], model.InputEncodings);
        Assert.Contains(
            "The model takes its logarithm: give numbers above 0.",
            Assert.Throws<ArgumentException>(() => model.Predict(new double[,] { { 0, 1 } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ordinary_columns_are_left_as_they_are()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(60), _quick with { MaxIterations = 10 });
        Assert.All(model.TargetTransforms, transform => Assert.Equal(new IdentityTransform(), transform));
        Assert.All(model.InputEncodings, encoding => Assert.Equal(new NumericEncoding(), encoding));
    }

    private static Dataset Decades(int rows, int seed) => Runs.Of(
        rows, 2, seed, (_, x) => [Math.Exp((6 * x[0]) + (3 * Math.Sin(3 * x[1])) - 3), Math.Sin(3 * x[0]) - x[1]]);
}

file static class Columns
{
    /// <summary>The same rows with the first input changed.</summary>
    public static Dataset With0(this Dataset data, Func<double, double> change)
    {
        var inputs = (double[,])data.Inputs.Clone();
        for (int row = 0; row < data.RowCount; row++)
        {
            inputs[row, 0] = change(inputs[row, 0]);
        }

        return new Dataset(inputs, data.Targets);
    }
}
