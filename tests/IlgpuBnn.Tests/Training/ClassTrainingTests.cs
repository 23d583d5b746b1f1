namespace IlgpuBnn.Tests.Training;

/// <summary>Classes from labels to probabilities.</summary>
public sealed class ClassTrainingTests : IDisposable
{
    private static readonly (Dataset Data, double[,] Probabilities) _train = Runs.Classes(240), _test = Runs.Classes(2000, 2);

    private static readonly TrainingOptions _options = new() { HiddenUnits = [8], Method = new AnchoredEnsemble { Particles = 20, Folds = 5 }, MaxIterations = 400 };

    private static readonly Lazy<BayesianNetwork> _model = new(() => BayesianNetwork.Fit(_train.Data, _options));

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_anchored_ensemble_comes_near_the_true_probabilities()
    {
        BayesianNetwork model = _model.Value;
        Assert.Equal(["a", "b", "c"], model.Classes!);
        Assert.Equal(["kind"], model.TargetNames);
        Assert.IsType<CategoricalLikelihood>(model.Options.Likelihood);
        ClassScores scores = ClassScores.Evaluate(model.PredictClasses(_test.Data), _test.Data);

        // The best that can be: the entropy of the true probabilities.
        double best = LogLoss(_test.Data, _test.Probabilities);
        Assert.InRange(scores.LogLoss, best, best + 0.1);
        Assert.InRange(scores.CalibrationError, 0, 0.05);

        ClassScores outOfFold = ClassScores.Evaluate(model.PredictClassesOutOfFold(_train.Data), _train.Data);
        Assert.InRange(outOfFold.LogLoss - ClassScores.Evaluate(model.PredictClasses(_train.Data), _train.Data).LogLoss, 0.01, 0.2);
    }

    /// <summary>Networks disagree more where there were no rows.</summary>
    [Fact]
    public void Epistemic_entropy_is_larger_far_from_the_rows()
    {
        // On the border of a and b, inside the rows and beyond.
        ClassPredictions prediction = _model.Value.PredictClasses(new double[,] { { 1, 1, 0 }, { 6, 6, -9 } });
        Assert.InRange(prediction.MutualInformation[1], 2 * prediction.MutualInformation[0], double.PositiveInfinity);
    }

