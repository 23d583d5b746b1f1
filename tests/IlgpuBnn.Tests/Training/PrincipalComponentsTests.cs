using IlgpuBnn.Persistence;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Training;

/// <summary>Networks that learn principal components of many targets: honest bases, intervals that hold, the same everywhere.</summary>
public sealed class PrincipalComponentsTests
{
    private const int Side = 20;

    private static readonly TrainingOptions _quick = new()
    {
        HiddenUnits = [16],
        MaxIterations = 600,
        Method = new AnchoredEnsemble { Particles = 20, Folds = 10 },
        Components = new PrincipalComponents(6),
        SelectEncodings = false,
    };

    private static readonly Dataset _map = Map(100, 1);

    private static readonly Lazy<BayesianNetwork> _model = new(() => BayesianNetwork.Fit(_map, _quick));

    [Theory]
    [InlineData(30, 7)]
    [InlineData(9, 40)]
    public void All_components_together_are_the_targets_themselves(int rows, int targets)
    {
        double[,] table = Random(rows, targets, 1);
        var folds = new Folds([rows], 3, 6, seed: 0);
        OutputComponents components = OutputComponents.Fit(table, folds, targets);

        // As many as a fold's training rows, or as there are targets.
        Assert.Equal(Math.Min(targets, rows * 2 / 3), components.Count);
        for (int fold = 0; fold < 3; fold++)
        {
            double[,] scores = components.Encode(table, fold);
            for (int n = 0; n < rows; n++)
            {
                double[] restored = new double[targets], own = [.. Enumerable.Range(0, components.Count).Select(k => scores[n, k])];
                components.Decode(own, fold, restored);
                for (int o = 0; o < targets && (folds.Of(n) != fold || targets < rows); o++)
                {
                    Numbers.AssertClose(table[n, o], restored[o], absolute: 1e-9, relative: 0);
                }
            }

            // Scores of the training rows have mean square 1.
            int[] training = [.. Enumerable.Range(0, rows).Where(n => folds.Of(n) != fold)];
            for (int k = 0; k < components.Count; k++)
            {
                Numbers.AssertClose(1, training.Average(n => scores[n, k] * scores[n, k]), absolute: 1e-6, relative: 0);
            }
        }
    }

    [Fact]
    public void A_row_has_no_say_in_the_components_of_its_fold()
    {
        double[,] table = Random(24, 50, 2), changed = (double[,])table.Clone();
        var folds = new Folds([24], 4, 8, seed: 0);
        for (int o = 0; o < 50; o++)
        {
            changed[5, o] = 100 * o;
        }

        OutputComponents before = OutputComponents.Fit(table, folds, 3), after = OutputComponents.Fit(changed, folds, 3);
        Assert.Equal(before.Loadings[folds.Of(5)], after.Loadings[folds.Of(5)]);
        Assert.NotEqual(before.Loadings[(folds.Of(5) + 1) % 4], after.Loadings[(folds.Of(5) + 1) % 4]);
    }

    [Fact]
    public void What_components_leave_out_is_found_on_rows_left_out()
    {
        // Two patterns of 60 targets that are learnt exactly, and noise of a known size that no component can hold.
        const double noise = 0.3;
        Dataset data = Patterns(80, 3, noise), test = Patterns(300, 4, noise);
        BayesianNetwork model = BayesianNetwork.Fit(data, _quick with { Components = new PrincipalComponents(2) });
        Assert.Equal(2, model.ComponentCount);
        PredictiveDistribution prediction = model.Predict(test);
        double stated = prediction.Variance.Cast<double>().Average();
        Assert.InRange(stated, 0.9 * noise * noise, 1.35 * noise * noise);
        Assert.InRange(Scores.Evaluate(prediction, test.Targets).Overall.Coverage95, 0.93, 0.975);
    }

