using System.Runtime.Versioning;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class FailureTests(TrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_missing_table_is_named()
    {
        Train("no-such.csv", "y").AssertFailure(ExitCode.Failure, "no-such.csv: there is no such file.");
        Predict(trained.ModelPath, "no-such.csv").AssertFailure(ExitCode.Failure, "no-such.csv: there is no such file.");
    }

    [Fact]
    public void An_unknown_target_is_named_with_the_nearest_column() =>
        Train(trained.Data, "leaf area").AssertFailure(ExitCode.Failure, "there is no column \"leaf area\" (target)", "Did you mean \"leaf, area\"?");

    [Fact]
    public void A_cell_that_is_no_number_is_named_by_row_and_column()
    {
        string data = _folder.Write("runs.csv", "x,y\n1,2\n\n2,3\n3,oops\n4,5\n");
        Train(data, "y").AssertFailure(ExitCode.Failure, "runs.csv, row 5, column \"y\": \"oops\" is not a number.");
        Assert.False(File.Exists(_folder.File("m.safetensors")));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_found_before_the_training()
    {
        string noFolder = Path.Combine(_folder.Path, "nowhere", "m.safetensors");
        CommandLine.Run(trained.TrainArguments(noFolder)).AssertFailure(ExitCode.Failure, noFolder, "there is no folder", "Create it");
        CommandLine.Run(trained.TrainArguments(_folder.Path)).AssertFailure(ExitCode.Failure, "this is a folder");
        CommandLine.Run("predict", "--model", trained.ModelPath, "--data", trained.Data, "--out", noFolder)
            .AssertFailure(ExitCode.Failure, noFolder, "there is no folder");
    }

    [WritableByOwnerOnlyFact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_without_permission_is_found_before_the_training()
    {
        string folder = Directory.CreateDirectory(_folder.File("locked")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        CommandLine.Run(trained.TrainArguments(Path.Combine(folder, "m.safetensors"))).AssertFailure(ExitCode.Failure, "cannot be written to");
    }

    [Fact]
    public void Foreign_and_truncated_models_are_told_apart_from_models()
    {
        string foreign = _folder.Write("foreign.safetensors", "This is no model, whatever its name says.");
        byte[] model = File.ReadAllBytes(trained.ModelPath);
        string truncated = _folder.File("truncated.safetensors");
        File.WriteAllBytes(truncated, model[..(model.Length / 2)]);

        Predict(foreign, trained.Data).AssertFailure(ExitCode.Failure, "foreign.safetensors", "is not a safetensors file");
        Predict(truncated, trained.Data).AssertFailure(ExitCode.Failure, "truncated.safetensors");
        CommandLine.Run("evaluate", "--model", _folder.File("none"), "--data", trained.Data).AssertFailure(ExitCode.Failure, "could not be read");
    }

    [Fact]
    public void A_table_without_the_model_s_columns_is_refused()
    {
        string data = _folder.Write("other.csv", "x1,z\n1,2\n2,3\n3,4\n");
        Predict(trained.ModelPath, data).AssertFailure(ExitCode.Failure, "other.csv", "1 of 2 inputs are missing: x 2.");
        CommandLine.Run("evaluate", "--model", trained.ModelPath, "--data", data).AssertFailure(ExitCode.Failure, "other.csv", "there are no columns \"y\" (target), \"leaf, area\" (target), \"x 2\" (input)");
    }

    [Fact]
    public void More_particles_than_memory_holds_are_refused_with_a_remedy() =>
        CommandLine.Run("train", "--data", trained.Data, "--targets", "y", "--exclude", "run", "--model", _folder.File("m"), "--particles", "2000000000")
            .AssertFailure(ExitCode.Failure, "not enough memory", "fewer particles");

    public void Dispose() => _folder.Dispose();

    private CommandResult Train(string data, string target) =>
        CommandLine.Run("train", "--data", data, "--targets", target, "--model", _folder.File("m.safetensors"));

    private CommandResult Predict(string model, string data) =>
        CommandLine.Run("predict", "--model", model, "--data", data, "--out", _folder.File("p.csv"));
}

/// <summary>Permissions bind neither Windows, where they are of another kind, nor root.</summary>
public sealed class WritableByOwnerOnlyFactAttribute : FactAttribute
{
    public WritableByOwnerOnlyFactAttribute()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess) Skip = "Needs a Unix user who is not root.";
    }
}
