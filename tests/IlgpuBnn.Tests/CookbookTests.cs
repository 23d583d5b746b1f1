using System.Collections.Concurrent;
using System.Diagnostics;
using IlgpuBnn.Equations;
using IlgpuBnn.Export;
using IlgpuBnn.Netcdf;

namespace IlgpuBnn.Tests;

/// <summary>docs/cookbook.md, compiled and run.</summary>
public sealed class CookbookTests
{
    [Fact]
    public void Every_recipe_runs()
    {
        (double[,] inputs, double[] yields) = Table(40);
        (double[,] moreInputs, double[] moreYields) = Table(50);

        var runs = new Dataset(inputs, yields, ["rain", "warmth"], "yield");
        BayesianNetwork network = BayesianNetwork.Fit(runs, new TrainingOptions { HiddenUnits = [20], MaxIterations = 300 });

        using var folder = new TemporaryFolder();
        string netcdfPath = Repository.Path("tests", "IlgpuBnn.Tests", "Netcdf", "files", "runs-netcdf4.nc");
        string inputsPath = folder.Write("inputs.csv", "run,rain\n1,0.1\n2,0.2\n3,0.3\n"), outputsPath = folder.Write("outputs.csv", "run,yield\n3,6\n2,4\n1,2\n");
        CsvTable table = TableFile.Read(netcdfPath, sampleDimension: "member");
        using CsvTableReader joined = TableFile.Open([inputsPath, outputsPath], key: "run");
        Dataset ofFiles = Dataset.FromTable(joined.Read(int.MaxValue)!, targets: ["yield"]);

        PredictiveDistribution prediction = network.Predict(inputs);
        double[,] median = prediction.Quantile(0.5);
        double[,] aboveThree = prediction.ProbabilityAbove(3);
        double[,,] draws = prediction.Sample(100, seed: 1);

        using Predictor predictor = network.CreatePredictor();
        RowPrediction row = predictor.Predict([0.2, 0.7]);
        double mean = row.Mean[0], deviation = row.StandardDeviation();
        (double lower, double upper) = row.Interval(0.9);

        string onnxPath = folder.File("yield.onnx"), cPath = folder.File("yield.c");
        ModelExport.WriteOnnx(network, onnxPath);
        IReadOnlyList<string> sources = ModelExport.WriteC(network, cPath);

        var grown = new Dataset(moreInputs, moreYields, ["rain", "warmth"], "yield");
        BayesianNetwork better = network.Resume(grown, maxIterations: 300);

        string path = folder.File("yield.checkpoint"), modelPath = folder.File("yield.safetensors");
        var options = new TrainingOptions { HiddenUnits = [20], MaxIterations = 100 };
        var store = new CheckpointFile(path);
        BayesianNetwork survivor = BayesianNetwork.Fit(runs, options, checkpoints: new Checkpoints(store));
        survivor.Save(modelPath);
        store.Delete();

        var times = new ConcurrentDictionary<string, TimeSpan>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TrainingTrace.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => times.AddOrUpdate(span.OperationName, span.Duration, (_, sum) => sum + span.Duration),
        };
        ActivitySource.AddActivityListener(listener);
        BayesianNetwork model = BayesianNetwork.Fit(runs, options);

        string[] partPaths = [folder.File("part-0.safetensors"), folder.File("part-1.safetensors")];
        EnsembleShard.Fit(runs, options, index: 0, count: 2).Save(partPaths[0]);
        EnsembleShard.Fit(runs, options, index: 1, count: 2).Save(partPaths[1]);
        BayesianNetwork whole = EnsembleShard.Merge([.. partPaths.Select(EnsembleShard.Load)], runs);

        ParameterArray weights = network.Parameters().First(own => own.Name == "layers.0.weight");
        int particles = weights.Shape[0], inputCount = weights.Shape[1], units = weights.Shape[2];

        var described = new TrainingOptions
        {
            Layers = [new Dense(20, Activation.Silu), new Dense(50, Activation.Tanh)],
            Likelihood = new StudentTLikelihood(DegreesOfFreedom: 4),
            Method = new Svgd { Particles = 20, Kernel = SteinKernel.InverseMultiquadric },
        };
        described.Validate();

        var known = new TrainingOptions
        {
            HiddenUnits = [20],
            MaxIterations = 300,
            Constraints = new ConstraintPrior([new Limits("yield", Lower: 0), new Monotone("yield", "rain")]),
        };
        BayesianNetwork constrained = BayesianNetwork.Fit(runs, known);
        double violated = constrained.Report.Constraints[1].ViolatedFraction;

