using System.Diagnostics;
using IlgpuBnn.Cli;
using IlgpuBnn.Mpi;
using IlgpuBnn.Tests.Training;

namespace IlgpuBnn.Tests.Cli;

/// <summary>mpirun of Open MPI and of MPICH, as Debian has them beside each other.</summary>
[Collection(CommandLineTests.Name)]
public sealed class MpiTests : IDisposable
{
    private const string OpenMpi = "mpirun.openmpi", Mpich = "mpirun.mpich";

    private readonly TemporaryFolder _folder = new();
    private readonly string _data;

    public MpiTests() => _data = _folder.Write("runs.csv", TrainedModel.Table(40));

    public void Dispose() => _folder.Dispose();

    [MpiTheory(OpenMpi)]
    [InlineData("anchored", 1)]
    [InlineData("anchored", 2)]
    [InlineData("anchored", 3)]
    [InlineData("anchored", 4)]
    [InlineData("svgd", 1)]
    [InlineData("svgd", 2)]
    [InlineData("svgd", 3)]
    [InlineData("svgd", 4)]
    public void Open_Mpi_gives_the_model_of_one_process(string method, int size) => AssertSame(OpenMpi, method, size);

    [MpiTheory(Mpich)]
    [InlineData("anchored", 2)]
    [InlineData("svgd", 2)]
    public void Mpich_gives_the_model_of_one_process(string method, int size) => AssertSame(Mpich, method, size);

