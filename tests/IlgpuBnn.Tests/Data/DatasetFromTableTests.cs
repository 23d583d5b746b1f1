namespace IlgpuBnn.Tests.Data;

public sealed class DatasetFromTableTests
{
    private const string Runs = "run,a,y1,b,y2\n1,10,100,20,200\n2,11,,21,201\n3,12,102,22,202\n";
    private const string RunsColumns = "run, a, y1, b, y2";

    [Fact]
    public void Inputs_are_all_other_columns_unless_named()
    {
        CsvTable table = Tables.Parse(Runs);

        Assert.Equal(["run", "a", "b"], Dataset.FromTable(table, ["y1", "y2"]).InputNames);
        Assert.Equal(["a", "b"], Dataset.FromTable(table, ["y1", "y2"], exclude: ["run"]).InputNames);
        Assert.Equal(["b", "a"], Dataset.FromTable(table, ["y1", "y2"], inputs: ["b", "a"]).InputNames);
    }

    [Fact]
    public void Values_follow_the_order_of_the_names_asked_for()
    {
        Dataset dataset = Dataset.FromTable(Tables.Parse(Runs), ["y2", "y1"], inputs: ["b", "a"]);

        Assert.Equal(["y2", "y1"], dataset.TargetNames);
        Assert.Equal(new double[,] { { 20, 10 }, { 21, 11 }, { 22, 12 } }, dataset.Inputs);
        Assert.Equal(new double[,] { { 200, 100 }, { 201, double.NaN }, { 202, 102 } }, dataset.Targets);
        Assert.Equal((3, 2, 2), (dataset.RowCount, dataset.InputCount, dataset.TargetCount));
        Assert.Equal("runs.csv", dataset.SourceName);
        Assert.Empty(dataset.Notes);
    }

    [Fact]
    public void Row_without_any_target_is_left_out_unread_with_a_note()
    {
        // The inputs of row 5 are missing too: a failed run must not stop the reading.
        CsvTable table = Tables.Parse("x,y,z\n1,10,\n2,,20\n3,30,31\nfailed,,\n5,50,51\n\n6,,\n");

        Dataset dataset = Dataset.FromTable(table, ["y", "z"]);

        Assert.Equal(new double[,] { { 1 }, { 2 }, { 3 }, { 5 } }, dataset.Inputs);
        Assert.Equal(["runs.csv: 2 rows with no target present were left out (rows 5, 8)."], dataset.Notes);
        Assert.Equal([2, 3, 4, 6], Enumerable.Range(0, 4).Select(dataset.LineNumber));
        Assert.Equal([6, 2], Enumerable.Range(0, 2).Select(dataset.SelectRows([3, 0]).LineNumber));
    }

    [Theory]
    [InlineData(1, "1 row with no target present was left out (row 6).")]
    [InlineData(12, "12 rows with no target present were left out (rows 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ...).")]
    public void Note_counts_the_rows_left_out_and_lists_the_first(int failed, string note)
    {
        string text = "x,y\n1,1\n2,2\n3,3\n4,4\n" + string.Concat(Enumerable.Repeat("5,\n", failed));

        Assert.Equal([$"runs.csv: {note}"], Dataset.FromTable(Tables.Parse(text), ["y"]).Notes);
    }

    [Theory]
    [InlineData("tempreature", "Did you mean \"temperature\"? ")]
    [InlineData("TEMPERATURE", "Did you mean \"temperature\"? ")]
    [InlineData("temp", "")]
    [InlineData("pressure", "")]
    [InlineData("z", "")]
    public void Unknown_column_lists_the_columns_and_suggests_the_nearest(string asked, string suggestion)
    {
        DataException e = Assert.Throws<DataException>(
            () => Dataset.FromTable(Tables.Parse("x,temperature\n1,1\n2,2\n3,3\n"), [asked]));

        Assert.Equal($"runs.csv: there is no column \"{asked}\" (target). {suggestion}The columns are x, temperature.", e.Message);
    }

    [Fact]
    public void Unknown_input_and_excluded_columns_are_refused_by_role()
    {
        CsvTable table = Tables.Parse(Runs);

        Assert.Equal($"runs.csv: there is no column \"q\" (input). The columns are {RunsColumns}.",
            Assert.Throws<DataException>(() => Dataset.FromTable(table, ["y1"], inputs: ["a", "q"])).Message);
        Assert.Equal($"runs.csv: there is no column \"runs\" (column to exclude). Did you mean \"run\"? The columns are {RunsColumns}.",
            Assert.Throws<DataException>(() => Dataset.FromTable(table, ["y1"], exclude: ["runs"])).Message);
    }

