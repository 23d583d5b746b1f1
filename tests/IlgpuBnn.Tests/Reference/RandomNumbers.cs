namespace IlgpuBnn.Tests.Reference;

/// <summary>Repeatable inputs, uniform on [-1, 1].</summary>
internal sealed class RandomNumbers(int seed)
{
    private readonly Random random = new(seed);

    public double[] Vector(int length) => [.. Enumerable.Range(0, length).Select(_ => 2 * random.NextDouble() - 1)];

    public double[][] Vectors(int count, int length) => [.. Enumerable.Range(0, count).Select(_ => Vector(length))];

    public double[,] Table(int rows, int columns)
    {
        double[,] table = new double[rows, columns];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                table[row, column] = 2 * random.NextDouble() - 1;
        return table;
    }
}
