namespace IlgpuBnn.Tests.Training;

/// <summary>Which inputs matter, found by the evidence of wide networks and chosen by out-of-fold rows.</summary>
public sealed class RelevanceSelectionTests
{
    private static readonly TrainingOptions _options = new()
    {
        HiddenUnits = [10, 10],
        SelectEncodings = false,
        Method = new AnchoredEnsemble { Particles = 12, Folds = 4, SelectLastActivation = false, SelectPrior = false },
    };

    [Theory]
    [InlineData(40)]
    [InlineData(100)]
    public void Few_of_many_inputs_are_found_and_unseen_rows_predicted_better(int rows)
    {
        Dataset table = Table(rows, 1), unseen = Table(300, 2);
        BayesianNetwork model = BayesianNetwork.Fit(table, _options), alike = BayesianNetwork.Fit(table, WithSelection(false));
        IReadOnlyList<IReadOnlyList<double>> found = Relevances(model)!;

        // With few rows each fold's networks have those that its rows know nothing of.
        Assert.Equal(rows > 60 ? 1 : 4, found.Count);
        Assert.All(found, own => Assert.True(own.Take(2).Min() > own.Skip(2).Max() + 1));
        Assert.All(found, own => Assert.InRange(own.Sum(relevance => Math.Exp(2 * relevance)), 1, 1.01));
        Assert.Contains(model.Report.Notes, note => note.StartsWith("Networks begin with weights of the inputs in the proportions x", StringComparison.Ordinal) && note.Contains("--select-relevances no", StringComparison.Ordinal));
        Assert.Null(Relevances(alike));
        Assert.True(Rmse(model, unseen) < 0.7 * Rmse(alike, unseen));
    }

    [Fact]
    public void Inputs_that_matter_alike_stay_alike()
    {
        Dataset table = Table(100, 1, inputs: 2);
        for (int row = 0; row < 100; row++)
        {
            table.Targets[row, 0] = Math.Sin(2 * table.Inputs[row, 0]) + Math.Sin(2 * table.Inputs[row, 1]);
        }

        Assert.Null(Relevances(BayesianNetwork.Fit(table, _options)));
    }

    /// <summary>Nor is the prior changed that somebody gave, or that of classes and of other first layers.</summary>
    [Fact]
    public void What_is_given_stays()
    {
        var method = (AnchoredEnsemble)_options.Method;
        TrainingOptions few = _options with { MaxIterations = 5 };
        Dataset table = Table(100, 1);
        Assert.Null(Relevances(BayesianNetwork.Fit(table, few with { Method = method with { Prior = new AnchoredPrior(1.2) } })));
        Assert.Null(Relevances(BayesianNetwork.Fit(table, few with { Layers = [new FourierFeatures(4), new Dense(5, Activation.Silu)] })));
        double[][] given = [[.. Enumerable.Repeat(-1.0, 10)]];
        Assert.Equal(given, Relevances(BayesianNetwork.Fit(table, few with { Method = method with { Prior = new AnchoredPrior { Relevances = given } } }))!);
    }

    [Fact]
    public void A_target_apart_has_relevances_of_its_own()
    {
        Dataset one = Table(100, 1), table = new(one.Inputs, WithProduct(one));
        BayesianNetwork model = BayesianNetwork.Fit(table, _options with { ApartTargets = ["y2"] });
        double[] found = [.. Relevances(model)!.Single()];
        Assert.Equal(20, found.Length);

        // y1 is of the first two inputs, y2 of the last two, and so is its own network.
        Assert.True(found[10..].Skip(8).Min() > found[10..].Take(8).Max() + 1);
        Assert.True(Math.Min(found[0], found[1]) > found[2..8].Max() + 1);
    }

