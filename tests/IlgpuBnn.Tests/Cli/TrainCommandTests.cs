using System.Globalization;
using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class TrainCommandTests(TrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string ModelPath => _folder.File("m.safetensors");

    [Fact]
    public void Summary_as_json_tells_how_the_training_went()
    {
        JsonElement json = trained.Training.Json();

        Assert.Equal(
            ["model", "network", "apart_targets", "rows", "training_rows", "validation_rows", "folds", "iterations", "kept_iteration", "stop_reason", "seconds", "inputs", "targets", "notes", "warnings", "constraints", "validation_scores", "out_of_fold_scores",
                "verdict"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(TrainedModel.Rows, json.GetProperty("rows").GetInt32());
        Assert.Equal(TrainedModel.ValidationRows, json.GetProperty("validation_rows").GetInt32());
        Assert.Equal(TrainedModel.Rows - TrainedModel.ValidationRows, json.GetProperty("training_rows").GetInt32());
        Assert.Equal(TrainedModel.Iterations, json.GetProperty("iterations").GetInt32());
        Assert.Equal(TrainedModel.ValidationRows, json.GetProperty("validation_scores").GetProperty("rows").GetInt32());
    }

    [Fact]
    public void Validation_scores_are_of_the_rows_that_chose_the_kept_iteration()
    {
        JsonElement scores = Train("--method", "svgd", "--validation-fraction", "0.2", "--max-iterations", "120", "--json").Json()
            .GetProperty("validation_scores").GetProperty("targets").GetProperty("y");

        // The training's score is of scaled targets: a log density moves by the logarithm of the scale.
        BayesianNetwork model = BayesianNetwork.Load(ModelPath);
        StepInfo kept = model.Report.History.MaxBy(step => step.ValidationScore)!;
        double scaled = scores.GetProperty("log_score").GetDouble() + Math.Log(model.Model.Ensemble.TargetScaling.Scale[0]);

        // The training sums in single precision.
        Assert.InRange(Math.Abs(scaled - kept.ValidationScore), 0, 1e-5 * (1 + Math.Abs(kept.ValidationScore)));
        Assert.Equal(scores.GetProperty("log_score").GetDouble(), model.UnseenScores![0].LogScore);
    }

    [Fact]
    public void Progress_of_a_redirected_run_is_a_handful_of_lines_on_standard_error()
    {
        string[] all = trained.Training.Error.TrimEnd().Split('\n'), lines = [.. all.Where(line => !CommandResult.IsAboutColumns(line))];

        Assert.Equal("2 inputs: x1, x 2; 2 targets: y, leaf, area.", all[0]);
        Assert.InRange(lines.Length, 1, 10);
        Assert.All(lines, line => Assert.StartsWith("training: iteration ", line));
        Assert.StartsWith($"training: iteration {TrainedModel.Iterations} of at most {TrainedModel.Iterations}, validation score ", lines[^1]);
    }

    [Fact]
    public void Every_option_reaches_the_training()
    {
        CommandLine.Run(
            "train", "--data", trained.Data, "--targets", "y", "--targets", "\"leaf, area\"", "--inputs", "x 2,x1", "--model", ModelPath, "--hidden-units", "7,5",
            "--activation", "tanh", "--particles", "3", "--max-iterations", "25", "--batch-size", "16", "--validation-fraction", "0.25", "--patience", "15", "--step-size", "2e-2",
            "--noise-precision", "shared", "--weight-precision", "per-layer", "--initialisation", "prior", "--method", "svgd", "--bandwidth", "liu-wang",
            "--stein-kernel", "inverse-multiquadric", "--annealing-cycles", "1", "--seed", "-3", "--device", "cpu").AssertExitCode(ExitCode.Success);

        BayesianNetwork model = BayesianNetwork.Load(ModelPath);
        Assert.Equal(["y", "leaf, area"], model.TargetNames);
        Assert.Equal(["x 2", "x1"], model.InputNames);
        Assert.Equal([7, 5], model.Options.HiddenUnits);
        var expected = new TrainingOptions
        {
            HiddenUnits = model.Options.HiddenUnits,
            Activation = Activation.Tanh,
            MaxIterations = 25,
            BatchSize = 16,
            Adam = new AdamOptions(0.02),
            Likelihood = new GaussianLikelihood(NoisePrecision.Shared),
            Method = new Svgd
            {
                Particles = 3,
                EarlyStopping = new EarlyStopping(0.25, 15),
                Prior = new HierarchicalPrior { WeightPrecision = WeightPrecision.PerLayer },
                Initialisation = Initialisation.Prior,
                Bandwidth = BandwidthRule.LiuWang,
                Kernel = SteinKernel.InverseMultiquadric,
                Annealing = new AnnealingOptions(1),
            },
            Seed = -3,
        };
        AssertSame(expected, model.Options);
    }

    [Fact]
    public void Optimiser_may_be_gradient_descent_with_momentum()
    {
        string[] arguments = ["train", "--data", trained.Data, "--targets", "y", "--inputs", "x1,x 2", "--model", ModelPath, "--hidden-units", "5", "--particles", "4", "--max-iterations", "300"];
        CommandLine.Run([.. arguments, "--optimizer", "momentum"]).AssertExitCode(ExitCode.Success);
        Assert.Equal(new GradientDescent(), BayesianNetwork.Load(ModelPath).Options.Optimizer);
        CommandLine.Run([.. arguments, "--optimizer", "momentum", "--step-size", "1e9"]).AssertFailure(ExitCode.Failure, "Training diverged", "Lower the step size");
    }

    [Fact]
    public void Network_is_said_as_it_was_written()
    {
        const string text = "dense(4,sin) dense(3,tanh) skip";
        string[] arguments =
            ["train", "--data", trained.Data, "--targets", "y", "--inputs", "x1", "--model", ModelPath, "--particles", "2", "--max-iterations", "5", "--network", text];
        Assert.Contains($"Network: {text}.", CommandLine.Run(arguments).AssertExitCode(ExitCode.Success).Output, StringComparison.Ordinal);
        Assert.Equal(text, CommandLine.Run([.. arguments, "--json"]).Json().GetProperty("network").GetString());
        Assert.Equal([new Dense(4, Activation.Sin), new Dense(3, Activation.Tanh), new SkipConnection()], BayesianNetwork.Load(ModelPath).Options.Layers);
    }

    [Fact]
    public void Columns_become_what_options_say()
    {
        using var folder = new TemporaryFolder();
        string rows = string.Join('\n', Enumerable.Range(0, 24).Select(n => $"{n / 3},{n % 3},{1 + (n * 7 % 11)},{n % 5},{2 + (n % 4)},{1 + (n % 6)}"));
        string data = folder.Write("runs.csv", $"run,member,a,gcm,y,z\n{rows}\n"), path = folder.File("m.safetensors");
        CommandLine.Run(
            "train", "--data", data, "--targets", "y,z", "--group", "run", "--exclude", "member", "--log-inputs", "a", "--categories", "gcm",
            "--transform", "y:log,z:yeo-johnson", "--hidden-units", "3", "--max-iterations", "5", "--model", path).AssertExitCode(ExitCode.Success);
        BayesianNetwork model = BayesianNetwork.Load(path);
        Assert.Equal(["a", "gcm"], model.InputNames);
        Assert.Equal(["run"], model.Report.GroupNames);
        Assert.Equal([new LogEncoding(), new CategoryEncoding([0, 1, 2, 3, 4])], model.InputEncodings);
        Assert.Equal(["log", "yeo-johnson"], model.TargetTransforms.Select(own => own.Name));

        CommandLine.Run("train", "--data", data, "--targets", "y", "--transform", "y", "--model", path).AssertExitCode(ExitCode.WrongUsage);
        CommandLine.Run("train", "--data", data, "--targets", "y", "--transform", "q:log", "--model", path).AssertExitCode(ExitCode.Failure);
    }

    [Fact]
    public void Targets_get_networks_of_their_own()
    {
        using var folder = new TemporaryFolder();
        string rows = string.Join('\n', Enumerable.Range(0, 24).Select(n => $"{n * 7 % 11},{n % 5},{1 + (n % 9)},{2 + (n % 4)},{1 + (n % 6)}"));
        string data = folder.Write("runs.csv", $"a,b,GPP_a,GPP_b,NEE\n{rows}\n"), path = folder.File("m.safetensors");
        CommandResult Train(params string[] more) =>
            CommandLine.Run(["train", "--data", data, "--targets", "GPP_*,NEE", "--max-iterations", "5", "--select-encodings", "no", "--model", path, .. more]);
        Assert.Contains(
            "Network: dense(20,silu) dense(50,silu); networks of their own: GPP_b, NEE.", Train("--apart", "NEE,GPP_b").AssertExitCode(ExitCode.Success).Output,
            StringComparison.Ordinal);
        Assert.Equal(["GPP_b", "NEE"], BayesianNetwork.Load(path).Options.ApartTargets);
        CommandLine.Run("report", "--model", path, "--data", data, "--out", folder.File("r")).AssertExitCode(ExitCode.Success);
        Assert.Contains("networks of their own</", File.ReadAllText(Directory.GetFiles(folder.File("r"), "*.html")[0]), StringComparison.Ordinal);
        Assert.Contains("\"apart_targets\":[\"GPP_a\",\"GPP_b\",\"NEE\"]", Train("--apart", "all", "--json").AssertExitCode(ExitCode.Success).Output, StringComparison.Ordinal);
        Assert.Contains("\"apart_targets\":[]", Train("--apart", "none", "--json").AssertExitCode(ExitCode.Success).Output, StringComparison.Ordinal);
        Assert.Empty(BayesianNetwork.Load(path).Options.ApartTargets!);
        Train("--apart", "auto").AssertExitCode(ExitCode.Success);
        Assert.Null(BayesianNetwork.Load(path).Options.ApartTargets);
        Train("--apart", "a").AssertFailure(ExitCode.Failure, "ApartTargets names \"a\", which is no target of ");
        Train("--apart", "GPP_a", "--skip-connection", "yes").AssertFailure(ExitCode.Failure, "Targets have networks of their own, and a skip connection is wanted");
        Train("--apart", "GPP_a", "--network", "dense(5)").AssertFailure(ExitCode.WrongUsage, "--apart has no effect with it");
    }

    [Fact]
    public void Options_of_columns_take_ranges_and_patterns()
    {
        using var folder = new TemporaryFolder();
        string rows = string.Join('\n', Enumerable.Range(0, 24).Select(n => $"{1 + (n * 7 % 11)},{n % 5},{(n % 3 == 0 ? "1" : "sand")},{1 + (n % 9)},{2 + (n % 4)},{1 + (n % 6)},{3 + (n % 7)}"));
        string data = folder.Write("runs.csv", $"ka,gcm,soil,kb,GPP_a,GPP_b,NEE\n{rows}\n"), path = folder.File("m.safetensors");
        CommandResult Train(params string[] more) => CommandLine.Run(
            ["train", "--data", data, "--targets", "GPP_*,NEE", "--hidden-units", "3", "--max-iterations", "5", "--select-encodings", "no", "--model", path, .. more]);
        Train("--log-inputs", "k*", "--categories", "gcm..soil", "--transform", "GPP_*:log,GPP_b:sqrt").AssertExitCode(ExitCode.Success);
        BayesianNetwork model = BayesianNetwork.Load(path);
        Assert.Equal(["ka", "gcm", "soil", "kb"], model.InputNames);
        Assert.Equal([new LogEncoding(), new CategoryEncoding([0, 1, 2, 3, 4]), CategoryEncoding.OfTexts(["1", "sand"]), new LogEncoding()], model.InputEncodings);
        Assert.Equal(["log", "sqrt", "none"], model.TargetTransforms.Select(own => own.Name));

        // Columns of another role are left out of ranges and patterns: all but the targets, all but the inputs.
        Train("--categories", "soil", "--transform", "*:log", "--log-inputs", "ka..GPP_b", "--exclude", "gcm").AssertExitCode(ExitCode.Success);
        model = BayesianNetwork.Load(path);
        Assert.Equal([new LogEncoding(), CategoryEncoding.OfTexts(["1", "sand"]), new LogEncoding()], model.InputEncodings);
        Assert.Equal(["log", "log", "log"], model.TargetTransforms.Select(own => own.Name));

        Train("--categories", "soil", "--transform", "NEA:log").AssertFailure(ExitCode.Failure, "there is no column \"NEA\" (target of --transform). Did you mean \"NEE\"?");
        Train("--categories", "soil", "--log-inputs", "gcn").AssertFailure(ExitCode.Failure, "there is no column \"gcn\" (input of --log-inputs). Did you mean \"gcm\"?");
        Train("--categories", "soil", "--log-inputs", "GPP_*").AssertFailure(ExitCode.Failure, "--log-inputs names \"GPP_*\", which finds no input: the inputs are ka, gcm, kb.");
        Train("--categories", "soil", "--transform", "GPP_*:log,*_b:sqrt").AssertFailure(ExitCode.Failure, "--transform gives GPP_b two scales.");
        Train("--categories", "soil", "--log-inputs", "NEE").AssertExitCode(ExitCode.Failure);
    }

    [Fact]
    public void Components_of_many_targets_are_learnt_where_asked_for()
    {
        var random = new Random(1);
        string data = _folder.File("map.csv");
        File.WriteAllLines(data, ["a,b," + string.Join(',', Enumerable.Range(0, 200).Select(o => $"c{o}")), .. Enumerable.Range(0, 40).Select(_ =>
        {
            (double a, double b) = (random.NextDouble(), random.NextDouble());
            return string.Create(CultureInfo.InvariantCulture, $"{a},{b},{string.Join(',', Enumerable.Range(0, 200).Select(o => ((a * Math.Sin(o / 20.0)) + (b * b)).ToString("R", CultureInfo.InvariantCulture)))}");
        })]);
        CommandResult Run(params string[] more) =>
            CommandLine.Run(["train", "--data", data, "--targets", "c*", "--model", ModelPath, "--max-iterations", "300", "--particles", "8", "--folds", "4", .. more]);

        CommandResult auto = Run("--components", "auto").AssertExitCode(ExitCode.Success);
        Assert.Contains("The 200 targets are learnt as 2 principal components", auto.Output, StringComparison.Ordinal);
        Assert.Equal(2, BayesianNetwork.Load(ModelPath).ComponentCount);
        CommandLine.Run("predict", "--model", ModelPath, "--data", data, "--out", _folder.File("p.csv")).AssertExitCode(ExitCode.Success);
        Run("--components", "1").AssertExitCode(ExitCode.Success);
        Assert.Equal(new PrincipalComponents(1), BayesianNetwork.Load(ModelPath).Options.Components);
        Run("--components", "0").AssertFailure(ExitCode.WrongUsage, "--components is \"0\"; it must be none, auto, or a whole number, at least 1");
        Run("--components", "60").AssertFailure(ExitCode.Failure, "60 principal components are wanted");
        CommandLine.Run("train", "--data", data, "--targets", "c*", "--model", ModelPath, "--method", "svgd", "--components", "auto")
            .AssertFailure(ExitCode.WrongUsage, "--components needs the out-of-fold rows of --method anchored");
    }

    [Fact]
    public void Tables_of_other_programs_train_and_say_what_was_guessed()
    {
        string rows = string.Concat(Enumerable.Range(0, 20).Select(n => $"{n};{n % 7},5;{(n == 4 ? "1e20" : n == 5 ? "NA" : $"{3 * n},25")};{n}\n"));
        string data = _folder.Write("german.csv", $";a;y;z\n-;m;K;\n{rows}");

        CommandResult result = CommandLine.Run(
            "train", "--data", data, "--targets", "y..y", "--hidden-units", "3", "--max-iterations", "5", "--model", ModelPath, "--json");

        JsonElement json = result.Json();
        Assert.Equal(["a", "z"], json.GetProperty("inputs").EnumerateArray().Select(own => own.GetString()));
        Assert.Equal(19, json.GetProperty("rows").GetInt32());
        Assert.Contains("2 inputs: a, z; 1 target: y.", result.Error);
        Assert.Contains($"Warning: {data}: y is 1E+20 in 1 row (7), far from its other values", result.Error);
        Assert.Contains("1 input stands behind a target in the table: z.", result.Error);
        string[] notes = [.. json.GetProperty("notes").EnumerateArray().Select(own => own.GetString()![(data.Length + 2)..])];
        Assert.Contains("row 2 has no numbers: it is taken as units (m, K, ).", notes);
        Assert.Contains("the first column has no name: it is left out as labels of rows.", notes);
        Assert.Contains("commas are read as decimal marks in y, a.", notes);
        Assert.DoesNotContain("More runs", result.Output);

        Assert.Equal(18, CommandLine.Run(
            "train", "--data", data, "--targets", "y", "--inputs", "a", "--missing", "1e20", "--hidden-units", "3", "--max-iterations", "5", "--model", ModelPath, "--json")
            .Json().GetProperty("rows").GetInt32());
    }

    [Fact]
    public void Missing_inputs_are_treated_as_asked()
    {
        string rows = string.Concat(Enumerable.Range(0, 12).Select(n => $"{(n == 3 ? "NA" : n)},{n * n}\n")), data = _folder.Write("gaps.csv", $"x,y\n{rows}");
        CommandResult Run(string rule) => CommandLine.Run(
            "train", "--data", data, "--targets", "y", "--missing-inputs", rule, "--hidden-units", "3", "--max-iterations", "5", "--model", ModelPath, "--json");

        Assert.Equal(11, Run("drop").Json().GetProperty("rows").GetInt32());
        Assert.Equal(12, Run("mean").Json().GetProperty("rows").GetInt32());
        Run("error").AssertFailure(ExitCode.Failure, "row 5, column \"x\": \"NA\" means a missing value. Inputs cannot be missing");
    }

    [Fact]
    public void Text_is_a_category_that_the_model_file_knows()
    {
        string[] soils = ["sand", "clay", "peat"];
        string rows = string.Concat(Enumerable.Range(0, 30).Select(n => $"{soils[n % 3]},{n % 5},{(10 * (n % 3)) + (n % 5)}\n"));
        string data = _folder.Write("soils.csv", $"soil,x,y\n{rows}"), output = _folder.File("p.csv");
        CommandResult training = CommandLine.Run("train", "--data", data, "--targets", "y", "--model", ModelPath, "--max-iterations", "200").AssertExitCode(ExitCode.Success);
        Assert.Contains("2 inputs: soil (category of 3 levels), x; 1 target: y.", training.Error);

        BayesianNetwork model = BayesianNetwork.Load(ModelPath);
        Assert.Equal(["clay", "peat", "sand"], Assert.IsType<CategoryEncoding>(model.InputEncodings[0]).Texts!);

        // Levels are found by their text, also where a table has others or fewer.
        string fresh = _folder.Write("new.csv", "x,soil\n1,sand\n2,loam\n3,peat\n");
        CommandResult result = CommandLine.Run("predict", "--model", ModelPath, "--data", fresh, "--out", output).AssertExitCode(ExitCode.Success);
        CsvTable table = CsvTable.Read(output);
        Assert.InRange(table.Number(0, 2), -4, 6);
        Assert.InRange(table.Number(2, 2), 18, 28);
        Assert.Equal("", table.Cell(1, 2));
        Assert.Equal("soil is \"loam\", which is no level that the model was trained on", table.Cell(1, table.ColumnNames.Count - 1));
        Assert.Contains("1 of 3 rows could not be predicted", result.Error);
        Assert.Contains("row 3: soil is \"loam\"", result.Error);

        string known = _folder.Write("known.csv", "soil,x,y\npeat,1,21\nsand,2,2\nloam,2,2\npeat,3,23\n,3,23\n");
        CommandResult scores = CommandLine.Run("evaluate", "--model", ModelPath, "--data", known, "--json");
        Assert.Equal(3, scores.Json().GetProperty("rows").GetInt32());
        Assert.Contains("2 rows with a missing input were left out (rows 4, 6): soil in 2. The model has no level \"loam\" of soil.", scores.Error);

        Dataset other = Dataset.ReadCsv(_folder.Write("other.csv", "soil,x,y\npeat,1,21\nsand,2,2\nsand,1,1\npeat,3,23\n"), ["y"]);
        Assert.Equal(model.Predict(new double[,] { { 1, 1 }, { 2, 2 }, { 2, 1 }, { 1, 3 } }).Mean, model.Predict(other).Mean);
    }

    [Fact]
    public void Options_of_an_anchored_ensemble_reach_the_training()
    {
        Train(
            "--hidden-units", "7", "--skip-connection", "yes",
            "--last-activation", "sin", "--select-last-activation", "no", "--particles", "6", "--max-iterations", "25", "--folds", "3", "--weight-scale", "1.5", "--relevance-sd", "0.7", "--noise-sd", "0.2", "--heteroscedastic", "no",
            "--bounds", "no", "--shrinkage", "no", "--degrees-of-freedom", "4", "--select-encodings", "no")
            .AssertExitCode(ExitCode.Success);

        BayesianNetwork model = BayesianNetwork.Load(ModelPath);
        var expected = new TrainingOptions
        {
            HiddenUnits = model.Options.HiddenUnits,
            SkipConnection = true,
            LastActivation = Activation.Sin,
            Likelihood = new StudentTLikelihood(4),
            MaxIterations = 25,
            Method = new AnchoredEnsemble
            {
                SelectLastActivation = false,
                SelectPrior = false,
                Particles = 6,
                Folds = 3,
                Prior = new AnchoredPrior(1.5, 0.7, 0.2),
                HeteroscedasticNoise = false,
                OutputBounds = false,
                Shrinkage = false,
            },
            SelectEncodings = false,
        };
        AssertSame(expected, model.Options);
        Assert.Equal(3, model.Report.Folds);
    }

    [Fact]
    public void A_second_training_is_shown_and_what_it_was_for()
    {
        var random = new Random(5);
        string data = _folder.Write("jumps.csv", "a,b,y\n" + string.Concat(Enumerable.Range(0, 150).Select(_ =>
        {
            (double a, double b) = (random.NextDouble(), random.NextDouble());
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{a},{b},{(a + b > 1 ? 1 : 0) + (0.3 * a)}\n");
        })));
        CommandResult result = CommandLine.Run("train", "--data", data, "--targets", "y", "--model", ModelPath, "--hidden-units", "12", "--particles", "12");
        result.AssertExitCode(ExitCode.Success);
        Assert.Contains("trying tanh in the last hidden layer: iteration ", result.Error);
        Assert.Contains("of at most 9600", result.Error);
        Assert.Contains("Note: The last hidden layer has tanh units: out-of-fold rows were predicted better so", result.Output);
        BayesianNetwork model = BayesianNetwork.Load(ModelPath);
        Assert.Equal(Activation.Tanh, model.Options.LastActivation);
        string[] lines = [.. result.Error.Trim().Split('\n').Where(line => !CommandResult.IsAboutColumns(line))
            .SkipWhile(line => line.StartsWith("training: ", StringComparison.Ordinal))];
        Assert.All(lines, line => Assert.Matches("^trying tanh in the last hidden layer: iteration [0-9]+ of at most 9600, ", line));
        Assert.Contains($": iteration {4800 + model.Report.Iterations} of", lines[^1]);
    }

    [Fact]
    public void Summary_of_an_anchored_ensemble_tells_in_words_how_far_to_trust_it()
    {
        CommandResult result = CommandLine.Run(
            "train", "--data", trained.Data, "--targets", TrainedModel.Targets, "--exclude", "run", "--model", ModelPath, "--max-iterations", "200");
        result.AssertExitCode(ExitCode.Success);
        Assert.Contains("each training row is predicted by the networks not trained on it (10 folds)", result.Output);
        Assert.Contains("On unseen rows it explains ", result.Output);
        Assert.Contains("Its 95 % intervals contain ", result.Output);
        Assert.Contains("The effective number of its 40 particles is ", result.Output);
        Assert.Contains("(the networks' disagreement), which more runs reduce", result.Output);
    }

    [Fact]
    public void A_search_tells_every_training_and_writes_the_best()
    {
        CommandResult result = Train(
            "--hidden-units", "6", "--particles", "4", "--max-iterations",
            "100", "--search", "0.03");
        result.AssertExitCode(ExitCode.Success);
        string[] lines = [.. result.Error.Split('\n').Where(line => line.Contains(" of a standard deviation, "))];
        Assert.EndsWith("the starting options: best so far", lines[0]);
        Assert.Contains($"Kept the best of {lines.Length} trainings", result.Error);
        BayesianNetwork.Load(ModelPath);
    }

    [Fact]
    public void A_search_without_rows_to_judge_by_is_refused() => CommandLine.Run(
        "train", "--data", trained.Data, "--targets", "y", "--exclude", "run", "--model", _folder.File("m"), "--method", "svgd", "--search", "1")
        .AssertFailure(ExitCode.Failure, "A search needs a budget above 0, hidden units rather than layers, and out-of-fold rows");

    [Fact]
    public void Without_options_the_library_s_defaults_hold()
    {
        Train("--max-iterations", "5").AssertExitCode(ExitCode.Success);

        BayesianNetwork model = BayesianNetwork.Load(ModelPath);
        Assert.Equal(["x1", "x 2", "leaf, area"], model.InputNames);
        var defaults = new TrainingOptions();
        Assert.Equal(defaults.HiddenUnits, model.Options.HiddenUnits);
        AssertSame(defaults with { HiddenUnits = model.Options.HiddenUnits, MaxIterations = 5 }, model.Options);
    }

    [Fact]
    public void A_deterministic_linear_model_is_one_particle()
    {
        CommandResult result = CommandLine.Run(
            "train", "--data", trained.Data, "--targets", "y", "--inputs", "x1", "--model", ModelPath, "--max-iterations", "5", "--method", "deterministic",
            "--hidden-units", "none");

        TrainingOptions options = BayesianNetwork.Load(ModelPath).Options;
        Assert.Equal(1, Assert.IsType<Deterministic>(options.Method).Particles);
        Assert.Empty(options.HiddenUnits);

        // The row without a y is left out, and the summary says so.
        result.AssertExitCode(ExitCode.Success);
        Assert.Contains("1 row with no target present was left out (row 7)", result.Output);
        Assert.Contains($"Wrote {ModelPath}.", result.Output);
    }

    [Fact]
    public void A_training_that_diverges_leaves_the_model_file_alone()
    {
        string path = _folder.Write("m.safetensors", "a better model");
        CommandResult result = Train(
            "--hidden-units", "20,20,20,20", "--step-size", "1e30");

        result.AssertFailure(ExitCode.Failure, "Training diverged", "Lower the step size");
        Assert.Equal("a better model", File.ReadAllText(path));
    }

    [Fact]
    public void A_model_whose_place_is_gone_is_written_to_the_temporary_folder_instead()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "m.safetensors");
        string message = Assert.Throws<CommandException>(() => TrainingRun.Save(BayesianNetwork.Load(trained.ModelPath), path)).Message;
        Assert.Contains($"{path}: could not be written", message, StringComparison.Ordinal);
        string elsewhere = message[(message.IndexOf("written to ", StringComparison.Ordinal) + "written to ".Length)..^" instead.".Length];
        Assert.Equal(Path.GetDirectoryName(elsewhere) + Path.DirectorySeparatorChar, Path.GetTempPath());
        BayesianNetwork.Load(elsewhere);
        File.Delete(elsewhere);
    }

    [Fact]
    public void The_last_good_state_of_a_diverged_training_lies_beside_the_model()
    {
        string path = _folder.Write("m.safetensors", "a better model");

        string message = TrainingRun.SaveLastGood(BayesianNetwork.Load(trained.ModelPath), path);

        Assert.Contains($"{path}.last-good", message);
        Assert.Equal("a better model", File.ReadAllText(path));
        Assert.Equal(["y", "leaf, area"], BayesianNetwork.Load($"{path}.last-good").TargetNames);
    }

    [Fact]
    public void A_network_that_is_too_large_is_refused_in_a_sentence() =>
        Train("--hidden-units", "65536,65536").AssertFailure(ExitCode.Failure, "The network needs at least 4295", "Use smaller hidden layers.");

    public void Dispose() => _folder.Dispose();

    /// <summary>Of one target.</summary>
    private CommandResult Train(params string[] more) =>
        CommandLine.Run(["train", "--data", trained.Data, "--targets", "y", "--exclude", "run", "--model", ModelPath, .. more]);

    /// <summary>Lists are equal where their elements are.</summary>
    private static void AssertSame(TrainingOptions expected, TrainingOptions found)
    {
        Assert.Equal(expected.Transforms, found.Transforms);
        Assert.Equal(expected.LogInputs, found.LogInputs);
        Assert.Equal(expected.Categories, found.Categories);
        Assert.Equal(expected, found with { Transforms = expected.Transforms, LogInputs = expected.LogInputs, Categories = expected.Categories });
    }
}
