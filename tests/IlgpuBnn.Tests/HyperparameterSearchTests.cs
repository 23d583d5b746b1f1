namespace IlgpuBnn.Tests;

public sealed class HyperparameterSearchTests
{
    private static readonly AnchoredEnsemble _stiff = new() { Particles = 8, Folds = 4, Prior = new AnchoredPrior(WeightScale: 0.15) };
    private static readonly TrainingOptions _options = new() { HiddenUnits = [12], MaxIterations = 400, Method = _stiff };

    [Fact]
    public void A_search_finds_better_options_where_those_to_start_from_are_bad()
    {
        // Weights this small do not bend: y2 = 100 x1 x2 is out of reach.
        Dataset data = Runs.Smooth(60), test = Runs.Smooth(200, seed: 9);
        var seen = new List<SearchStep>();
        using var source = new CancellationTokenSource();
        SearchResult result = HyperparameterSearch.Run(
            data, TimeSpan.FromMinutes(5), _options, progress: new Relay<SearchStep>(StopWhenHalved), cancellation: source.Token);

        Assert.Equal(seen, result.Steps);
        Assert.Equal("the starting options", seen[0].Change);
        Assert.Equal(seen.Min(step => step.Score), seen.Last(step => step.IsBest).Score);
        Assert.True(seen[^1].Score < 0.7 * seen[0].Score);
        Assert.True(Crps(result.Model) < 0.7 * Crps(BayesianNetwork.Fit(data, _options)));

        void StopWhenHalved(SearchStep step)
        {
            seen.Add(step);
            if (step.Score < 0.5 * seen[0].Score)
            {
                source.Cancel();
            }
        }

        double Crps(BayesianNetwork model) => Scores.Evaluate(model.Predict(test), test.Targets).PerTarget[1].Crps;
    }

    [Fact]
    public void No_network_is_tried_twice_under_two_names()
    {
        // With one hidden layer, tanh units there are tanh units everywhere.
        var seen = new List<SearchStep>();
        TrainingOptions brief = _options with { MaxIterations = 20, Method = _stiff with { Particles = 4, Folds = 2 } };
        SearchResult result = HyperparameterSearch.Run(Runs.Smooth(30), TimeSpan.FromSeconds(60), brief, progress: new Relay<SearchStep>(seen.Add));
        Assert.Contains(seen, step => step.Change == "tanh units in the last hidden layer");
        Assert.Equal(seen.Count, seen.DistinctBy(step => step.Score).Count());
        Assert.False(Assert.IsType<AnchoredEnsemble>(result.Model.Options.Method).SelectLastActivation);
    }

    [Fact]
    public void Networks_of_their_own_are_tried_with_everything_but_a_skip_connection()
    {
        var seen = new List<SearchStep>();
        TrainingOptions brief = _options with { MaxIterations = 20, Method = _stiff with { Particles = 4, Folds = 2 }, ApartTargets = ["y2"] };
        SearchResult result = HyperparameterSearch.Run(Runs.Smooth(30), TimeSpan.FromSeconds(60), brief, progress: new Relay<SearchStep>(seen.Add));
        Assert.Contains(seen, step => step.Change == "SiLU units" || step.Change == "tanh units");
        Assert.DoesNotContain(seen, step => step.Change == "a skip connection");
        Assert.Equal(["y2"], result.Model.Options.ApartTargets);
    }

    [Fact]
    public void The_budget_ends_a_search_after_the_training_that_it_allows() =>
        Assert.Single(HyperparameterSearch.Run(Runs.Smooth(40), TimeSpan.FromTicks(1), _options).Steps);

    [Fact]
    public void Cancelling_keeps_the_best_so_far()
    {
        using var source = new CancellationTokenSource();
        SearchResult result = HyperparameterSearch.Run(
            Runs.Smooth(40), TimeSpan.FromMinutes(5), _options, progress: new Relay<SearchStep>(_ => source.Cancel()), cancellation: source.Token);
        Assert.Single(result.Steps);
        Assert.Equal(_stiff.Prior, Assert.IsType<AnchoredEnsemble>(result.Model.Options.Method).Prior);
    }

    public static TheoryData<TrainingOptions, int> Unsearchable() => new()
    {
        { _options with { Method = new Svgd { Particles = 8 } }, 1 },
        { _options with { Method = _stiff with { Particles = 3 } }, 1 },
        { _options with { Method = _stiff with { Folds = 0 } }, 1 },
        { _options with { Layers = [new Dense(12)] }, 1 },
        { _options, 0 },
    };

    [Theory]
    [MemberData(nameof(Unsearchable))]
    public void A_search_without_a_budget_or_rows_to_judge_by_is_refused(TrainingOptions options, int seconds) =>
        Assert.Contains("A search needs a budget above 0, hidden units rather than layers, and out-of-fold rows", Assert.Throws<ArgumentException>(
            () => HyperparameterSearch.Run(Runs.Smooth(40), TimeSpan.FromSeconds(seconds), options)).Message, StringComparison.Ordinal);
}