    [Fact]
    public void Intervals_of_every_cell_of_a_map_hold_what_they_say()
    {
        Dataset test = Map(300, 2);
        Scores scores = Scores.Evaluate(_model.Value.Predict(test), test.Targets);
        Assert.InRange(scores.Overall.R2, 0.9, 1);
        Assert.InRange(scores.Overall.Coverage95, 0.93, 0.98);
        (double[,] lower, double[,] upper) = _model.Value.ConformalInterval(test.Inputs, 0.9);
        double held = Enumerable.Range(0, test.RowCount).Average(
            n => Enumerable.Range(0, test.TargetCount).Average(o => test.Targets[n, o] >= lower[n, o] && test.Targets[n, o] <= upper[n, o] ? 1.0 : 0));
        Assert.InRange(held, 0.87, 0.95);

        // The rows left out say the same of themselves.
        Scores outOfFold = Scores.Evaluate(_model.Value.PredictOutOfFold(_map), _map.Targets);
        Assert.InRange(outOfFold.Overall.Rmse / scores.Overall.Rmse, 0.9, 1.2);
        Assert.InRange(outOfFold.Overall.Coverage95, 0.92, 0.98);
    }

    [Fact]
    public void As_many_components_as_rows_do_not_vouch_for_themselves()
    {
        // Nothing to learn, and 50 components of 60 targets hold most of the rows' own variance: what is stated must be all of it.
        Dataset data = Patterns(80, 5, noise: 1, signal: 0), test = Patterns(200, 6, noise: 1, signal: 0);
        BayesianNetwork model = BayesianNetwork.Fit(data, _quick with { Components = new PrincipalComponents(50), MaxIterations = 200 });
        PredictiveDistribution prediction = model.Predict(test);
        Assert.InRange(prediction.Variance.Cast<double>().Average(), 0.9, 1.4);
        Assert.InRange(Scores.Evaluate(prediction, test.Targets).Overall.Coverage95, 0.92, 0.98);
    }

    [Fact]
    public void Every_way_to_predict_gives_the_same()
    {
        using var folder = new TemporaryFolder();
        _model.Value.Save(folder.File("m.safetensors"));
        BayesianNetwork model = BayesianNetwork.Load(folder.File("m.safetensors"));
        Assert.Equal(6, model.ComponentCount);
        Dataset test = Map(5, 3);
        PredictiveDistribution whole = model.Predict(test), before = _model.Value.Predict(test);
        Assert.Equal(before.ParticleOutputs, whole.ParticleOutputs);
        Assert.Equal(before.Variance, whole.Variance);
        Assert.Equal(_model.Value.ConformalInterval(test.Inputs, 0.9).Upper, model.ConformalInterval(test.Inputs, 0.9).Upper);
        PredictiveMoments moments = model.PredictMoments(test.Inputs);
        Assert.Equal(whole.Mean, moments.Mean);
        Assert.Equal(whole.EpistemicVariance, moments.EpistemicVariance);
        Assert.Equal(whole.AleatoricVariance, moments.AleatoricVariance);
        (double[,] lower, _) = whole.Interval(0.9);
        using Predictor predictor = model.CreatePredictor();
        for (int n = 0; n < 5; n++)
        {
            RowPrediction row = predictor.Predict([test.Inputs[n, 0], test.Inputs[n, 1], test.Inputs[n, 2]]);
            for (int o = 0; o < test.TargetCount; o += 37)
            {
                Numbers.AssertClose(whole.Mean[n, o], row.Mean[o], absolute: 1e-5, relative: 1e-4);
                Numbers.AssertClose(whole.Variance[n, o], row.AleatoricVariance[o] + row.EpistemicVariance[o], absolute: 1e-6, relative: 1e-3);
                Numbers.AssertClose(lower[n, o], row.Interval(0.9, o).Lower, absolute: 1e-4, relative: 1e-3);
            }
        }
    }

