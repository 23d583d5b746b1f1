namespace IlgpuBnn.Tests.Training;

/// <summary>How exactly networks meet the rows, chosen by out-of-fold rows where output layers are solved for.</summary>
public sealed class SmoothSelectionTests
{
    private static readonly TrainingOptions _options = new() { SelectEncodings = false, Method = new AnchoredEnsemble { Particles = 20, Folds = 5, SelectRelevances = false } };

    [Fact]
    public void Smooth_outputs_are_met_more_exactly_and_unseen_rows_predicted_better()
    {
        Dataset rows = Table(150, 1, Smooth), unseen = Table(300, 2, Smooth);
        BayesianNetwork model = BayesianNetwork.Fit(rows, _options), plain = BayesianNetwork.Fit(rows, With(method => method with { SelectPrior = false }));
        Assert.Equal((0.003, Activation.Silu), (Method(model).Prior.NoiseSd, model.Options.LastActivation));
        Assert.Equal((0.01, Activation.Tanh), (Method(plain).Prior.NoiseSd, plain.Options.LastActivation));
        Assert.Contains(model.Report.Notes, note => note.StartsWith("Training has a noise of 0.003 standard deviations only, and smooth units", StringComparison.Ordinal));
        Assert.True(Rmse(model, unseen) < 0.8 * Rmse(plain, unseen));
    }

    [Fact]
    public void Jumps_are_learnt_with_units_that_saturate()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Table(400, 1, Jumps), _options);
        Assert.Equal((0.01, Activation.Tanh), (Method(model).Prior.NoiseSd, model.Options.LastActivation));
    }

    [Fact]
    public void An_activation_or_a_noise_that_was_given_stays()
    {
        Dataset rows = Table(150, 1, Smooth);
        BayesianNetwork tanh = BayesianNetwork.Fit(rows, _options with { LastActivation = Activation.Tanh });
        Assert.Equal(Activation.Tanh, tanh.Options.LastActivation);
        Assert.Equal(0.02, Method(BayesianNetwork.Fit(rows, With(method => method with { Prior = new AnchoredPrior(NoiseSd: 0.02) }))).Prior.NoiseSd);
    }

    /// <summary>And is not chosen anew when a killed training goes on.</summary>
    [Fact]
    public void The_choice_is_in_checkpoints()
    {
        Dataset rows = Table(150, 1, Smooth);
        BayesianNetwork undisturbed = BayesianNetwork.Fit(rows, _options);
        var store = new MemoryStore { WritesLeft = 3 };
        Assert.Throws<KilledException>(() => BayesianNetwork.Fit(rows, _options, checkpoints: new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 }));
        Assert.Contains("\"smooth\":\"true\"", System.Text.Encoding.Latin1.GetString(store.Content!), StringComparison.Ordinal);
        store.WritesLeft = int.MaxValue;
        SameModel.Assert(undisturbed, BayesianNetwork.Fit(rows, _options, checkpoints: new Checkpoints(store)), rows);
    }

    private static double Smooth(double x, double y) => Math.Exp(x) + (x * y) + (0.3 * y * y);

    private static double Jumps(double x, double y) => (x > 0.2 ? 1 : 0) + (y > -0.3 ? 2 : 0) + (x * y);

    private static TrainingOptions With(Func<AnchoredEnsemble, AnchoredEnsemble> change) => _options with { Method = change((AnchoredEnsemble)_options.Method) };

    private static AnchoredEnsemble Method(BayesianNetwork model) => (AnchoredEnsemble)model.Options.Method;

    private static double Rmse(BayesianNetwork model, Dataset rows) => Scores.Evaluate(model.Predict(rows), rows.Targets).PerTarget[0].Rmse;

    private static Dataset Table(int rows, int seed, Func<double, double, double> target) => Runs.Of(rows, 2, seed, (_, x) => [target(x[0], x[1])], from: -1);
}
