using System.Text.Json;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Persistence;
using IlgpuBnn.Posterior;
using IlgpuBnn.Prediction;
using Xunit;

namespace IlgpuBnn.Tests.Persistence;

public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilgpubnn-model").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    public static TheoryData<TrainingOptions> Everything() => new()
    {
        new TrainingOptions { Iterations = 30 },
        new TrainingOptions { Iterations = 30, Hidden = [], Method = InferenceMethod.Deterministic, Particles = 1 },
        new TrainingOptions
        {
            Iterations = 40,
            Hidden = [7, 3],
            Activation = Activation.Cos,
            LastActivation = Activation.Relu,
            SharperNetworks = false,
            Particles = 3,
            Method = InferenceMethod.IndependentParticles,
            Bandwidth = BandwidthRule.LiuWang,
            Noise = NoisePrecision.Shared,
            DegreesOfFreedom = 4.5,
            WeightPrecision = WeightPrecision.PerLayer,
            Initialisation = Initialisation.Prior,
            Priors = new GammaPriors(1.5, 0.2, 2.5, 0.3),
            Adam = new AdamOptions(0.02, 0.8, 0.99, 1e-7),
            BatchRows = 11,
            HeldOutShare = 0.25,
            Patience = 77,
            CheckEvery = 10,
            Seed = -5,
        },
    };

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_model_comes_back_whole(TrainingOptions options)
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), options);
        model.Save(At("model"));
        BayesianNetwork back = BayesianNetwork.Load(At("model"));
        Assert.Equal(model.Particles, back.Particles);
        Assert.Equal(model.Predict(Runs.Smooth(9)).Mean, back.Predict(Runs.Smooth(9)).Mean);
        Assert.Equal(model.Predict(Runs.Smooth(9)).Variance, back.Predict(Runs.Smooth(9)).Variance);
        Assert.Equal(options.Hidden, back.Options.Hidden);
        Assert.Equal(options, back.Options with { Hidden = options.Hidden });
        Assert.Equal(model.InputNames, back.InputNames);
        Assert.Equal(model.TargetNames, back.TargetNames);
        Assert.Equal(model.Report.History, back.Report.History);
        Assert.Equal(model.Report.Notes, back.Report.Notes);
        Assert.Equal(
            model.Report with { History = [], Notes = [] },
            back.Report with { History = [], Notes = [] });
        Assert.Equal(model.InputRange.Largest, back.InputRange.Largest);
        Assert.Equal([At("model")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_file_says_what_it_is_to_any_reader_of_safetensors()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions { Iterations = 20, Particles = 3, Hidden = [4] });
        model.Save(At("model"));
        byte[] bytes = File.ReadAllBytes(At("model"));
        int headerLength = (int)BitConverter.ToUInt64(bytes, 0);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        JsonElement weight = header.RootElement.GetProperty("layers.0.weight");
        Assert.Equal("F32", weight.GetProperty("dtype").GetString());
        Assert.Equal([3, 2, 4], weight.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        int begin = weight.GetProperty("data_offsets")[0].GetInt32();

        // Particle 2, input 1, unit 3.
        float expected = model.Particles[(2 * model.Layout.Stride) + (1 * 4) + 3];
        Assert.Equal(expected, BitConverter.ToSingle(bytes, 8 + headerLength + begin + (4 * ((2 * 8) + (1 * 4) + 3))));
        Assert.Equal("[\"x1\",\"x2\"]", header.RootElement.GetProperty("__metadata__").GetProperty("input_names").GetString());
    }

    [Fact]
    public void A_file_of_format_1_predicts_what_it_did()
    {
        BayesianNetwork model = BayesianNetwork.Load(Path.Combine(AppContext.BaseDirectory, "Persistence", "format-1.safetensors"));
        Assert.Equal((InferenceMethod.Svgd, false, 0), (model.Options.Method, model.Options.LinearPath, model.Report.Folds));
        Assert.Equal([1.0], model.SpreadFactors);
        Assert.Null(model.Options.DegreesOfFreedom);
        Assert.Equal((2, double.NaN, 50), (model.Report.History.Count, model.Report.History[^1].CollapseRatio, model.Report.History[^1].Iteration));
        PredictiveDistribution prediction = model.Predict(new double[,] { { 1, 1 } });
        Assert.Equal(8.458554402616501, prediction.Mean[0, 0], 1e-5);
        Assert.Equal(5.19575007526552, Math.Sqrt(prediction.Variance[0, 0]), 1e-5);
    }

    [Fact]
    public void A_file_of_format_2_predicts_what_it_did()
    {
        BayesianNetwork model = BayesianNetwork.Load(Path.Combine(AppContext.BaseDirectory, "Persistence", "format-2.safetensors"));
        Assert.Equal((InferenceMethod.AnchoredEnsemble, false, 2), (model.Options.Method, model.Options.HeteroscedasticNoise, model.Report.Folds));
        Assert.Equal([0.0, 0.0], model.NoiseSlopes);
        PredictiveDistribution prediction = model.Predict(new double[,] { { 0.5, 5 }, { 0.2, 9 } });
        Assert.Equal(3.735357673746787, prediction.Mean[0, 0], 1e-5);
        Assert.Equal(12.698659117064732, Math.Sqrt(prediction.Variance[1, 1]), 1e-4);
        Assert.Equal(14.754910139484682, prediction.Interval(0.95).Lower[0, 1], 1e-4);
    }

    [Fact]
    public void A_file_of_format_3_predicts_what_it_did()
    {
        BayesianNetwork model = BayesianNetwork.Load(Path.Combine(AppContext.BaseDirectory, "Persistence", "format-3.safetensors"));
        Assert.Equal((true, false), (model.Options.HeteroscedasticNoise, model.Options.LearnLimits));
        Assert.All(model.OutputLimits, limits => Assert.Equal(OutputLimits.None, limits));
        PredictiveDistribution prediction = model.Predict(new double[,] { { 0.5, 5 }, { 0.2, 9 } });
        Assert.Equal(5.828580060838087, prediction.Mean[0, 0], 1e-5);
        Assert.Equal(1.1020158970003588, Math.Sqrt(prediction.Variance[1, 0]), 1e-5);
        Assert.Equal(57.44266726936868, prediction.Interval(0.95).Lower[0, 1], 1e-4);
    }

    [Fact]
    public void A_file_of_format_4_predicts_what_it_did()
    {
        BayesianNetwork model = BayesianNetwork.Load(Path.Combine(AppContext.BaseDirectory, "Persistence", "format-4.safetensors"));
        Assert.Equal((true, true, 2.0), (model.Options.HeteroscedasticNoise, model.Options.LearnLimits, model.Options.Anchors.WeightScale));
        Assert.Equal((Activation.Silu, null, false), (model.Options.Activation, model.Options.LastActivation, model.Options.SharperNetworks));
        Assert.Equal([0.3, 0.15], model.NoiseSlopes);
        PredictiveDistribution prediction = model.Predict(new double[,] { { 0.5, 5 }, { 0.2, 9 } });
        Assert.Equal(0.6881357897978169, prediction.Mean[0, 0], 1e-5);
        Assert.Equal(17.52989992004925, Math.Sqrt(prediction.Variance[1, 1]), 1e-4);
        Assert.Equal(-0.9428615890021443, prediction.Interval(0.95).Lower[1, 0], 1e-4);
    }

    [Fact]
    public void Limits_come_back_and_are_checked()
    {
        BayesianNetwork trained = BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions { Iterations = 20, Particles = 3, Hidden = [4] });
        BayesianNetwork With(params OutputLimits[] limits) => trained.With(trained.Calibration with { Limits = limits });
        OutputLimits[] limits = [OutputLimits.None with { Lower = 0.25 }, OutputLimits.None with { Upper = -1e-300 }];
        With(limits).Save(At("limited"));
        Assert.Equal(limits, BayesianNetwork.Load(At("limited")).OutputLimits);

        foreach (OutputLimits wrong in new OutputLimits[] { new(2, 1), new(double.NaN, 1), new(double.PositiveInfinity, double.PositiveInfinity) })
        {
            With(OutputLimits.None, wrong).Save(At("wrong"));
            ModelFileException error = Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(At("wrong")));
            Assert.Contains("\"lower_limit\" has a value that is not at most that of \"upper_limit\"", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"format_version\":\"5\"", "\"format_version\":\"6\"", "written by IlgpuBnn")]
    [InlineData("\"format_version\":\"5\"", "\"format_version\":\"x\"", "no valid format version")]
    [InlineData("\"last_activation\":\"same\"", "\"last_activation\":\"Other\"", "\"last_activation\" is \"Other\"; it must be one of Identity, Relu")]
    [InlineData("ilgpubnn-model", "something-else", "not a model of IlgpuBnn")]
    [InlineData("\"activation\":\"Silu\"", "\"activation\":\"Rolu\"", "it must be one of Identity, Relu")]
    [InlineData("\"particles\":\"3\"", "\"particles\":\"4\"", "needs 32")]
    [InlineData("\"particles\":\"3\"", "\"particles\":\"0\"", "Particles is 0")]
    [InlineData("\"seed\":\"0\"", "\"sead\":\"0\"", "\"seed\" is missing")]
    public void A_foreign_newer_or_damaged_file_is_told_apart(string from, string to, string message)
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), new TrainingOptions { Iterations = 20, Particles = 3, Hidden = [4] });
        model.Save(At("model"));
        byte[] bytes = File.ReadAllBytes(At("model"));
        int length = (int)BitConverter.ToUInt64(bytes, 0);
        string header = System.Text.Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Contains(from, header, StringComparison.Ordinal);
        byte[] changed = System.Text.Encoding.UTF8.GetBytes(header.Replace(from, to, StringComparison.Ordinal));
        File.WriteAllBytes(At("changed"), [.. BitConverter.GetBytes((ulong)changed.Length), .. changed, .. bytes.Skip(8 + length)]);

        ModelFileException refused = Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(At("changed")));
        Assert.StartsWith(At("changed"), refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
