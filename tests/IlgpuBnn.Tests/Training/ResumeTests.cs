namespace IlgpuBnn.Tests.Training;

public sealed class ResumeTests
{
    private static readonly Dataset _all = Runs.Smooth(60);
    private static readonly Dataset _first = _all.SelectRows([.. Enumerable.Range(0, 40)]);
    private static readonly TrainingOptions _options = new() { HiddenUnits = [6], Method = new AnchoredEnsemble { Particles = 8 }, MaxIterations = 40 };

    public static TheoryData<string> Methods => [nameof(AnchoredEnsemble), nameof(Svgd), nameof(Deterministic)];

    /// <summary>With a step of next to nothing, what comes out is what went in.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_goes_on_from_the_networks_there_are(string method)
    {
        BayesianNetwork model = BayesianNetwork.Fit(_first, With(method));
        var still = new BayesianNetwork(model.Model with { Options = model.Options with { Adam = new AdamOptions { StepSize = 1e-12 } } });
        float[] after = [.. still.Resume(_first, 1).Parameters().SelectMany(own => own.Values)], before = [.. model.Parameters().SelectMany(own => own.Values)];
        Assert.All(before.Zip(after), pair => Numbers.AssertClose(pair.First, pair.Second, absolute: 1e-6, relative: 1e-6));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void More_iterations_fit_better(string method)
    {
        BayesianNetwork model = BayesianNetwork.Fit(_first, With(method));
        Assert.True(Error(model.Resume(_first, 400)) < 0.8 * Error(model));
    }

    [Fact]
    public void New_rows_are_learnt_and_rows_left_out_stay_left_out()
    {
        using var folder = new TemporaryFolder();
        BayesianNetwork model = BayesianNetwork.Fit(_first, _options), grown = model.Resume(_all, 100);
        Assert.Equal([40], grown.Report.EarlierRowCounts);
        Assert.Equal(60, grown.Report.TrainingRows);
        Folds before = new([40], 10, 8, 0), after = grown.Options.FoldsOf(_all, [.. grown.Report.EarlierRowCounts, 60]);
        Assert.All(Enumerable.Range(0, 40), row => Assert.Equal(before.Of(row), after.Of(row)));

        // So does a file, and a third training.
        grown.Save(folder.File("m.safetensors"));
        BayesianNetwork loaded = BayesianNetwork.Load(folder.File("m.safetensors"));
        Assert.Equal(grown.PredictOutOfFold(_all).Mean, loaded.PredictOutOfFold(_all).Mean);
        Assert.Equal([40, 60], loaded.Resume(_all, 10).Report.EarlierRowCounts);
    }

    [Fact]
    public void Validation_rows_stay_validation_rows()
    {
        var stopping = new EarlyStopping(0.2);
        Dataset before = TrainingRows.Split(_first, [40], stopping, 5).Validation!, after = TrainingRows.Split(_all, [40, 60], stopping, 5).Validation!;
        Assert.Equal(8, before.RowCount);
        Assert.Equal(12, after.RowCount);
        Assert.Equal(before.Inputs.Cast<double>(), after.Inputs.Cast<double>().Take(16));
    }

    [Fact]
    public void What_is_trained_already_is_kept_where_nothing_better_comes()
    {
        var method = new Svgd { Particles = 4, EarlyStopping = new EarlyStopping(0.2, 10) };
        BayesianNetwork model = BayesianNetwork.Fit(_first, _options with { Method = method, MaxIterations = 400 });
        var wild = new BayesianNetwork(model.Model with { Options = model.Options with { Adam = new AdamOptions { StepSize = 10 } } });
        Assert.Equal(model.Predict(_first).Mean, wild.Resume(_first, 100).Predict(_first).Mean);
    }

    [Fact]
    public void Other_rows_are_refused()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_first, _options);
        Refused(_all.SelectRows([.. Enumerable.Range(0, 60).Reverse()]), "do not begin with the 40");
        Refused(_all.SelectRows([.. Enumerable.Range(0, 39)]), "do not begin with the 40");
        Refused(new Dataset(_all.Inputs, _all.Targets, ["b", "a"], ["y1", "y2"]), "the same columns");

        void Refused(Dataset data, string message) =>
            Assert.Contains(message, Assert.Throws<DataException>(() => model.Resume(data)).Message, StringComparison.Ordinal);
    }

    private static TrainingOptions With(string method) => _options with
    {
        Method = method switch
        {
            nameof(Svgd) => new Svgd { Particles = 4, EarlyStopping = new EarlyStopping(0) },
            nameof(Deterministic) => new Deterministic(),
            _ => _options.Method,
        },
    };

    private static double Error(BayesianNetwork model) => Scores.Evaluate(model.Predict(_first), _first.Targets).PerTarget.Average(score => 1 - score.R2);
}
