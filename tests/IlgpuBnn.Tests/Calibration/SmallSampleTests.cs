using IlgpuBnn.Calibration;

namespace IlgpuBnn.Tests.Calibration;

public sealed class SmallSampleTests
{
    /// <summary>Errors of rows that have nothing in common: blocks of hundreds are alike, and count for far more than one each.</summary>
    [Theory]
    [InlineData(6, 365, 40)]
    [InlineData(20, 50, 150)]
    public void Rows_of_blocks_that_are_alike_count(int blocks, int rows, double atLeast)
    {
        double independent = Mean(blocks, rows, shared: 0);
        Assert.InRange(independent, atLeast, blocks * rows);
    }

    /// <summary>Errors that a block's rows share: six blocks are six errors, however many rows they have. A tenth is allowed for, as samples of six now and then look alike.</summary>
    [Theory]
    [InlineData(6, 365)]
    [InlineData(20, 50)]
    public void Blocks_count_where_their_rows_share_errors(int blocks, int rows) => Assert.InRange(Mean(blocks, rows, shared: 1), blocks, 1.1 * blocks);

    [Fact]
    public void Single_rows_are_independent_whatever_their_errors()
    {
        List<RowBlock> single = [.. Enumerable.Range(0, 7).Select(row => new RowBlock(null, [row]))];
        Assert.Equal(7, SmallSample.IndependentErrors(single, [1, 1, 1, 1, 1, 1, 1]));

        // A block without targets tells nothing.
        Assert.Equal(6, SmallSample.IndependentErrors(single, [1, 1, 1, double.NaN, 4, 1, 1]));
    }

    [Fact]
    public void Fewer_independent_errors_ask_for_wider_intervals()
    {
        double[] widenings = [.. new[] { 2.0, 3, 6, 12, 30, 1e6 }.Select(SmallSample.Widening)];
        Assert.Equal(widenings.OrderDescending(), widenings);
        Assert.Equal(12.706 / 1.960, widenings[0], 1e-3);
        Assert.Equal(2.776 / 1.960, widenings[2], 1e-3);
        Assert.Equal(1, widenings[^1], 1e-5);
        Assert.Equal(1, SmallSample.Widening(1));
    }

    /// <param name="shared">Fraction of an error's variance that a block's rows have in common.</param>
    /// <returns>Of 200 tables.</returns>
    private static double Mean(int blocks, int rows, double shared)
    {
        var random = new Random(3);
        List<RowBlock> all = [.. Enumerable.Range(0, blocks).Select(b => new RowBlock(null, [.. Enumerable.Range(b * rows, rows)]))];
        return Enumerable.Range(0, 200).Average(_ =>
        {
            double[] common = [.. all.Select(_ => Normal())];
            return SmallSample.IndependentErrors(
                all, [.. Enumerable.Range(0, blocks * rows).Select(row => Math.Pow((Math.Sqrt(shared) * common[row / rows]) + (Math.Sqrt(1 - shared) * Normal()), 2))]);
        });

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
