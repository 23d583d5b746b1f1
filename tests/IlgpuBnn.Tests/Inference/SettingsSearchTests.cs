using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;
using Xunit;

namespace IlgpuBnn.Tests.Inference;

public sealed class SettingsSearchTests
{
    private static readonly TrainingOptions Stiff = new() { Hidden = [12], Particles = 8, Folds = 4, Iterations = 400, Anchors = new(WeightScale: 0.15) };

    [Fact]
    public void A_search_finds_better_settings_where_those_to_start_from_are_bad()
    {
        // Weights this small do not bend: y2 = 100 x1 x2 is out of reach.
        Dataset data = Runs.Smooth(60), test = Runs.Smooth(200, seed: 9);
        var seen = new List<SearchStep>();
        SearchResult result = SettingsSearch.Run(data, TimeSpan.FromSeconds(20), Stiff, progress: new Collector(seen));

        Assert.Equal(seen, result.Steps);
        Assert.Equal("the settings to start from", seen[0].Change);
        Assert.True(seen.Where(step => step.IsBest).Min(step => step.Score) < 0.7 * seen[0].Score);
        Assert.True(Crps(result.Model) < 0.7 * Crps(BayesianNetwork.Fit(data, Stiff)));

        double Crps(BayesianNetwork model) => Scores.Evaluate(model.Predict(test), test.Targets).PerTarget[1].Crps;
    }

    [Fact]
    public void No_network_is_tried_twice_under_two_names()
    {
        // With one hidden layer, tanh units there are tanh units everywhere.
        var seen = new List<SearchStep>();
        SearchResult result = SettingsSearch.Run(Runs.Smooth(30), TimeSpan.FromSeconds(60), Stiff with { Iterations = 20, Particles = 4, Folds = 2 }, progress: new Collector(seen));
        Assert.Contains(seen, step => step.Change == "tanh units in the last hidden layer");
        Assert.Equal(seen.Count, seen.DistinctBy(step => step.Score).Count());
        Assert.False(result.Model.Options.SharperNetworks);
    }

    [Fact]
    public void The_budget_ends_a_search_after_the_training_that_it_allows() =>
        Assert.Single(SettingsSearch.Run(Runs.Smooth(40), TimeSpan.FromTicks(1), Stiff).Steps);

    [Fact]
    public void Cancelling_keeps_the_best_so_far()
    {
        using var source = new CancellationTokenSource();
        SearchResult result = SettingsSearch.Run(
            Runs.Smooth(40), TimeSpan.FromMinutes(5), Stiff, progress: new Collector([], source), cancellation: source.Token);
        Assert.Single(result.Steps);
        Assert.Equal(Stiff.Anchors, result.Model.Options.Anchors);
    }

    [Theory]
    [InlineData(InferenceMethod.Svgd, 8, 4, 1)]
    [InlineData(InferenceMethod.AnchoredEnsemble, 3, 4, 1)]
    [InlineData(InferenceMethod.AnchoredEnsemble, 8, 0, 1)]
    [InlineData(InferenceMethod.AnchoredEnsemble, 8, 4, 0)]
    public void A_search_without_a_budget_or_rows_to_judge_by_is_refused(InferenceMethod method, int particles, int folds, int seconds) =>
        Assert.Contains("A search needs a budget above 0, and rows to judge by", Assert.Throws<ArgumentException>(() => SettingsSearch.Run(
            Runs.Smooth(40), TimeSpan.FromSeconds(seconds), Stiff with { Method = method, Particles = particles, Folds = folds })).Message, StringComparison.Ordinal);

    private sealed class Collector(List<SearchStep> steps, CancellationTokenSource? cancel = null) : IProgress<SearchStep>
    {
        public void Report(SearchStep value)
        {
            steps.Add(value);
            cancel?.Cancel();
        }
    }
}
