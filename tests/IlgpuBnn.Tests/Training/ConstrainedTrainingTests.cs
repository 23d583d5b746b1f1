namespace IlgpuBnn.Tests.Training;

/// <summary>Trainings that are told what is known beside the rows.</summary>
public sealed class ConstrainedTrainingTests
{
    private static readonly TrainingOptions _options = new()
    {
        HiddenUnits = [9],
        MaxIterations = 300,
        SelectEncodings = false,
        Method = new AnchoredEnsemble { Particles = 8, Folds = 4 },
    };

    private static readonly Device _device = TestDevices.Open("cpu-256");

    // y1 rises with x1 and z falls with it, but for noise; all are at least 0; and y1, y2 and y3 are 1 together.
    private static readonly Dataset _rows = Named(Runs.Of(24, 2, 3, (random, x) =>
    {
        double rising = 0.5 * x[0] * x[0], other = 0.3 * x[1];
        return [rising, other, 1 - rising - other, Math.Max(0, 4 - (9 * x[0]) + (2 * random.NextDouble()) - 1)];
    }));

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Relu)]
    public void Monotone_targets_are_so_where_without_they_are_not(Activation activation)
    {
        Constraint[] known = [new Monotone("z", "x1", Rising: false), new Monotone("y1", "x1"), new Monotone("y2", "x2")];
        TrainingOptions options = _options with { Activation = activation };
        BayesianNetwork model = Fit(options with { Constraints = new ConstraintPrior(known) });
        Assert.Equal(known, model.Report.Constraints.Select(own => own.Constraint));
        IReadOnlyList<ConstraintCheck> without = ConstraintUse.Check(Fit(options).Model with { Options = model.Options }, _rows, _device);
        Assert.InRange(without.Max(own => own.ViolatedFraction), 0.05, 1);
        Assert.InRange(without.Max(own => own.ViolatedFractionOfNetworks), 0.2, 1);
        Assert.All(model.Report.Constraints, own => Assert.InRange(own.ViolatedFraction, 0, 0.01));
        Assert.All(model.Report.Constraints, own => Assert.InRange(own.ViolatedFractionOfNetworks, 0, 0.08));
        Assert.DoesNotContain(model.Report.Constraints, own => own.Exact);

        // By exact derivatives, of another code.
        double[,] points = Runs.Of(200, 2, 8, (_, _) => [0.0]).Inputs;
        double[,,] gradients = model.Gradients(points).Mean;
        double[] slopes = [.. Enumerable.Range(0, 200).Select(n => gradients[n, 3, 0])];
        Assert.True(slopes.Count(slope => slope > 0.02) < 4, $"{slopes.Count(slope => slope > 0.02)} of 200 slopes rise.");
    }

    [Fact]
    public void Limits_hold_in_every_output_mean_quantile_and_draw()
    {
        BayesianNetwork model = Fit(_options with { Constraints = new ConstraintPrior([new Limits("z", 0, 3)]) }, _rows.SelectRows([.. Enumerable.Range(0, 24).Where(n => _rows.Targets[n, 3] <= 3)]));
        double[,] far = Runs.Of(60, 2, 4, (_, _) => [0.0], from: -2, to: 3).Inputs;
        PredictiveDistribution prediction = model.Predict(far, _device);
        (double[,] lower, double[,] upper) = prediction.Interval(0.95);
        double[] all =
        [
            .. Of(prediction.Mean), .. Of(lower), .. Of(upper), .. Of(prediction.Quantile(0.001)), .. Of(model.PredictMoments(far, _device).Mean),
            .. Enumerable.Range(0, 60).Select(n => prediction.Sample(3)[2, n, 3]), .. Enumerable.Range(0, 60).Select(n => prediction.ParticleOutputs[5, n, 3]),
        ];
        Assert.All(all, value => Assert.InRange(value, 0, 3));
        Assert.Contains(0, Of(lower));
        Assert.Contains(3, Of(upper));
        Assert.True(Of(Fit(_options).Predict(far, _device).Interval(0.95).Lower).Min() < -0.1);
        Assert.Equal((1, 0), (prediction.ProbabilityAbove(-1e-9)[7, 3], prediction.ProbabilityAbove(3)[7, 3]));
        Assert.Equal((true, 0), (model.Report.Constraints[0].Exact, model.Report.Constraints[0].ViolatedFractionOfNetworks));

        // One row as many.
        using Predictor predictor = model.CreatePredictor(_device);
        Numbers.AssertClose(prediction.Mean[7, 3], predictor.Predict([far[7, 0], far[7, 1]]).Mean[3], absolute: 1e-6, relative: 1e-5);

        static IEnumerable<double> Of(double[,] values) => Enumerable.Range(0, values.GetLength(0)).Select(n => values[n, 3]);
    }

    [Fact]
    public void Sums_hold_for_means_everywhere()
    {
        FixedSum sum = new([new SumTerm("y1"), new SumTerm("y2"), new SumTerm("y3")], 1), twice = new([new SumTerm("y1", 2), new SumTerm("z", -0.5)], 0.25);
        // Which the rows have but nearly.
        Dataset rows = Named(Runs.Of(24, 2, 3, (_, x) => [x[0], x[1], 1.02 - x[0] - x[1], (4 * x[0]) - 0.45]));
        BayesianNetwork model = Fit(_options with { Constraints = new ConstraintPrior([sum, twice]) }, rows), without = Fit(_options, rows);
        double[,] far = Runs.Of(60, 2, 4, (_, _) => [0.0], from: -2, to: 3).Inputs;
        double[,] mean = model.Predict(far, _device).Mean, plain = without.Predict(far, _device).Mean;
        Assert.True(Enumerable.Range(0, 60).Max(n => Math.Abs(plain[n, 0] + plain[n, 1] + plain[n, 2] - 1)) > 0.05);
        for (int n = 0; n < 60; n++)
        {
            Assert.Equal(1, mean[n, 0] + mean[n, 1] + mean[n, 2], 1e-5);
            Assert.Equal(0.25, (2 * mean[n, 0]) - (0.5 * mean[n, 3]), 1e-5);
        }

        Assert.All(model.Report.Constraints, own => Assert.Equal((true, 0.0, 0.0), (own.Exact, own.ViolatedFraction, own.ViolatedFractionOfNetworks)));
    }

    [Fact]
    public void Limits_of_targets_in_a_sum_are_a_part_of_the_training()
    {
        ConstraintPrior prior = new([new FixedSum([new SumTerm("y1"), new SumTerm("y2"), new SumTerm("y3")], 1), new Limits("y1", 0), new Limits("y2", 0)]);
        BayesianNetwork model = Fit(_options with { Constraints = prior });
        IReadOnlyList<ConstraintCheck> without = ConstraintUse.Check(Fit(_options).Model with { Options = model.Options }, _rows, _device);
        Assert.False(model.Report.Constraints[1].Exact);
        Assert.InRange(without[1].ViolatedFractionOfNetworks, 0.1, 1);
        Assert.InRange(model.Report.Constraints[1].ViolatedFractionOfNetworks, 0, 0.5 * without[1].ViolatedFractionOfNetworks);
        Assert.Equal(0, model.Report.Constraints[0].ViolatedFraction);
    }

    [Fact]
    public void A_model_keeps_them_in_its_file_and_when_it_is_trained_on()
    {
        ConstraintPrior prior = new([new Monotone("z", "x1", Rising: false), new Limits("z", 0), new FixedSum([new SumTerm("y1"), new SumTerm("y2"), new SumTerm("y3", 1)], 1)], Margin: 0.1);
        BayesianNetwork model = Fit(_options with { Constraints = prior, MaxIterations = 40 });
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        model.Save(path);
        BayesianNetwork back = BayesianNetwork.Load(path);
        Assert.Equal(prior, back.Options.Constraints);
        Assert.Equal(model.Report.Constraints, back.Report.Constraints);
        Assert.Equal(model.Predict(_rows.Inputs, _device).Interval(0.9).Lower, back.Predict(_rows.Inputs, _device).Interval(0.9).Lower);
        BayesianNetwork further = back.Resume(_rows, 300, _device);
        Assert.Equal(3, further.Report.Constraints.Count);
        Assert.InRange(further.Report.Constraints[0].ViolatedFraction, 0, 0.01);
        Assert.IsType<LimitedTransform>(further.TargetTransforms[3]);
    }

    [Fact]
    public void A_transform_that_keeps_limits_by_itself_stays_as_it_is()
    {
        Assert.Equal(new LogTransform(), LimitedTransform.Of(new LogTransform(), -1, double.PositiveInfinity));
        Assert.Equal(new LimitedTransform(new LogTransform(), 2, null), LimitedTransform.Of(new LogTransform(), 2, double.PositiveInfinity));
        Assert.Equal(new LimitedTransform(new LogitTransform(), null, 0.9), LimitedTransform.Of(new LimitedTransform(new LogitTransform(), 0.1, null), 0, 0.9));
        Assert.Equal(new IdentityTransform(), LimitedTransform.Of(new IdentityTransform(), double.NegativeInfinity, double.PositiveInfinity));
    }

    [Fact]
    public void What_cannot_hold_is_refused_with_the_reason()
    {
        Refused("\"w\", which is no target of", new Monotone("w", "x1"));
        Refused("\"x3\", which is no input of", new Monotone("z", "x3"));
        Refused("z must both rise and fall with x2", new Monotone("z", "x2"), new Monotone("z", "x2", Rising: false));
        Refused("The limits of z contradict each other: it must be at least 2 and at most 1", new Limits("z", 2), new Limits("z", null, 1));
        Refused("y1 + y2 = 5 contradicts the limits of its targets, with which it lies between 0 and 2", new FixedSum([new SumTerm("y1"), new SumTerm("y2")], 5), new Limits("y1", 0, 1), new Limits("y2", 0, 1));
        Refused("2*y1 + 2*y2 = 3 says what the sums before it say already, or contradicts them", new FixedSum([new SumTerm("y1"), new SumTerm("y2")], 1), new FixedSum([new SumTerm("y1", 2), new SumTerm("y2", 2)], 3));
        Refused("y1 + y2 + y3 = 100 is not that of the rows of", new FixedSum([new SumTerm("y1"), new SumTerm("y2"), new SumTerm("y3")], 100));
        Refused("needs two targets or more", new FixedSum([new SumTerm("y1"), new SumTerm("y1")], 1));
        Refused("The limits of z are none", new Limits("z"));
        Refused("cannot be fixed on the scale of a transform", _options with { Transforms = new Dictionary<string, TransformKind> { ["y1"] = TransformKind.YeoJohnson } }, new FixedSum([new SumTerm("y1"), new SumTerm("y2"), new SumTerm("y3")], 1));
        Refused("networks of their own", _options with { ApartTargets = ["y1"] }, new FixedSum([new SumTerm("y1"), new SumTerm("y2"), new SumTerm("y3")], 1));
        Refused("is of a category", _options with { Categories = ["x1"] }, new Monotone("z", "x1"));
        Refused("principal components", _options with { Components = new PrincipalComponents(2) }, new Monotone("z", "x1"));

        DataException beyond = Assert.Throws<DataException>(() => Fit(_options with { Constraints = new ConstraintPrior([new Limits("z", 0.5)]) }));
        Assert.Contains("it is limited to numbers of at least 0.5. Correct the cell, or change the limits.", beyond.Message, StringComparison.Ordinal);

        Device gpu = TestDevices.Open(TestDevices.SmallestGroups);
        ArgumentException onGpu = Assert.Throws<ArgumentException>(
            () => BayesianNetwork.Fit(_rows, _options with { Constraints = new ConstraintPrior([new Monotone("z", "x1")]) }, gpu));
        Assert.Contains("are trained on the CPU so far, and the device is", onGpu.Message, StringComparison.Ordinal);

        Dataset classes = Dataset.OfClasses(_rows.Inputs, [.. Enumerable.Range(0, 24).Select(n => n % 2 == 0 ? "no" : "yes")]);
        Assert.Contains("these are classes", Assert.Throws<ArgumentException>(() => Fit(_options with { Constraints = new ConstraintPrior([new Limits("z", 0)]) }, classes)).Message, StringComparison.Ordinal);
    }

    private static void Refused(string message, params Constraint[] constraints) => Refused(message, _options, constraints);

    private static void Refused(string message, TrainingOptions options, params Constraint[] constraints) => Assert.Contains(
        message, Assert.Throws<ArgumentException>(() => Fit(options with { Constraints = new ConstraintPrior(constraints) })).Message, StringComparison.Ordinal);

    private static BayesianNetwork Fit(TrainingOptions options, Dataset? rows = null) => BayesianNetwork.Fit(rows ?? _rows, options, _device);

    private static Dataset Named(Dataset rows) => new(rows.Inputs, rows.Targets, ["x1", "x2"], ["y1", "y2", "y3", "z"]);
}
