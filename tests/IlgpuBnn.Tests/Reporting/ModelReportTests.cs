using System.Globalization;
using System.Text;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

public sealed class ModelReportTests : IDisposable
{
    private static readonly TrainingOptions Options = new() { HiddenUnits = [6], Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 60 };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Scores_and_widths_are_the_library_s_to_the_last_digit()
    {
        (BayesianNetwork model, string path) = Trained(["y", "z"]);
        CsvTable scores = Saved(model, path, "scores"), intervals = Saved(model, path, "intervals");

        Dataset data = Dataset.ReadCsv(path, model.TargetNames, model.InputNames);
        PredictiveDistribution prediction = model.Predict(data);
        Scores expected = Scores.Evaluate(prediction, data.Targets);
        for (int target = 0; target < 2; target++)
        {
            TargetScores one = expected.PerTarget[target];
            Assert.Equal([one.Rmse, one.Mae, one.R2, one.Crps, one.LogScore],
                Enumerable.Range(2, 5).Select(column => scores.Number(target, column)));
            Assert.Equal(one.Coverage95, intervals.Number(target, 4));
            Assert.Equal(one.Width95, intervals.Number(target, 9), 1e-9);
            double[] widths = [.. Enumerable.Range(6, 5).Select(column => intervals.Number(target, column))];
            Assert.Equal(widths.Order(), widths);
        }

        Assert.Equal(["target", "values", "RMSE", "MAE", "R2", "CRPS", "log score"], scores.ColumnNames);
        Assert.Equal("39", scores.Cell(0, 1));
    }

    [Fact]
    public void The_largest_errors_name_their_line_in_the_file_and_its_id()
    {
        (BayesianNetwork model, string path) = Trained(["y"]);
        string[] lines = File.ReadAllLines(path);

        // The header is line 1; line 7 has no target, and is left out.
        string[] cells = lines[20].Split(',');
        cells[4] = "1000";
        lines[20] = string.Join(',', cells);
        File.WriteAllLines(path, lines);
        CsvTable errors = Saved(model, path, "largest-errors");

        Assert.Equal(["row", "run", "target", "observed", "predicted", "lower 95 %", "upper 95 %", "error in sd", "a", "b"],
            errors.ColumnNames);
        Assert.Equal(["21", "run 19", "y", "1000"], Enumerable.Range(0, 4).Select(column => errors.Cell(0, column)));
        Assert.Equal(double.Parse(cells[1], CultureInfo.InvariantCulture), errors.Number(0, 8));
        double[] sizes = [.. Enumerable.Range(0, errors.RowCount).Select(row => Math.Abs(errors.Number(row, 3) - errors.Number(row, 4)))];
        Assert.Equal(39, sizes.Length);
        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.DoesNotContain("8", Enumerable.Range(0, errors.RowCount).Select(row => errors.Cell(row, 0)));
    }

    [Fact]
    public void Rows_outside_the_training_range_are_listed_the_farthest_first()
    {
        (BayesianNetwork model, string path) = Trained(["y"]);
        File.AppendAllText(path, "run 90,0.5,-3,1,1,1\nrun 91,9,0.5,1,1,1\n");
        CsvTable outside = Saved(model, path, "outside-training-range");

        Assert.Equal(["run 91", "run 90"], [outside.Cell(0, 1), outside.Cell(1, 1)]);
        Assert.Equal(["a", "b"], [outside.Cell(0, 2), outside.Cell(1, 2)]);
        Assert.Equal((9 - model.InputRange.Largest[0]) / (model.InputRange.Largest[0] - model.InputRange.Smallest[0]),
            outside.Number(0, 6), 1e-12);
        int rows = Enumerable.Range(0, outside.RowCount).Select(row => outside.Cell(row, 1)).Distinct().Count();
        Assert.Contains($"{rows} of 41 rows have an input outside", Create(model, path).Html(), StringComparison.Ordinal);
        CsvTable unsure = Saved(model, path, "least-sure");
        Assert.Equal(["run 91", "a"], [unsure.Cell(0, 1), unsure.Cell(0, 7)]);
    }

