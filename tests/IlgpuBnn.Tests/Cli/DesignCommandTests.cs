using IlgpuBnn.Analysis;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>Designs beside runs that are there, and by a model; first designs are among <see cref="UseCommandTests"/>.</summary>
[Collection(CommandLineTests.Name)]
public sealed class DesignCommandTests(TrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Runs_beside_others_are_the_library_s()
    {
        string ranges = _folder.Write("ranges.csv", "input,distribution,low,high\na,uniform,0,16\nb,log-uniform,1,65536\n"), path = _folder.File("more.csv");
        string existing = _folder.Write("runs.csv", "b,y,a\n2,7,1\n300,,15\n"), gaps = _folder.Write("gaps.csv", "a,b\n1,\n"), other = _folder.Write("other.csv", "a,c\n1,2\n");
        CommandLine.Run("design", "--inputs-file", ranges, "--runs", "5", "--existing", existing, "--seed", "2", "--out", path).AssertExitCode(ExitCode.Success);
        double[,] points = Design.Extend(InputDistributions.ReadCsv(ranges), new double[,] { { 1, 2 }, { 15, 300 } }, 5, seed: 2);
        CsvTable runs = CsvTable.Read(path);
        Assert.Equal((["a", "b"], 5), (runs.ColumnNames, runs.RowCount), EqualityComparer<(IReadOnlyList<string>, int)>.Create((x, y) => x.Item1.SequenceEqual(y.Item1) && x.Item2 == y.Item2));
        Assert.Equal(points.Cast<double>(), Enumerable.Range(0, 10).Select(k => runs.Number(k / 2, k % 2)));

        CommandLine.Run("design", "--inputs-file", ranges, "--runs", "5", "--existing", gaps, "--out", path).AssertFailure(ExitCode.Failure, "row 2, column \"b\"");
        CommandLine.Run("design", "--inputs-file", ranges, "--runs", "5", "--existing", other, "--out", path).AssertFailure(ExitCode.Failure, "other.csv: 1 of 2 in", "b");
    }

    [Fact]
    public void Next_runs_are_the_library_s_with_what_they_are_expected_to_bring()
    {
        string path = _folder.File("next.csv"), priors = _folder.Write("priors.csv", "input,distribution,low,high\nx1,uniform,0.2,0.6\n");
        CommandResult result = CommandLine.Run("design", "--model", trained.ModelPath, "--inputs-file", priors, "--runs", "3", "--seed", "4", "--out", path).AssertExitCode(ExitCode.Success);
        BayesianNetwork model = BayesianNetwork.Load(trained.ModelPath);
        var next = NextRuns.Of(model, InputDistributions.ReadCsv(priors, model), new NextRunsOptions { Runs = 3, Seed = 4 });
        CsvTable runs = CsvTable.Read(path);
        Assert.Equal(["x1", "x 2", "gain"], runs.ColumnNames);
        for (int run = 0; run < 3; run++)
        {
            Assert.Equal([next.Inputs[run, 0], next.Inputs[run, 1], next.Gains[run]], Enumerable.Range(0, 3).Select(column => runs.Number(run, column)));
            Assert.InRange(runs.Number(run, 0), 0.2, 0.6);
        }

        Assert.Contains("leaf, area", result.Output);
        Assert.Contains(FormattableString.Invariant($"is expected to remove {next.ShareRemoved:P0} of what the networks disagree on"), result.Output);
    }

    [Fact]
    public void Candidates_keep_their_columns_and_what_is_under_way_or_wanted_counts()
    {
        string path = _folder.File("next.csv"), candidates = _folder.Write("can.csv", "site,x 2,x1\nA,0.1,0.9\nB,,0.5\nC,0.5,0.5\nD,0.9,0.1\nE,0.2,0.2\n");
        string pending = _folder.Write("pending.csv", "x1,x 2\n0.9,0.1\n"), draws = _folder.Write("draws.csv", "x1,x 2\n0.2,0.2\n0.21,0.19\n");
        CommandResult result = CommandLine.Run(
            "design", "--model", trained.ModelPath, "--runs", "2", "--candidates", candidates, "--pending", pending, "--posterior", draws, "--targets", "leaf*", "--out", path)
            .AssertExitCode(ExitCode.Success);
        var next = NextRuns.Of(BayesianNetwork.Load(trained.ModelPath), options: new NextRunsOptions
        {
            Runs = 2,
            Candidates = new[,] { { 0.9, 0.1 }, { 0.5, 0.5 }, { 0.1, 0.9 }, { 0.2, 0.2 } },
            Pending = new[,] { { 0.9, 0.1 } },
            Posterior = new[,] { { 0.2, 0.2 }, { 0.21, 0.19 } },
            Targets = ["leaf, area"],
        });
        CsvTable runs = CsvTable.Read(path);
        Assert.Equal(["site", "x 2", "x1", "gain"], runs.ColumnNames);
        Assert.Equal(next.Candidates.Select(k => "ACDE"[k].ToString()), Enumerable.Range(0, 2).Select(row => runs.Cell(row, 0)));
        Assert.Equal(next.Gains[1], runs.Number(1, 3));
        Assert.Contains("1 of 5 rows are left out (row 3: x 2 is missing)", result.Error);
        Assert.DoesNotContain("\ny ", result.Output);
    }

    [Fact]
    public void What_cannot_be_is_told()
    {
        string model = trained.ModelPath, path = _folder.File("next.csv"), table = _folder.Write("t.csv", "x1,x 2,gain\n1,2,3\n"), ranges = _folder.Write("r.csv", "input,distribution,low,high\na,uniform,0,1\n");
        CommandLine.Run("design", "--runs", "2", "--out", path).AssertFailure(ExitCode.WrongUsage, "Give --inputs-file, the distributions of the simulator's inputs, or --model");
        CommandLine.Run("design", "--inputs-file", ranges, "--runs", "2", "--candidates", table, "--targets", "y", "--out", path)
            .AssertFailure(ExitCode.WrongUsage, "--candidates has no effect with no --model", "--targets has no effect");
        CommandLine.Run("design", "--inputs-file", ranges, "--runs", "2", "--existing", table, "--kind", "sobol", "--out", path).AssertFailure(ExitCode.WrongUsage, "--kind has no effect with --existing");
        CommandLine.Run("design", "--model", model, "--runs", "2", "--existing", table, "--out", path).AssertFailure(ExitCode.WrongUsage, "--existing has no effect with --model");
        CommandLine.Run("design", "--model", model, "--runs", "2", "--pending", path, "--out", path).AssertFailure(ExitCode.WrongUsage, "the file of --pending, which would be overwritten");
        CommandLine.Run("design", "--model", model, "--runs", "1", "--candidates", table, "--out", path).AssertFailure(ExitCode.Failure, "has a column \"gain\" already");
        CommandLine.Run("design", "--model", model, "--runs", "2", "--pending", table, "--candidates", ranges, "--out", path).AssertFailure(ExitCode.Failure, "r.csv", "x1");
        CommandLine.Run("design", "--model", model, "--runs", "2", "--targets", "z", "--out", path).AssertFailure(ExitCode.Failure, "there is no column \"z\" (target of --targets)");
        CommandLine.Run("design", "--model", model, "--runs", "5000", "--out", path).AssertFailure(ExitCode.Failure, "Runs is 5000; without candidates of your own it must be at most 4096.");
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_single_network_chooses_no_runs()
    {
        string model = _folder.File("single.safetensors"), path = _folder.File("next.csv");
        CommandLine.Run("train", "--data", trained.Data, "--targets", "y", "--inputs", "x1,x 2", "--method", "deterministic", "--max-iterations", "20", "--checkpoint", "no", "--model", model)
            .AssertExitCode(ExitCode.Success);
        CommandLine.Run("design", "--model", model, "--runs", "2", "--out", path).AssertFailure(ExitCode.Failure, "The model is a single network, which cannot say where it is unsure");
        Assert.False(File.Exists(path));
    }

    public void Dispose() => _folder.Dispose();
}
