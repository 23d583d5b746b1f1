using IlgpuBnn.Data;

namespace IlgpuBnn.Tests;

/// <summary>Small made-up tables of runs.</summary>
internal static class Runs
{
    /// <summary>y1 = sin(x1) + x2 and y2 = 100 x1 x2, with a little noise.</summary>
    public static Dataset Smooth(int rows, int seed = 1)
    {
        var random = new Random(seed);
        double[,] inputs = new double[rows, 2], targets = new double[rows, 2];
        for (int n = 0; n < rows; n++)
        {
            double a = (4 * random.NextDouble()) - 2, b = (4 * random.NextDouble()) - 2;
            (inputs[n, 0], inputs[n, 1]) = (a, b);
            targets[n, 0] = Math.Sin(a) + b + (0.05 * (random.NextDouble() - 0.5));
            targets[n, 1] = 100 * a * b;
        }

        return new Dataset(inputs, targets);
    }
}
