using System.Text;
using System.Text.Json;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Persistence;

public sealed class ModelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly Lazy<BayesianNetwork> _small = new(() => BayesianNetwork.Fit(
        Runs.Smooth(40), new TrainingOptions { MaxIterations = 20, Layers = [new Dense(4)], Method = new AnchoredEnsemble { Particles = 3 } }));

    public void Dispose() => _folder.Dispose();

    public static TheoryData<TrainingOptions> Everything() =>
    [
        new TrainingOptions { MaxIterations = 30 },
        new TrainingOptions { MaxIterations = 30, HiddenUnits = [], Method = new Deterministic() },
        new TrainingOptions
        {
            MaxIterations = 40,
            HiddenUnits = [7, 3],
            Activation = Activation.Cos,
            LastActivation = Activation.Relu,
            Likelihood = new StudentTLikelihood(4.5, NoisePrecision.Shared),
            Method = new IndependentParticles
            {
                Particles = 3,
                Initialisation = Initialisation.Prior,
                Prior = new HierarchicalPrior(1.5, 0.2, 2.5, 0.3, WeightPrecision.PerLayer),
                EarlyStopping = new EarlyStopping(0.25, 77),
            },
            Adam = new AdamOptions(0.02, 0.8, 0.99, 1e-7, 0.3),
            BatchSize = 11,
            EvaluationInterval = 10,
            Seed = -5,
        },
        new TrainingOptions
        {
            MaxIterations = 40,
            Layers = [new Dense(3, Activation.Sin), new SkipConnection()],
            Likelihood = new GaussianLikelihood(NoisePrecision.Shared),
            Method = new Svgd
            {
                Particles = 2,
                Kernel = SteinKernel.InverseMultiquadric,
                Bandwidth = BandwidthRule.LiuWang,
                Annealing = new AnnealingOptions(2, 0.7),
            },
            GradientDescent = new GradientDescent(0.003, 0.7, 0.2),
        },
        new TrainingOptions
        {
            MaxIterations = 20,
            SkipConnection = true,
            Method = new AnchoredEnsemble
            {
                Particles = 6,
                Folds = 3,
                HeteroscedasticNoise = false,
                OutputBounds = false,
                SelectLastActivation = false,
                Prior = new AnchoredPrior(1.1, 0.4, 0.07),
            },
        },
    ];

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_model_comes_back_whole(TrainingOptions options)
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), options);
        model.Save(At("model"));
        BayesianNetwork back = BayesianNetwork.Load(At("model"));
        Assert.Equal(model.Model.Ensemble.Particles, back.Model.Ensemble.Particles);
        Assert.Equal(model.Predict(Runs.Smooth(9)).Mean, back.Predict(Runs.Smooth(9)).Mean);
        Assert.Equal(model.Predict(Runs.Smooth(9)).Variance, back.Predict(Runs.Smooth(9)).Variance);
        Assert.Equal(model.EpistemicScales, back.EpistemicScales);
        Assert.Equal(model.LogSdSlopes, back.LogSdSlopes);
        if (model.Report.Folds > 0)
        {
            Assert.Equal(model.PredictOutOfFold(Runs.Smooth(40)).Variance, back.PredictOutOfFold(Runs.Smooth(40)).Variance);
        }

        Assert.Equal(options.HiddenUnits, back.Options.HiddenUnits);
        Assert.Equal(options.Layers, back.Options.Layers);
        Assert.Equal(options, back.Options with
        {
            HiddenUnits = options.HiddenUnits,
            Layers = options.Layers,
            Transforms = options.Transforms,
            LogInputs = options.LogInputs,
            Categories = options.Categories,
        });
        Assert.Equal(model.InputNames, back.InputNames);
        Assert.Equal(model.TargetNames, back.TargetNames);
        Assert.Equal(model.Report.History, back.Report.History);
        Assert.Equal(model.Report.Notes, back.Report.Notes);
        Assert.Equal(
            model.Report with { History = [], Notes = [], EarlierRowCounts = [], GroupNames = [] },
            back.Report with { History = [], Notes = [], EarlierRowCounts = [], GroupNames = [] });
        Assert.Equal(model.InputRange.Largest, back.InputRange.Largest);
        Assert.Equal([At("model")], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Units_and_scores_come_back_and_scores_of_other_targets_are_refused()
    {
        Dataset data = Dataset.FromTable(Tests.Data.Tables.Parse(Tests.Serve.ServedModel.Table(30)), ["yield, dry", "straw"]);
        BayesianNetwork model = BayesianNetwork.Fit(data, new TrainingOptions { MaxIterations = 5, HiddenUnits = [2], Method = new Deterministic() });
        Scores scores = Scores.Evaluate(model.Predict(data), data.Targets);
        Assert.Null(model.UnseenScores);
        model.WithUnseenScores(scores).Save(At("model"));
        BayesianNetwork back = BayesianNetwork.Load(At("model"));
        Assert.Equal([("straw", "kg"), ("temp", "K"), ("wind", "m/s"), ("yield, dry", "kg")], back.Units.Select(own => (own.Key, own.Value)).Order());
        Assert.Equal(scores.PerTarget, back.UnseenScores);

        Assert.Equal(back.Units, back.Resume(data, 1).Units);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => _small.Value.WithUnseenScores(scores));
        Assert.Contains("scores of yield, dry, straw, and the model predicts", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_says_what_it_is_to_any_reader_of_safetensors()
    {
        _small.Value.Save(At("model"));
        byte[] bytes = File.ReadAllBytes(At("model"));
        int headerLength = (int)BitConverter.ToUInt64(bytes, 0);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        JsonElement weight = header.RootElement.GetProperty("layers.0.weight");
        Assert.Equal("F32", weight.GetProperty("dtype").GetString());
        Assert.Equal([3, 2, 4], weight.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        int begin = weight.GetProperty("data_offsets")[0].GetInt32();

        // Particle 2, input 1, unit 3.
        Ensemble ensemble = _small.Value.Model.Ensemble;
        float expected = ensemble.Particles[(2 * ensemble.Layout.Stride) + (1 * 4) + 3];
        Assert.Equal(expected, BitConverter.ToSingle(bytes, 8 + headerLength + begin + (4 * ((2 * 8) + (1 * 4) + 3))));
        Assert.Equal("[\"x1\",\"x2\"]", header.RootElement.GetProperty("__metadata__").GetProperty("input_names").GetString());
    }

    [Fact]
    public void A_file_of_format_1_predicts_what_it_did()
    {
        BayesianNetwork model = BayesianNetwork.Load(Path.Combine(AppContext.BaseDirectory, "Persistence", "format-1.safetensors"));
        Assert.Equal([new Dense(4), new Dense(3, Activation.Tanh), new SkipConnection()], model.Options.HiddenLayers);
        Assert.Equal(new AnchoredEnsemble { Particles = 6, Folds = 3 }, model.Options.Method);
        Assert.Equal(["rate", "depth", "yield", "loss"], model.InputNames.Concat(model.TargetNames));
        Assert.Equal((60, 3, 400, 30), (model.Report.TrainingRows, model.Report.Folds, model.Report.KeptIteration, model.Options.BatchSize));
        Assert.Equal([(200, double.NaN), (400, double.NaN)], model.Report.History.Select(step => (step.Iteration, step.Bandwidth)));
        Assert.Equal([new OutputBounds(0, double.PositiveInfinity), OutputBounds.None], model.OutputBounds);
        Assert.Equal([0, 0.15], model.LogSdSlopes);
        Assert.Equal([0.7163441836492253, 0.9271630451163825], model.EpistemicScales);

        // Some ten sums in single precision, whose order is the vector width's, of targets with standard deviations up to 10.
        PredictiveDistribution prediction = model.Predict(new double[,] { { 0.9, 9 }, { 0.1, 2 }, { 0.5, 5 } });
        var close = new Tolerance(2e-5, 2e-5);
        close.AssertClose(
            new[,] { { 31.372054745153715, 5.687706161248806 }, { 0.2757676085364795, 1.7347316065340106 }, { 4.639249431516004, 2.5185990283710926 } },
            prediction.Mean, "mean");
        close.AssertClose(
            new[,] { { 26.768716897853185, 4.179634134135883 }, { -0.9408555525656017, 0.5902231998608571 }, { 2.8182333143560623, 1.2582303656067997 } },
            prediction.Interval(0.95).Lower, "lower end");
        close.AssertClose([31.94205970405933, 2.5118934363948187], [prediction.ParticleOutputs[0, 0, 0], prediction.ParticleOutputs[5, 2, 1]], "first and last particle");
    }

    [Fact]
    public void Bounds_come_back_and_are_checked()
    {
        BayesianNetwork With(params OutputBounds[] bounds) => _small.Value.With(_small.Value.Model.Calibration with { Bounds = bounds });
        OutputBounds[] bounds = [OutputBounds.None with { Lower = 0.25 }, OutputBounds.None with { Upper = -1e-300 }];
        With(bounds).Save(At("bounded"));
        Assert.Equal(bounds, BayesianNetwork.Load(At("bounded")).OutputBounds);

        foreach (OutputBounds wrong in new OutputBounds[] { new(2, 1), new(double.NaN, 1), new(double.PositiveInfinity, double.PositiveInfinity) })
        {
            With(OutputBounds.None, wrong).Save(At("wrong"));
            ModelFileException error = Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(At("wrong")));
            Assert.Contains("\"lower_bound\" has a value above that of \"upper_bound\"", error.Message, StringComparison.Ordinal);
        }
    }

    /// <remarks>In the header's metadata, options and report are JSON in a text: ' stands for a quote in it.</remarks>
    [Theory]
    [InlineData("\"format_version\":\"2\"", "\"format_version\":\"9\"", "has format version 9, written by IlgpuBnn")]
    [InlineData("\"format_version\":\"2\"", "\"format_version\":\"x\"", "no valid format version")]
    [InlineData("ilgpubnn-model", "something-else", "not a model of IlgpuBnn")]
    [InlineData("'activation':'silu'", "'activation':'rolu'", "$.layers[0].activation")]
    [InlineData("'last_activation':null", "'last_activation':'other'", "$.last_activation")]
    [InlineData("'kind':'dense'", "'kind':'attention'", "'attention'")]
    [InlineData("'kind':'anchored-ensemble'", "'kind':'oracle'", "'oracle'")]
    [InlineData("'particles':3", "'particles':4", "has the shape [3, 2, 4], and the network that the file describes needs [4, 2, 4]")]
    [InlineData("'particles':3", "'particles':0", "Particles is 0")]
    [InlineData("'units':4,", "'units':65536},{'kind':'dense','units':65536,", "The network needs at least 4295098368 weights and biases")]
    [InlineData("'units':4,", "'units':2147483647,", "The network needs at least 2147483647 units")]
    [InlineData("'particles':3", "'particles':2147483647", "has the shape [3, 2, 4], and the network that the file describes needs [2147483647, 2, 4]")]
    [InlineData("'layers':[", "'layers':[null,", "a layer is null")]
    [InlineData("['x1','x2']", "['x1',null]", "\"input_names\" must be distinct names")]
    [InlineData("['x1','x2']", "['x1','y1']", "a column is both an input and a target")]
    [InlineData("'notes':[", "'notes':[null,", "a text is null")]
    [InlineData("'training_rows':40", "'training_rows':-40", "its numbers of rows cannot be")]
    [InlineData("'folds':0", "'folds':7", "its number of folds cannot be")]
    [InlineData("'kept_iteration':20", "'kept_iteration':21", "its numbers of iterations cannot be")]
    [InlineData("[3,2,4]", "[3,2,4,1]", "has the shape [3, 2, 4, 1], and the network that the file describes needs [3, 2, 4]")]
    [InlineData("[3,2,4]", "[1,1,1,1,1,1,3,2,4]", "has a shape of 9 sizes; at most 8 are read")]
    [InlineData("\"layers.0.weight\":", "\"\\u001b[31m\\n\":", "only \\u001b[31m\\n, epistemic_scale")]
    [InlineData("'seed':0", "'sead':0", "'sead'")]
    [InlineData("\"report\":", "\"retort\":", "\"report\" is missing")]
    [InlineData("\"report\":\"{", "\"report\":\"<", "its metadata is invalid")]
    [InlineData("['x1','x2']", "['x1','x1']", "\"input_names\" must be distinct names")]
    [InlineData("\"layers.0.weight\":", "\"layers.7.weight\":", "has no tensor \"layers.0.weight\"")]
    [InlineData("[3,2,4]", "[3,4,2]", "has the shape [3, 4, 2], and the network that the file describes needs [3, 2, 4]")]
    public void A_foreign_newer_or_damaged_file_is_told_apart(string from, string to, string message)
    {
        _small.Value.Save(At("model"));
        byte[] bytes = File.ReadAllBytes(At("model"));
        int length = (int)BitConverter.ToUInt64(bytes, 0);
        string header = Encoding.UTF8.GetString(bytes, 8, length).Replace("\\u0022", "'", StringComparison.Ordinal);
        Assert.Contains(from, header, StringComparison.Ordinal);
        byte[] changed = Encoding.UTF8.GetBytes(header.Replace(from, to, StringComparison.Ordinal).Replace("'", "\\u0022", StringComparison.Ordinal));
        File.WriteAllBytes(At("changed"), [.. BitConverter.GetBytes((ulong)changed.Length), .. changed, .. bytes.Skip(8 + length)]);

        ModelFileException refused = Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(At("changed")));
        Assert.StartsWith(At("changed"), refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.InRange(refused.Message.Length, 1, 299);
        Assert.DoesNotContain(refused.Message, char.IsControl);
    }

    [Fact]
    public void Long_and_many_things_are_refused_briefly()
    {
        string name = new('x', 100_000), entry = "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
        foreach ((string header, string message) in new[]
        {
            ($"{{\"{name}\":0}}", "tensor \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" is not described by"),
            ($"{{{string.Join(',', Enumerable.Range(0, 5000).Select(k => $"\"{k}\":{entry}"))}}}", "has more than 4096 tensors"),
            (new string(' ', (1 << 24) + 1), "it announces a header of 16777217 bytes, and at most 16777216 are allowed"),
            ($"{{\"a\":{{\"dtype\":\"\\u001b[2J{name}\",\"shape\":[],\"data_offsets\":[0,0]}}}}", "tensor \"a\" has the type \\u001b[2Jxxx"),
        })
        {
            byte[] json = Encoding.UTF8.GetBytes(header);
            File.WriteAllBytes(At("hostile"), [.. BitConverter.GetBytes((ulong)json.Length), .. json]);
            ModelFileException refused = Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(At("hostile")));
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
            Assert.InRange(refused.Message.Length, 1, 299);
        }

        Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(""));
        Assert.Throws<ModelFileException>(() => BayesianNetwork.Load("a\0b"));
        Assert.InRange(Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(new string('x', 100_000))).Message.Length, 1, 299);
    }

    /// <summary>Each limit lets its own number in, and refuses what is beyond; nothing is left to the first prediction.</summary>
    [Fact]
    public void Extreme_numbers_are_refused_at_load()
    {
        Ensemble ensemble = _small.Value.Model.Ensemble;
        OutputCalibration calibration = _small.Value.Model.Calibration;
        double mean = ensemble.TargetScaling.Mean[0], scale = ensemble.TargetScaling.Scale[0];
        Check("epistemic_scale", value => Calibrated(calibration with { EpistemicScales = [value, 1] }), ModelRanges.MaxEpistemicScale, 1e300);
        Check("log_sd_slope", value => Calibrated(calibration with { LogSdSlopes = [value, 0] }), -ModelRanges.MaxLogSdSlope, -1e308);
        Check("the bounds of target", value => Calibrated(calibration with { Bounds = [new OutputBounds(double.NegativeInfinity, value), OutputBounds.None] }), mean + (1e8 * scale), 1e308);
        Check("the bounds of target", value => Calibrated(calibration with { Bounds = [new OutputBounds(value, double.PositiveInfinity), OutputBounds.None] }), mean - (1e8 * scale), -1e308);
        Check("target_mean", value => Scaled(target: new Standardisation([value, 0], ensemble.TargetScaling.Scale)), 1e150, 1e308);
        Check("target_scale", value => Scaled(target: new Standardisation(ensemble.TargetScaling.Mean, [value, 1])), 1e-150, 5e-324);
        Check("target_scale", value => Scaled(target: new Standardisation(ensemble.TargetScaling.Mean, [value, 1])), 1e140, 1e308);
        Check("variance of target", value => Scaled(target: new Standardisation(ensemble.TargetScaling.Mean, [value, 1]), own: calibration with { EpistemicScales = [1e5, 1] }), 1e140, 1e149);
        Check("input_mean", value => Scaled(new Standardisation([value, 0], ensemble.InputScaling.Scale)), 1e8, 1e308);
        Check("does not fit the means and scales", value => Scaled(new Standardisation(ensemble.InputScaling.Mean, [value, 1])), 1e-8, 1e-300);
        Check("the smallest value of input", value => Ranged(new InputRange([value, -2], [1, 2])), 1, 1.5);
        Check("layers.0.weight", value => Scaled(particles: [(float)value, .. ensemble.Particles[1..]]), 1e8, 1e30);

        BayesianNetwork Calibrated(OutputCalibration own) => _small.Value.With(own);
        BayesianNetwork Scaled(Standardisation? input = null, Standardisation? target = null, float[]? particles = null, OutputCalibration? own = null) => new(_small.Value.Model with
        {
            Calibration = own ?? calibration,
            Ensemble = new Ensemble
            {
                InputNames = ensemble.InputNames,
                TargetNames = ensemble.TargetNames,
                InputScaling = input ?? ensemble.InputScaling,
                TargetScaling = target ?? ensemble.TargetScaling,
                Layout = ensemble.Layout,
                Likelihood = ensemble.Likelihood,
                NoiseLogPrecision = ensemble.NoiseLogPrecision,
                Particles = particles ?? ensemble.Particles,
            },
        });
        BayesianNetwork Ranged(InputRange own) => new(_small.Value.Model with { Encoding = _small.Value.Model.Encoding with { Range = own } });

        void Check(string message, Func<double, BayesianNetwork> model, double inside, double outside)
        {
            model(inside).Save(At("inside"));
            BayesianNetwork back = BayesianNetwork.Load(At("inside"));
            back.Predict(new double[,] { { 0.5, -0.5 } }).Interval(0.95);
            model(outside).Save(At("outside"));
            Assert.Contains(message, Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(At("outside"))).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, 0, "\"epistemic_scale\" has a value that is not above 0")]
    [InlineData(1, double.NaN, "\"log_sd_slope\" has a value that is not finite")]
    public void A_number_out_of_range_is_refused(double scale, double slope, string message)
    {
        _small.Value.With(_small.Value.Model.Calibration with { EpistemicScales = [1, scale], LogSdSlopes = [slope, 0] }).Save(At("wrong"));
        Assert.Contains(message, Assert.Throws<ModelFileException>(() => BayesianNetwork.Load(At("wrong"))).Message, StringComparison.Ordinal);
    }

    private string At(string name) => _folder.File(name);
}
