namespace IlgpuBnn.Tests.Training;

/// <summary>Trainings that solve for the output layer.</summary>
public sealed class OutputLayerTests
{
    private static readonly AnchoredEnsemble _method = new() { Particles = 12, Folds = 4, SelectPrior = false, SelectLastActivation = false };

    private static readonly TrainingOptions _options = new() { HiddenUnits = [8, 12], Method = _method, Seed = 2 };

    [Fact]
    public void They_go_as_far_in_an_eighth_of_the_iterations()
    {
        Dataset data = Runs.Smooth(240);
        BayesianNetwork solved = BayesianNetwork.Fit(data, _options), trained = BayesianNetwork.Fit(data, _options with { Method = _method with { SolveOutputLayer = false } });
        var method = (AnchoredEnsemble)solved.Options.Method;
        Assert.Equal((true, 0.01), (method.SolveOutputLayer, method.Prior.NoiseSd));
        Assert.Equal(_method with { SolveOutputLayer = false }, trained.Options.Method);
        Assert.InRange(8 * solved.Report.Iterations, 1, 8 * 608);
        Assert.InRange(trained.Report.Iterations, 2400, 4800);
        double own = Loss(solved), other = Loss(trained);
        Assert.True(own < 1.1 * other, $"CRPS {own}, trained {other}");

        double Loss(BayesianNetwork model) => IlgpuBnn.Prediction.Scores.Evaluate(model.PredictOutOfFold(data), data.Targets).PerTarget.Zip([1, 100], (score, unit) => score.Crps / unit).Average();
    }

    [Fact]
    public void Budgets_are_short_and_batches_whole()
    {
        TrainingOptions options = _options with { Method = _method with { SolveOutputLayer = true } };
        Assert.Equal([19, 38, 76, 152, 304, 608], options.BudgetsFor(1500));
        Assert.Equal(1, options.BatchesFor(1500));
    }

    [Fact]
    public void The_choice_is_open_only_where_it_pays()
    {
        Dataset data = Runs.Smooth(240);
        Assert.True(IsMade(_options, data));
        Assert.False(IsMade(_options, Runs.Smooth(199)));
        Assert.False(IsMade(_options with { HiddenUnits = [80] }, data));
        Assert.False(IsMade(_options with { HiddenUnits = [] }, data));
        Assert.False(IsMade(_options with { MaxIterations = 600 }, data));
        Assert.False(IsMade(_options with { BatchSize = 300 }, data));
        Assert.False(IsMade(_options with { Adam = new AdamOptions(0.01) }, data));
        Assert.False(IsMade(_options with { Likelihood = new StudentTLikelihood(4) }, data));
        Assert.False(IsMade(_options with { ApartTargets = ["y1"] }, data));
        Assert.False(IsMade(_options with { Method = _method with { SolveOutputLayer = false } }, data));
        Assert.False(IsMade(_options, Missing(data, 1)));
        Assert.True(IsMade(_options, Missing(data, 2)));

        static bool IsMade(TrainingOptions options, Dataset data) => ((AnchoredEnsemble)OutputLayerChoice.Made(options, data).Method).SolveOutputLayer == true;
    }

    [Theory]
    [InlineData(43, false, 50)]
    [InlineData(44, true, 10)]
    [InlineData(170, true, 17)]
    [InlineData(240, true, 24)]
    [InlineData(700, true, 50)]
    public void A_last_hidden_layer_whose_width_is_open_has_a_unit_for_ten_rows(int rows, bool solved, int units)
    {
        TrainingOptions open = new() { Method = _method }, made = OutputLayerChoice.Made(open, Runs.Smooth(rows));
        Assert.Equal(solved ? true : null, ((AnchoredEnsemble)made.Method).SolveOutputLayer);
        Assert.Equal([20, units], made.HiddenUnits);

        // The same numbers, given.
        Assert.Equal([20, 50], OutputLayerChoice.Made(open with { HiddenUnits = [20, 50] }, Runs.Smooth(rows)).HiddenUnits);
    }