    [Fact]
    public void Long_list_of_columns_is_shortened()
    {
        string names = string.Join(",", Enumerable.Range(0, 100).Select(i => $"c{i}"));
        string cells = string.Join(",", Enumerable.Repeat("1", 100));

        DataException e = Assert.Throws<DataException>(() => Dataset.FromTable(Tables.Parse($"{names}\n{cells}\n"), ["y"]));

        Assert.EndsWith("c38, c39 and 60 more.", e.Message);
    }

    [Theory]
    [InlineData(new string[0], null, null, "No target is given. Name at least one column to predict.")]
    [InlineData(new[] { "y1" }, new[] { "a" }, new[] { "run" },
        "Both inputs and columns to exclude are given. Name one or the other.")]
    [InlineData(new[] { "y1", "y1" }, null, null, "\"y1\" is named twice as target. Name it once.")]
    [InlineData(new[] { "y1" }, new[] { "a", "b", "a" }, null, "\"a\" is named twice as input. Name it once.")]
    [InlineData(new[] { "y2", "y1" }, new[] { "a", "y1" }, null,
        "\"y1\" is both a target and an input. Take it out of one of the two lists.")]
    [InlineData(new[] { "y1" }, null, new[] { "y1" }, "\"y1\" is both a target and excluded. Take it out of one of the two lists.")]
    public void Contradicting_lists_of_columns_are_refused(string[] targets, string[]? inputs, string[]? exclude, string message) =>
        Assert.Equal(message,
            Assert.Throws<ArgumentException>(() => Dataset.FromTable(Tables.Parse(Runs), targets, inputs, exclude)).Message);

    [Fact]
    public void Table_without_inputs_left_is_refused()
    {
        DataException e = Assert.Throws<DataException>(
            () => Dataset.FromTable(Tables.Parse("run,y\n1,1\n2,2\n3,3\n"), ["y"], exclude: ["run"]));

        Assert.Equal("runs.csv: no inputs are left: every column is a target, excluded or of a group. Its columns are run, y.", e.Message);
        Assert.Throws<DataException>(() => Dataset.FromTable(Tables.Parse(Runs), ["y1"], inputs: []));
    }

    [Theory]
    [InlineData("", null, "the cell is empty.")]
    [InlineData("n/a", "n/a", "\"n/a\" means a missing value.")]
    [InlineData("oops", "oops", "\"oops\" is not a number.")]
    [InlineData("Infinity", "Infinity", "\"Infinity\" is not a finite number.")]
    public void Missing_or_bad_input_is_refused_without_advice_to_leave_it_empty(string cell, string? rawText, string problem)
    {
        DataException e = Assert.Throws<DataException>(
            () => Dataset.FromTable(Tables.Parse($"x,y,z\n1,10,1\n2,20,2\n3,30,{cell}\n"), ["y"], missingInputs: MissingInputs.Error));

        Assert.Equal($"runs.csv, row 4, column \"z\": {problem} "
            + "Inputs cannot be missing: fix the cell, remove the row, or exclude the column.", e.Message);
        Assert.Equal((4, "z", rawText), (e.Row, e.Column, e.RawText));
    }

    [Fact]
    public void Bad_target_is_refused_with_its_place()
    {
        DataException e = Assert.Throws<DataException>(() => Dataset.FromTable(Tables.Parse("x,y\n1,1\n2,?\n3,3\n"), ["y"]));

        Assert.Equal("runs.csv, row 3, column \"y\": \"?\" is not a number. Fix the cell, or leave it empty to treat it as missing.",
            e.Message);
    }

    [Fact]
    public void Too_few_rows_with_a_target_are_refused()
    {
        DataException e = Assert.Throws<DataException>(() => Dataset.FromTable(Tables.Parse("x,y\n1,1\n2,2\n3,\n"), ["y"]));

        Assert.Equal("runs.csv: a target in only 2 of 3 rows. At least 3 are needed: add runs, or check the target columns.", e.Message);
    }

    [Fact]
    public void Target_with_fewer_than_two_values_is_refused()
    {
        DataException e = Assert.Throws<DataException>(
            () => Dataset.FromTable(Tables.Parse("x,y,z\n1,1,\n2,2,5\n3,3,\n"), ["y", "z"]));

        Assert.Equal("runs.csv, column \"z\": a value in only 1 of 3 rows. "
            + "A target needs at least 2: fill in cells, or leave the column out of the targets.", e.Message);
        Assert.Equal("z", e.Column);
    }

