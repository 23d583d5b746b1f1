using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Collection(CommandLineTests.Name)]
public sealed class ExportCommandTests(TrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Onnx_is_one_file()
    {
        string path = _folder.File("yield.onnx");
        CommandResult result = CommandLine.Run("export", "--model", trained.ModelPath, "--format", "onnx", "--out", path).AssertExitCode(ExitCode.Success);
        Assert.Contains($"Wrote {path} ({new FileInfo(path).Length:N0} bytes).", result.Error);
    }

    [Fact]
    public void C_has_a_header_and_a_fortran_module_that_say_what_columns_are()
    {
        CommandLine.Run("export", "--model", trained.ModelPath, "--format", "c", "--output", _folder.File("yield.c")).AssertExitCode(ExitCode.Success);
        Assert.Equal(["yield.c", "yield.h", "yield_module.f90"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
        Assert.Contains("  1: x 2, 0.0", File.ReadAllText(_folder.File("yield.h")));
        Assert.Contains("  2: leaf, area", File.ReadAllText(_folder.File("yield_module.f90")));
    }

    [Fact]
    public void What_cannot_be_written_is_refused_before_anything_is()
    {
        CommandLine.Run("export", "--model", trained.ModelPath, "--out", trained.ModelPath).AssertFailure(ExitCode.WrongUsage, "the file of --model");
        CommandLine.Run("export", "--model", trained.ModelPath, "--format", "c", "--out", _folder.File("yield.onnx")).AssertFailure(ExitCode.Failure, "such as yield.c");
        Directory.CreateDirectory(_folder.File("yield.h"));
        CommandLine.Run("export", "--model", trained.ModelPath, "--format", "c", "--out", _folder.File("yield.c")).AssertFailure(ExitCode.Failure, "yield.h: this is a folder");
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();
}
