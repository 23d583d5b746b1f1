namespace IlgpuBnn.Tests.Data;

public sealed class DatasetTests
{
    [Fact]
    public void Arrays_are_copied_and_columns_numbered()
    {
        double[,] inputs = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
        double[,] targets = { { 7 }, { double.NaN }, { 9 } };

        var dataset = new Dataset(inputs, targets);
        inputs[0, 0] = 100;
        targets[0, 0] = 100;

        Assert.Equal(new double[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }, dataset.Inputs);
        Assert.Equal(new double[,] { { 7 }, { double.NaN }, { 9 } }, dataset.Targets);
        Assert.Equal(["x1", "x2"], dataset.InputNames);
        Assert.Equal(["y1"], dataset.TargetNames);
    }

    [Theory]
    [InlineData(3, 2, 2, 1, "data: 3 rows of inputs but 2 rows of targets. Give one of each per run.")]
    [InlineData(0, 2, 0, 1, "data: 0 rows, 2 inputs and 1 targets. At least one of each is needed.")]
    [InlineData(3, 0, 3, 1, "data: 3 rows, 0 inputs and 1 targets. At least one of each is needed.")]
    [InlineData(3, 2, 3, 0, "data: 3 rows, 2 inputs and 0 targets. At least one of each is needed.")]
    public void Arrays_that_do_not_fit_are_refused(int inputRows, int inputs, int targetRows, int targets, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(
            () => new Dataset(new double[inputRows, inputs], new double[targetRows, targets])).Message);

    [Theory]
    [InlineData(new[] { "a" }, new[] { "y" }, "data: 1 names for 2 inputs, 1 names for 1 targets. Give one name per column.")]
    [InlineData(new[] { "a", "b" }, new[] { "y", "z" }, "data: 2 names for 2 inputs, 2 names for 1 targets. Give one name per column.")]
    [InlineData(new[] { "a", "a" }, new[] { "y" }, "data: two columns are called \"a\". Rename one of them.")]
    [InlineData(new[] { "a", "y" }, new[] { "y" }, "data: two columns are called \"y\". Rename one of them.")]
    [InlineData(new[] { "a", " " }, new[] { "y" }, "data: a column has an empty name. Name every input and target.")]
    public void Names_that_do_not_fit_are_refused(string[] inputNames, string[] targetNames, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(
            () => new Dataset(new double[3, 2], new double[3, 1], inputNames, targetNames)).Message);

    [Theory]
    [InlineData(double.NaN, 0, "lab, inputs[2, 1] (\"b\") is NaN. Inputs must be finite: fill in the value, or remove the row.")]
    [InlineData(double.PositiveInfinity, 0,
        "lab, inputs[2, 1] (\"b\") is Infinity. Inputs must be finite: fill in the value, or remove the row.")]
    [InlineData(0, double.NegativeInfinity, "lab, targets[1, 0] (\"y\") is -Infinity. Use NaN for a missing target.")]
    public void Value_that_is_not_finite_is_refused_with_its_place(double input, double target, string message)
    {
        double[,] inputs = { { 1, 2 }, { 3, 4 }, { 5, input } };
        double[,] targets = { { 7 }, { target }, { 9 } };

        Assert.Equal(message,
            Assert.Throws<ArgumentException>(() => new Dataset(inputs, targets, ["a", "b"], ["y"], "lab")).Message);
    }

    [Fact]
    public void Selected_rows_keep_their_order_names_and_notes()
    {
        Dataset dataset = Dataset.FromTable(Tables.Parse("a,b,y\n1,2,3\n4,5,6\n7,8,9\n1,1,\n"), ["y"]);

        Dataset selected = dataset.SelectRows([2, 0, 2]);

        Assert.Equal(new double[,] { { 7, 8 }, { 1, 2 }, { 7, 8 } }, selected.Inputs);
        Assert.Equal(new double[,] { { 9 }, { 3 }, { 9 } }, selected.Targets);
        Assert.Equal(dataset.InputNames, selected.InputNames);
        Assert.Equal(dataset.TargetNames, selected.TargetNames);
        Assert.Equal("runs.csv", selected.SourceName);
        Assert.Single(selected.Notes);
    }

    [Fact]
    public void Rows_that_are_not_there_are_refused()
    {
        Dataset dataset = Numbered(4);

        Assert.Throws<ArgumentException>(() => dataset.SelectRows([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.SelectRows([-1]));
        Assert.StartsWith("data has rows 0 to 3.", Assert.Throws<ArgumentOutOfRangeException>(() => dataset.SelectRows([4])).Message);
    }

    [Fact]
    public void Last_rows_become_test_rows_in_order()
    {
        (Dataset train, Dataset test) = Numbered(7).SplitLast(3);

        Assert.Equal([0, 1, 2, 3], Rows(train));
        Assert.Equal([4, 5, 6], Rows(test));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(100)]
    public void Random_split_is_disjoint_and_complete(int heldOutRows)
    {
        (Dataset train, Dataset heldOut) = Numbered(101).SplitRandom(heldOutRows, seed: 5);

        Assert.Equal(heldOutRows, heldOut.RowCount);
        Assert.Equal(Enumerable.Range(0, 101), Rows(train).Concat(Rows(heldOut)).Order());
    }

    [Fact]
    public void Random_split_is_the_same_for_a_seed_and_for_all_time()
    {
        Dataset dataset = Numbered(101);

        Assert.Equal([34, 96, 81, 65, 86], Rows(dataset.SplitRandom(20, seed: 5).HeldOut).Take(5));
        Assert.Equal(Rows(dataset.SplitRandom(20, seed: 5).Train), Rows(dataset.SplitRandom(20, seed: 5).Train));
        Assert.NotEqual(Rows(dataset.SplitRandom(20, seed: 6).HeldOut).Order(), Rows(dataset.SplitRandom(20, seed: 5).HeldOut).Order());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Split_that_leaves_a_part_empty_is_refused(int rows)
    {
        Dataset dataset = Numbered(4);

        Assert.StartsWith("data has 4 rows: between 1 and 3 can be set aside.",
            Assert.Throws<ArgumentOutOfRangeException>(() => dataset.SplitLast(rows)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.SplitRandom(rows, seed: 1));
    }

    private static Dataset Numbered(int rows)
    {
        var inputs = new double[rows, 1];
        var targets = new double[rows, 1];
        for (int row = 0; row < rows; row++)
            (inputs[row, 0], targets[row, 0]) = (row, -row);
        return new Dataset(inputs, targets);
    }

    // Rows by their input; their targets must have come along.
    private static int[] Rows(Dataset dataset)
    {
        var rows = new int[dataset.RowCount];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = (int)dataset.Inputs[row, 0];
            Assert.Equal(-dataset.Inputs[row, 0], dataset.Targets[row, 0]);
        }
        return rows;
    }
}
