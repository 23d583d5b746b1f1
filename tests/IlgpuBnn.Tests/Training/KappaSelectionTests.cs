namespace IlgpuBnn.Tests.Training;

public sealed class KappaSelectionTests
{
    private static readonly AnchoredEnsemble _method = new() { Particles = 10, Folds = 5 };

    /// <summary>25 periods over the range of the input, about seven in a standard deviation of it.</summary>
    private static readonly Dataset _waves = Runs.Of(200, 1, 4, (_, x) => [Math.Sin(50 * Math.PI * x[0])]);

    private static readonly Dataset _lines = Runs.Of(60, 2, 5, (_, x) => [x[0] - x[1]]);

    [Fact]
    public void Out_of_fold_rows_choose_a_frequency_that_the_data_have()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_waves, Options(new FourierFeatures(20, null)));
        Assert.Equal([new FourierFeatures(20, 3), new Dense(10, Activation.Tanh)], model.Options.Layers);
        Assert.Contains(model.Report.Notes, note => note.StartsWith("Kappa is 3: log score of out-of-fold rows", StringComparison.Ordinal));
        Assert.InRange(Scores.Evaluate(model.PredictOutOfFold(_waves), _waves.Targets).PerTarget[0].R2, 0.7, 1);
    }

    [Fact]
    public void Kappa_stays_at_one_where_nothing_speaks_for_another()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_lines, Options(new Sine(10, null)));
        Assert.Equal(new Sine(10, 1), model.Options.Layers![0]);
        Assert.Contains(model.Report.Notes, note => note.StartsWith("Kappa is 1: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_given_kappa_is_taken_without_trials()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_lines, Options(new Sine(10, 7)));
        Assert.Equal(new Sine(10, 7), model.Options.Layers![0]);
        Assert.DoesNotContain(model.Report.Notes, note => note.StartsWith("Kappa", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_that_are_all_related_choose_nothing()
    {
        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(_lines.Inputs, _lines.Targets, groups: new int[60]), Options(new FourierFeatures(5, null)));
        Assert.Contains("Kappa is 1: all rows are related, and none can be left out to choose another by.", model.Report.Notes);
        Assert.Equal(new FourierFeatures(5), model.Options.Layers![0]);
    }

    [Fact]
    public void Without_out_of_fold_rows_an_open_kappa_is_refused() => Assert.All(
        new[]
        {
            Options(new Sine(3, null)) with { Method = new Svgd() },
            Options(new Sine(3, null)) with { Method = new AnchoredEnsemble { Folds = 0 } },
            Options(new FourierFeatures(3, null)) with { Components = new PrincipalComponents() },
        },
        options => Assert.Contains("or give kappa.", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal));

    private static TrainingOptions Options(Layer first) => new()
    {
        Layers = [first, new Dense(10, Activation.Tanh)],
        Method = _method,
        MaxIterations = 200,
        SelectEncodings = false,
    };
}
