namespace IlgpuBnn.Tests.Data;

public sealed class ClassLabelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Labels_are_read_with_gaps_and_in_order()
    {
        Dataset data = Read("x,kind", "1,wet", "2,dry", "3,NA", "4,wet", "5,dry", "6,");
        Assert.Equal(["dry", "wet"], data.Classes!);
        Assert.Equal([1, 0, 1, 0], data.Targets.Cast<double>());
        Assert.Contains(data.Notes, note => note.Contains("2 rows with no target present were left out (rows 4, 7)", StringComparison.Ordinal));
        Assert.Equal(["dry", "wet"], data.SelectRows([0]).Classes!);
    }

    [Fact]
    public void Whole_numbers_are_classes_by_their_value()
    {
        Dataset data = Read("x,kind", "1,10", "2,9.0", "3,1e1", "4,9", "5,-3", "6,-3");
        Assert.Equal(["-3", "9", "10"], data.Classes!);
        Assert.Equal([2, 1, 2, 1, 0, 0], data.Targets.Cast<double>());
    }

    [Fact]
    public void A_number_among_texts_is_a_text() => Assert.Equal(["2", "new", "old"], Read("x,kind", "1,2", "2,new", "3,old", "4,new", "5,2").Classes!);

    [Theory]
    [InlineData("holds one class only, \"wet\"", "wet", "wet", "wet", "wet")]
    [InlineData("holds another label in every row (\"a\", \"b\", \"c\", ...)", "a", "b", "c", "d")]
    [InlineData("holds numbers that are not whole (\"1\", \"1.5\", \"2\", ...)", "1", "1.5", "2", "2")]
    public void A_column_that_is_none_of_classes_is_refused(string message, params string[] labels)
    {
        DataException refused = Assert.Throws<DataException>(() => Read(["x,kind", .. labels.Select((label, row) => $"{row},{label}")]));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal("kind", refused.Column);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_hundred_classes_are_the_most(int classes, bool isRead)
    {
        string[] lines = ["x,kind", .. Enumerable.Range(0, 3 * classes).Select(row => $"{row},word{row % classes}")];
        if (isRead)
        {
            Assert.Equal(classes, Read(lines).Classes!.Count);
        }
        else
        {
            Assert.Contains("holds 101 different labels", Assert.Throws<DataException>(() => Read(lines)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Classes_of_few_rows_are_warned_of()
    {
        string[] common = [.. Enumerable.Range(0, 5).Select(row => $"{row},usual"), .. Enumerable.Range(0, 4).Select(row => $"{row},rare"), "1,once"];
        Assert.Contains("classes of fewer than 5 rows: once (1), rare (4).", Assert.Single(Read(["x,kind", .. common]).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_columns_of_classes_are_refused() => Assert.Contains(
        "2 columns of classes are named: a, b",
        Assert.Throws<ArgumentException>(() => Dataset.ReadCsv(_folder.Write("t.csv", "x,a,b\n1,p,q\n2,p,q\n3,r,s\n"), ["a", "b"], classes: true)).Message, StringComparison.Ordinal);

    [Fact]
    public void Outputs_have_the_rows_weights_and_give_the_class_back()
    {
        double[,] labels = { { 0 }, { 2 }, { double.NaN }, { 1 } };
        var three = new ClassEncoding("kind", ["a", "b", "c"], [1, 2, 5], 3);
        double[,] encoded = three.Encode(labels);
        Assert.Equal([1, 0, 0, 0, 0, 5, double.NaN, double.NaN, double.NaN, 0, 2, 0], encoded.Cast<double>());
        Assert.Equal([(0, 1.0), (2, 5.0), null, (1, 2.0)], Enumerable.Range(0, 4).Select(row => three.Decode(encoded, row)));

        var two = new ClassEncoding("kind", ["a", "b"], [3, 4], 1);
        encoded = two.Encode(new[,] { { 1.0 }, { 0 }, { double.NaN } });
        Assert.Equal([4, -3, double.NaN], encoded.Cast<double>());
        Assert.Equal([(1, 4.0), (0, 3.0), null], Enumerable.Range(0, 3).Select(row => two.Decode(encoded, row)));
        Assert.Equal(["kind=b"], two.OutputNames);
    }

    [Fact]
    public void Balanced_weights_give_every_class_the_same_sum()
    {
        Dataset data = Dataset.OfClasses(new double[8, 1], ["a", "a", "a", "a", "a", "a", "b", "b"]);
        Assert.Equal([8 / 12.0, 2], new ClassEncoding("class", ["a", "b"], [1, 1], 1).Balanced(data).Weights);
    }

    public void Dispose() => _folder.Dispose();

    private Dataset Read(params string[] lines) => Dataset.ReadCsv(_folder.Write("t.csv", string.Join('\n', lines)), ["kind"], classes: true);
}
