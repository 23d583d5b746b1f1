namespace IlgpuBnn.Tests.Training;

public sealed class BatchesTests
{
    [Theory]
    [InlineData(50, 17)]
    [InlineData(50, 16)]
    [InlineData(7, 1)]
    [InlineData(33, 32)]
    public void An_epoch_has_every_row_once_and_batches_of_equal_size(int rows, int batchRows)
    {
        var table = new double[rows, 1];
        for (int n = 0; n < rows; n++)
        {
            table[n, 0] = n + 1;
        }

        using DeviceRows all = DeviceRows.Upload(DeviceCatalog.Default, table, table);
        int count = new TrainingOptions { BatchSize = batchRows }.BatchesFor(rows);
        Assert.Equal((rows + batchRows - 1) / batchRows, count);
        using var batches = new Batches(DeviceCatalog.Default, all, count, seed: 9);
        var orders = new List<double[]>();
        for (int epoch = 0; epoch < 2; epoch++)
        {
            var seen = new List<double>();
            for (int batch = 0; batch < count; batch++)
            {
                (DeviceRows data, RowRange range, double scale) = batches.Next();
                var targets = new float[range.Count];
                var inputs = new float[range.Count];
                data.Targets.Download(targets, range.Start);
                data.Inputs.Download(inputs, range.Start);
                double[] present = [.. targets.Where(y => !float.IsNaN(y)).Select(y => (double)y)];
                Assert.Equal(present, inputs.Take(present.Length).Select(x => (double)x));
                Assert.All(inputs.Skip(present.Length), x => Assert.Equal(0f, x));
                Assert.InRange(present.Length, rows / count, (rows + count - 1) / count);
                Assert.Equal((double)rows / present.Length, scale);
                seen.AddRange(present);
            }

            Assert.Equal(Enumerable.Range(1, rows).Select(n => (double)n), seen.Order());
            orders.Add([.. seen]);
        }

        Assert.NotEqual(orders[0], orders[1]);
    }

    [Fact]
    public void Without_batches_every_iteration_has_all_rows()
    {
        using DeviceRows all = DeviceRows.Upload(DeviceCatalog.Default, new double[5, 1], new double[5, 1]);
        using var batches = new Batches(DeviceCatalog.Default, all, 1, seed: 9);
        Assert.Equal(new Batch(all, new RowRange(0, all.Stride), 1.0), batches.Next());
    }
}
