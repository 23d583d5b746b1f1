using IlgpuBnn.Calibration;
using IlgpuBnn.Cli;
using IlgpuBnn.Tests.Cli;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Calibration;

/// <summary>Intervals with a guarantee.</summary>
public sealed class ConformalTests
{
    private static readonly TrainingOptions _quick = new() { HiddenUnits = [8], MaxIterations = 200, Method = new AnchoredEnsemble { Particles = 12, Folds = 4 } };

    [Theory]
    [InlineData(19, 0.95, 19)]
    [InlineData(39, 0.9, 36)]
    public void End_is_the_order_statistic_of_the_level(int rows, double level, int rank)
    {
        // Around 0, with scores 1, 2, ...: the ends are plus and minus the rank.
        var scores = new double[rows, 1];
        for (int n = 0; n < rows; n++)
        {
            scores[n, 0] = (n * 7 % rows) + 1;
        }

        var conformal = new ConformalScores(scores, [.. Enumerable.Range(0, rows).Select(n => n % 2)], [.. Enumerable.Repeat(1.0, rows)]);
        Assert.Equal((-rank, rank), conformal.Interval([(0, 1), (0, 1)], 0, level));
        Assert.Equal((10 - (2 * rank), 10 + (2 * rank)), conformal.Interval([(10, 2), (10, 2)], 0, level));
    }

    [Fact]
    public void Too_few_rows_or_groups_promise_nothing()
    {
        var scores = new double[40, 1];
        var independent = new ConformalScores(scores, new int[40], [.. Enumerable.Repeat(1.0, 40)]);
        Assert.Equal((0, 0), independent.Interval([(0, 1)], 0, 0.95));
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (independent with { Weights = [.. Enumerable.Repeat(0.25, 40)] }).Interval([(0, 1)], 0, 0.95));
    }

    [Fact]
    public void Missing_targets_do_not_vote()
    {
        double[,] scores = { { 1, double.NaN }, { 2, 5 }, { 3, double.NaN } };
        var conformal = new ConformalScores(scores, [0, 0, 0], [1, 1, 1]);
        Assert.Equal((-2, 2), conformal.Interval([(0, 1)], 0, 0.5));
        Assert.Equal((-5, 5), conformal.Interval([(0, 1)], 1, 0.5));
    }

    [Fact]
    public void New_rows_are_held_whatever_the_errors_are_like_and_a_file_keeps_it()
    {
        // Errors of the Cauchy distribution: no calibration by a few widths fits them.
        Dataset Table(int rows, int seed) => Runs.Of(rows, 2, seed, (random, x) => [x[0] + (0.1 * Cauchy.Sample(random, 0, 1))]);
        Dataset training = Table(150, 1), test = Table(1000, 2);
        BayesianNetwork model = BayesianNetwork.Fit(training, _quick);
        foreach (double level in (double[])[0.5, 0.9])
        {
            (double[,] lower, double[,] upper) = model.ConformalInterval(test.Inputs, level);
            double held = Enumerable.Range(0, 1000).Average(n => test.Targets[n, 0] >= lower[n, 0] && test.Targets[n, 0] <= upper[n, 0] ? 1.0 : 0.0);

            // 150 rows to calibrate, 1000 to count.
            Assert.InRange(held, level - 0.09, level + 0.09);
        }

        using var folder = new TemporaryFolder();
        model.Save(folder.File("m.safetensors"));
        Assert.Equal(
            model.ConformalInterval(test.Inputs, 0.8).Lower, BayesianNetwork.Load(folder.File("m.safetensors")).ConformalInterval(test.Inputs, 0.8).Lower);
    }

    [Fact]
    public void Without_folds_there_are_none()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(20), _quick with { Method = new Svgd { Particles = 4 }, MaxIterations = 5 });
        Assert.Contains("no conformal intervals", Assert.Throws<InvalidOperationException>(() => model.ConformalInterval(new double[1, 2], 0.9)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_says_what_to_do_where_a_model_has_none_and_where_a_row_has_no_logarithm()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors"), data = folder.Write("new.csv", "x1,x2\n1,1\n0,1\n"), output = folder.File("out.csv");
        Dataset training = Runs.Of(20, 2, 1, (_, x) => [x[0] + x[1]], from: 1, to: 2);
        BayesianNetwork.Fit(training, _quick with { Method = new Svgd { Particles = 4 }, MaxIterations = 5, LogInputs = ["x1"] }).Save(path);
        CommandLine.Run("predict", "--model", path, "--data", data, "--out", output, "--conformal")
            .AssertFailure(ExitCode.Failure, "has no conformal intervals", "Leave --conformal out");
        CommandLine.Run("predict", "--model", path, "--data", data, "--out", output)
            .AssertFailure(ExitCode.Failure, "new.csv, row 3, column \"x1\": 0 cannot be used: its logarithm is taken, and that needs numbers above 0.");
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void Predict_writes_them_where_it_is_asked_to()
    {
        using var folder = new TemporaryFolder();
        Dataset training = Runs.Smooth(60);
        BayesianNetwork model = BayesianNetwork.Fit(training, _quick);
        model.Save(folder.File("m.safetensors"));
        string data = folder.Write("new.csv", "x1,x2\n0.5,-0.5\n"), path = folder.File("out.csv");
        CommandLine.Run("predict", "--model", folder.File("m.safetensors"), "--data", data, "--out", path, "--level", "0.8", "--conformal")
            .AssertExitCode(ExitCode.Success);
        (double[,] lower, double[,] upper) = model.ConformalInterval(new[,] { { 0.5, -0.5 } }, 0.8);
        CsvTable written = CsvTable.Read(path);
        Assert.Equal(lower[0, 0], double.Parse(written.Cell(0, Enumerable.Range(0, written.ColumnNames.Count).First(c => written.ColumnNames[c] == "y1_lower")), System.Globalization.CultureInfo.InvariantCulture), 1e-12);
        Assert.Equal(upper[0, 1], double.Parse(written.Cell(0, Enumerable.Range(0, written.ColumnNames.Count).First(c => written.ColumnNames[c] == "y2_upper")), System.Globalization.CultureInfo.InvariantCulture), 1e-12);
    }
}
