using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>What is known beside the rows, on the command line.</summary>
public sealed class ConstraintCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _data;

    public ConstraintCommandTests()
    {
        _data = _folder.File("runs.csv");
        IEnumerable<string> rows = Enumerable.Range(0, 20).Select(n => FormattableString.Invariant($"{n},{n * 7 % 20},{0.04 * n},{1 - (0.04 * n)},{20 - n},{(n % 2 == 0 ? "low" : "high")}"));
        File.WriteAllLines(_data, ["x1,x:2,a,b-c,z,kind", .. rows]);
    }

    [Fact]
    public void Constraints_are_trained_and_told_and_kept()
    {
        string model = _folder.File("m.safetensors");
        JsonElement json = Train(
            model, "--positive", "z", "--limits", "a:0:0.8", "--monotone", "z:-x1,a:x1,a:x:2", "--sum", "2*a+2*b-c=2", "--constraint-margin", "0.1", "--json").Json();
        Constraint[] expected =
        [
            new Limits("z", 0), new Limits("a", 0, 0.8), new Monotone("z", "x1", Rising: false), new Monotone("a", "x1"), new Monotone("a", "x:2"),
            new FixedSum([new SumTerm("a", 2), new SumTerm("b-c", 2)], 2),
        ];
        Assert.Equal(new ConstraintPrior(expected, 0.1), BayesianNetwork.Load(model).Options.Constraints);
        JsonElement[] told = [.. json.GetProperty("constraints").EnumerateArray()];
        Assert.Equal(
            ["z >= 0", "0 <= a <= 0.8", "z falls with x1", "a rises with x1", "a rises with x:2", "2*a + 2*b-c = 2"], told.Select(own => own.GetProperty("constraint").GetString()));
        Assert.Equal([true, false, false, false, false, true], told.Select(own => own.GetProperty("exact").GetBoolean()));

        string report = _folder.File("report");
        CommandLine.Run("report", "--model", model, "--data", _data, "--out", report).AssertExitCode(ExitCode.Success);
        Assert.Contains("2*a + 2*b-c = 2", File.ReadAllText(Path.Combine(report, "report.html")), StringComparison.Ordinal);

        CommandResult text = Train(_folder.File("n.safetensors"), "--limits", "z:0:", "--monotone", "z:-x1").AssertExitCode(ExitCode.Success);
        Assert.Contains("Constraint z >= 0: holds exactly.", text.Output, StringComparison.Ordinal);
        Assert.Matches("Constraint z falls with x1: violated at [0-9.]+ % of new points all over the inputs by the mean, and by [0-9.]+ % of the networks\\.", text.Output);
    }

    [Theory]
    [InlineData("--limits", "z:low:high", "--limits is \"z:low:high\"; it must be a target and its limits, such as yield:0: or albedo:0:1.")]
    [InlineData("--limits", "z::", "--limits is \"z::\"; it must be a target and its limits")]
    [InlineData("--limits", "z:3:1", "The limits of z contradict each other: it must be at least 3 and at most 1.")]
    [InlineData("--positive", "Z", "there is no column \"Z\" (target of --positive). Did you mean \"z\"?")]
    [InlineData("--positive", "x1", "which is no target of")]
    [InlineData("--monotone", "z", "--monotone is \"z\"; it must be a target and an input, such as yield:rain, or yield:-frost where it falls.")]
    [InlineData("--monotone", "z:-x3", "there is no column \"x3\" (input of --monotone)")]
    [InlineData("--monotone", "z:kind", "is of a category, whose levels have no order")]
    [InlineData("--monotone", "z:x1,z:-x1", "z must both rise and fall with x1. Leave out one of the two.")]
    [InlineData("--sum", "a+b-c", "--sum is \"a+b-c\": it must be a sum of targets and its total, such as sand+silt+clay=100.")]
    [InlineData("--sum", "a+w=1", "--sum is \"a+w=1\": \"w\" begins with no target: a, b-c, z.")]
    [InlineData("--sum", "a b-c=1", "--sum is \"a b-c=1\": \"b-c\" must follow a + or a -.")]
    [InlineData("--sum", "a+b-c=100", "The sum a + b-c = 100 is not that of the rows of")]
    [InlineData("--limits", "z:5:", "it is limited to numbers of at least 5. Correct the cell, or change the limits.")]
    [InlineData("--constraint-margin", "0.5", "--constraint-margin has no effect without constraints. Leave it out.")]
    public void What_cannot_be_is_refused_and_nothing_written(string option, string value, string message)
    {
        string model = _folder.File("m.safetensors");
        CommandResult result = Train(model, option, value);
        Assert.NotEqual(ExitCode.Success, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(model));
    }

    [Fact]
    public void Classes_have_none() => CommandLine.Run("train", "--data", _data, "--classes", "kind", "--model", _folder.File("m"), "--monotone", "kind:x1")
        .AssertFailure(ExitCode.WrongUsage, "--monotone has no effect with --classes. Leave it out.");

    public void Dispose() => _folder.Dispose();

    private CommandResult Train(string model, params string[] options) => CommandLine.Run(
        ["train", "--data", _data, "--targets", "a,b-c,z", "--model", model, "--particles", "4", "--folds", "2", "--max-iterations", "60", "--hidden-units", "5", "--checkpoint", "no", .. options]);
}