    [Fact]
    public void Prediction_inputs_are_found_by_name_in_any_order()
    {
        CsvTable table = Tables.Parse("b,comment,a\n1,x,2\n3,y,4\n");

        Assert.Equal(new double[,] { { 2, 1 }, { 4, 3 } }, Dataset.ReadInputs(table, ["a", "b"]));
    }

    [Fact]
    public void Prediction_names_every_missing_column()
    {
        DataException e = Assert.Throws<DataException>(() => Dataset.ReadInputs(Tables.Parse("b,y\n1,2\n"), ["a", "b", "c"]));

        Assert.Equal("runs.csv: 2 of 3 inputs are missing: a, c. The inputs are a, b, c; the columns are b, y. "
            + "Add the missing columns, or rename those that hold them.", e.Message);
    }

    [Fact]
    public void Prediction_refuses_an_empty_input()
    {
        DataException e = Assert.Throws<DataException>(() => Dataset.ReadInputs(Tables.Parse("a,b\n1,2\n3,\n"), ["a", "b"]));

        Assert.Equal("runs.csv, row 3, column \"b\": the cell is empty. A prediction needs every input: fix the cell, or remove the row.",
            e.Message);
    }

    [Fact]
    public void File_of_the_sample_reads_whole()
    {
        string path = Repository.Path("samples", "data", "selm-usmoz.csv");
        string[] targets = [.. CsvTable.Read(path).ColumnNames.Where(name => name.Contains("_20"))];

        Dataset dataset = Dataset.ReadCsv(path, targets);

        Assert.Equal((1000, 8, 15), (dataset.RowCount, dataset.InputCount, dataset.TargetCount));
        Assert.Equal((13.8255, 3.74601e-06), (dataset.Inputs[0, 0], dataset.Inputs[0, 5]));
        Assert.Equal(-131.97887, dataset.Targets[0, 0]);
    }

    [Fact]
    public void Rows_with_a_missing_input_are_left_out_and_counted_by_column()
    {
        Dataset data = Dataset.FromTable(Tables.Parse("x,z,y\n1,1,1\nNA,2,2\n3,,3\n4,NA,4\n5,5,5\n6,6,6\n"), ["y"]);

        Assert.Equal(new double[,] { { 1, 1 }, { 5, 5 }, { 6, 6 } }, data.Inputs);
        Assert.Equal(["runs.csv: 3 rows with a missing input were left out (rows 3, 4, 5): z in 2, x in 1."], data.Notes);
        Assert.Equal([2, 6, 7], Enumerable.Range(0, 3).Select(data.LineNumber));
    }

    [Fact]
    public void A_missing_input_may_become_the_mean_of_its_column()
    {
        Dataset data = Dataset.FromTable(Tables.Parse("x,y\n1,1\nNA,2\n3,3\n5,4\n"), ["y"], missingInputs: MissingInputs.Mean);

        Assert.Equal(new double[,] { { 1 }, { 3 }, { 3 }, { 5 } }, data.Inputs);
        Assert.Equal(["runs.csv: missing inputs were filled with the mean of their column: x 1."], data.Notes);
    }

