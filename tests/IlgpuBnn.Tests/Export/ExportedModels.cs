namespace IlgpuBnn.Tests.Export;

/// <summary>Small models with everything that export knows, whose calibration matters in every row.</summary>
internal static class ExportedModels
{
    private const int Targets = 8;

    private static readonly Dataset _data = Runs.Of(
        31, 3, 1, (random, x) => [.. Enumerable.Range(0, Targets).Select(o => Math.Sin((o + 1) * x[0]) + (x[1] * x[2]) + (0.1 * random.NextDouble()))], from: 0.1, to: 1.3);

    private static readonly Dictionary<string, Lazy<BayesianNetwork>> _models = new()
    {
        ["linear"] = Of(new TrainingOptions { HiddenUnits = [] }),
        ["svgd"] = Of(new TrainingOptions { HiddenUnits = [7], Method = new Svgd { Particles = 5 } }),
        ["independent"] = Of(new TrainingOptions { HiddenUnits = [6], Method = new IndependentParticles { Particles = 3 } }),
        ["deterministic"] = Of(new TrainingOptions { HiddenUnits = [9], Method = new Deterministic() }),
        ["heavy_tails"] = Of(new TrainingOptions { HiddenUnits = [5], Likelihood = new StudentTLikelihood(4) }),
        ["fourier"] = Of(new TrainingOptions { Layers = [new FourierFeatures(9, 0.4), new Dense(3, Activation.Tanh), new SkipConnection()] }),
        ["sine"] = Of(new TrainingOptions { Layers = [new Sine(11, 2.5), new SkipConnection(), new Dense(4, Activation.Tanh), new SkipConnection()] }),
        ["apart"] = Of(new TrainingOptions { HiddenUnits = [6, 5], ApartTargets = ["y2", "y5", "y8"] }),
        ["apart_svgd"] = Of(new TrainingOptions { HiddenUnits = [5], ApartTargets = ["y1"], Method = new Svgd { Particles = 4 } }),
        ["components"] = Of(new TrainingOptions { HiddenUnits = [6], Components = new PrincipalComponents(3), Method = new AnchoredEnsemble { Particles = 5, Folds = 3 } }),
        ["encodings"] = Of(new TrainingOptions { HiddenUnits = [6], LogInputs = ["x2"], Categories = ["x3"] }, Categories()),
        ["transforms"] = new(() => WithTransforms(Train(new TrainingOptions { HiddenUnits = [6] }, _data))),
        ["limits"] = new(() => WithLimits(Train(new TrainingOptions { HiddenUnits = [6] }, _data))),
        ["transforms_of_components"] = new(() => WithTransforms(_models!["components"].Value)),
    };

    static ExportedModels()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            _models[$"{activation}"] = Of(new TrainingOptions { HiddenUnits = [4, 5], SkipConnection = true, Activation = activation });
        }
    }

    public static IEnumerable<string> Names => _models.Keys;

    public static BayesianNetwork Get(string name) => _models[name].Value;

    /// <summary>[row, input]: rows that it was trained on, and some beyond.</summary>
    public static double[,] Rows(string name)
    {
        double[,] rows = (double[,])(name == "encodings" ? Categories() : _data).Inputs.Clone();
        (rows[0, 0], rows[1, 1], rows[2, 2]) = (3, 0.01, 7);
        return rows;
    }

    /// <summary>What errors are measured in, [target]: the standard deviation of a new measurement of any row.</summary>
    public static double[] Units(PredictiveDistribution prediction) =>
    [
        .. Enumerable.Range(0, prediction.TargetNames.Count).Select(o =>
        {
            double mean = Enumerable.Range(0, prediction.RowCount).Average(n => prediction.Mean[n, o]);
            return Math.Sqrt(Enumerable.Range(0, prediction.RowCount).Average(n => prediction.Variance[n, o] + Math.Pow(prediction.Mean[n, o] - mean, 2)));
        }),
    ];

    private static Dataset Categories()
    {
        double[,] inputs = (double[,])_data.Inputs.Clone();
        for (int n = 0; n < _data.RowCount; n++)
        {
            inputs[n, 2] = n % 3 == 2 ? 2.5 : n % 3;
        }

        return new Dataset(inputs, _data.Targets, ["x1", "x2", "x3"], _data.TargetNames);
    }

    private static Lazy<BayesianNetwork> Of(TrainingOptions options, Dataset? data = null) => new(() => Train(options, data ?? _data));

    private static BayesianNetwork Train(TrainingOptions options, Dataset data)
    {
        TrainingOptions small = options with { Method = options.Method.Particles == 40 ? new AnchoredEnsemble { Particles = 4 } : options.Method, MaxIterations = 20, SelectEncodings = false };
        return Calibrated(BayesianNetwork.Fit(data, small));
    }

    /// <summary>With every number of the calibration other than neutral; the last target but one is constant.</summary>
    private static BayesianNetwork Calibrated(BayesianNetwork model)
    {
        double[] centres = [.. model.Model.Ensemble.TargetScaling.Mean], scales = [.. model.Model.Ensemble.TargetScaling.Scale];
        OutputCalibration calibration = model.Model.Calibration with
        {
            EpistemicScales = [.. centres.Select((_, o) => 1.7 - (0.1 * o))],
            LogSdSlopes = [.. centres.Select((_, o) => 0.5 - (0.2 * o))],
            Bounds = [.. centres.Select((centre, o) => o % 3 == 2 ? OutputBounds.None : new OutputBounds(centre - (0.4 * scales[o]), o % 3 == 1 ? double.PositiveInfinity : centre + (0.3 * scales[o])))],
            Shrinkages = [.. centres.Select((_, o) => 1 - (0.06 * o))],
            Smoothings = [.. centres.Select((_, o) => o == 0 ? 0 : 0.9 - (0.1 * o))],
        };
        return model.With(calibration.WithConstants([.. centres.Select((_, o) => o == Targets - 2)]));
    }

    private static BayesianNetwork WithTransforms(BayesianNetwork model) => new(model.Model with
    {
        Encoding = model.Model.Encoding with
        {
            Targets =
            [
                new LogTransform(), new IdentityTransform(), new SquareRootTransform(), new YeoJohnsonTransform(0.6, 2), new LogitTransform(), new YeoJohnsonTransform(0, 0.7),
                new YeoJohnsonTransform(2, 1), new YeoJohnsonTransform(-0.1, 3),
            ],
        },
    });

    /// <summary>Limits among the outputs, so that they are cut off.</summary>
    private static BayesianNetwork WithLimits(BayesianNetwork model) => new(model.Model with
    {
        Encoding = model.Model.Encoding with
        {
            Targets =
            [
                .. model.Model.Ensemble.TargetScaling.Mean.Zip(model.Model.Ensemble.TargetScaling.Scale, (mean, scale) => (mean, scale)).Select((own, o) => (o % 4) switch
                {
                    0 => new LimitedTransform(new IdentityTransform(), own.mean - (0.3 * own.scale), null),
                    1 => new LimitedTransform(new IdentityTransform(), own.mean - own.scale, own.mean + (0.2 * own.scale)),
                    2 => new LimitedTransform(new YeoJohnsonTransform(0.6, 2), null, new YeoJohnsonTransform(0.6, 2).Invert(own.mean)),
                    _ => (TargetTransform)new LimitedTransform(new LogTransform(), null, Math.Exp(own.mean)),
                }),
            ],
        },
    });
}
