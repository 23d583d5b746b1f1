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
    [InlineData("n/a", "n/a", "\"n/a\" is not a number.")]
    [InlineData("Infinity", "Infinity", "\"Infinity\" is not a finite number.")]
    public void Missing_or_bad_input_is_refused_without_advice_to_leave_it_empty(string cell, string? rawText, string problem)
    {
        DataException e = Assert.Throws<DataException>(
            () => Dataset.FromTable(Tables.Parse($"x,y,z\n1,10,1\n2,20,2\n3,30,{cell}\n"), ["y"]));

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

        Assert.Equal("runs.csv: 2 of 3 inputs are missing: a, c. The model was trained on a, b, c; the columns are b, y. "
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
}
