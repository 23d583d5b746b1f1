using System.Text.RegularExpressions;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class UsageTests(TrainedModel trained)
{
    [Theory]
    [InlineData("--max-iterations", "50", "--select-last-activation yes has no effect with --max-iterations")]
    [InlineData("--last-activation", "relu", "--select-last-activation yes has no effect with --last-activation")]
    [InlineData("--search", "1", "--select-last-activation yes has no effect with --search")]
    [InlineData("--network", "dense(5)", "--select-last-activation yes has no effect with --network")]
    public void Selecting_the_last_activation_is_refused_where_there_is_no_second_training(string option, string value, string message) =>
        CommandLine.Run("train", "--data", "d.csv", "--targets", "y", "--model", "m", "--select-last-activation", "yes", option, value)
            .AssertFailure(ExitCode.WrongUsage, message);

    [Theory]
    [InlineData("--relevance-sd", "1")]
    [InlineData("--weight-scale", "1")]
    [InlineData("--noise-sd", "0.1")]
    public void Selecting_relevances_is_refused_beside_a_prior_that_is_given(string option, string value) =>
        CommandLine.Run("train", "--data", "d.csv", "--targets", "y", "--model", "m", "--select-relevances", "yes", option, value)
            .AssertFailure(ExitCode.WrongUsage, $"--select-relevances yes has no effect with {option}");

    [Theory]
    [InlineData("--hidden-units", "5")]
    [InlineData("--activation", "silu")]
    [InlineData("--last-activation", "same")]
    [InlineData("--skip-connection", "no")]
    [InlineData("--search", "1")]
    public void A_network_is_described_once(string option, string value) =>
        CommandLine.Run("train", "--data", "d.csv", "--targets", "y", "--model", "m", "--network", "dense(5)", option, value)
            .AssertFailure(ExitCode.WrongUsage, $"--network says what the network is, and {option} has no effect with it. Leave out one of the two.");

    [Fact]
    public void A_network_that_cannot_be_read_is_wrong_usage() =>
        CommandLine.Run("train", "--data", "d.csv", "--targets", "y", "--model", "m", "--network", "dense(5) dense(6,tahn)")
            .AssertFailure(ExitCode.WrongUsage, "--network is \"dense(5) dense(6,tahn)\": At position 18, \"tahn\" is no activation. It must be one of identity");

    [Theory]
    [InlineData("--time is given alone", "--time says when the steps of series are, and --window how many of them", "--time", "day")]
    [InlineData("--window is given alone", "--window is of steps of series, and --time says when they are. Give both.", "--window", "5")]
    [InlineData("no window", "--window is \"0\"; it must be a whole number, at least 1.", "--time", "day", "--window", "0")]
    [InlineData("means", "--missing-inputs mean has no effect with --window", "--time", "day", "--window", "5", "--missing-inputs", "mean")]
    [InlineData("categories", "--categories has no effect with --window: inputs of windows are numbers.", "--time", "day", "--window", "5", "--categories", "soil")]
    [InlineData("a network that cannot be", "--network is \"lstm(3) conv1d(2,3)\": conv1d(2,3,stride=1,padding=zero,silu) has no field before it", "--time", "day", "--window", "5", "--network", "lstm(3) conv1d(2,3)")]
    [InlineData("a field without a window", "--network is \"lstm(3)\": lstm(3,last) has no field before it", "--network", "lstm(3)")]
    public void Series_are_described_whole(string what, string message, params string[] options)
    {
        Assert.NotEmpty(what);
        CommandLine.Run(["train", "--data", "d.csv", "--targets", "y", "--model", "m", .. options]).AssertFailure(ExitCode.WrongUsage, message);
    }

    [Theory]
    [InlineData("devices", "--json")]
    [InlineData("train", "--data", "--sample-dimension", "--key", "--targets", "--classes", "--inputs", "--exclude", "--time", "--window", "--missing", "--missing-inputs", "--model", "--method", "--hidden-units", "--activation", "--particles",
        "--max-iterations", "--seed", "--search", "--checkpoint", "--resume", "--shard", "--device", "--json", "--last-activation", "--skip-connection", "--network", "--apart", "--noise-precision",
        "--degrees-of-freedom", "--batch-size", "--optimizer", "--step-size", "--folds", "--select-last-activation", "--select-prior", "--select-relevances", "--solve-output-layer", "--weight-scale", "--relevance-sd", "--noise-sd",
        "--heteroscedastic", "--bounds", "--shrinkage", "--group", "--transform", "--log-inputs", "--categories", "--select-encodings", "--components", "--class-weights",
        "--positive", "--limits", "--monotone", "--sum", "--constraint-margin",
        "--validation-fraction", "--patience", "--weight-precision", "--initialisation", "--bandwidth",
        "--stein-kernel", "--annealing-cycles")]
    [InlineData("merge", "--data", "--sample-dimension", "--key", "--missing", "--missing-inputs", "--model", "--device", "--json")]
    [InlineData("predict", "--model", "--data", "--sample-dimension", "--key", "--out", "--level", "--conformal", "--missing", "--device")]
    [InlineData("evaluate", "--model", "--data", "--sample-dimension", "--key", "--missing", "--device", "--json")]
    [InlineData("report", "--model", "--data", "--sample-dimension", "--key", "--out", "--png", "--missing", "--device")]
    [InlineData("sensitivity", "--model", "--inputs-file", "--out", "--png", "--factor", "--base-points", "--seed", "--device")]
    [InlineData("uncertainty", "--model", "--inputs-file", "--out", "--png", "--above", "--points", "--seed", "--device")]
    [InlineData("calibrate", "--model", "--observations", "--error-correlation", "--inputs-file", "--out", "--png", "--draws", "--estimate-discrepancy", "--seed", "--device")]
    [InlineData("history-match", "--model", "--observations", "--error-correlation", "--inputs-file", "--out", "--png", "--threshold", "--rank", "--joint-test", "--points", "--next-runs", "--seed", "--device")]
    [InlineData("design", "--inputs-file", "--runs", "--out", "--kind", "--existing", "--model", "--candidates", "--pending", "--posterior", "--targets", "--seed", "--device")]
    [InlineData("windows", "--data", "--sample-dimension", "--key", "--time", "--group", "--inputs", "--steps", "--every", "--sequences", "--missing", "--out")]
    [InlineData("learning-curve", "--data", "--sample-dimension", "--key", "--targets", "--inputs", "--exclude", "--time", "--window", "--missing", "--missing-inputs", "--out", "--png", "--sizes", "--parts", "--wanted", "--method", "--hidden-units", "--activation", "--particles",
        "--max-iterations", "--seed", "--device", "--last-activation", "--network", "--apart", "--skip-connection", "--noise-precision",
        "--degrees-of-freedom", "--batch-size", "--optimizer", "--step-size", "--folds", "--select-last-activation", "--select-prior", "--select-relevances", "--solve-output-layer", "--weight-scale", "--relevance-sd", "--noise-sd",
        "--heteroscedastic", "--bounds", "--shrinkage", "--group", "--transform", "--log-inputs", "--categories", "--select-encodings", "--components",
        "--positive", "--limits", "--monotone", "--sum", "--constraint-margin",
        "--validation-fraction", "--patience", "--weight-precision", "--initialisation", "--bandwidth",
        "--stein-kernel", "--annealing-cycles")]
    [InlineData("export", "--model", "--format", "--out")]
    [InlineData("serve", "--model", "--urls", "--max-rows", "--max-bytes", "--device")]
    [InlineData("demo", "--out", "--png", "--json")]
    [InlineData("bench", "--particles", "--hidden", "--rows", "--batch", "--inputs", "--outputs", "--activation", "--iterations", "--repeats", "--threads",
        "--device", "--kernels", "--whole", "--runs", "--beside", "--json", "--markdown")]
    public void Help_lists_every_option_and_an_example(string command, params string[] options)
    {
        CommandResult help = CommandLine.Run(command, "--help").AssertExitCode(ExitCode.Success);

        string[] listed = [.. help.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("--", StringComparison.Ordinal))
            .Select(line => line.Split(' ', ',')[0])];
        Assert.Equal(options.Order(), listed.Where(option => option != "--version").Order());
        Assert.Contains("Example", help.Output);
        Assert.Contains($"  ilgpubnn {command}", help.Output);
    }

    [Fact]
    public void Help_shows_the_defaults_of_the_library()
    {
        var defaults = new TrainingOptions();
        // Without the spaces that lines of a long description begin with.
        string help = Regex.Replace(CommandLine.Run("train", "--help").Output, @"\n +(?!-)", "\n");

        AssertDefault("--hidden-units", string.Join(',', defaults.HiddenUnits));
        AssertDefault("--heteroscedastic", "yes");
        AssertDefault("--bounds", "yes");
        AssertDefault("--select-last-activation", "yes");
        AssertDefault("--folds", $"{new AnchoredEnsemble().Folds}");
        AssertDefault("--skip-connection", "no");
        AssertDefault("--particles", $"{defaults.Method.Particles}");
        AssertDefault("--validation-fraction", $"{new EarlyStopping().ValidationFraction}");
        AssertDefault("--noise-precision", "per-output");
        AssertDefault("--method", "anchored");

        void AssertDefault(string option, string text) =>
            Assert.Contains($"[default: {text}]", Regex.Match(help, $@"\n +{option} (.|\n)*?(?=\n\s*-|\n\n|$)").Value.ReplaceLineEndings(" "));
    }

    [Fact]
    public void Values_out_of_range_are_wrong_usage_and_every_one_is_named() => CommandLine.Run(
        "train", "--data", "d.csv", "--targets", "y,", "--model", "m", "--hidden-units", "50,0", "--activation", "reul", "--particles", "0",
        "--max-iterations", "many", "--batch-size", "-1", "--validation-fraction", "1", "--patience", "0", "--step-size", "1,5", "--noise-precision", "none",
        "--seed", "0.5", "--device", "gpu7", "--method", "svgd").AssertFailure(
            ExitCode.WrongUsage,
            "--targets is \"y,\"; it must be names of columns",
            "--hidden-units is \"50,0\"; it must be units of each layer",
            "--activation is \"reul\"; it must be one of identity, relu, tanh, sigmoid, sin, cos, silu.",
            "--particles is \"0\"; it must be a whole number, at least 1.",
            "--max-iterations is \"many\"; it must be a whole number",
            "--batch-size is \"-1\"",
            "--validation-fraction is \"1\"; it must be a number of at least 0 and below 1.",
            "--patience is \"0\"",
            "--step-size is \"1,5\"; it must be a number above 0.",
            "--noise-precision is \"none\"; it must be one of shared, per-output.",
            "--seed is \"0.5\"; it must be a whole number.",
            "--device is \"gpu7\"; it must be auto, or an id",
            "Run \"ilgpubnn train --help\"");

    [Theory]
    [InlineData("anchored", "--validation-fraction", "0.2", "--bandwidth", "median", "--stein-kernel", "gaussian")]
    [InlineData("svgd", "--folds", "5", "--heteroscedastic", "no", "--bounds", "no", "--select-last-activation", "no")]
    [InlineData("independent", "--annealing-cycles", "3")]
    [InlineData("deterministic", "--stein-kernel", "inverse-multiquadric", "--noise-sd", "0.1")]
    public void Options_of_another_method_are_refused_and_every_one_is_named(string method, params string[] options) =>
        CommandLine.Run(["train", "--data", "d.csv", "--targets", "y", "--model", "m", "--method", method, .. options]).AssertFailure(
            ExitCode.WrongUsage,
            [.. options.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(option => $"{option} is an option of --method "),
                $"not of {method}. Leave it out, or change the method."]);

    [Fact]
    public void Options_of_the_default_method_are_taken_without_naming_it() => CommandLine.Run(
        "train", "--data", "none.csv", "--targets", "y", "--model", "m", "--folds", "5").AssertFailure(ExitCode.Failure, "there is no such file");

    [Fact]
    public void Noise_is_refused_where_there_is_none() => CommandLine.Run(
        "train", "--data", "d.csv", "--targets", "y", "--model", "m", "--method", "deterministic", "--degrees-of-freedom", "4", "--noise-precision", "shared")
        .AssertFailure(
            ExitCode.WrongUsage, "--degrees-of-freedom has no effect with --method deterministic",
            "--noise-precision has no effect with --method deterministic", "Leave it out, or change the method.");

    [Fact]
    public void Level_and_threads_out_of_range_are_wrong_usage()
    {
        CommandLine.Run("predict", "--model", "m", "--data", "d.csv", "--out", "p.csv", "--level", "95")
            .AssertFailure(ExitCode.WrongUsage, "--level is \"95\"; it must be a number above 0 and at most 0.999999999999999.");
        CommandLine.Run("bench", "--threads", "-1").AssertFailure(ExitCode.WrongUsage, "--threads is \"-1\"; it must be a whole number, at least 0.");
    }

    [Fact]
    public void Options_that_contradict_each_other_are_wrong_usage()
    {
        CommandLine.Run(trained.TrainArguments("m", "--inputs", "x1")).AssertFailure(ExitCode.WrongUsage, "--inputs and --exclude are both given");
        CommandLine.Run("train", "--data", trained.Data, "--targets", "y", "--model", "m", "--method", "deterministic", "--particles", "4")
            .AssertFailure(ExitCode.WrongUsage, "--particles is an option of --method anchored or svgd or independent, not of deterministic");
        CommandLine.Run(trained.TrainArguments("m", "--checkpoint", "no", "--resume")).AssertFailure(ExitCode.WrongUsage, "--checkpoint no has none");
        CommandLine.Run(trained.TrainArguments("m", "--checkpoint", "-1")).AssertFailure(ExitCode.WrongUsage, "--checkpoint is \"-1\"; it must be no, or a number");
    }

    [Fact]
    public void A_benchmark_is_written_one_way_and_iterations_have_no_second_device()
    {
        CommandLine.Run("bench", "--json", "--markdown", "--beside", "cpu")
            .AssertFailure(ExitCode.WrongUsage, "--json and --markdown are both given", "--beside has no effect without --whole");
        CommandLine.Run("bench", "--whole", "--runs", "9").AssertFailure(ExitCode.WrongUsage, "--runs is \"9\"; it must be whole numbers, at least 10, separated by commas, or none.");
    }

    [Fact]
    public void A_file_that_is_read_is_not_written_over()
    {
        string before = File.ReadAllText(trained.Data);
        string sameFile = Path.Combine(Path.GetDirectoryName(trained.Data)!, ".", Path.GetFileName(trained.Data));

        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", trained.Data, "--out", sameFile)
            .AssertFailure(ExitCode.WrongUsage, "--out is", "the file of --data");
        CommandLine.Run("train", "--data", trained.Data, "--targets", "y", "--model", trained.Data)
            .AssertFailure(ExitCode.WrongUsage, "--model is", "the file of --data");
        Assert.Equal(before, File.ReadAllText(trained.Data));
    }

    [Fact]
    public void A_misspelt_option_is_suggested_wherever_help_lists_it() => Assert.Contains(
        "--batch-size", CommandLine.Run("train", "--data", "d.csv", "--targets", "y", "--model", "m", "--batch-siz", "5").Output, StringComparison.Ordinal);

    [Fact]
    public void Unknown_commands_and_missing_options_are_wrong_usage()
    {
        CommandResult unknown = CommandLine.Run("trian");
        Assert.Equal(ExitCode.WrongUsage, unknown.ExitCode);
        Assert.Contains("trian", unknown.Error);
        CommandLine.Run("train", "--data", "d.csv").AssertFailure(ExitCode.WrongUsage, "--targets", "--model");
    }
}