    [Fact]
    public void Columns_without_any_value_are_no_inputs_unless_named()
    {
        CsvTable table = Tables.Parse("x,z,y\n1,,1\n2,NA,2\n3,,3\n");

        Dataset data = Dataset.FromTable(table, ["y"]);
        Assert.Equal(["x"], data.InputNames);
        Assert.Equal(["runs.csv: columns without any value are no inputs: z."], data.Notes);
        Assert.Contains("only 0 of 3 rows have a target and all inputs; missing are z in 3.",
            Assert.Throws<DataException>(() => Dataset.FromTable(table, ["y"], inputs: ["x", "z"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a..b", null, "a,b", "GPP_1,GPP_2,NEE")]
    [InlineData("*", "GPP_2", "a,b,c", "GPP_1,NEE")]
    [InlineData("c..a", "b", "a,c", "GPP_1,GPP_2,NEE")]
    [InlineData(null, "c", "a,b", "GPP_1,GPP_2,NEE")]
    [InlineData("?", null, "a,b,c", "GPP_1,GPP_2,NEE")]
    public void Columns_are_found_by_range_and_pattern(string? inputs, string? exclude, string expectedInputs, string expectedTargets)
    {
        CsvTable table = Tables.Parse("a,b,c,GPP_1,GPP_2,NEE\n1,2,3,4,5,6\n2,3,4,5,6,7\n3,4,5,6,7,8\n");

        Dataset data = Dataset.FromTable(table, ["GPP_*", "NEE"], inputs is null ? null : [inputs], exclude is null ? null : [exclude]);

        Assert.Equal(expectedInputs.Split(','), data.InputNames);
        Assert.Equal(expectedTargets.Split(','), data.TargetNames);
        Assert.Equal("runs.csv: there is no column \"GPQ*\" (target). The columns are a, b, c, GPP_1, GPP_2, NEE.",
            Assert.Throws<DataException>(() => Dataset.FromTable(table, ["GPQ*"])).Message);
    }

    [Fact]
    public void A_column_of_its_own_name_comes_before_a_pattern() => Assert.Equal(
        ["a*"], Dataset.FromTable(Tables.Parse("a*,ab,y\n1,2,3\n2,3,4\n3,4,5\n"), ["y"], inputs: ["a*"]).InputNames);

    [Fact]
    public void Every_wrong_name_is_told_at_once()
    {
        DataException e = Assert.Throws<DataException>(() => Dataset.FromTable(Tables.Parse(Runs), ["y9"], exclude: ["runs"]));

        Assert.Equal("runs.csv: there are no columns \"y9\" (target), \"runs\" (column to exclude; did you mean \"run\"?). The columns are run, a, y1, b, y2.", e.Message);
    }

    [Fact]
    public void Text_is_a_category_of_its_levels()
    {
        Dataset data = Dataset.FromTable(Tables.Parse("soil,x,y\nsand,1,1\nclay,2,2\nsand,3,3\nclay,4,4\nNA,5,5\n"), ["y"]);

        Assert.Equal(new double[,] { { 1, 1 }, { 0, 2 }, { 1, 3 }, { 0, 4 } }, data.Inputs);
        Assert.Equal(["clay", "sand"], data.InputTexts[0]!);
        Assert.Null(data.InputTexts[1]);
        Assert.Equal(["clay", "sand"], data.SelectRows([0, 1]).InputTexts[0]!);
    }

    [Fact]
    public void Text_that_names_rows_dates_and_too_many_levels_are_no_categories()
    {
        string rows = string.Concat(Enumerable.Range(0, 42).Select(n => $"r{n},{n % 21:D2}x,2020-01-{1 + (n % 3):D2},{n}\n"));
        CsvTable table = Tables.Parse($"id,kind,date,y\n{rows}");

        string Message(string input) => Assert.Throws<DataException>(() => Dataset.FromTable(table, ["y"], inputs: [input])).Message;

        Assert.StartsWith("runs.csv, column \"id\": another text in every row (\"r0\", \"r1\", \"r10\", ...)", Message("id"), StringComparison.Ordinal);
        Assert.StartsWith("runs.csv, column \"kind\": 21 different texts", Message("kind"), StringComparison.Ordinal);
        Assert.StartsWith("runs.csv, row 2, column \"date\": \"2020-01-01\" is a date, not a number.", Message("date"), StringComparison.Ordinal);
        Assert.Contains("(--exclude \"date\")", Message("date"), StringComparison.Ordinal);
    }

    [Fact]
    public void Decimal_commas_are_noted_and_points_beside_them_refused()
    {
        Dataset data = Dataset.FromTable(Tables.Parse("x;y\n0,5;1\n1;2\n1,5;3\n"), ["y"]);
        Assert.Equal(0.5, data.Inputs[0, 0]);
        Assert.Contains("runs.csv: commas are read as decimal marks in x.", data.Notes);

        DataException e = Assert.Throws<DataException>(() => Dataset.FromTable(Tables.Parse("x;y\n0,5;1\n1.234;2\n1,5;3\n"), ["y"]));
        Assert.StartsWith("runs.csv, row 3, column \"x\": \"1.234\" has a point where other cells of the column have a decimal comma", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e20", 1, true)]
    [InlineData("-9999", 1, true)]
    [InlineData("9.96921e36", 2, true)]
    [InlineData("777", 2, true)]
    [InlineData("777", 1, false)]
    [InlineData("30", 2, false)]
    public void Fill_values_are_told_by_column_value_and_count(string value, int count, bool told)
    {
        string rows = string.Concat(Enumerable.Range(0, 20).Select(n => $"{n},{(n < count ? value : $"{7 * n % 20}")}\n"));
        Dataset data = Dataset.FromTable(Tables.Parse($"x,y\n{rows}"), ["y"]);

        double number = double.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(told ? 1 : 0, data.Warnings.Count);
        if (told)
        {
            Assert.StartsWith($"runs.csv: y is {number:R} in {count} row", data.Warnings[0], StringComparison.Ordinal);
            Assert.Contains($"--missing {number:R} makes such cells missing", data.Warnings[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_fill_values_of_a_column_are_both_told()
    {
        string rows = string.Concat(Enumerable.Range(0, 20).Select(n => $"{n},{(n == 3 ? "-9999" : n == 4 ? "1e20" : $"{7 * n % 20}")}\n"));

        Assert.Equal(2, Dataset.FromTable(Tables.Parse($"x,y\n{rows}"), ["y"]).Warnings.Count);
    }

    [Fact]
    public void An_input_that_may_be_an_output_gets_a_warning()
    {
        // q is nearly a function of y; r stands behind the target.
        string rows = string.Concat(Enumerable.Range(0, 40).Select(n => FormattableString.Invariant($"{n * 17 % 40},{n * 23 % 37},{n},{n * n},{n * 11 % 13}\n")));
        CsvTable table = Tables.Parse($"a,b,y,q,r\n{rows}");

        IReadOnlyList<string> warnings = Dataset.FromTable(table, ["y"]).Warnings;
        Assert.StartsWith("runs.csv: input q alone explains 100.0 % of the variance of y.", warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("runs.csv: 2 inputs stand behind a target in the table: q, r.", warnings[1], StringComparison.Ordinal);
        Assert.Equal(2, warnings.Count);
        Assert.Empty(Dataset.FromTable(table, ["y"], inputs: ["a", "b", "r"]).Warnings);
        Assert.Empty(Dataset.FromTable(table, ["y", "q", "r"]).Warnings);

        // It may also be the one input that matters: who named it need not be told.
        Assert.Contains("That is fine if it is known before a run", warnings[0], StringComparison.Ordinal);
        Assert.Empty(Dataset.FromTable(table, ["y"], inputs: ["a", "q"]).Warnings);
        Assert.Contains("input q alone", Assert.Single(Dataset.FromTable(table, ["y"], inputs: ["a", "q..r"]).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_among_texts_are_texts_where_the_column_is_a_category()
    {
        CsvTable table = Tables.Parse("soil,site,y\n1,3,10\nclay,4,20\n1,NA,30\n2,3,40\nclay,4,50\n2,4,60\nNA,4,70\n");

        Assert.Throws<DataException>(() => Dataset.FromTable(table, ["y"]));
        Dataset data = Dataset.FromTable(table, ["y"], categories: ["s*"]);
        Assert.Equal(["1", "2", "clay"], data.InputTexts[0]);
        Assert.Equal(new double[,] { { 0, 3 }, { 2, 4 }, { 1, 3 }, { 2, 4 }, { 1, 4 } }, data.Inputs);

        // A column of numbers alone stays one.
        Assert.Null(data.InputTexts[1]);
        Assert.Contains("Did you mean \"soil\"?", Assert.Throws<DataException>(() => Dataset.FromTable(table, ["y"], categories: ["sail"])).Message, StringComparison.Ordinal);

        BayesianNetwork model = BayesianNetwork.Fit(data, new TrainingOptions { HiddenUnits = [2], Method = new Deterministic(), MaxIterations = 3, Categories = ["soil", "site"] });
        Assert.Equal([CategoryEncoding.OfTexts(["1", "2", "clay"]), new CategoryEncoding([3, 4])], model.InputEncodings);
        PredictableRows rows = model.ReadRows(Tables.Parse("site,soil\n3,1\n3,sand\n4,clay\n"));
        Assert.Equal(new double[,] { { 0, 3 }, { 2, 4 } }, rows.Inputs);
    }

    [Theory]
    [InlineData(6e161, "values up to")]
    [InlineData(5e-320, "values that differ by no more than")]
    public void A_target_whose_squares_are_no_numbers_is_refused_before_training(double scale, string problem)
    {
        double[,] inputs = { { 1 }, { 2 }, { 3 }, { 4 } };
        var data = new Dataset(inputs, new[] { scale, 0.5 * scale, 0.2 * scale, double.NaN });

        Assert.Contains(problem, Assert.Throws<DataException>(() => BayesianNetwork.Fit(data)).Message, StringComparison.Ordinal);
        new Dataset(inputs, new double[] { 1e-300, 1e-300, 1e-300, 1e-300 }).RequireUsableTargets();
    }
}