        var map = new TrainingOptions { Components = new PrincipalComponents(), MaxIterations = 300 };

        CsvTable daily = CsvTable.Read(folder.Write("daily.csv", Daily()));
        Dataset windows = Dataset.FromSeries(daily, time: "day", steps: 5, marksSteps: true, targets: ["flux"], groups: ["site"]);
        var recurrent = new TrainingOptions { Layers = NetworkDescription.Parse("lstm(4)", windows.Series!.Channels, windows.Series.Steps), MaxIterations = 100 };
        BayesianNetwork series = BayesianNetwork.Fit(windows, recurrent);
        using SeriesPredictor steps = series.CreateSeriesPredictor();
        double first = steps.Predict([0.4]).Mean[0], second = steps.Predict([0.9]).Mean[0];
        steps.Reset();

        InputGradients slopes = network.Gradients(inputs);
        double perUnitOfRain = slopes.Mean[0, 0, 0], unsure = slopes.StandardDeviation[0, 0, 0];

        var decay = new EquationProblem
        {
            Coordinates = [new Coordinate("t", 0, 2)],
            Networks = [new FieldNetwork([new Field("f")], [new Dense(8, Activation.Tanh)])],
            Equations = [EquationTerm.Of<Decay>(points: 20, standardDeviation: 0.02)],
            Observations = [new FieldObservations("f", new double[,] { { 0 }, { 0.5 }, { 1 }, { 1.5 }, { 2 } }, [1, 0.47, 0.22, 0.1, 0.05], 0.02)],
            Unknowns = [new Unknown("k", Centre: 1, StandardDeviation: 1)],
        };
        EquationEnsemble fields = EquationEnsemble.Fit(decay, new EquationOptions { Particles = 8 });
        (double lowest, double highest) = EquationEnsemble.Interval([.. fields.Unknowns.Cast<double>()], 0.9);
        var byAdam = EquationEnsemble.Fit(decay, new EquationOptions { Particles = 8, AdamSteps = 2000 }, DeviceCatalog.Open("auto"));

        Assert.Equal([cPath, folder.File("yield.h"), folder.File("yield_module.f90")], sources);
        Assert.Equal((5, "rain"), (table.RowCount, Assert.Single(ofFiles.InputNames)));
        Assert.Equal(survivor.Predict(inputs).Mean, whole.Predict(inputs).Mean);
        Assert.InRange(perUnitOfRain, 1, 5);
        Assert.InRange(unsure, 0, 1);
        Assert.InRange(1.5, lowest, highest);
        Assert.InRange(median[0, 0], -10, 10);
        Assert.InRange(aboveThree[0, 0], 0, 1);
        Assert.Equal(100, draws.GetLength(0));
        Assert.True(deviation > 0 && lower < mean && mean < upper);
        map.Validate();
        Assert.NotEqual(first, second);
        Assert.Equal(0, violated);
        Assert.Equal(50, better.Report.TrainingRows);
        Assert.Equal((40, 2, 20), (particles, inputCount, units));
    }

    public readonly struct Decay : IEquation
    {
        public static T Residual<T>(in EquationPoint<T> at) where T : struct, IReal<T> => at.Derivative(0, 0) + (at.Unknown(0) * at.Value(0));
    }

    [Fact]
    public void Every_line_of_the_cookbook_stands_here()
    {
        string source = File.ReadAllText(Repository.Path("tests", "IlgpuBnn.Tests", $"{nameof(CookbookTests)}.cs"));

        // What is in Python runs in python/tests.
        string[] code =
        [
            .. File.ReadAllText(Repository.Path("docs", "cookbook.md")).Split("```").Where((part, k) => k % 2 == 1 && !part.StartsWith("python\n", StringComparison.Ordinal))
                .SelectMany(part => part.Split('\n').Skip(1)),
        ];
        Assert.NotEmpty(code);
        Assert.All(code, line => Assert.Contains(line.Trim(), source, StringComparison.Ordinal));
    }

    private static string Daily() => "site,day,rain,flux\n" + string.Concat(Enumerable.Range(0, 80).Select(
        k => FormattableString.Invariant($"{k / 16},{k % 16},{k * 7 % 11 / 10.0},{(k * 7 % 11) + (k % 16 == 0 ? 0 : (k + 4) * 7 % 11)}\n")));

    private static (double[,] Inputs, double[] Yields) Table(int rows)
    {
        Dataset table = Runs.Of(rows, 2, 1, (random, x) => [(3 * x[0]) + x[1] + (0.1 * random.NextDouble())]);
        return (table.Inputs, [.. table.Targets.Cast<double>()]);
    }
}
