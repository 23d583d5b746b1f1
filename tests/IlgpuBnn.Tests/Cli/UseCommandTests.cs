using IlgpuBnn.Analysis;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>Commands that use a model: sensitivity, uncertainty, and the design before it.</summary>
[Collection(CommandLineTests.Name)]
public sealed class UseCommandTests(TrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Sensitivity_has_the_library_s_indices_to_the_last_digit()
    {
        string folder = _folder.File("report"), inputs = _folder.Write("priors.csv", "input,distribution,low,high\nx1,uniform,0.2,0.6\n");
        CommandLine.Run("sensitivity", "--model", trained.ModelPath, "--inputs-file", inputs, "--out", folder, "--base-points", "1024", "--seed", "5")
            .AssertExitCode(ExitCode.Success);
        BayesianNetwork model = BayesianNetwork.Load(trained.ModelPath);
        var analysis = SensitivityAnalysis.Of(model, InputDistributions.ReadCsv(inputs, model), new SensitivityOptions { BasePoints = 1024, Seed = 5 });
        CsvTable table = CsvTable.Read(Path.Combine(folder, "indices.csv"));
        int row = Enumerable.Range(0, table.RowCount).Single(n => table.Cell(n, 0) == "leaf, area" && table.Cell(n, 1) == "x 2");
        Assert.Equal(analysis.Total[1, 1], table.Number(row, 4));
        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.Contains("uniform from 0.2 to 0.6", page);
        Assert.Contains("Accumulated local effects on y", page);
    }

    [Fact]
    public void Uncertainty_has_quantiles_causes_and_probabilities()
    {
        string folder = _folder.File("report");
        CommandLine.Run("uncertainty", "--model", trained.ModelPath, "--out", folder, "--points", "256", "--above", "leaf, area=0.5").AssertExitCode(ExitCode.Success);
        var uncertainty = ForwardUncertainty.Of(BayesianNetwork.Load(trained.ModelPath), points: 256);
        CsvTable exceedance = CsvTable.Read(Path.Combine(folder, "exceedance.csv")), all = CsvTable.Read(Path.Combine(folder, "distributions.csv"));
        Assert.Equal(uncertainty.ProbabilityAbove(1, 0.5).Probability, exceedance.Number(0, 2));
        Assert.Equal(uncertainty.Quantile(0, 0.5), all.Number(0, 7));
        Assert.Equal(1, all.Number(0, 11) + all.Number(0, 12) + all.Number(0, 13), 1e-9);
    }

    [Fact]
    public void Calibration_has_the_library_s_draws()
    {
        string folder = _folder.File("report"), observations = _folder.Write("obs.csv", "target,value,sd\ny,0.4,0.1\n\"leaf, area\",,\n");
        CommandLine.Run("calibrate", "--model", trained.ModelPath, "--observations", observations, "--out", folder, "--draws", "128", "--seed", "3").AssertExitCode(ExitCode.Success);
        var calibration = ParameterCalibration.Of(
            BayesianNetwork.Load(trained.ModelPath), new Observations([new Observation("y", 0.4, 0.1)]), options: new CalibrationOptions { Draws = 128, Seed = 3 });
        CsvTable draws = CsvTable.Read(Path.Combine(folder, "draws.csv"));
        Assert.Equal(calibration.Inputs.Names, draws.ColumnNames);
        Assert.Equal(calibration.Draws[100, 1], draws.Number(100, 1));
        Assert.Equal(4 * 128 * 3, draws.RowCount);
        Assert.True(File.Exists(Path.Combine(folder, "pairs.svg")));
    }

    [Fact]
    public void History_matching_has_the_library_s_remaining_inputs_and_runs()
    {
        string folder = _folder.File("report"), observations = _folder.Write("obs.csv", "target,value,sd\ny,0.4,0.1\n");
        CommandLine.Run(
            "history-match", "--model", trained.ModelPath, "--model", trained.ModelPath, "--observations", observations, "--out", folder, "--points", "1024", "--seed", "3", "--next-runs", "7")
            .AssertExitCode(ExitCode.Success);
        BayesianNetwork model = BayesianNetwork.Load(trained.ModelPath);
        var matching = HistoryMatching.Of(
            [model, model], new Observations([new Observation("y", 0.4, 0.1)]), options: new HistoryMatchingOptions { Points = 1024, Seed = 3, NextRuns = 7 });
        CsvTable runs = CsvTable.Read(Path.Combine(folder, "next-runs.csv")), waves = CsvTable.Read(Path.Combine(folder, "waves.csv"));
        Assert.Equal(model.InputNames, runs.ColumnNames);
        Assert.Equal(7, runs.RowCount);
        Assert.Equal(matching.NextRuns[6, 1], runs.Number(6, 1));
        Assert.Equal(matching.Volume, waves.Number(1, 1));
        Assert.Equal(matching.Remaining.GetLength(0), CsvTable.Read(Path.Combine(folder, "remaining.csv")).RowCount);
        Assert.True(File.Exists(Path.Combine(folder, "pairs.svg")));
    }

    [Theory]
    [InlineData("target,value,sd\nz,1,0.1\n", "There is an observation of \"z\", which is no target of the model")]
    [InlineData("target,value,sd\ny,1,\n", "agrees with no parameters: give its standard deviation")]
    [InlineData("target,value,sd\ny,1,0\n", "agrees with no parameters")]
    [InlineData("target,value,sd\ny,1,-2\n", "must not be negative")]
    [InlineData("target,value\ny,1\n", "A file of observations has target, value, sd")]
    [InlineData("target,value,sd\ny,,1\n", "no row has a value")]
    public void Observations_that_cannot_be_are_told(string table, string message)
    {
        string observations = _folder.Write("obs.csv", table);
        CommandLine.Run("calibrate", "--model", trained.ModelPath, "--observations", observations, "--out", _folder.File("report")).AssertFailure(ExitCode.Failure, message);
        Assert.False(Directory.Exists(_folder.File("report")));
    }

    [Theory]
    [InlineData("sobol")]
    [InlineData("latin-hypercube")]
    public void A_design_fills_every_interval_once(string kind)
    {
        string ranges = _folder.Write("ranges.csv", "input,distribution,low,high\na,uniform,0,16\n\"b, c\",log-uniform,1,65536\n"), path = _folder.File("runs.csv");
        CommandLine.Run("design", "--inputs-file", ranges, "--runs", "16", "--kind", kind, "--out", path).AssertExitCode(ExitCode.Success);
        CsvTable runs = CsvTable.Read(path);
        Assert.Equal(["a", "b, c"], runs.ColumnNames);
        Assert.Equal(Enumerable.Range(0, 16), Enumerable.Range(0, 16).Select(n => (int)runs.Number(n, 0)).Order());
        Assert.Equal(Enumerable.Range(0, 16), Enumerable.Range(0, 16).Select(n => (int)Math.Log2(runs.Number(n, 1))).Order());
    }

    [Fact]
    public void A_learning_curve_has_the_library_s_errors_and_says_what_is_needed()
    {
        string folder = _folder.File("curve");
        string[] quick = ["--hidden-units", "6", "--particles", "4", "--folds", "2", "--max-iterations", "40", "--select-encodings", "no", "--seed", "2"];
        string[] arguments = ["learning-curve", "--data", trained.Data, "--targets", "leaf*", "--inputs", "x1,x 2", "--sizes", "10,20,40", "--parts", "2", "--out", folder];
        CommandResult result = CommandLine.Run([.. arguments[..8], "10,15,30", .. arguments[9..], "--wanted", "0.25", .. quick]).AssertExitCode(ExitCode.Success);
        var training = new TrainingOptions
        {
            HiddenUnits = [6],
            MaxIterations = 40,
            SelectEncodings = false,
            Method = new AnchoredEnsemble { Particles = 4, Folds = 2 },
            Seed = 2,
        };
        var curve = LearningCurve.Measure(
            Dataset.ReadCsv(trained.Data, targets: ["leaf, area"], inputs: ["x1", "x 2"]), new LearningCurveOptions { Sizes = [10, 15, 30], Parts = 2, Training = training });
        CsvTable measured = CsvTable.Read(Path.Combine(folder, "measured.csv")), rows = CsvTable.Read(Path.Combine(folder, "rows.csv"));
        Assert.Equal([.. curve.Rmse.Errors, .. curve.Crps.Errors], [.. Column(1), .. Column(4)]);
        Assert.Equal(["all targets", "leaf, area"], Enumerable.Range(0, 2).Select(row => rows.Cell(row, 0)));
        Assert.Contains("rows for 0.25", rows.ColumnNames);
        Assert.Contains("An error of 0.25 standard deviations needs about", result.Output);
        Assert.Contains("With 60 rows the root-mean-square error on unseen rows is about", File.ReadAllText(Path.Combine(folder, "report.html")));
        CommandLine.Run([.. arguments, .. quick]).AssertFailure(ExitCode.Failure, "has 60 rows, 30 of them beside a part. Give sizes between 3 and 30.");
        CommandLine.Run([.. arguments[..8], "20,10", .. arguments[9..], "--wanted", "0"]).AssertFailure(ExitCode.WrongUsage, "--sizes is \"20,10\"", "--wanted is \"0\"");

        IEnumerable<double> Column(int column) => Enumerable.Range(0, 3).Select(row => measured.Number(row, column));
    }

    [Fact]
    public void Ranges_and_patterns_name_many_inputs_and_targets()
    {
        string indices = _folder.File("sensitivity"), distributions = _folder.File("uncertainty");
        CommandLine.Run("sensitivity", "--model", trained.ModelPath, "--out", indices, "--base-points", "1024", "--factor", "both=x*").AssertExitCode(ExitCode.Success);
        CsvTable factors = CsvTable.Read(Path.Combine(indices, "indices.csv"));
        Assert.All(Enumerable.Range(0, factors.RowCount), row => Assert.Equal("both", factors.Cell(row, 1)));
        CommandLine.Run("uncertainty", "--model", trained.ModelPath, "--out", distributions, "--points", "256", "--above", "y..leaf, area=0.25").AssertExitCode(ExitCode.Success);
        CsvTable exceedance = CsvTable.Read(Path.Combine(distributions, "exceedance.csv"));
        Assert.Equal(["y", "leaf, area"], Enumerable.Range(0, exceedance.RowCount).Select(row => exceedance.Cell(row, 0)));
    }

    [Fact]
    public void What_cannot_be_is_told()
    {
        string model = trained.ModelPath, folder = _folder.File("report");
        CommandLine.Run("uncertainty", "--model", model, "--out", folder, "--above", "z=1").AssertFailure(ExitCode.Failure, "there is no column \"z\" (target of --above). The columns are y, leaf, area.");
        CommandLine.Run("uncertainty", "--model", model, "--out", folder, "--above", "y").AssertFailure(ExitCode.WrongUsage, "--above is \"y\"");
        CommandLine.Run("sensitivity", "--model", model, "--out", folder, "--factor", "both").AssertFailure(ExitCode.WrongUsage, "--factor is \"both\"");
        CommandLine.Run("sensitivity", "--model", model, "--out", folder, "--factor", "both=x1,x9").AssertFailure(ExitCode.Failure, "there is no column \"x9\" (input of the factor both). The columns are x1, x 2.");
        CommandLine.Run("sensitivity", "--model", model, "--out", folder, "--base-points", "1000").AssertFailure(ExitCode.WrongUsage, "a power of two");
        CommandLine.Run("design", "--inputs-file", _folder.Write("r.csv", "input,distribution\na,uniform\n"), "--runs", "5", "--out", _folder.File("d.csv"))
            .AssertFailure(ExitCode.Failure, "row 2, column \"low\": a uniform distribution needs it.");
        Assert.False(Directory.Exists(folder) || File.Exists(_folder.File("d.csv")));
    }

    public void Dispose() => _folder.Dispose();
}
