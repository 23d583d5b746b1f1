namespace IlgpuBnn.Tests.Data;

public sealed class ClassLabelsTests
{
    [Fact]
    public void Whole_numbers_are_classes_by_value_and_in_their_order()
    {
        Dataset data = Dataset.OfClasses(new double[5, 1], ["10", "2", "2.0", "", "1e1"]);
        Assert.Equal(["2", "10"], data.Classes);
        Assert.Equal([1, 0, 0, double.NaN, 1], data.Targets.Cast<double>());
    }

    [Theory]
    [InlineData("holds one class only, \"a\"", "a", "a", "a")]
    [InlineData("holds no label", "", null, "")]
    [InlineData("holds numbers that are not whole", "0.5", "1", "0.5")]
    [InlineData("holds another label in every row", "a", "b", "c")]
    public void Columns_that_are_no_classes_are_refused(string problem, params string?[] labels) =>
        Assert.Contains(problem, Assert.Throws<DataException>(() => Dataset.OfClasses(new double[3, 1], labels)).Message);

    [Fact]
    public void Too_many_classes_are_refused_and_rare_ones_warned_of()
    {
        string[] words = [.. Enumerable.Range(0, 1000).Select(row => $"word {row % 500}")];
        Assert.Contains("500 different labels", Assert.Throws<DataException>(() => Dataset.OfClasses(new double[1000, 1], words)).Message);
        Assert.Contains("rare (1)", Assert.Single(Dataset.OfClasses(new double[13, 1], [.. Enumerable.Repeat("a", 6), .. Enumerable.Repeat("b", 6), "rare"]).Warnings));
    }

    [Fact]
    public void Targets_are_weights_of_the_class_or_signed_of_the_second_of_two()
    {
        double[,] labels = { { 0 }, { 1 }, { double.NaN } };
        var two = new ClassEncoding("y", ["a", "b"], [0.5, 3], 1);
        Assert.Equal([-0.5, 3, double.NaN], two.Encode(labels).Cast<double>());
        var each = two with { OutputCount = 2 };
        Assert.Equal([0.5, 0, 0, 3, double.NaN, double.NaN], each.Encode(labels).Cast<double>());
        foreach (ClassEncoding encoding in new[] { two, each })
        {
            double[,] encoded = encoding.Encode(labels);
            Assert.Equal([(0, 0.5), (1, 3.0), null], Enumerable.Range(0, 3).Select(row => encoding.Decode(encoded, row)));
        }
    }

    [Fact]
    public void Balanced_weights_give_classes_the_same_sum()
    {
        Dataset data = Dataset.OfClasses(new double[4, 1], ["a", "b", "b", "b"]);
        Assert.Equal([2, 2.0 / 3], new ClassEncoding("y", data.Classes!, [1, 1], 1).Balanced(data).Weights);
    }
}