    [Fact]
    public void Every_figure_has_its_numbers_beside_it()
    {
        (BayesianNetwork model, string path) = Trained(["y", "z"]);
        string folder = _folder.File("report");
        Create(model, path).Save(folder);

        Assert.Equal(
            ["calibration", "pit", "predicted-observed", "residuals-y", "residuals-z", "training-history"],
            Directory.GetFiles(folder, "*.svg").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(folder, "*.svg"), file =>
        {
            new SvgPicture(File.ReadAllText(file)).AssertReadable();
            Assert.True(File.Exists(Path.ChangeExtension(file, ".csv")));
        });
        CsvTable residuals = CsvTable.Read(Path.Combine(folder, "residuals-z.csv"));
        CsvTable rows = CsvTable.Read(Path.Combine(folder, "predicted-observed.csv"));
        Assert.Equal(["row", "run", .. PerTarget("y"), .. PerTarget("z")], rows.ColumnNames);
        Assert.All(Enumerable.Range(0, 39), row => Assert.Equal(rows.Number(row, 8) - rows.Number(row, 9), residuals.Number(row, 3)));
        Assert.Contains("network,\"dense(6,silu)\"\n", File.ReadAllText(Path.Combine(folder, "settings.csv")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("noise,per output", File.ReadAllText(Path.Combine(folder, "settings.csv")), StringComparison.Ordinal);
        Assert.Contains("likelihood,gaussian likelihood", File.ReadAllText(Path.Combine(folder, "settings.csv")), StringComparison.Ordinal);
        CsvTable history = CsvTable.Read(Path.Combine(folder, "training-history.csv"));
        Assert.Equal(model.Report.History.Select(step => step.ValidationScore),
            Enumerable.Range(0, history.RowCount).Select(row => history.Number(row, 2)));

        static string[] PerTarget(string name) =>
            [.. new[] { "observed", "predicted", "sd", "epistemic sd", "lower 95 %", "upper 95 %" }.Select(column => $"{name}, {column}")];
    }

    [Fact]
    public void Same_model_and_table_make_the_same_page_wherever_they_lie()
    {
        (BayesianNetwork model, string path) = Trained(["y"]);
        string elsewhere = Path.Combine(Directory.CreateDirectory(_folder.File("elsewhere")).FullName, Path.GetFileName(path));
        File.Copy(path, elsewhere);
        Assert.Equal(Create(model, path).Html(), Create(model, elsewhere).Html());
    }

    [Fact]
    public void Of_very_many_targets_a_few_are_drawn_and_all_are_in_tables()
    {
        const int targets = 150;
        var random = new Random(3);
        string[] names = [.. Enumerable.Range(0, targets).Select(o => $"out_{o}")];
        double[][] weights = [.. names.Select((_, o) => (double[])[random.NextDouble(), o % 10])];
        var text = new StringBuilder($"a,{string.Join(',', names)}\nm,{string.Join(',', names.Select(_ => "kg"))}\n");
        for (int row = 0; row < 40; row++)
        {
            double a = random.NextDouble();
            text.Append(CultureInfo.InvariantCulture, $"{a},{string.Join(',', weights.Select(own => (own[0] * a) + (0.05 * own[1] * random.NextDouble())))}\n");
        }

        string path = _folder.Write("wide.csv", text.ToString()), folder = _folder.File("wide-report");
        BayesianNetwork model = BayesianNetwork.Fit(Dataset.ReadCsv(path, ["out_*"]), Options with { MaxIterations = 25, SelectEncodings = false });
        Create(model, path).Save(folder);

        string[] residuals = Directory.GetFiles(folder, "residuals-*.svg");
        Assert.Equal(9, residuals.Length);
        CsvTable scores = CsvTable.Read(Path.Combine(folder, "scores.csv"));
        Assert.Equal(names.Order(), Enumerable.Range(0, targets).Select(row => scores.Cell(row, 0)).Order());
        double[] r2 = [.. Enumerable.Range(0, targets).Select(row => scores.Number(row, 4))];
        Assert.Equal(r2.Order().Take(3), r2.Take(3));
        Assert.Equal(r2.Order().TakeLast(3), r2.Skip(6).Take(3));
        Assert.Equal(targets, CsvTable.Read(Path.Combine(folder, "residual-links.csv")).RowCount);
        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.Contains("Of 150 targets, those with the lowest, the middle and the highest R2 are shown.", page, StringComparison.Ordinal);
        Assert.Contains($"{scores.Cell(0, 0)} (kg)", page, StringComparison.Ordinal);
        Assert.Contains("a (m)", File.ReadAllText(residuals[0]), StringComparison.Ordinal);

        // A share of what 1,500 targets may take.
        Assert.InRange(new DirectoryInfo(folder).GetFiles().Sum(file => file.Length), 1, 1_000_000);
    }

    [Fact]
    public void Of_many_inputs_those_are_shown_that_errors_depend_on()
    {
        string[] inputs = [.. Enumerable.Range(1, 12).Select(i => $"x{i}")];
        var random = new Random(3);
        var text = new StringBuilder(string.Join(',', inputs) + ",y\n");
        for (int row = 0; row < 150; row++)
        {
            double[] values = [.. inputs.Select(_ => random.NextDouble())];

            // Errors are large where x11 is near its middle: no correlation sees that.
            double noise = Math.Abs(values[10] - 0.5) < 0.2 ? 20 : 0.1;
            double[] cells = [.. values, values[0] + (noise * (random.NextDouble() - 0.5))];
            text.AppendJoin(',', cells.Select(value => value.ToString(CultureInfo.InvariantCulture))).Append('\n');
        }

        string path = _folder.Write("many.csv", text.ToString());
        BayesianNetwork model = BayesianNetwork.Fit(Dataset.ReadCsv(path, ["y"]), Options);
        string page = Create(model, path).Html(), picture = PictureOf("Residuals of y", page);

        Assert.Contains("Of 12 inputs, 8 are shown", page, StringComparison.Ordinal);
        Assert.Contains(">x11<", picture, StringComparison.Ordinal);
        Assert.Equal(8, inputs.Count(input => picture.Contains($">{input}<", StringComparison.Ordinal)));
        CsvTable links = Saved(model, path, "residual-links");
        Assert.Equal(10, Enumerable.Range(0, 12).MaxBy(input => links.Number(input, 1)));
    }

    [Fact]
    public void Many_targets_share_one_calibration_line()
    {
        string[] targets = [.. Enumerable.Range(1, 8).Select(i => $"t{i}")];
        double[,] inputs = new double[40, 1], values = new double[40, 8];
        var random = new Random(4);
        for (int row = 0; row < 40; row++)
        {
            inputs[row, 0] = random.NextDouble();
            for (int target = 0; target < 8; target++) values[row, target] = (target * inputs[row, 0]) + random.NextDouble();
        }

        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(inputs, values, ["x"], targets), Options);
        string rows = string.Concat(Enumerable.Range(0, 40).Select(row =>
            string.Join(',', Enumerable.Range(-1, 9)
                .Select(t => (t < 0 ? inputs[row, 0] : values[row, t]).ToString(CultureInfo.InvariantCulture))) + "\n"));
        string page = Create(model, _folder.Write("eight.csv", $"x,{string.Join(',', targets)}\n{rows}")).Html();

        Assert.Contains("How well 8 targets can be predicted", page, StringComparison.Ordinal);
        Assert.Contains(">all targets together<", PictureOf("Fraction of observed values", page), StringComparison.Ordinal);
        Assert.Contains("the 3 that deviate most", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Histogram_and_coverage_by_part_count_every_value_once()
    {
        (BayesianNetwork model, string path) = Trained(["y", "z"]);
        CsvTable pit = Saved(model, path, "pit"), parts = Saved(model, path, "coverage-by-part");

        Assert.Equal(["from", "to", .. Columns("all targets together"), .. Columns("y"), .. Columns("z")], pit.ColumnNames);
        Assert.Equal([78.0, 39, 39], new[] { 2, 5, 8 }.Select(column => Sum(pit, column)));
        Assert.Equal(7, pit.RowCount);
        double[,] transforms = Transforms(model, path);
        Assert.Equal(Enumerable.Range(0, 39).Count(row => transforms[row, 1] < 1.0 / 7), pit.Number(0, 8));

        Assert.Equal(["target", "rows by", "from", "to", "values", "coverage", "lower 95 %", "upper 95 %"], parts.ColumnNames);
        Assert.Equal((4 + 4 + 3 + 3 + 3 + 3, 78.0 + 78 + (4 * 39)), (parts.RowCount, Sum(parts, 4)));
        Assert.Equal(["all targets together", "predicted value"], [parts.Cell(0, 0), parts.Cell(0, 1)]);
        double covered = Scores.Evaluate(model.Predict(Read(model, path)), Read(model, path).Targets).PerTarget[0].Coverage95;
        Assert.Equal(39 * covered, Enumerable.Range(8, 3).Sum(row => parts.Number(row, 4) * parts.Number(row, 5)), 1e-9);

        // The farthest row, by hand.
        Dataset data = Read(model, path);
        double farthest = Enumerable.Range(0, 39).Max(row => Math.Sqrt(Enumerable.Range(0, 2).Sum(input =>
        {
            double[] column = [.. Enumerable.Range(0, 39).Select(other => data.Inputs[other, input])];
            double mean = column.Average(), variance = column.Average(value => (value - mean) * (value - mean));
            return (data.Inputs[row, input] - mean) * (data.Inputs[row, input] - mean) / variance;
        })));
        Assert.Equal("distance of inputs", parts.Cell(13, 1));
        Assert.Equal(farthest, parts.Number(13, 3), 1e-9);

        static string[] Columns(string name) => [$"{name}, values", $"{name}, band from", $"{name}, band to"];
    }

    [Fact]
    public void Groups_are_those_of_the_rows_that_are_left()
    {
        (BayesianNetwork model, string path) = Trained(["y", "z"]);

        // The row without targets is the only one of group 9.
        int[] groups = [.. Enumerable.Range(0, 40).Select(row => row == 6 ? 9 : row / 10)];
        string folder = _folder.File("grouped");
        ReportPage page = ModelReport.Create(model, CsvTable.Read(path), groups: groups);
        page.Save(folder);
        CsvTable table = CsvTable.Read(Path.Combine(folder, "coverage-by-group.csv"));

        Assert.Equal([(0, 18), (1, 20), (2, 20), (3, 20)],
            Enumerable.Range(0, 4).Select(row => ((int)table.Number(row, 0), (int)table.Number(row, 1))).Order());
        Assert.Equal(4, table.RowCount);
        double[] coverage = [.. Enumerable.Range(0, 4).Select(row => table.Number(row, 2))];
        Assert.Equal(coverage.Order(), coverage);
        Assert.Contains("Rows of one group count as one observation", page.Html(), StringComparison.Ordinal);
        Assert.Equal(2, CsvTable.Read(Path.Combine(folder, "pit.csv")).RowCount);
        Assert.Contains("1 groups", Assert.Throws<ArgumentException>(() => ModelReport.Create(model, CsvTable.Read(path), groups: [1])).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("coverage-by-group", Create(model, path).Html(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_without_noise_has_no_intervals_in_its_report()
    {
        (BayesianNetwork model, string path) = Trained(["y"], Options with { Method = new Deterministic() });
        string page = Create(model, path).Html();

        Assert.Contains("it says nothing about its uncertainty", page, StringComparison.Ordinal);
        Assert.Contains("there is nothing to calibrate", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("integral transforms", page, StringComparison.Ordinal);
        Assert.DoesNotContain("lower 95", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_history_is_said_to_have_none()
    {
        (BayesianNetwork model, string path) = Trained(["y"]);
        var without = new BayesianNetwork(model.Model with { Report = model.Report with { History = [] } });
        Assert.Contains("The model file has no training history.", Create(without, path).Html(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_without_targets_is_sent_to_predict()
    {
        (BayesianNetwork model, string path) = Trained(["y", "z"]);
        Refused("a,b,y\n1,2,3\n", "1 of 2 targets are missing: z", "ilgpubnn predict");
        Refused("a,b,y,z\n1,2,,\n2,3,,\n", "no row has a target", "ilgpubnn predict");
        Refused("a,y,z\n1,2,3\n", "1 of 2 inputs are missing: b");
        Assert.NotEmpty(path);

        void Refused(string table, params string[] parts)
        {
            DataException refused = Assert.Throws<DataException>(() => Create(model, _folder.Write("t.csv", table)));
            Assert.StartsWith(_folder.File("t.csv"), refused.Message, StringComparison.Ordinal);
            Assert.All(parts, part => Assert.Contains(part, refused.Message, StringComparison.Ordinal));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static ReportPage Create(BayesianNetwork model, string path) => ModelReport.Create(model, CsvTable.Read(path));

    /// <summary>The picture above a caption.</summary>
    private static string PictureOf(string caption, string page)
    {
        int end = page.IndexOf($"</b> {caption}", StringComparison.Ordinal);
        return page[page.LastIndexOf("<figure>", end, StringComparison.Ordinal)..end];
    }

    private static Dataset Read(BayesianNetwork model, string path) => Dataset.ReadCsv(path, model.TargetNames, model.InputNames);

    private static double[,] Transforms(BayesianNetwork model, string path) => model.Predict(Read(model, path)).Pit(Read(model, path).Targets);

    private static double Sum(CsvTable table, int column) => Enumerable.Range(0, table.RowCount).Sum(row => table.Number(row, column));

    private CsvTable Saved(BayesianNetwork model, string path, string name)
    {
        string folder = _folder.File("report");
        Create(model, path).Save(folder);
        return CsvTable.Read(Path.Combine(folder, name + ".csv"));
    }

    /// <summary>A model of 40 rows run, a, b, extra, y, z, of which one has no target, and their file.</summary>
    private (BayesianNetwork Model, string Path) Trained(string[] targets, TrainingOptions? options = null)
    {
        var random = new Random(5);
        var text = new StringBuilder("run,a,b,extra,y,z\n");
        for (int row = 0; row < 40; row++)
        {
            double a = random.NextDouble(), b = random.NextDouble(), noise = 0.1 * random.NextDouble();
            string y = row == 6 ? "," : FormattableString.Invariant($"{a - b + noise},{Math.Sin(5 * a)}");
            text.Append(CultureInfo.InvariantCulture, $"run {row},{a},{b},{b / 3},{y}\n");
        }

        string path = _folder.Write("runs <1>.csv", text.ToString());
        return (BayesianNetwork.Fit(Dataset.ReadCsv(path, targets, ["a", "b"]), options ?? Options), path);
    }
}
