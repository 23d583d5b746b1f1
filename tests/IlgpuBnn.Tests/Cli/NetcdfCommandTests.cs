using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

public sealed class NetcdfCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_model_of_one_kind_of_file_predicts_another()
    {
        string model = _folder.File("m.safetensors"), predictions = _folder.File("p.csv");
        CommandResult training = CommandLine.Run(
            "train", "--data", Place("runs-netcdf4.nc"), "--sample-dimension", "member", "--targets", "\"GPP[2,1]\"", "--inputs", "packed[0],\"GPP[1,0]\"", "--method", "deterministic",
            "--max-iterations", "5", "--model", model).AssertExitCode(ExitCode.Success);
        Assert.Contains("2 inputs: packed[0], GPP[1,0]; 1 target: GPP[2,1].", training.Error);
        CommandResult result = CommandLine.Run("predict", "--model", model, "--data", Place("runs-classic.nc"), "--sample-dimension", "member", "--out", predictions)
            .AssertExitCode(ExitCode.Success);
        Assert.Contains("variable member only counts rows: it is left out.", result.Error);
        string[] lines = File.ReadAllLines(predictions);
        Assert.StartsWith("rain,count,packed[0],packed[1],\"GPP[0,0]\",", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"GPP[2,1]_mean\"", lines[0], StringComparison.Ordinal);
        Assert.Equal(6, lines.Length);
        CommandLine.Run("evaluate", "--model", model, "--data", Place("runs-cdf5.nc"), "--sample-dimension", "member").AssertExitCode(ExitCode.Success);
    }

    [Fact]
    public void What_is_wrong_with_a_file_is_one_sentence() => CommandLine.Run(
        "train", "--data", Place("runs-classic.nc"), "--sample-dimension", "members", "--targets", "rain", "--model", _folder.File("m"))
        .AssertFailure(ExitCode.Failure, "runs-classic.nc: there is no dimension \"members\". Did you mean \"member\"?");

    [Fact]
    public void Inputs_and_outputs_are_joined()
    {
        string inputs = _folder.Write("inputs.csv", "run,x\n1,0.5\n2,0.7\n3,0.1\n4,0.4\n"), outputs = _folder.Write("outputs.csv", "run,y\n4,4\n3,1\n2,7\n1,5\n");
        string model = _folder.File("m.safetensors"), predictions = _folder.File("p.csv");
        CommandResult training = CommandLine.Run(
            "train", "--data", inputs, outputs, "--key", "run", "--targets", "y", "--method", "deterministic", "--max-iterations", "5", "--model", model).AssertExitCode(ExitCode.Success);
        Assert.Contains("1 input: x; 1 target: y.", training.Error);
        CommandLine.Run("predict", "--model", model, "--data", inputs, outputs, "--key", "run", "--out", predictions).AssertExitCode(ExitCode.Success);
        Assert.StartsWith("2,0.7,7,", File.ReadAllLines(predictions)[2], StringComparison.Ordinal);
        CommandLine.Run("predict", "--model", model, "--data", inputs, outputs, "--out", outputs).AssertFailure(ExitCode.WrongUsage, "the file of --data");
        CommandLine.Run("predict", "--model", model, "--data", inputs, "--key", "run", "--out", predictions).AssertFailure(ExitCode.WrongUsage, "--key says how files are joined");
    }

    public void Dispose() => _folder.Dispose();

    private static string Place(string file) => Repository.Path("tests", "IlgpuBnn.Tests", "Netcdf", "files", file);
}