    public static TheoryData<InferenceMethod, double> Methods => new()
    {
        { new Svgd { Particles = 10 }, 0.25 }, { new IndependentParticles { Particles = 5 }, 0.25 }, { new Deterministic(), 0.5 },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_learns_classes(InferenceMethod method, double margin)
    {
        BayesianNetwork model = BayesianNetwork.Fit(_train.Data, _options with { Method = method });
        Assert.InRange(ClassScores.Evaluate(model.PredictClasses(_test.Data), _test.Data).LogLoss, 0, LogLoss(_test.Data, _test.Probabilities) + margin);
        Assert.Equal(1, model.Temperature);
        Assert.InRange(model.Report.History[^1].BestValidationScore, -1, 0);
    }

    /// <summary>A bump or a step, anywhere on a line of twelve, under noise.</summary>
    [Fact]
    public void Convolutions_tell_shapes_apart()
    {
        var random = new Random(4);
        (double[,] inputs, string[] labels) Draw(int rows)
        {
            var inputs = new double[rows, 12];
            var labels = new string[rows];
            for (int row = 0; row < rows; row++)
            {
                int place = random.Next(2, 10);
                labels[row] = row % 2 == 0 ? "bump" : "step";
                for (int x = 0; x < 12; x++)
                {
                    inputs[row, x] = (row % 2 == 0 ? Math.Abs(x - place) < 2 : x >= place) ? 1 : 0;
                    inputs[row, x] += 0.1 * (random.NextDouble() - 0.5);
                }
            }

            return (inputs, labels);
        }

        (double[,] seen, string[] known) = Draw(120);
        (double[,] unseen, string[] truth) = Draw(100);
        TrainingOptions options = _options with { Layers = NetworkDescription.Parse("field(1,12) conv1d(4,3,zero,tanh) pool(2) dense(8,tanh)") };
        BayesianNetwork model = BayesianNetwork.Fit(Dataset.OfClasses(seen, known), options);
        string path = _folder.File("shapes.safetensors");
        model.Save(path);
        Assert.InRange(ClassScores.Evaluate(BayesianNetwork.Load(path).PredictClasses(unseen), Dataset.OfClasses(unseen, truth)).Accuracy, 0.95, 1);
    }

    [Fact]
    public void Logistic_regression_finds_the_odds()
    {
        (Dataset data, _) = Runs.Classes(600, 3, classes: 2);
        BayesianNetwork model = BayesianNetwork.Fit(data, _options with { HiddenUnits = [] });
        Assert.IsType<BernoulliLikelihood>(model.Options.Likelihood);
        Assert.Equal(4, model.ParameterCount);
        ClassPredictions prediction = model.PredictClasses(new double[,] { { 0, 0, 0 }, { 0, 0.5, 0 } });

        // Odds of a, whose logit is 3 x2, against b: 1 and exp(1.5); 600 rows leave an error of some hundredths.
        Assert.InRange(prediction.Probabilities[0, 0], 0.43, 0.57);
        Assert.InRange(prediction.Probabilities[1, 0], 0.75, 0.88);
    }

    [Fact]
    public void Two_classes_may_have_an_output_each()
    {
        (Dataset data, _) = Runs.Classes(100, 3, classes: 2);
        BayesianNetwork model = BayesianNetwork.Fit(data, _options with { HiddenUnits = [], Likelihood = new CategoricalLikelihood(), MaxIterations = 50 });
        Assert.Equal(8, model.ParameterCount);
        Assert.Equal(2, model.PredictClasses(data).Probabilities.GetLength(1));
    }

    /// <summary>Logits three times as large need three times the temperature, but for its prior.</summary>
    [Fact]
    public void Temperature_makes_up_for_overconfident_logits()
    {
        (Dataset data, _) = Runs.Classes(600, 4);
        TrainedModel model = BayesianNetwork.Fit(data, _options with { HiddenUnits = [] }).Model;
        Ensemble own = model.Ensemble, louder = new()
        {
            InputNames = own.InputNames,
            TargetNames = own.TargetNames,
            InputScaling = own.InputScaling,
            TargetScaling = own.TargetScaling,
            Layout = own.Layout,
            Likelihood = own.Likelihood,
            NoiseLogPrecision = own.NoiseLogPrecision,
            Particles = [.. own.Particles.Select(value => 3 * value)],
        };
        (OutputCalibration calibration, double[] scores, _) = model.OutOfFoldClasses(data, DeviceCatalog.Default).Calibrate(louder, (AnchoredEnsemble)_options.Method);
        Assert.InRange(calibration.Temperature / model.Calibration.Temperature, 2.5, 3.2);
        Assert.Equal(model.OutOfFoldLoss(data, DeviceCatalog.Default), -Assert.Single(scores), 0.02);
    }

    [Fact]
    public void A_missing_label_does_not_count()
    {
        (Dataset few, Dataset more) = (Labelled(150, 150), Labelled(150, 200));
        BayesianNetwork without = BayesianNetwork.Fit(few, Deterministic()), with = BayesianNetwork.Fit(more, Deterministic());
        Assert.Equal(without.PredictClasses(_test.Data).PredictedClass, with.PredictClasses(_test.Data).PredictedClass);

        // Not bit for bit: the inputs of rows without a label still have a part in means and scales.
        Dataset Labelled(int labelled, int rows) => Dataset.OfClasses(
            Mirrored(rows), [.. Enumerable.Range(0, rows).Select(row => row < labelled ? Mirrored(rows)[row, 0] > 0 ? "b" : "a" : null)], ["x1", "x2", "x3"]);

        static double[,] Mirrored(int rows)
        {
            var inputs = new double[rows, 3];
            for (int row = 0; row < rows; row++)
            {
                (inputs[row, 0], inputs[row, 1], inputs[row, 2]) = ((row % 2) - 0.5, (row % 5) - 2, (row % 10) - 4.5);
            }

            return inputs;
        }

        static TrainingOptions Deterministic() => new() { HiddenUnits = [], Method = new Deterministic { EarlyStopping = new EarlyStopping(0) }, MaxIterations = 200 };
    }

    [Fact]
    public void Balanced_weights_make_a_rare_class_likelier()
    {
        int[] rows = [.. Enumerable.Range(0, _train.Data.RowCount).Where(row => _train.Data.Targets[row, 0] != 2 || row % 6 == 0)];
        Dataset rare = _train.Data.SelectRows(rows);
        double Mean(ClassWeights weights)
        {
            ClassPredictions prediction = BayesianNetwork.Fit(rare, _options with { HiddenUnits = [], MaxIterations = 200, ClassWeights = weights }).PredictClasses(_test.Data);
            return Enumerable.Range(0, prediction.RowCount).Average(row => prediction.Probabilities[row, 2]);
        }

        Assert.InRange(Mean(ClassWeights.Balanced), 1.5 * Mean(ClassWeights.None), 1);
    }

    [Fact]
    public void A_saved_model_goes_on_with_its_classes()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_train.Data, _options with { MaxIterations = 40, ClassWeights = ClassWeights.Balanced });
        model.Save(_folder.File("m"));
        BayesianNetwork back = BayesianNetwork.Load(_folder.File("m"));
        Assert.Equal(model.PredictClassesOutOfFold(_train.Data).Probabilities, back.PredictClassesOutOfFold(_train.Data).Probabilities);
        Assert.Equal(model.Model.Encoding.Classes, back.Model.Encoding.Classes);
        Assert.Equal(model.Temperature, back.Temperature);