    [Fact]
    public void Few_rows_of_many_inputs_are_left_to_Adam()
    {
        TrainingOptions open = new() { Method = _method };
        Assert.Null(((AnchoredEnsemble)OutputLayerChoice.Made(open, WithInputs(47, 12)).Method).SolveOutputLayer);
        Assert.True(((AnchoredEnsemble)OutputLayerChoice.Made(open, WithInputs(48, 12)).Method).SolveOutputLayer);
        Assert.True(((AnchoredEnsemble)OutputLayerChoice.Made(open, WithInputs(200, 60)).Method).SolveOutputLayer);

        static Dataset WithInputs(int rows, int inputs) => Runs.Of(rows, inputs, 1, (_, x) => [x.Sum()]);
    }

    [Fact]
    public void The_last_hidden_layer_then_has_tanh_units_unless_another_activation_is_given()
    {
        Dataset data = Runs.Smooth(240);
        TrainingOptions open = _options with { Method = _method with { SelectLastActivation = true } };
        Assert.Equal(Activation.Tanh, OutputLayerChoice.Made(open, data).LastActivation);
        Assert.Equal([null, Activation.Tanh], new[] { 74, 75 }.Select(rows => OutputLayerChoice.Made(open with { HiddenUnits = [8, 10], Method = _method with { SelectLastActivation = true, SolveOutputLayer = true } }, Runs.Smooth(rows)).LastActivation));
        Assert.Equal(Activation.Tanh, OutputLayerChoice.Made(open with { Method = _method with { SelectLastActivation = true, SolveOutputLayer = true } }, data).LastActivation);
        Assert.Equal(Activation.Silu, OutputLayerChoice.Made(open with { LastActivation = Activation.Silu }, data).LastActivation);
        Assert.Null(OutputLayerChoice.Made(_options, data).LastActivation);
        Assert.Null(OutputLayerChoice.Made(open, Runs.Smooth(199)).LastActivation);
    }

    [Fact]
    public void A_second_training_of_few_noisy_rows_has_tanh_units()
    {
        Dataset noise = Runs.Of(60, 8, 1, (random, x) => [x[0] + x[1] + random.NextDouble()]);
        BayesianNetwork model = BayesianNetwork.Fit(noise, new TrainingOptions { Seed = 1 });
        var method = (AnchoredEnsemble)model.Options.Method;
        Assert.Equal((true, 0.45, Activation.Tanh), (method.SolveOutputLayer, method.Prior.NoiseSd, model.Options.LastActivation));
        Assert.Contains(model.Report.Notes, note => note.StartsWith("The weights' prior has the scale 0.5", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_it_cannot_be_done_a_wish_is_refused_with_the_reason()
    {
        TrainingOptions options = _options with { Method = _method with { SolveOutputLayer = true }, MaxIterations = 5 };
        Dataset data = Runs.Smooth(40);
        Refused("the noise is not Gaussian", options with { Likelihood = new StudentTLikelihood(4) }, data);
        Refused("4 batches of rows", options with { BatchSize = 10 }, data);
        Refused("does not end with one dense layer", options with { HiddenUnits = [] }, data);
        Refused("row 4 has some of its targets", options, Missing(data, 1));

        static void Refused(string reason, TrainingOptions options, Dataset data) =>
            Assert.Contains(reason, Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(data, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_stay_together_where_it_is_wanted()
    {
        var random = new Random(4);
        var inputs = new double[220, 8];
        var targets = new double[220, 2];
        for (int row = 0; row < 220; row++)
        {
            for (int i = 0; i < 8; i++)
            {
                inputs[row, i] = random.NextDouble();
            }

            (targets[row, 0], targets[row, 1]) = (Math.Sin(9 * inputs[row, 0]) + random.NextDouble(), Math.Cos(9 * inputs[row, 7]) + random.NextDouble());
        }

        var data = new Dataset(inputs, targets);
        AnchoredEnsemble wished = _method with { SolveOutputLayer = true };
        Assert.True(ApartSelection.IsOpen(data, _options));
        Assert.True(((AnchoredEnsemble)BayesianNetwork.Fit(data, _options with { Method = wished, MaxIterations = 5 }).Options.Method).SolveOutputLayer);
    }

    /// <summary>Without so many targets of the fourth row.</summary>
    private static Dataset Missing(Dataset data, int count)
    {
        var targets = (double[,])data.Targets.Clone();
        for (int o = 0; o < count; o++)
        {
            targets[3, o] = double.NaN;
        }

        return new Dataset(data.Inputs, targets, data.InputNames, data.TargetNames);
    }
}
