using IlgpuBnn.Cli;
using IlgpuBnn.Inference;
using Xunit;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class UsageTests(TrainedModel trained)
{
    [Theory]
    [InlineData("--iterations", "50", "--sharper yes has no effect with --iterations")]
    [InlineData("--last-activation", "relu", "--sharper yes has no effect with --last-activation")]
    [InlineData("--search", "1", "--sharper has no effect with --search")]
    public void Sharper_networks_are_refused_where_there_is_no_second_training(string option, string value, string message) =>
        CommandLine.Run("train", "--data", "d.csv", "--targets", "y", "--model", "m", "--sharper", "yes", option, value)
            .AssertFailure(ExitCode.WrongUsage, message);

    [Theory]
    [InlineData("devices", "--json")]
    [InlineData("train", "--data", "--targets", "--inputs", "--exclude", "--model", "--hidden", "--activation", "--particles", "--iterations",
        "--batch", "--holdout", "--patience", "--step", "--noise", "--degrees-of-freedom", "--weight-precision", "--init", "--method", "--bandwidth", "--stein-kernel", "--anneal", "--seed", "--device",
        "--json", "--last-activation", "--sharper", "--linear-path", "--folds", "--heteroscedastic", "--limits", "--weight-scale", "--input-scale-spread", "--target-noise", "--search")]
    [InlineData("predict", "--model", "--data", "--out", "--level", "--device")]
    [InlineData("evaluate", "--model", "--data", "--device", "--json")]
    [InlineData("report", "--model", "--data", "--out", "--device")]
    [InlineData("demo", "--out", "--json")]
    [InlineData("bench", "--particles", "--hidden", "--rows", "--batch", "--inputs", "--outputs", "--activation", "--iterations", "--repeats", "--threads",
        "--device", "--json")]
    public void Help_lists_every_option_and_an_example(string command, params string[] options)
    {
        CommandResult help = CommandLine.Run(command, "--help").AssertExitCode(ExitCode.Success);

        string[] listed = [.. help.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("--", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0])];
        Assert.Equal(options.Order(), listed.Where(option => option != "--version").Order());
        Assert.Contains("Example", help.Output);
        Assert.Contains($"  ilgpubnn {command}", help.Output);
    }

    [Fact]
    public void Help_shows_the_defaults_of_the_library()
    {
        var defaults = new TrainingOptions();
        string[] help = CommandLine.Run("train", "--help").Output.Split('\n');

        AssertDefault("--hidden", string.Join(',', defaults.Hidden));
        AssertDefault("--heteroscedastic", "yes");
        AssertDefault("--limits", "yes");
        AssertDefault("--sharper", "yes");
        AssertDefault("--folds", $"{defaults.Folds}");
        AssertDefault("--linear-path", "no");
        AssertDefault("--particles", $"{defaults.Particles}");
        AssertDefault("--holdout", $"{defaults.HeldOutShare}");
        AssertDefault("--noise", "per-output");
        AssertDefault("--method", "anchored");

        void AssertDefault(string option, string text) =>
            Assert.Contains($"[default: {text}]", help.Single(line => line.TrimStart().StartsWith(option + " ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Version_is_that_of_the_program() =>
        Assert.StartsWith("0.1.0", CommandLine.Run("--version").AssertExitCode(ExitCode.Success).Output);

    [Fact]
    public void Values_out_of_range_are_wrong_usage_and_every_one_is_named() => CommandLine.Run(
        "train", "--data", "d.csv", "--targets", "y,", "--model", "m", "--hidden", "50,0", "--activation", "reul", "--particles", "0",
        "--iterations", "many", "--batch", "-1", "--holdout", "1", "--patience", "0", "--step", "1,5", "--noise", "none", "--seed", "0.5",
        "--device", "gpu7", "--method", "svgd").AssertFailure(
            ExitCode.WrongUsage,
            "--targets is \"y,\"; it must be names of columns",
            "--hidden is \"50,0\"; it must be units of each layer",
            "--activation is \"reul\"; it must be one of identity, relu, tanh, sigmoid, sin, cos, silu.",
            "--particles is \"0\"; it must be a whole number, at least 1.",
            "--iterations is \"many\"; it must be a whole number",
            "--batch is \"-1\"",
            "--holdout is \"1\"; it must be a number of at least 0 and below 1.",
            "--patience is \"0\"",
            "--step is \"1,5\"; it must be a number above 0.",
            "--noise is \"none\"; it must be one of shared, per-output.",
            "--seed is \"0.5\"; it must be a whole number.",
            "--device is \"gpu7\"; it must be auto, or an id",
            "Run \"ilgpubnn train --help\"");

    [Theory]
    [InlineData("anchored", "--holdout", "0.2")]
    [InlineData("anchored", "--bandwidth", "median")]
    [InlineData("svgd", "--folds", "5")]
    [InlineData("svgd", "--heteroscedastic", "no")]
    [InlineData("svgd", "--limits", "no")]
    [InlineData("svgd", "--sharper", "no")]
    [InlineData("anchored", "--stein-kernel", "gaussian")]
    [InlineData("independent", "--anneal", "3")]
    [InlineData("deterministic", "--stein-kernel", "inverse-multiquadric")]
    [InlineData("deterministic", "--target-noise", "0.1")]
    [InlineData("deterministic", "--degrees-of-freedom", "4")]
    public void An_option_that_the_method_does_not_know_is_refused(string method, string option, string value) =>
        CommandLine.Run("train", "--data", "d.csv", "--targets", "y", "--model", "m", "--method", method, option, value)
            .AssertFailure(ExitCode.WrongUsage, $"{option} has no effect with --method {method}", "Leave it out, or change the method.");

    [Fact]
    public void Level_and_threads_out_of_range_are_wrong_usage()
    {
        CommandLine.Run("predict", "--model", "m", "--data", "d.csv", "--out", "p.csv", "--level", "95")
            .AssertFailure(ExitCode.WrongUsage, "--level is \"95\"; it must be a number above 0 and below 1.");
        CommandLine.Run("bench", "--threads", "-1").AssertFailure(ExitCode.WrongUsage, "--threads is \"-1\"; it must be a whole number, at least 0.");
    }

    [Fact]
    public void Options_that_contradict_each_other_are_wrong_usage()
    {
        CommandLine.Run(trained.TrainArguments("m", "--inputs", "x1")).AssertFailure(ExitCode.WrongUsage, "--inputs and --exclude are both given");
        CommandLine.Run("train", "--data", trained.Data, "--targets", "y", "--model", "m", "--method", "deterministic", "--particles", "4")
            .AssertFailure(ExitCode.WrongUsage, "--particles is \"4\"");
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
    public void Unknown_commands_and_missing_options_are_wrong_usage()
    {
        CommandResult unknown = CommandLine.Run("trian");
        Assert.Equal(ExitCode.WrongUsage, unknown.ExitCode);
        Assert.Contains("trian", unknown.Error);
        CommandLine.Run("train", "--data", "d.csv").AssertFailure(ExitCode.WrongUsage, "--targets", "--model");
    }
}
