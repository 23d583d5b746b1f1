namespace IlgpuBnn.Benchmarks;

internal static class RandomTable
{
    /// <summary>Uniform numbers from -1 to 1.</summary>
    public static (double[,] Inputs, double[,] Targets) Draw(int rows, int inputs, int targets)
    {
        var random = new Random(1);
        return (Fill(inputs), Fill(targets));

        double[,] Fill(int columns)
        {
            var table = new double[rows, columns];
            for (int n = 0; n < rows; n++)
            {
                for (int c = 0; c < columns; c++)
                {
                    table[n, c] = (2 * random.NextDouble()) - 1;
                }
            }

            return table;
        }
    }
}
