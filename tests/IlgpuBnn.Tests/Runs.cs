namespace IlgpuBnn.Tests;

/// <summary>Small made-up tables of runs.</summary>
internal static class Runs
{
    /// <summary>y1 = sin(x1) + x2 and y2 = 100 x1 x2, with a little noise.</summary>
    public static Dataset Smooth(int rows, int seed = 1) => Of(
        rows, 2, seed, (random, x) => [Math.Sin(x[0]) + x[1] + (0.05 * (random.NextDouble() - 0.5)), 100 * x[0] * x[1]], from: -2, to: 2);

    /// <summary>Classes a, b and c of three inputs, of which two matter, with known probabilities, from logits 3 x1, 3 x2 and 0.</summary>
    public static (Dataset Data, double[,] Probabilities) Classes(int rows, int seed = 1, int classes = 3)
    {
        var random = new Random(seed);
        double[,] x = new double[rows, 3], probabilities = new double[rows, classes];
        var labels = new string[rows];
        for (int n = 0; n < rows; n++)
        {
            for (int i = 0; i < 3; i++)
            {
                x[n, i] = (4 * random.NextDouble()) - 2;
            }

            double[] odds = [.. new[] { Math.Exp(3 * x[n, 0]), Math.Exp(3 * x[n, 1]), 1 }.Skip(3 - classes)];
            double drawn = random.NextDouble() * odds.Sum();
            int own = 0;
            for (double sum = odds[0]; sum < drawn && own < classes - 1; sum += odds[++own])
            {
            }

            labels[n] = "abc"[own].ToString();
            for (int k = 0; k < classes; k++)
            {
                probabilities[n, k] = odds[k] / odds.Sum();
            }
        }

        return (Dataset.OfClasses(x, labels, targetName: "kind"), probabilities);
    }

    /// <summary>Uniform inputs, and what a row's targets are made of.</summary>
    public static Dataset Of(int rows, int inputs, int seed, Func<Random, double[], double[]> targets, double from = 0, double to = 1)
    {
        var random = new Random(seed);
        var x = new double[rows, inputs];
        double[,]? y = null;
        for (int n = 0; n < rows; n++)
        {
            double[] row = [.. Enumerable.Range(0, inputs).Select(_ => ((to - from) * random.NextDouble()) + from)], own = targets(random, row);
            y ??= new double[rows, own.Length];
            for (int i = 0; i < inputs; i++)
            {
                x[n, i] = row[i];
            }

            for (int o = 0; o < own.Length; o++)
            {
                y[n, o] = own[o];
            }
        }

        return new Dataset(x, y!);
    }
}