        // As read from a table in which the first class does not occur.
        Dataset unknown = Dataset.OfClasses(new double[240, 3], [.. Enumerable.Range(0, 240).Select(row => row % 2 == 0 ? "c" : "d")], targetName: "kind");
        Assert.Contains("\"d\" is none of the classes", Assert.Throws<DataException>(() => back.Resume(unknown, 10)).Message, StringComparison.Ordinal);
        Assert.Equal(50, back.Resume(_train.Data, 50).Report.Iterations);
    }

    [Fact]
    public void Encodings_and_the_last_activation_are_chosen_by_log_loss()
    {
        // x1 over decades: a class for each half of its logarithm.
        var random = new Random(5);
        double[,] inputs = new double[120, 1];
        var labels = new string[120];
        for (int n = 0; n < 120; n++)
        {
            double log = (6 * random.NextDouble()) - 3;
            (inputs[n, 0], labels[n]) = (Math.Exp(2 * log), Math.Abs(log) < 1.5 ? "middle" : "ends");
        }

        BayesianNetwork model = BayesianNetwork.Fit(Dataset.OfClasses(inputs, labels), _options with { MaxIterations = 300 });
        Assert.IsType<LogEncoding>(Assert.Single(model.InputEncodings));
    }

    [Fact]
    public void What_is_for_numbers_refuses_classes_and_the_other_way_round()
    {
        BayesianNetwork model = _model.Value;
        double[,] row = new double[1, 3];
        foreach (Func<object> use in new Func<object>[]
        {
            () => model.Predict(row), () => model.Predict(_test.Data), () => model.PredictMoments(row), () => model.Gradients(row), () => model.ConformalInterval(row, 0.9),
            () => model.CreatePredictor(), () => model.PredictOutOfFold(_train.Data),
        })
        {
            Assert.Contains("This model predicts classes of kind (a, b, c)", Assert.Throws<InvalidOperationException>(use).Message, StringComparison.Ordinal);
        }

        BayesianNetwork numbers = BayesianNetwork.Fit(Runs.Smooth(30), _options with { MaxIterations = 10 });
        Assert.Null(numbers.Classes);
        foreach (Func<object> use in new Func<object>[] { () => numbers.PredictClasses(new double[1, 2]), () => numbers.PredictClasses(Runs.Smooth(30)), () => numbers.PredictClassesOutOfFold(Runs.Smooth(30)) })
        {
            Assert.Contains("This model predicts numbers (y1, y2)", Assert.Throws<InvalidOperationException>(use).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_that_do_not_fit_the_targets_are_refused()
    {
        (TrainingOptions Options, Dataset Data, string Message)[] cases =
        [
            (_options with { Likelihood = new GaussianLikelihood() }, _train.Data, "3 classes of kind, and the likelihood is GaussianLikelihood"),
            (_options with { Likelihood = new BernoulliLikelihood() }, _train.Data, "the Bernoulli likelihood is of two"),
            (_options with { Components = new PrincipalComponents() }, _train.Data, "principal components are of numbers"),
            (_options with { Layers = NetworkDescription.Parse("field(1,3) conv1d(3,1,identity) field(3,3)") }, _train.Data, "the targets are a field"),
            (_options with { Transforms = new Dictionary<string, TransformKind> { ["kind"] = TransformKind.Log } }, _train.Data, "transforms are of numbers"),
            (_options with { Likelihood = new CategoricalLikelihood() }, Runs.Smooth(30), "has targets of numbers, and the options are for classes"),
            (_options with { ClassWeights = ClassWeights.Balanced }, Runs.Smooth(30), "has targets of numbers, and the options are for classes"),
        ];
        foreach ((TrainingOptions options, Dataset data, string message) in cases)
        {
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(data, options)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_training_of_classes_that_is_killed_goes_on_to_the_same_bits()
    {
        TrainingOptions options = _options with { MaxIterations = 150, EvaluationInterval = 10 };
        BayesianNetwork undisturbed = BayesianNetwork.Fit(_train.Data, options);
        var store = new MemoryStore();
        using var source = new CancellationTokenSource();
        var kill = new Relay<TrainingProgress>(progress =>
        {
            if (progress.Completed >= 60)
            {
                source.Cancel();
            }
        });
        Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(_train.Data, options, null, kill, new Checkpoints(store), source.Token));
        BayesianNetwork model = BayesianNetwork.Fit(_train.Data, options, checkpoints: new Checkpoints(store));
        Assert.Equal(undisturbed.PredictClasses(_test.Data).Probabilities, model.PredictClasses(_test.Data).Probabilities);
    }

    public void Dispose() => _folder.Dispose();

    private static double LogLoss(Dataset data, double[,] probabilities) =>
        Enumerable.Range(0, data.RowCount).Average(row => -Math.Log(probabilities[row, (int)data.Targets[row, 0]]));
}
