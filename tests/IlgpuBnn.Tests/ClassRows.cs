namespace IlgpuBnn.Tests;

/// <summary>Rows whose labels are drawn from known probabilities of two inputs.</summary>
internal static class ClassRows
{
    public static readonly string[] Names = ["bog", "dune", "forest"];

    /// <summary>[class]: softmax of 0, 4 x1 - 2 and, of three classes, 3 x2 - 1.</summary>
    public static double[] Probabilities(double x1, double x2, int classes)
    {
        double[] odds = [.. new[] { 1, Math.Exp((4 * x1) - 2), Math.Exp((3 * x2) - 1) }.Take(classes)];
        return [.. odds.Select(own => own / odds.Sum())];
    }

    public static Dataset Make(int rows, int classes, int seed = 1)
    {
        var random = new Random(seed);
        var inputs = new double[rows, 2];
        var labels = new string[rows];
        for (int row = 0; row < rows; row++)
        {
            (inputs[row, 0], inputs[row, 1]) = (random.NextDouble(), random.NextDouble());
            double[] probabilities = Probabilities(inputs[row, 0], inputs[row, 1], classes);
            double drawn = random.NextDouble(), sum = 0;
            labels[row] = Names[Math.Min(probabilities.TakeWhile(own => (sum += own) < drawn).Count(), classes - 1)];
        }

        return Dataset.OfClasses(inputs, labels, targetName: "cover");
    }
}
