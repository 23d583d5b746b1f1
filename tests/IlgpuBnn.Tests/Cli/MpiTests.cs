using System.Diagnostics;
using IlgpuBnn.Cli;
using IlgpuBnn.Mpi;
using IlgpuBnn.Tests.Training;

namespace IlgpuBnn.Tests.Cli;

/// <summary>mpirun of Open MPI and of MPICH, as Debian has them beside each other.</summary>
[Long]
public sealed class MpiTests : IDisposable
{
    private const string OpenMpi = "mpirun.openmpi", Mpich = "mpirun.mpich";

    private readonly TemporaryFolder _folder = new();
    private readonly string _data;

    public MpiTests() => _data = _folder.Write("runs.csv", TrainedModel.Table(40));

    public void Dispose() => _folder.Dispose();

    [MpiTheory(OpenMpi)]
    [InlineData("anchored", 1)]
    [InlineData("anchored", 4)]
    [InlineData("svgd", 3)]
    public void Open_Mpi_gives_the_model_of_one_process(string method, int size) => AssertSame(OpenMpi, method, size);

    [MpiTheory(Mpich)]
    [InlineData("anchored", 2)]
    [InlineData("svgd", 2)]
    public void Mpich_gives_the_model_of_one_process(string method, int size) => AssertSame(Mpich, method, size);

    [MpiTheory(OpenMpi)]
    [InlineData(OpenMpi, 3)]
    public void Predictions_have_the_bytes_of_one_process(string launcher, int size)
    {
        CommandLine.Run(Arguments("m")).AssertExitCode(ExitCode.Success);

        // Three pieces of rows, of which two cannot be predicted, and many are outside.
        string[] lines = TrainedModel.Table(9000).Split('\n');
        (lines[17], lines[8500]) = ("a,,0.5,1,0.1", "b,0.5,,1,0.1");
        string rows = _folder.Write("new.csv", string.Join('\n', lines));
        string[] arguments = ["predict", "--model", _folder.File("m"), "--data", rows, "--out"];
        CommandResult one = CommandLine.Run([.. arguments, _folder.File("one.csv")]).AssertExitCode(ExitCode.Success);
        CommandResult all = Run(launcher, ["-n", $"{size}", .. Program([.. arguments, _folder.File("all.csv")])]);
        Assert.True(all.ExitCode == 0, all.Error);
        Assert.Equal(File.ReadAllBytes(_folder.File("one.csv")), File.ReadAllBytes(_folder.File("all.csv")));
        Assert.Contains("2 of 9000 rows could not be predicted", one.Error, StringComparison.Ordinal);
        Assert.Equal(one.Error.Split('\n')[1..], all.Error.Split('\n')[1..]);
    }

    [MpiTheory(Mpich)]
    [InlineData(2)]
    public void Predictions_of_Mpich_too(int size) => Predictions_have_the_bytes_of_one_process(Mpich, size);

