namespace IlgpuBnn.Tests.Training;

/// <summary>A prior for noisy tables, chosen by out-of-fold rows.</summary>
public sealed class PriorSelectionTests
{
    private static readonly TrainingOptions _options = new()
    {
        HiddenUnits = [8],
        SelectEncodings = false,
        Method = new AnchoredEnsemble { Particles = 8, Folds = 4, SelectLastActivation = false },
    };

    [Fact]
    public void A_noisy_target_of_few_among_many_inputs_is_learnt_with_smaller_weights()
    {
        Dataset rows = Table(90, 1, noise: 0.6), unseen = Table(400, 2, noise: 0);
        BayesianNetwork model = BayesianNetwork.Fit(rows, _options), plain = BayesianNetwork.Fit(rows, WithSelection(false));
        Assert.Equal(new AnchoredPrior(0.5, NoiseSd: 0.45), ((AnchoredEnsemble)model.Options.Method).Prior);
        Assert.Contains("The weights' prior has the scale 0.5, and training a noise of 0.45", string.Join('\n', model.Report.Notes), StringComparison.Ordinal);
        Assert.InRange(RSquared(model, unseen), RSquared(plain, unseen) + 0.05, 1);
    }

    /// <summary>The same bits as without the question.</summary>
    [Fact]
    public void Without_noise_nothing_is_tried()
    {
        Dataset rows = Table(60, 1, noise: 0, inputs: 2);
        Assert.Equal(
            BayesianNetwork.Fit(rows, WithSelection(false)).Predict(rows).Mean.Cast<double>(), BayesianNetwork.Fit(rows, _options).Predict(rows).Mean.Cast<double>());
    }

    /// <summary>Nor is one that was given replaced, or a training of a given length followed by another.</summary>
    [Fact]
    public void What_is_given_stays()
    {
        Dataset rows = Table(40, 1, noise: 0.6);
        var method = (AnchoredEnsemble)_options.Method;
        TrainingOptions[] given = [_options with { MaxIterations = 100 }, _options with { Method = method with { Prior = new AnchoredPrior(1.2) } }];
        foreach (TrainingOptions options in given)
        {
            Assert.Equal(((AnchoredEnsemble)options.Method).Prior, ((AnchoredEnsemble)BayesianNetwork.Fit(rows, options).Options.Method).Prior);
        }
    }

    private static TrainingOptions WithSelection(bool select) => _options with { Method = (AnchoredEnsemble)_options.Method with { SelectPrior = select } };

    private static double RSquared(BayesianNetwork model, Dataset rows) => Scores.Evaluate(model.Predict(rows), rows.Targets).PerTarget[0].R2;

    private static Dataset Table(int rows, int seed, double noise, int inputs = 12) =>
        Runs.Of(rows, inputs, seed, (random, x) => [Math.Sin(2 * x[0]) + (x[1] * x[1]) + (noise * Case.Gaussian(random))], from: -1);
}
