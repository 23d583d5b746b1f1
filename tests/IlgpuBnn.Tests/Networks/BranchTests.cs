using IlgpuBnn.Persistence;
using IlgpuBnn.Tests.Inference;

namespace IlgpuBnn.Tests.Networks;

/// <summary>Networks of which some targets have a branch of their own.</summary>
public sealed class BranchTests
{
    private static readonly Dataset _data = Runs.Of(23, 3, 6, (_, x) => [x[0], x[1] * x[1], x[2] - x[0], Math.Sin(3 * x[1])], from: -1, to: 1);

    private static readonly TrainingOptions _options = new()
    {
        HiddenUnits = [5, 4],
        LastActivation = Activation.Tanh,
        ApartTargets = ["y1", "y3"],
        Method = new AnchoredEnsemble { Particles = 4, Folds = 2 },
        MaxIterations = 30,
    };

    public static TheoryData<int[], string[], int, int, int> Networks => new()
    {
        { [5, 3], ["y2"], 4, 3, 11 },
        { [17], ["y1", "y4"], 3, 5, 18 },
        { [2, 1, 3], ["y1", "y2"], 1, 2, 5 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Conforms(int[] hidden, string[] apart, int inputs, int outputs, int rows)
    {
        TrainingOptions options = new() { HiddenUnits = hidden, LastActivation = Activation.Tanh, ApartTargets = apart };
        var shared = PosteriorCase.Of(options with { Method = new IndependentParticles { Particles = 3 } }, inputs, outputs, rows);
        shared.AssertGradientIsTheOracles();
        shared.AssertGradientIsThatOfTheLogDensity();
        shared.AssertSavedModelPredictsTheSame();
        var anchored = PosteriorCase.Of(options with { Method = new AnchoredEnsemble { Particles = 4, Folds = 2 } }, inputs, outputs, rows);
        anchored.AssertGradientIsThatOfTheLogDensity();
        anchored.AssertSavedModelPredictsTheSame();
    }

    [Fact]
    public void A_row_by_itself_is_predicted_the_same()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_data, _options);
        double[,] expected = model.Predict(_data.Inputs).Mean;
        foreach (string name in TestDevices.WithoutLayers)
        {
            using Predictor predictor = model.CreatePredictor(TestDevices.Open(name));
            for (int row = 0; row < 5; row++)
            {
                RowPrediction own = predictor.Predict([.. Enumerable.Range(0, 3).Select(i => _data.Inputs[row, i])]);
                new Tolerance(1e-5, 1e-5).AssertClose([.. Enumerable.Range(0, 4).Select(o => expected[row, o])], own.Mean.ToArray(), name);
            }
        }
    }

    [Fact]
    public void Derivatives_by_inputs_are_those_of_predictions()
    {
        const double Step = 1e-2;
        BayesianNetwork model = BayesianNetwork.Fit(_data, _options with { Method = new AnchoredEnsemble { Particles = 4, Folds = 2, OutputBounds = false } });
        double[,] at = { { 0.2, -0.3, 0.4 } };
        double[,,] slopes = model.Gradients(at).Mean;
        for (int i = 0; i < 3; i++)
        {
            double[,] pair = Table(2, 3, (row, input) => at[0, input] + (input == i ? (row - 0.5) * Step : 0)), means = model.Predict(pair).Mean;
            for (int o = 0; o < 4; o++)
            {
                Assert.InRange(((means[1, o] - means[0, o]) / Step) - slopes[0, o, i], -2e-3, 2e-3);
            }
        }
    }

    /// <summary>The order of names does not matter, and training goes on from where it was.</summary>
    [Fact]
    public void A_model_is_trained_further()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_data, _options with { ApartTargets = ["y3", "y1"] }), more = model.Resume(_data, 1);
        Assert.Equal(["y1", "y3"], more.Options.ApartTargets);
        double[,] before = model.Predict(_data.Inputs).Mean, after = more.Predict(_data.Inputs).Mean;
        for (int o = 0; o < 4; o++)
        {
            // A step of Adam moves weights by 0.02 at most.
            Assert.InRange(Math.Abs(after[0, o] - before[0, o]), 0, 0.5);
        }
    }

    [Fact]
    public void A_file_of_targets_apart_that_are_none_is_damaged()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        BayesianNetwork.Fit(_data, _options).Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        string text = System.Text.Encoding.Latin1.GetString(bytes);
        Assert.Contains("\"format_version\":\"6\"", text, StringComparison.Ordinal);
        const string Before = @"apart_targets\u0022:[\u0022y1\u0022,\u0022";
        foreach (string wrong in new[] { "y9", "y1" })
        {
            string changed = text.Replace($"{Before}y3", Before + wrong, StringComparison.Ordinal);
            Assert.NotEqual(text, changed);
            File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(changed));
            Assert.Contains("the targets apart are not distinct targets", Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Refused(_options with { Layers = [new Dense(3)] }, "Targets have networks of their own, and the network is given layer by layer. Give its hidden units instead.");
        Refused(_options with { HiddenUnits = [] }, "and there are no hidden layers.");
        Refused(_options with { SkipConnection = true }, "and a skip connection is wanted");
        Refused(_options with { Components = new PrincipalComponents() }, "and principal components are learnt");
        Refused(_options with { ApartTargets = ["y9"] }, "ApartTargets names \"y9\", which is no target of ");
        Refused(_options with { ApartTargets = ["y1"] }, "has one target, which has the network for itself.", _data.SelectTargets([0]));
        Dataset classes = Runs.Classes(20).Data;
        Refused(_options with { ApartTargets = [classes.TargetNames[0]] }, "networks of their own are of targets that are numbers. Leave them out.", classes);

        static void Refused(TrainingOptions options, string message, Dataset? data = null) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(data ?? _data, options)).Message, StringComparison.Ordinal);
    }

    private static double[,] Table(int rows, int columns, Func<int, int, double> value)
    {
        var table = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                table[row, column] = value(row, column);
            }
        }

        return table;
    }
}