    [Fact]
    public void They_are_in_the_file_and_training_goes_on_with_them()
    {
        using var folder = new TemporaryFolder();
        BayesianNetwork model = BayesianNetwork.Fit(Table(100, 1), _options with { MaxIterations = 20 });
        model.Save(folder.File("m.safetensors"));
        BayesianNetwork loaded = BayesianNetwork.Load(folder.File("m.safetensors"));
        Assert.Equal(Relevances(model)!, Relevances(loaded)!);
        Assert.Equal(Relevances(model)!, Relevances(loaded.Resume(Table(100, 1), 10))!);
    }

    /// <summary>Missing targets leave rows out, and too few rows leave inputs alike.</summary>
    [Fact]
    public void Rows_without_all_targets_do_not_take_part()
    {
        Dataset table = Table(100, 1);
        for (int row = 0; row < 100; row++)
        {
            table.Targets[row, 0] = row % 12 == 0 ? table.Targets[row, 0] : double.NaN;
        }

        double[,] two = WithProduct(Table(100, 1));
        Assert.Null(RelevanceEvidence.Find(table.Inputs, table.Targets, Enumerable.Range(0, 100), 0, default));
        Assert.NotNull(RelevanceEvidence.Find(table.Inputs, two, Enumerable.Range(0, 100), 0, default));
    }

    [Fact]
    public void Targets_that_vary_together_count_once()
    {
        double[,] same = { { 1, 1, -1 }, { -1, -1, 1 }, { 2, 2, -2 }, { double.NaN, 0, 5 } }, apart = { { 1, 1 }, { 1, -1 }, { -1, 1 }, { -1, -1 } };
        Assert.Equal(1, RelevanceEvidence.IndependentTargets(same), 1e-12);
        Assert.Equal(2, RelevanceEvidence.IndependentTargets(apart), 1e-12);
        Assert.Equal(1, RelevanceEvidence.IndependentTargets(new[,] { { 1, double.NaN }, { double.NaN, 2 } }));
    }

    /// <summary>No row has both targets: there is no evidence to be had, and nothing fails.</summary>
    [Fact]
    public void Targets_that_no_row_has_both_of_are_learnt_as_before()
    {
        Dataset one = Table(100, 1), table = new(one.Inputs, WithProduct(one));
        for (int row = 0; row < 100; row++)
        {
            table.Targets[row, row % 2] = double.NaN;
        }

        Assert.Null(Relevances(BayesianNetwork.Fit(table, _options with { MaxIterations = 5 })));
    }

    /// <summary>Of few groups too, however many rows they have: what a fold's networks know, they know without its rows.</summary>
    [Fact]
    public void Few_groups_have_relevances_by_folds()
    {
        Dataset one = Table(90, 1), table = new(one.Inputs, one.Targets, groups: [.. Enumerable.Range(0, 90).Select(row => row / 15)]);
        Assert.Equal(4, Relevances(BayesianNetwork.Fit(table, _options))!.Count);
    }

    private static TrainingOptions WithSelection(bool select) => _options with { Method = (AnchoredEnsemble)_options.Method with { SelectRelevances = select } };

    private static IReadOnlyList<IReadOnlyList<double>>? Relevances(BayesianNetwork model) => ((AnchoredEnsemble)model.Options.Method).Prior.Relevances;

    private static double Rmse(BayesianNetwork model, Dataset rows) => Scores.Evaluate(model.Predict(rows), rows.Targets).PerTarget[0].Rmse;

    private static double[,] WithProduct(Dataset one)
    {
        var targets = new double[one.RowCount, 2];
        for (int row = 0; row < one.RowCount; row++)
        {
            (targets[row, 0], targets[row, 1]) = (one.Targets[row, 0], (one.Inputs[row, 8] * one.Inputs[row, 9]) + Math.Sin(2 * one.Inputs[row, 9]));
        }

        return targets;
    }

    /// <summary>y = sin(2 x1) + x1 x2 + x2 of ten inputs, unless fewer are asked for.</summary>
    private static Dataset Table(int rows, int seed, int inputs = 10) => Runs.Of(rows, inputs, seed, (_, x) => [Math.Sin(2 * x[0]) + (x[0] * x[1]) + x[1]], from: -1);
}
