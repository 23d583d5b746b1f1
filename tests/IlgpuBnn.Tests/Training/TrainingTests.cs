namespace IlgpuBnn.Tests.Training;

public sealed class TrainingTests
{
    private static readonly Svgd _method = new() { Particles = 4 };
    private static readonly TrainingOptions _quick = new() { Method = _method, HiddenUnits = [12], MaxIterations = 200, Seed = 3 };
    private static readonly Svgd _unstopped = _method with { EarlyStopping = new EarlyStopping(ValidationFraction: 0) };

    public static TheoryData<Activation> Activations => [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(Activations))]
    public void Networks_of_every_activation_fit_a_smooth_function(Activation activation)
    {
        var options = new TrainingOptions { Activation = activation, MaxIterations = 600, Method = new AnchoredEnsemble { Particles = 10 } };
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(200), options);
        Scores scores = Scores.Evaluate(model.Predict(Runs.Smooth(100, seed: 2)), Runs.Smooth(100, seed: 2).Targets);

        // A linear model can follow most of y1 and nothing of y2 = 100 x1 x2; sigmoids, all of one sign, are slow to bend.
        (double first, double least, double most) = activation switch
        {
            Activation.Identity => (0.8, -0.2, 0.2),
            Activation.Sigmoid => (0.98, 0.7, 1.0),
            _ => (0.99, 0.97, 1.0),
        };
        Assert.InRange(scores.PerTarget[0].R2, first, 1);
        Assert.InRange(scores.PerTarget[1].R2, least, most);
    }

    public static TheoryData<InferenceMethod> Methods() => [_method, new Svgd { Particles = 1 }, new IndependentParticles { Particles = 4 }, new Deterministic()];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_improves_the_validation_score(InferenceMethod method)
    {
        TrainingReport report = BayesianNetwork.Fit(Runs.Smooth(80), _quick with { Method = method, MaxIterations = 400 }).Report;
        Assert.Equal((72, 8), (report.TrainingRows, report.ValidationRows));
        Assert.True(report.History[^1].BestValidationScore > report.History[0].ValidationScore + 0.1);
        Assert.Equal(method is Svgd { Particles: > 1 }, double.IsFinite(report.History[0].Bandwidth));
    }

    public static TheoryData<InferenceMethod> SharedAndOwnTargets => [_method, new AnchoredEnsemble { Particles = 12, Folds = 4 }];

    [Theory]
    [MemberData(nameof(SharedAndOwnTargets))]
    public void The_same_seed_gives_the_same_model_and_another_seed_another(InferenceMethod method)
    {
        TrainingOptions options = _quick with { Method = method, BatchSize = 17, MaxIterations = 60 };
        float[] first = BayesianNetwork.Fit(Runs.Smooth(50), options).Model.Ensemble.Particles;
        Assert.Equal(first, BayesianNetwork.Fit(Runs.Smooth(50), options).Model.Ensemble.Particles);
        Assert.NotEqual(first, BayesianNetwork.Fit(Runs.Smooth(50), options with { Seed = 4 }).Model.Ensemble.Particles);
    }

    [Fact]
    public void Stopping_keeps_the_best_state_not_the_last()
    {
        // Twelve rows of pure noise: what is learned after the first steps only hurts.
        var random = new Random(5);
        double[,] inputs = new double[60, 6], targets = new double[60, 1];
        for (int n = 0; n < 60; n++)
        {
            targets[n, 0] = random.NextDouble();
            for (int i = 0; i < 6; i++)
            {
                inputs[n, i] = random.NextDouble();
            }
        }

        TrainingReport report = BayesianNetwork.Fit(new Dataset(inputs, targets), _quick with
        {
            MaxIterations = 3000,
            EvaluationInterval = 10,
            Method = _method with { EarlyStopping = new EarlyStopping(0.4, 200) },
        }).Report;
        Assert.Equal(StopReason.ValidationScore, report.StopReason);
        Assert.Equal(report.Iterations - 200, report.KeptIteration);
        StepInfo best = report.History.MaxBy(step => step.ValidationScore)!;
        Assert.Equal(best.Iteration, report.KeptIteration);
        Assert.Equal(best.ValidationScore, report.History[^1].BestValidationScore);
    }

    [Fact]
    public void The_kept_state_is_the_one_that_was_scored()
    {
        Dataset data = Runs.Smooth(60);
        TrainingOptions options = _quick with { MaxIterations = 600, EvaluationInterval = 50, Method = _method with { EarlyStopping = new EarlyStopping(0.3) } };
        BayesianNetwork model = BayesianNetwork.Fit(data, options);
        Dataset validation = model.Model.ValidationRows(data)!;
        Assert.Equal(validation.RowCount, model.Report.ValidationRows);
        Scores scores = Scores.Evaluate(model.Predict(validation), validation.Targets);

        // In raw units a log score is lower by the log of the target's scale.
        double[] scaled = [.. scores.PerTarget.Select((score, o) => score.LogScore + Math.Log(model.Model.Ensemble.TargetScaling.Scale[o]))];
        Assert.Equal(model.Report.History[^1].BestValidationScore, scaled.Average(), 1e-4);
    }

    [Fact]
    public void Few_rows_are_all_trained_on_and_a_note_says_so()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(12), _quick with { MaxIterations = 30 });
        Assert.Equal((12, 0, 30), (model.Report.TrainingRows, model.Report.ValidationRows, model.Report.KeptIteration));
        Assert.Contains("No rows are held out for validation: 10 % of 12 rows is fewer than 3", Assert.Single(model.Report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Constant_columns_are_noted_and_predicted()
    {
        var inputs = new double[20, 2];
        var targets = new double[20, 2];
        for (int n = 0; n < 20; n++)
        {
            (inputs[n, 0], inputs[n, 1], targets[n, 0], targets[n, 1]) = (n, 7, n * n, -3);
        }

        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(inputs, targets, ["a", "b"], ["c", "d"]), _quick with { Method = _unstopped });
        Assert.Contains(model.Report.Notes, note => note.Contains("Input \"b\" is the same", StringComparison.Ordinal));
        Assert.Contains(model.Report.Notes, note => note.Contains("Target \"d\" is the same", StringComparison.Ordinal));
        Assert.Equal(-3, model.Predict(inputs).Mean[5, 1], 0.2);
    }

    [Theory]
    [MemberData(nameof(SharedAndOwnTargets))]
    public void Missing_targets_contribute_nothing(InferenceMethod method)
    {
        // The second target is missing wherever it would be absurd.
        Dataset clean = Runs.Smooth(120);
        var targets = (double[,])clean.Targets.Clone();
        for (int n = 0; n < 120; n += 2)
        {
            targets[n, 1] = double.NaN;
        }

        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(clean.Inputs, targets), _quick with { Method = method, MaxIterations = 1500, BatchSize = 40 });
        Assert.InRange(Scores.Evaluate(model.Predict(clean), clean.Targets).PerTarget[1].R2, method is AnchoredEnsemble ? 0.95 : 0.9, 1);
    }

    [Fact]
    public void Progress_tells_every_look()
    {
        var steps = new List<StepInfo>();
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), _quick with { MaxIterations = 120, EvaluationInterval = 50 }, progress: new Relay<TrainingProgress>(value => steps.Add(value.Step)));
        Assert.Equal([50, 100, 120], steps.Select(step => step.Iteration));
        Assert.Equal(model.Report.History, steps);
        Assert.All(steps, step => Assert.True(step.Spread > 0 && step.GradientNorm > 0 && double.IsFinite(step.MeanLogDensity)));
    }

    [Fact]
    public void Cancelling_keeps_what_was_reached()
    {
        using var source = new CancellationTokenSource();
        TrainingCancelledException cancelled = Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(
            Runs.Smooth(40), _quick with { Method = _unstopped }, progress: new Relay<TrainingProgress>(_ => source.Cancel()), cancellation: source.Token));
        Assert.Equal(source.Token, cancelled.CancellationToken);
        Assert.Equal((25, 25, StopReason.Cancelled), (cancelled.Model!.Report.Iterations, cancelled.Model.Report.KeptIteration, cancelled.Model.Report.StopReason));
        Assert.Equal(40, cancelled.Model.Predict(Runs.Smooth(40)).RowCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cancelled_before_the_first_iteration_there_is_no_model(bool selectEncodings)
    {
        // A skewed target, so that transforms are tried first.
        Dataset data = Runs.Of(60, 2, 1, (_, x) => [Math.Exp(5 * x[0] * x[1])]);
        TrainingCancelledException cancelled = Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(
            data, new TrainingOptions { SelectEncodings = selectEncodings }, cancellation: new CancellationToken(canceled: true)));
        Assert.Null(cancelled.Model);
        Assert.Contains("before its first iteration", cancelled.Message);
    }

    [Fact]
    public void A_training_that_diverges_names_step_and_particle_and_keeps_the_last_good_state()
    {
        TrainingOptions options = _quick with
        {
            Adam = new AdamOptions(StepSize: 200),
            MaxIterations = 2000,
            EvaluationInterval = 1,
            Method = _unstopped,
        };
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() => BayesianNetwork.Fit(Runs.Smooth(30), options));
        Assert.Contains($"particle {diverged.Particle} was not finite in iteration {diverged.Iteration}", diverged.Message, StringComparison.Ordinal);
        Assert.Contains("Lower the step size", diverged.Message, StringComparison.Ordinal);
        Assert.Equal(diverged.Iteration - 1, diverged.LastGoodModel!.Report.KeptIteration);
        Assert.All(diverged.LastGoodModel.Model.Ensemble.Particles, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void All_bad_options_are_named_at_once()
    {
        var options = new TrainingOptions
        {
            HiddenUnits = [5, 0],
            LastActivation = (Activation)99,
            Likelihood = new StudentTLikelihood(-2),
            MaxIterations = 0,
            BatchSize = 0,
            EvaluationInterval = -3,
            Adam = new AdamOptions(double.NaN, 1, 0.9, 0),
            Method = new Svgd { Particles = -1, Prior = new HierarchicalPrior(0), EarlyStopping = new EarlyStopping(1, 0) },
        };
        AssertNamed(
            options, "Hidden layer 2: A dense layer has 0", "Activation 99 is unknown", "DegreesOfFreedom is -2", "MaxIterations is 0", "BatchSize is 0",
            "EvaluationInterval is -3", "StepSize is NaN", "Beta1 and Beta2 are 1", "Epsilon is 0", "Particles is -1", "WeightShape is 0",
            "ValidationFraction is 1", "Patience is 0");
        AssertNamed(
            options with { Method = new AnchoredEnsemble { Particles = 0, Folds = -1, Prior = new AnchoredPrior(0, -1, double.NaN) } },
            "MaxIterations is 0", "Particles is 0", "Folds is -1", "WeightScale is 0", "RelevanceSd is -1", "NoiseSd is NaN");
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        AssertNamed(_quick with { Likelihood = new SquaredError() }, "The likelihood is SquaredError, which Svgd cannot be trained with");
        AssertNamed(
            _quick with { Method = new Deterministic(), Likelihood = new StudentTLikelihood(4) },
            "The likelihood is StudentTLikelihood, which Deterministic cannot be trained with");
        AssertNamed(_quick with { Layers = [new SkipConnection(), new Dense(3)] }, "A skip connection does not directly follow a layer of units");
        Assert.Contains("a deterministic network is 1", Assert.Throws<ArgumentException>(() => new Deterministic { Particles = 2 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_than_three_rows_are_refused()
    {
        DataException refused = Assert.Throws<DataException>(() => BayesianNetwork.Fit(Runs.Smooth(2)));
        Assert.Contains("there are 2 rows; training needs at least 3", refused.Message, StringComparison.Ordinal);
    }

    private static void AssertNamed(TrainingOptions options, params string[] problems)
    {
        string message = Assert.Throws<ArgumentException>(options.Validate).Message;
        Assert.All(problems, problem => Assert.Contains(problem, message, StringComparison.Ordinal));
    }
}