    [MpiTheory(OpenMpi)]
    [InlineData(0)]
    public void A_mistake_that_all_make_is_told_once(int _)
    {
        CommandResult result = Run(OpenMpi, ["-n", "2", .. Program("train", "--data", _folder.File("none.csv"), "--targets", "y", "--model", _folder.File("m"))]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal(2, result.Error.Split("there is no such file").Length);
    }

    [MpiTheory(OpenMpi)]
    [InlineData(0)]
    public void A_process_that_fails_alone_ends_all_with_its_message(int _)
    {
        string other = _folder.Write("other.csv", TrainedModel.Table(41));
        CommandResult result = Run(OpenMpi, ["-n", "1", .. Program(Arguments("m")), ":", "-n", "1", .. Program([.. Arguments("m"), "--network", "dense(0)"])]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.False(File.Exists(_folder.File("m")));
        result = Run(OpenMpi, ["-n", "1", .. Program(Arguments("m")), ":", "-n", "1", .. Program([.. Arguments("m").Select(word => word == _data ? other : word)])]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal(2, result.Error.Split("has other data or options than process 0").Length);
        Assert.False(File.Exists(_folder.File("m")));
    }

    [MpiTheory(OpenMpi)]
    [InlineData(0)]
    public void A_library_that_is_not_the_launcher_s_is_refused_with_both_numbers(int _)
    {
        // As if started by a launcher of three; without it the library makes a world of one.
        CommandResult result = Run("env", ["OMPI_COMM_WORLD_SIZE=3", "OMPI_COMM_WORLD_RANK=0", .. Program(Arguments("m"))]);
        Assert.Contains("Open MPI's mpirun started 3 processes, and the MPI library found (Open MPI", result.Error, StringComparison.Ordinal);
        Assert.Contains("knows 1", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
    }

    [Fact]
    public void A_launcher_without_a_library_is_told()
    {
        MpiLauncher launcher = new("srun", 1, 4, 1, null);
        string? before = Environment.GetEnvironmentVariable(MpiLibrary.Variable);
        try
        {
            Environment.SetEnvironmentVariable(MpiLibrary.Variable, "/nowhere/libmpi.so");
            Assert.Contains("names /nowhere/libmpi.so, which cannot be loaded", Assert.Throws<MpiException>(() => MpiGroup.Join(launcher)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(MpiLibrary.Variable, before);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(null, "OMPI_COMM_WORLD_SIZE=1", "OMPI_COMM_WORLD_RANK=0")]
    [InlineData(null, "SLURM_PROCID=0", "SLURM_NTASKS=16")]
    [InlineData(null, "SLURM_STEP_ID=0", "SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=1")]
    [InlineData("Open MPI's mpirun 2/4, 1 here, True", "OMPI_COMM_WORLD_SIZE=4", "OMPI_COMM_WORLD_RANK=2", "OMPI_COMM_WORLD_LOCAL_RANK=1")]
    [InlineData("mpiexec (PMI) 1/3, 0 here, False", "PMI_SIZE=3", "PMI_RANK=1")]
    [InlineData("mpiexec (PMI) 5/8, 1 here, False", "PMI_SIZE=8", "PMI_RANK=5", "MPI_LOCALRANKID=1")]
    [InlineData("srun 5/16, 3 here, ", "SLURM_STEP_ID=0", "SLURM_PROCID=5", "SLURM_LOCALID=3", "SLURM_STEP_NUM_TASKS=16", "PMIX_RANK=5")]
    [InlineData("mpiexec (PMI) 5/16, 2 here, ", "SLURM_LOCALID=2", "SLURM_STEP_ID=0", "SLURM_PROCID=5", "SLURM_STEP_NUM_TASKS=16", "PMI_RANK=5", "PMI_SIZE=16")]
    public void The_environment_tells_the_launcher(string? expected, params string[] variables)
    {
        var known = variables.Select(text => text.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(expected, MpiLauncher.Find(known.GetValueOrDefault) is { } own ? $"{own.Name} {own.Rank}/{own.Size}, {own.LocalRank} here, {own.IsOpenMpi}" : null);
    }

    private string[] Arguments(string model) =>
        ["train", "--data", _data, "--targets", "y", "--exclude", "run", "--hidden-units", "4", "--particles", "5", "--max-iterations", "60", "--model", _folder.File(model)];

    private void AssertSame(string launcher, string method, int size)
    {
        CommandLine.Run([.. Arguments("one"), "--method", method]).AssertExitCode(ExitCode.Success);
        CommandResult result = Run(launcher, ["-n", $"{size}", .. Program([.. Arguments("all"), "--method", method, "--json"])]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Single(result.Output.TrimEnd().Split('\n'));
        Assert.Single(result.Error.Split('\n'), line => line.Contains("iteration 60 of at most 60", StringComparison.Ordinal));
        double[,] inputs = { { 0.3, 0.7, 0.5 }, { 0.1, 0.2, 0.9 } };
        SameModel.Assert(BayesianNetwork.Load(_folder.File("one")), BayesianNetwork.Load(_folder.File("all")), new Dataset(inputs, new double[,] { { 1 }, { 2 } }, ["x1", "x 2", "leaf, area"], ["y"]));
    }

    private static string[] Program(params string[] arguments) => [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(ExitCode).Assembly.Location, .. arguments];

    private static CommandResult Run(string launcher, string[] arguments)
    {
        // Debian's containers are root's, have few cores, and refuse reading other processes' memory.
        string[] own = launcher == OpenMpi ? ["--oversubscribe", "--bind-to", "none", "--mca", "btl_vader_single_copy_mechanism", "none"] : [];
        var start = new ProcessStartInfo(launcher, [.. own, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        (start.Environment["OMPI_ALLOW_RUN_AS_ROOT"], start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]) = ("1", "1");
        start.Environment["TERM"] = "dumb";
        return CommandLine.WaitFor(Process.Start(start)!);
    }
}

/// <summary>Skipped without the launcher, unless ILGPUBNN_REQUIRE names mpi.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute(string launcher)
    {
        bool present = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, launcher)));
        if (!present && !TestDevices.IsRequired("mpi"))
        {
            Skip = $"There is no {launcher}: install Debian's {(launcher.EndsWith("mpich", StringComparison.Ordinal) ? "mpich" : "openmpi-bin")}.";
        }
    }
}
