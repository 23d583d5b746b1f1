using System.Globalization;
using UciBenchmark;

namespace IlgpuBnn.Tests.Samples;

public sealed class UciBenchmarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_set_is_read_and_split_as_its_files_say()
    {
        Write("tiny", rows: 8, "0 7", "3");
        _folder.Write("no-splits.csv", "x,y\n1,2\n");
        Assert.Equal(["tiny"], BenchmarkSet.Find(_folder.Path));
        BenchmarkSet set = BenchmarkSet.Read(_folder.Path, "tiny");
        (Dataset train, Dataset test) = set.Split(0);
        Assert.Equal((2, "y", 6, 2), (set.TestRows.Count, set.Data.TargetNames[0], train.RowCount, test.RowCount));
        Assert.Equal([0.0, 7.0], [test.Inputs[0, 0], test.Inputs[1, 0]]);
        Assert.Equal([1.0, 2, 3, 4, 5, 6], Enumerable.Range(0, 6).Select(row => train.Inputs[row, 0]));
    }

    [Theory]
    [InlineData("0 9", "line 1: \"9\" is not a row. Give numbers from 0 to 7.")]
    [InlineData("0 x", "line 1: \"x\" is not a row")]
    [InlineData("3 3", "line 1: 2 of 8 rows, or a row twice")]
    [InlineData("0 1 2 3 4 5", "leave at least 3 rows to train on")]
    public void A_broken_split_is_named_by_its_line(string line, string message)
    {
        Write("tiny", rows: 8, line);
        Assert.Contains(message, Assert.Throws<DataException>(() => BenchmarkSet.Read(_folder.Path, "tiny")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_sets_is_refused()
    {
        Assert.Contains("there is no set in it", Assert.Throws<DataException>(() => BenchmarkSet.Find(_folder.Path)).Message, StringComparison.Ordinal);
        string missing = _folder.File("missing");
        Assert.Contains("there is no such folder", Assert.Throws<DataException>(() => BenchmarkSet.Find(missing)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ours", 0.9)]
    [InlineData("liu-wang", 0.5)]
    public void Both_protocols_learn_a_line(string name, double leastR2)
    {
        Write("line", rows: 60, string.Join(' ', Enumerable.Range(0, 10).Select(k => 6 * k)), "1 2 3 4 5 6 7 8 9 10");
        Protocol protocol = name == "ours" ? Protocols.Ours("1200-iterations") : Protocols.LiuWang(1500);
        SetResult result = Assert.Single(Benchmark.Run(BenchmarkSet.Read(_folder.Path, "line"), 2, protocol));

        // y = 2 x of x from 0 to 59: its standard deviation is 34.6.
        Assert.All(result.Splits, split => Assert.InRange(split.Rmse, 0, 34.6 * Math.Sqrt(1 - leastR2)));
        Assert.Equal(result.Splits.Average(split => split.Rmse), result.Rmse.Mean, 1e-12);
        Assert.Equal(Math.Abs(result.Splits[0].Rmse - result.Splits[1].Rmse) / 2, result.Rmse.StandardError, 1e-12);
        using var text = new StringWriter();
        Benchmark.Print(result, text);
        Assert.Contains("line: 60 rows, 1 inputs, 2 splits", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_table_is_split_anew_for_each_seed_and_scored_target_by_target()
    {
        string path = _folder.Write("any.csv", "run,x,a,b\n" + string.Concat(Enumerable.Range(0, 40).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row},{row % 13},{row % 13 * 2},{row % 13 * -3}\n"))));
        BenchmarkSet set = BenchmarkSet.Read(path, ["a", "b"], ["run"], 3);
        Assert.Equal(["x"], set.Data.InputNames);
        Assert.All(set.TestRows, rows => Assert.Equal(4, rows.Distinct().Count()));
        Assert.NotEqual(set.TestRows[0], set.TestRows[1]);
        Assert.Equal(set.TestRows[2], BenchmarkSet.Read(path, ["a"], [], 3).TestRows[2]);

        SetResult[] results = Benchmark.Run(set, 2, Protocols.Ours("1200-iterations"));
        Assert.Equal(["any, a", "any, b"], results.Select(result => result.Name));

        // Standard deviations are 7.5 and 11.
        Assert.All(results, result => Assert.InRange(result.Rmse.Mean, 1e-9, 1));
        Assert.NotEqual(results[0].Rmse, results[1].Rmse);
        Assert.Throws<ArgumentException>(() => Protocols.LiuWang(10)(set.Data, set.Data, 0, TestDevices.OpenWithThreads(1)));
        Assert.Contains("there are 3 rows", Assert.Throws<DataException>(() => BenchmarkSet.Read(_folder.Write("few.csv", "x,y\n1,2\n3,4\n5,7\n"), [], [], 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_and_measured_figures_stand_beside_known_sets()
    {
        var split = new SplitResult(1, -1, 0.5, 0.95, 1);
        using var text = new StringWriter();
        Benchmark.Print(new SetResult("yacht", 10, 2, [split]), text);
        Assert.Contains("measured: gaussian process 0.277, random forest 0.844", text.ToString(), StringComparison.Ordinal);
        Benchmark.Print(new SetResult("naval", 10, 2, [split]), text);
        Assert.Contains("published: SVGD 0.004, PBP 0.01, MC dropout 0.01, deep ensembles 0", text.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string name, int rows, params string[] splits)
    {
        _folder.Write(
            name + ".csv", "x,y\n" + string.Concat(Enumerable.Range(0, rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row},{2 * row}\n"))));
        _folder.Write(name + ".splits.txt", string.Join('\n', splits) + "\n");
    }
}
