namespace IlgpuBnn.Tests.Data;

public sealed class RelatedRowsTests
{
    private static readonly int[] _groups = [.. Enumerable.Range(0, 37).Select(row => row * 7 % 11)];

    private static readonly Dataset _grouped = Table(37, row => row, _groups);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Folds_keep_a_group_together_and_are_about_equal(int seed)
    {
        var folds = new Folds([37], 5, 40, seed, RelatedRows.Of(_grouped));

        Assert.Equal(5, folds.Count);
        Assert.All(Enumerable.Range(0, 37).GroupBy(row => _groups[row]), group => Assert.Single(group.Select(folds.Of).Distinct()));

        // Eleven groups of 3 or 4 rows.
        Assert.All(Enumerable.Range(0, 37).CountBy(folds.Of), fold => Assert.InRange(fold.Value, 6, 11));
    }

    [Fact]
    public void Folds_keep_rows_with_the_same_inputs_together()
    {
        Dataset repeats = Table(40, row => row % 8 == 0 ? -0.0 : row % 8);
        var folds = new Folds([40], 10, 40, seed: 1, RelatedRows.Of(repeats));

        Assert.Equal(8, folds.Count);
        Assert.All(Enumerable.Range(0, 40), row => Assert.Equal(folds.Of(row % 8), folds.Of(row)));
        Assert.Equal(32, RelatedRows.Repeats(repeats));
    }

    [Fact]
    public void Folds_of_earlier_rows_stay_and_their_relatives_join_them()
    {
        Dataset grown = Table(50, row => row, [.. _groups, .. Enumerable.Range(0, 13).Select(k => k < 6 ? k : 20 + k)]);
        var before = new Folds([37], 5, 40, seed: 3, RelatedRows.Of(_grouped));
        var after = new Folds([37, 50], 5, 40, seed: 3, RelatedRows.Of(grown));

        Assert.All(Enumerable.Range(0, 37), row => Assert.Equal(before.Of(row), after.Of(row)));
        Assert.All(Enumerable.Range(37, 6), row => Assert.Equal(after.Of(Array.IndexOf(_groups, row - 37)), after.Of(row)));
    }

    [Fact]
    public void Validation_rows_are_whole_groups()
    {
        (Dataset training, Dataset? validation) = TrainingRows.Split(_grouped, [37], new EarlyStopping(0.3), seed: 2);

        Assert.InRange(validation!.RowCount, 11, 14);
        Assert.Equal(37, training.RowCount + validation.RowCount);
        Assert.Empty(training.Groups!.Intersect(validation.Groups!));
    }

    [Fact]
    public void Training_remembers_its_groups_and_refuses_rows_without()
    {
        var options = new TrainingOptions
        {
            HiddenUnits = [3],
            MaxIterations = 5,
            Method = new AnchoredEnsemble { Particles = 6, Folds = 3 },
        };
        BayesianNetwork model = BayesianNetwork.Fit(_grouped, options);

        Assert.Equal(["groups"], model.Report.GroupNames);
        Assert.Contains(model.Report.Notes, note => note.Contains("11 groups of rows", StringComparison.Ordinal));
        Assert.Equal(37, model.PredictOutOfFold(_grouped).RowCount);
        var ungrouped = new Dataset(_grouped.Inputs, _grouped.Targets);
        Assert.Contains("was trained with groups", Assert.Throws<ArgumentException>(() => model.PredictOutOfFold(ungrouped)).Message);
    }

    [Fact]
    public void One_group_leaves_nothing_to_calibrate_with_and_the_report_says_so()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Table(12, row => row, new int[12]), new TrainingOptions { HiddenUnits = [2], Method = new AnchoredEnsemble { Particles = 4 } });
        Assert.Equal((0, 1200), (model.Report.Folds, model.Report.Iterations));
        Assert.Contains(model.Report.Notes, note => note.StartsWith("All rows are related", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("run", 2)]
    [InlineData("run,site", 4)]
    public void Table_reads_groups_of_numbers_or_text(string columns, int groups)
    {
        CsvTable table = Tables.Parse("run,site,x,y\n1,a,1,2\n1,b,2,3\n2,a,3,4\n2,b,4,5\n1,a,5,6\n");
        Dataset data = Dataset.FromTable(table, ["y"], exclude: ["site"], groups: columns.Split(','));

        Assert.Equal(["x"], columns == "run" ? data.InputNames : Dataset.FromTable(table, ["y"], groups: ["run", "site"]).InputNames);
        Assert.Equal(groups, data.Groups!.Distinct().Count());
        Assert.Equal(data.Groups![0], data.Groups[4]);
        Assert.Equal(columns.Split(','), data.GroupNames);
    }

    [Fact]
    public void Table_names_the_row_without_a_group()
    {
        CsvTable table = Tables.Parse("run,x,y\n1,1,2\n,2,3\n2,3,4\n");
        DataException e = Assert.Throws<DataException>(() => Dataset.FromTable(table, ["y"], groups: ["run"]));
        Assert.Equal((3, "run"), (e.Row, e.Column));
    }

    [Fact]
    public void Rows_that_share_all_inputs_but_one_or_two_are_noticed()
    {
        // 6 runs of 4 times; 6 sites of 2 x 2 plots.
        Assert.Equal(["x3"], SharedInputs.Find(Pattern(24, (row, i) => i == 2 ? row % 4 : (row / 4 * (i + 1.3)) % 1))!.Varying);
        Assert.Equal(["x1", "x4"], SharedInputs.Find(Pattern(24, (row, i) => i is 0 or 3 ? row + (0.1 * i * row) : row / 4 * (i + 1.3) % 1))!.Varying);
        Assert.Contains("6 sets", SharedInputs.Find(Pattern(24, (row, i) => i == 2 ? row % 4 : (row / 4 * (i + 1.3)) % 1))!.Warning());
    }

    [Fact]
    public void Designs_are_not_taken_for_related_rows()
    {
        Assert.Null(SharedInputs.Find(Pattern(40, (row, i) => (row * (i + 1) * 0.618) % 1)));

        // A full factorial, a category among continuous inputs, two settings that were repeated.
        Assert.Null(SharedInputs.Find(Pattern(256, (row, i) => (row >> (2 * i)) % 4)));
        Assert.Null(SharedInputs.Find(Pattern(40, (row, i) => i == 3 ? row % 4 : (row * (i + 1) * 0.618) % 1)));
        Assert.Null(SharedInputs.Find(Pattern(40, (row, i) => Math.Max(row, 6) * (i + 1) * 0.618 % 1)));
    }

    private static Dataset Pattern(int rows, Func<int, int, double> input)
    {
        var inputs = new double[rows, 4];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < 4; i++)
            {
                inputs[row, i] = input(row, i);
            }
        }

        return new Dataset(inputs, new double[rows]);
    }

    private static Dataset Table(int rows, Func<int, double> input, IReadOnlyList<int>? groups = null)
    {
        double[,] inputs = new double[rows, 1], targets = new double[rows, 1];
        for (int row = 0; row < rows; row++)
        {
            (inputs[row, 0], targets[row, 0]) = (input(row), row % 5);
        }

        return new Dataset(inputs, targets, groups: groups);
    }
}
