using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Training;

public sealed class ApartSelectionTests
{
    private static readonly TrainingOptions _options = new()
    {
        HiddenUnits = [10, 10],
        Method = new AnchoredEnsemble { Particles = 6, Folds = 3 },
        MaxIterations = 200,
        SelectEncodings = false,
    };

    /// <summary>Six targets of two inputs each, all others; then two of noise and a little of everything.</summary>
    private static readonly Dataset _mixed = Runs.Of(240, 14, 3, (random, x) =>
    [
        .. Enumerable.Range(0, 6).Select(o => Math.Sin(2 * x[2 * o]) + (x[2 * o] * x[(2 * o) + 1])),
        .. Enumerable.Range(0, 2).Select(o => x.Sum() + (4 * (random.NextDouble() - 0.5))),
    ], from: -1.5, to: 1.5);

    [Fact]
    public void Targets_of_few_inputs_of_their_own_go_apart_and_noisy_ones_stay()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_mixed, _options), together = BayesianNetwork.Fit(_mixed, _options with { ApartTargets = [] });
        Assert.Equal(["y1", "y2", "y3", "y4", "y5", "y6"], model.Options.ApartTargets);
        Assert.Contains(
            "Networks of their own have y1, y2, y3, y4, y5, y6: out-of-fold rows were predicted better so (--apart none for none).", model.Report.Notes);
        Assert.Empty(together.Report.Notes);
        TargetScores[] with = Of(model), without = Of(together);
        Assert.All(with.Zip(without).Take(6), own => Assert.InRange(own.First.Rmse / own.Second.Rmse, 0, 0.9));

        static TargetScores[] Of(BayesianNetwork model) => [.. Scores.Evaluate(model.PredictOutOfFold(_mixed), _mixed.Targets).PerTarget];
    }

    [Fact]
    public void Targets_that_share_what_matters_stay_together()
    {
        Dataset data = Runs.Of(120, 8, 4, (random, x) => [x[0] + x[1] + random.NextDouble(), x[0] + x[1] + random.NextDouble(), x[0] - x[2] + random.NextDouble()]);
        BayesianNetwork model = BayesianNetwork.Fit(data, _options);
        Assert.Null(model.Options.ApartTargets);
        Assert.Empty(model.Report.Notes);
    }

    [Fact]
    public void A_training_that_was_killed_does_not_choose_again()
    {
        TrainingOptions options = _options with { MaxIterations = 60 };
        BayesianNetwork undisturbed = BayesianNetwork.Fit(_mixed, options);
        Assert.NotEmpty(undisturbed.Options.ApartTargets!);
        var store = new MemoryStore();

        // The two trials, those of relevances, then the first state of the training itself.
        for (int kills = 1; kills <= 5; kills++)
        {
            store.WritesLeft = 1;
            Assert.Throws<KilledException>(() => BayesianNetwork.Fit(_mixed, options, checkpoints: new Checkpoints(store) { Interval = TimeSpan.Zero, Share = 0 }));
        }

        string text = System.Text.Encoding.Latin1.GetString(store.Content!);
        const string Before = @"""apart_targets"":""[\u0022";
        Assert.Contains($"{Before}y1", text, StringComparison.Ordinal);
        var damaged = new MemoryStore
        {
            Content = System.Text.Encoding.Latin1.GetBytes(text.Replace($"{Before}y1", $"{Before}y9", StringComparison.Ordinal)),
        };
        Assert.Contains(
            "the targets apart are not distinct targets",
            Assert.Throws<ModelFileException>(() => BayesianNetwork.Fit(_mixed, options, checkpoints: new Checkpoints(damaged))).Message, StringComparison.Ordinal);
        store.WritesLeft = int.MaxValue;
        SameModel.Assert(undisturbed, BayesianNetwork.Fit(_mixed, options, checkpoints: new Checkpoints(store)), _mixed);
    }
}