    [Fact]
    public void A_file_whose_components_were_changed_is_refused()
    {
        Dataset data = Runs.Of(20, 2, 1, (random, x) => [x[0], x[0] + x[1], x[1] - (0.3 * x[0])]);
        BayesianNetwork model = BayesianNetwork.Fit(
            data, _quick with { Components = new PrincipalComponents(2), MaxIterations = 20, Method = new AnchoredEnsemble { Particles = 4, Folds = 2 } });
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        Assert.Contains("components", Refused(tensors => tensors["components"] = new(new double[12], 2, 3, 2)), StringComparison.Ordinal);
        Assert.Contains("components", Refused(tensors => tensors["components"] = new(new double[9], 3, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("components", Refused(tensors => tensors["components"] = new(Array.Empty<double>(), 2, 0, 3)), StringComparison.Ordinal);
        Assert.Contains("layers.1.weight", Refused(tensors => tensors["components"] = new(new double[6], 2, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("layers.1.weight", Refused(tensors => tensors.Remove("components")), StringComparison.Ordinal);
        Assert.Contains("must be a number within 1000", Refused(tensors => ((double[])tensors["components"].Values)[3] = double.NaN), StringComparison.Ordinal);

        string Refused(Action<Dictionary<string, SafetensorsTensor>> change)
        {
            (Dictionary<string, SafetensorsTensor> tensors, Dictionary<string, string> metadata) = ModelFile.PartsOf(model.Model);
            Assert.Equal("3", metadata["format_version"]);
            change(tensors);
            SafetensorsFile.Write(path, tensors, metadata);
            return Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(path)).Message;
        }
    }

    [Fact]
    public void Constant_targets_are_predicted_without_any_doubt()
    {
        Dataset data = Runs.Of(40, 2, 1, (random, x) => [x[0], 7, x[0] + x[1], x[1] - x[0] + (0.1 * random.NextDouble())]);
        PredictiveDistribution prediction = BayesianNetwork.Fit(data, _quick with { Components = new PrincipalComponents(2) }).Predict(data);
        Assert.All(Enumerable.Range(0, 40), n => Assert.Equal((7, 0), (prediction.Mean[n, 1], prediction.Variance[n, 1])));
    }

    [Fact]
    public void A_transform_that_is_asked_for_comes_before_the_components()
    {
        Dataset data = Runs.Of(60, 2, 1, (_, x) => [Math.Exp(3 * x[0]), Math.Exp(3 * x[1]), x[0] + x[1], x[0] - x[1]]);
        BayesianNetwork model = BayesianNetwork.Fit(data, _quick with
        {
            Components = new PrincipalComponents(2),
            Transforms = new Dictionary<string, TransformKind> { ["y1"] = TransformKind.Log },
            SelectEncodings = true,
        });

        // The second, as skewed as the first, stays as it is.
        Assert.Equal([new LogTransform(), new IdentityTransform(), new IdentityTransform(), new IdentityTransform()], model.TargetTransforms);
        PredictiveDistribution prediction = model.Predict(data);
        Assert.Equal(prediction.Mean, model.PredictMoments(data.Inputs).Mean);
        Assert.InRange(Scores.Evaluate(prediction, data.Targets).PerTarget[0].R2, 0.95, 1);
    }

    [Fact]
    public void Rows_left_out_choose_how_many()
    {
        BayesianNetwork map = BayesianNetwork.Fit(_map, _quick with { Components = new PrincipalComponents(), MaxIterations = 100 });
        Assert.InRange(map.ComponentCount!.Value, 3, 20);
        Assert.Contains(map.Report.Notes, note => note.StartsWith($"The 400 targets are learnt as {map.ComponentCount} principal components", StringComparison.Ordinal));

        // Independent targets are better learnt for themselves.
        Dataset independent = Runs.Of(60, 2, 1, (random, x) => [Math.Sin(6 * x[0]), x[1], random.NextDouble(), random.NextDouble(), random.NextDouble()]);
        BayesianNetwork plain = BayesianNetwork.Fit(independent, _quick with { Components = new PrincipalComponents(), MaxIterations = 200 });
        Assert.Contains(plain.Report.Notes, note => note.Contains("principal components", StringComparison.Ordinal));
    }

    [Fact]
    public void A_training_goes_on_with_the_components_that_its_networks_know()
    {
        Dataset more = Map(130, 1), start = more.SelectRows([.. Enumerable.Range(0, 100)]);
        BayesianNetwork first = BayesianNetwork.Fit(start, _quick), second = first.Resume(more, 300);
        Assert.Equal(first.Model.Ensemble.Components!.Loadings, second.Model.Ensemble.Components!.Loadings);
        Dataset test = Map(100, 2);
        double before = Scores.Evaluate(first.Predict(test), test.Targets).Overall.Rmse;
        Assert.InRange(Scores.Evaluate(second.Predict(test), test.Targets).Overall.Rmse, 0, 1.02 * before);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Dataset two = Runs.Smooth(30);
        Refused<ArgumentException>(two, _quick with { Components = new PrincipalComponents(0) }, "Components.Count is 0; it must be at least 1");
        Refused<ArgumentException>(two, _quick with { Components = new PrincipalComponents(3) }, "Give at most 2");
        Refused<ArgumentException>(_map.SelectRows([.. Enumerable.Range(0, 5)]), _quick, "has 5 rows and 400 targets that vary. Give at most 4");
        Refused<ArgumentException>(two, _quick with { Method = new Svgd() }, "Components need out-of-fold rows");
        Refused<ArgumentException>(two, _quick with { Method = new AnchoredEnsemble { Particles = 3 } }, "Components need out-of-fold rows");
        Refused<DataException>(two.SelectTargets([0]), _quick with { Components = new PrincipalComponents() }, "one target that varies");
        double[,] missing = (double[,])two.Targets.Clone();
        missing[6, 1] = double.NaN;
        Refused<DataException>(new Dataset(two.Inputs, missing), _quick with { Components = new PrincipalComponents(2) }, "a missing target");
        Refused<DataException>(
            new Dataset(two.Inputs, two.Targets, groups: new int[30]), _quick with { Components = new PrincipalComponents(2) }, "no row can be left out");

        static void Refused<T>(Dataset data, TrainingOptions options, string message)
            where T : Exception => Assert.Contains(message, Assert.Throws<T>(() => BayesianNetwork.Fit(data, options)).Message);
    }

    /// <summary>A bump that moves over a map, and a little noise.</summary>
    private static Dataset Map(int rows, int seed) => Runs.Of(rows, 3, seed, (random, x) =>
    [
        .. Enumerable.Range(0, Side * Side).Select(cell =>
        {
            double u = (cell % Side) + 0.5, v = (cell / Side) + 0.5, du = (u / Side) - 0.3 - (0.4 * x[0]), dv = (v / Side) - 0.3 - (0.4 * x[1]);
            return ((1 + x[2]) * Math.Exp(-8 * ((du * du) + (dv * dv)))) + (0.05 * Normal.Sample(random, 0, 1));
        }),
    ]);

    private static Dataset Patterns(int rows, int seed, double noise, double signal = 1) => Runs.Of(rows, 2, seed, (random, x) =>
    [
        .. Enumerable.Range(0, 60).Select(o =>
            (signal * (((2 * x[0]) - 1) * Math.Sin(o / 9.0)) * 3) + (signal * 3 * ((2 * x[1]) - 1) * Math.Cos(o / 5.0)) + (noise * Normal.Sample(random, 0, 1))),
    ]);

    private static double[,] Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var table = new double[rows, columns];
        for (int n = 0; n < rows; n++)
        {
            for (int o = 0; o < columns; o++)
            {
                table[n, o] = Normal.Sample(random, 0, 1);
            }
        }

        return table;
    }
}
