namespace IlgpuBnn.Tests.Data;

public sealed class FoldsTests
{
    [Fact]
    public void Rows_that_come_later_leave_the_others_in_their_folds()
    {
        Folds before = new([30], wanted: 5, particles: 10, seed: 3), after = new([30, 42], wanted: 5, particles: 10, seed: 3);
        Assert.All(Enumerable.Range(0, 30), row => Assert.Equal(before.Of(row), after.Of(row)));
        int[] sizes = [.. Enumerable.Range(0, 42).GroupBy(after.Of).Select(fold => fold.Count())];
        Assert.Equal(5, sizes.Length);
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
    }

    [Theory]
    [InlineData(100, 40, 10, 10)]
    [InlineData(100, 12, 10, 6)]
    [InlineData(7, 40, 10, 7)]
    [InlineData(100, 3, 10, 0)]
    [InlineData(100, 40, 1, 0)]
    public void Every_row_is_left_out_by_particles_of_one_fold(int rows, int particles, int wanted, int expected)
    {
        var folds = new Folds([rows], wanted, particles, seed: 0);
        Assert.Equal(expected, folds.Count);
        for (int row = 0; row < rows; row++)
        {
            int[] without = [.. Enumerable.Range(0, particles).Where(s => folds.LeavesOut(s, row))];
            if (expected == 0)
            {
                Assert.Empty(without);
                continue;
            }

            Assert.InRange(without.Length, 2, (particles / expected) + 1);
            Assert.Equal(without, Enumerable.Range(0, without.Length).Select(k => folds.ParticleWithout(row, k)));
        }

        // Folds differ by one row at most.
        int[] sizes = [.. Enumerable.Range(0, Math.Max(expected, 1)).Select(s => Enumerable.Range(0, rows).Count(row => folds.LeavesOut(s, row)))];
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
    }
}