    [MpiTheory(OpenMpi)]
    [InlineData("sensitivity", "--base-points", "1024")]
    [InlineData("calibrate", "--draws", "128")]
    public void Pages_are_those_of_one_process(string command, string option, string value)
    {
        CommandLine.Run(Arguments("m")).AssertExitCode(ExitCode.Success);
        string[] observations = command == "calibrate" ? ["--observations", _folder.Write("obs.csv", "target,value,sd\ny,0.5,0.2\n")] : [];
        string[] arguments = [command, "--model", _folder.File("m"), option, value, .. observations, "--out"];
        CommandLine.Run([.. arguments, _folder.File("one")]).AssertExitCode(ExitCode.Success);
        CommandResult all = Run(OpenMpi, ["-n", "3", .. Program([.. arguments, _folder.File("all")])]);
        Assert.True(all.ExitCode == 0, all.Error);
        string[] names = [.. Directory.GetFiles(_folder.File("one")).Select(path => Path.GetFileName(path)!)];
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Equal(File.ReadAllText(Path.Combine(_folder.File("one"), name)), File.ReadAllText(Path.Combine(_folder.File("all"), name))));
    }

    [MpiTheory(OpenMpi)]
    [InlineData(0)]
    public void What_several_processes_cannot_do_together_is_refused_once(int _)
    {
        CommandResult result = Run(OpenMpi, ["-n", "3", .. Program("report", "--model", _folder.File("m"), "--data", _data, "--out", _folder.File("r"))]);
        Assert.Equal(ExitCode.WrongUsage, result.ExitCode);
        Assert.Equal(2, result.Error.Split("\"ilgpubnn report\" is for one process, and Open MPI's mpirun started 3").Length);
        Assert.False(Directory.Exists(_folder.File("r")));
    }

    [MpiTheory(OpenMpi)]
    [InlineData(0)]
    public void More_processes_than_networks_are_refused_once(int _)
    {
        CommandResult result = Run(OpenMpi, ["-n", "3", .. Program([.. Arguments("m").Select(word => word == "5" ? "2" : word)])]);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.Equal(2, result.Error.Split("There are 3 processes for 2 networks. Start at most 2, or use more particles.").Length);
        Assert.False(File.Exists(_folder.File("m")));
    }

    [MpiTheory(OpenMpi)]
    [InlineData(0)]
    public void Predictions_of_other_files_are_refused(int _)
    {
        CommandLine.Run(Arguments("m")).AssertExitCode(ExitCode.Success);
        string other = _folder.Write("other.csv", TrainedModel.Table(41));
        CommandResult result = Run(OpenMpi, ["-n", "1", .. Predict(_data), ":", "-n", "1", .. Predict(other)]);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.Contains("Process 1 has other arguments or files than process 0", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("p.csv")));

        string[] Predict(string data) => Program("predict", "--model", _folder.File("m"), "--data", data, "--out", _folder.File("p.csv"));
    }

    [MpiTheory(OpenMpi)]
    [InlineData(0)]
    public void Iterations_are_timed_on_several_processes(int _)
    {
        CommandResult result = Run(OpenMpi, ["-n", "2", .. Program("bench", "--particles", "5", "--hidden", "4", "--rows", "20", "--iterations", "10", "--repeats", "2", "--json")]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(2, result.Json().GetProperty("processes").GetInt32());
        Assert.Equal(3 * 4 * Alignment.Pad(result.Json().GetProperty("parameters").GetInt32()), result.Json().GetProperty("allgather_bytes").GetInt32());
    }

    // The launcher's own library behind the names and constants of the standard's interface, for want of a library that has it.
    private const string AbiShim =
        """
        #include <dlfcn.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        static void *library(void) { static void *own; return own ? own : (own = dlopen("libmpi.so.40", RTLD_NOW)); }
        static void *handle(intptr_t wanted, intptr_t abi, const char *name) {
            if (wanted != abi) { fprintf(stderr, "handle %lx is not %lx\n", (long)wanted, (long)abi); exit(9); }
            return dlsym(library(), name);
        }
        #define WORLD(c) handle(c, 0x101, "ompi_mpi_comm_world")
        int MPI_Init_thread(int *c, char ***v, int wanted, int *given) {
            if (wanted != 2048) exit(9);
            return ((int (*)(int *, char ***, int, int *))dlsym(library(), "MPI_Init_thread"))(c, v, 2, given);
        }
        int MPI_Comm_rank(intptr_t c, int *r) { return ((int (*)(void *, int *))dlsym(library(), "MPI_Comm_rank"))(WORLD(c), r); }
        int MPI_Comm_size(intptr_t c, int *r) { return ((int (*)(void *, int *))dlsym(library(), "MPI_Comm_size"))(WORLD(c), r); }
        int MPI_Allgather(void *s, int n, intptr_t t, void *r, int m, intptr_t u, intptr_t c) {
            void *byte = handle(t, 0x247, "ompi_mpi_byte");
            handle(u, 0x247, "ompi_mpi_byte");
            return ((int (*)(void *, int, void *, void *, int, void *, void *))dlsym(library(), "MPI_Allgather"))(s, n, byte, r, m, byte, WORLD(c));
        }
        int MPI_Allreduce(void *s, void *r, int n, intptr_t t, intptr_t o, intptr_t c) {
            return ((int (*)(void *, void *, int, void *, void *, void *))dlsym(library(), "MPI_Allreduce"))(
                s, r, n, handle(t, 0x258, "ompi_mpi_int64_t"), handle(o, 0x21, "ompi_mpi_op_sum"), WORLD(c));
        }
        int MPI_Abort(intptr_t c, int code) { return ((int (*)(void *, int))dlsym(library(), "MPI_Abort"))(WORLD(c), code); }
        int MPI_Finalize(void) { return ((int (*)(void))dlsym(library(), "MPI_Finalize"))(); }
        int MPI_Get_library_version(char *text, int *length) { return *length = sprintf(text, "shim"), 0; }
        """;

    [MpiTheory(OpenMpi, "gcc")]
    [InlineData(2)]
    public void Handles_of_the_standard_binary_interface_are_used_where_a_library_is_called_so(int size)
    {
        string library = _folder.File("libmpi_abi.so");
        CommandLine.WaitFor(Process.Start(new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-o", library, _folder.Write("shim.c", AbiShim), "-ldl"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!).AssertExitCode(0);
        AssertSame(OpenMpi, "svgd", size, "-x", $"{MpiLibrary.Variable}={library}");
    }

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

    [MpiTheory(Mpich)]
    [InlineData("names /nowhere/libmpi.so, which cannot be loaded", "/nowhere/libmpi.so")]
    [InlineData("mpiexec (PMI) started 2 processes, and the MPI library found (Open MPI", "libmpi.so.40")]
    public void A_wrong_library_is_told_once(string message, string library)
    {
        CommandResult result = Run("env", [$"{MpiLibrary.Variable}={library}", Mpich, "-n", "2", .. Program(Arguments("m"))]);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.Equal(2, result.Error.Split(message).Length);
        Assert.False(File.Exists(_folder.File("m")));
    }

    [MpiTheory(Mpich)]
    [InlineData(0)]
    public void A_mistake_is_told_once_by_Mpich_s_processes_too(int _)
    {
        CommandResult result = Run(Mpich, ["-n", "2", .. Program("train", "--data", _folder.File("none.csv"), "--targets", "y", "--model", _folder.File("m"))]);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.Equal(2, result.Error.Split("there is no such file").Length);
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
    [InlineData("a PMIx launcher 3/0, 0 here, ", "PMIX_RANK=3")]
    [InlineData(null, "PMIX_RANK=0", "SLURM_STEP_ID=0", "SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=1")]
    [InlineData("srun 5/16, 3 here, ", "SLURM_STEP_ID=0", "SLURM_PROCID=5", "SLURM_LOCALID=3", "SLURM_STEP_NUM_TASKS=16", "PMIX_RANK=5")]
    [InlineData("mpiexec (PMI) 5/16, 2 here, ", "SLURM_LOCALID=2", "SLURM_STEP_ID=0", "SLURM_PROCID=5", "SLURM_STEP_NUM_TASKS=16", "PMI_RANK=5", "PMI_SIZE=16")]
    public void The_environment_tells_the_launcher(string? expected, params string[] variables)
    {
        var known = variables.Select(text => text.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(expected, MpiLauncher.Find(known.GetValueOrDefault) is { } own ? $"{own.Name} {own.Rank}/{own.Size}, {own.LocalRank} here, {own.IsOpenMpi}" : null);
    }

    private string[] Arguments(string model) =>
        ["train", "--data", _data, "--targets", "y", "--exclude", "run", "--hidden-units", "4", "--particles", "5", "--max-iterations", "60", "--model", _folder.File(model)];

    private void AssertSame(string launcher, string method, int size, params string[] ofLauncher)
    {
        CommandLine.Run([.. Arguments("one"), "--method", method]).AssertExitCode(ExitCode.Success);
        CommandResult result = Run(launcher, [.. ofLauncher, "-n", $"{size}", .. Program([.. Arguments("all"), "--method", method, "--json"])]);
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
    public MpiTheoryAttribute(params string[] programs)
    {
        bool present = Array.TrueForAll(programs, launcher => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, launcher))));
        if (!present && !TestDevices.IsRequired("mpi"))
        {
            Skip = $"There is no {string.Join(" or no ", programs)}: install Debian's {(programs[0].EndsWith("mpich", StringComparison.Ordinal) ? "mpich" : "openmpi-bin")}.";
        }
    }
}
