namespace IlgpuBnn.Tests;

/// <summary>Models of classes, from training to predictions.</summary>
public sealed class ClassNetworkTests
{
    private static readonly TrainingOptions _options =
        new() { HiddenUnits = [6], Method = new AnchoredEnsemble { Particles = 10, Folds = 5 }, MaxIterations = 300, Seed = 3 };

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Probabilities_come_near_those_that_drew_the_labels(int classes)
    {
        Dataset data = ClassRows.Make(400, classes), fresh = ClassRows.Make(300, classes, seed: 2);
        BayesianNetwork model = BayesianNetwork.Fit(data, _options);
        ClassPredictions predictions = model.PredictClasses(fresh);
        double error = 0;
        for (int row = 0; row < fresh.RowCount; row++)
        {
            double[] truth = ClassRows.Probabilities(fresh.Inputs[row, 0], fresh.Inputs[row, 1], classes);
            error += Enumerable.Range(0, classes).Sum(k => Math.Abs(truth[k] - predictions.Probabilities[row, k])) / (classes * fresh.RowCount);
        }

        // Of 400 labels; guessing the frequencies is 0.17 and 0.13 off.
        Assert.InRange(error, 0, 0.06);
        Assert.Equal(ClassRows.Names[..classes], model.Classes);
        Assert.Equal(["cover"], model.TargetNames);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Training_stops_by_the_out_of_fold_log_loss_and_the_temperature_is_the_best(int classes)
    {
        Dataset data = ClassRows.Make(120, classes);
        BayesianNetwork model = BayesianNetwork.Fit(
            data, _options with { MaxIterations = null, Method = new AnchoredEnsemble { Particles = 10, Folds = 5, SelectLastActivation = false } });
        double Loss(double temperature) => model.Model.OutOfFoldClasses(data, DeviceCatalog.Default)
            .Loss(model.Model.Ensemble, model.Model.Calibration with { Temperature = temperature * model.Temperature });
        double found = Loss(1);
        Assert.Equal(-found, model.Report.History.Single(step => step.Iteration == model.Report.KeptIteration).ValidationScore, 1e-9);
        Assert.Equal(found, ClassScores.Evaluate(model.PredictClassesOutOfFold(data), data).LogLoss, 1e-9);
        Assert.All([0.5, 2], factor => Assert.True(Loss(factor) > found));
    }

    [Fact]
    public void Each_kind_of_model_refuses_the_predictions_of_the_other()
    {
        Dataset data = ClassRows.Make(40, 3), numbers = Runs.Of(40, 2, 1, (_, x) => [x[0]]);
        TrainingOptions brief = _options with { MaxIterations = 2 };
        BayesianNetwork classes = BayesianNetwork.Fit(data, brief), plain = BayesianNetwork.Fit(numbers, brief);
        Action[] ofNumbers =
        [
            () => classes.Predict(data.Inputs), () => classes.Predict(data), () => classes.PredictOutOfFold(data), () => classes.ConformalInterval(data.Inputs, 0.9),
            () => classes.CreatePredictor(),
        ];
        Assert.All(ofNumbers, call => Assert.Contains("predicts classes of cover (bog, dune, forest)", Assert.Throws<InvalidOperationException>(call).Message));
        Action[] ofClasses = [() => plain.PredictClasses(data.Inputs), () => plain.PredictClasses(data), () => plain.PredictClassesOutOfFold(data)];
        Assert.All(ofClasses, call => Assert.Contains("Use Predict", Assert.Throws<InvalidOperationException>(call).Message));
        Assert.Contains("learning curves are of errors of numbers", Assert.Throws<ArgumentException>(() => IlgpuBnn.Analysis.LearningCurve.Measure(data)).Message);
        Assert.Contains("options are for classes", Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(numbers, brief with { Likelihood = new CategoricalLikelihood() })).Message);
        Assert.Contains("likelihood is GaussianLikelihood", Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(data, brief with { Likelihood = new GaussianLikelihood() })).Message);
        Assert.Contains("Bernoulli", Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(data, brief with { Likelihood = new BernoulliLikelihood() })).Message);
    }

    [Fact]
    public void A_training_that_was_stopped_goes_on_to_the_same_model_and_a_complete_one_with_more_rows()
    {
        Dataset data = ClassRows.Make(60, 3), more = ClassRows.Make(80, 3);
        TrainingOptions options = _options with { Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, EvaluationInterval = 20, MaxIterations = 100 };
        BayesianNetwork undisturbed = BayesianNetwork.Fit(data, options);
        var store = new Training.MemoryStore();
        using var source = new CancellationTokenSource();
        Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(
            data, options, progress: new Relay<TrainingProgress>(_ => source.Cancel()), checkpoints: new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 },
            cancellation: source.Token));
        BayesianNetwork back = BayesianNetwork.Fit(data, options, checkpoints: new Checkpoints(store));
        Assert.Equal(undisturbed.PredictClasses(more).Probabilities, back.PredictClasses(more).Probabilities);
        Assert.Equal(80, back.Resume(more, maxIterations: 20).Report.TrainingRows);
        Assert.Contains("do not begin", Assert.Throws<DataException>(() => back.Resume(ClassRows.Make(80, 3, seed: 9))).Message);
    }

    [Fact]
    public void Balanced_weights_make_a_rare_class_likelier()
    {
        Dataset all = ClassRows.Make(300, 2);
        var data = all.SelectRows([.. Enumerable.Range(0, 300).Where(row => all.Targets[row, 0] == 0 || row % 6 == 0)]);
        double Rare(ClassWeights weights) => BayesianNetwork.Fit(data, _options with { ClassWeights = weights }).PredictClasses(data).Probabilities.Cast<double>().Where((_, k) => k % 2 == 1).Average();
        Assert.InRange(Rare(ClassWeights.None), 0.05, 0.25);
        Assert.InRange(Rare(ClassWeights.Balanced), 0.35, 0.65);
    }

    [Fact]
    public void Other_methods_learn_classes_and_a_single_network_has_no_epistemic_entropy()
    {
        Dataset data = ClassRows.Make(100, 3), fresh = ClassRows.Make(100, 3, seed: 2);
        foreach (InferenceMethod method in new InferenceMethod[] { new Svgd { Particles = 5 }, new Deterministic() })
        {
            ClassPredictions predictions = BayesianNetwork.Fit(data, _options with { Method = method }).PredictClasses(fresh);
            ClassScores scores = ClassScores.Evaluate(predictions, fresh);
            Assert.True(scores.LogLoss < scores.FrequencyLogLoss);
            Assert.Equal(method is Deterministic, predictions.MutualInformation.All(own => own < 1e-12));
        }
    }
}
