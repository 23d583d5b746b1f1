namespace UniversalApproximation;

/// <summary>Networks of sigmoid units whose weights are written down, not learnt: the visual proof (after M. Nielsen, "Neural networks and deep learning", chapter 4).</summary>
internal static class ByHand
{
    // Weight of a step in units of the inverse width of a column: the step is then about a tenth of it.
    public const double Steepness = 40;

    // Weight of the second layer of a bump.
    private const double Threshold = 30;

    /// <summary>A unit: 1 / (1 + exp(-z)).</summary>
    public static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    /// <summary>One unit of weight w and bias -w at: a step at the place -b/w.</summary>
    public static double Step(double x, double weight, double at) => Sigmoid(weight * (x - at));

    /// <summary>Two units, the second with the opposite weight to the output: a column between two places.</summary>
    public static double Column(double x, double weight, double from, double to) => Step(x, weight, from) - Step(x, weight, to);

    /// <summary>A function on [0, 1] as columns of equal width, each as high as the function is in its middle; two units a column.</summary>
    public static Func<double, double> Columns(Func<double, double> target, int columns)
    {
        double width = 1.0 / columns, weight = Steepness * columns;
        double[] heights = [.. Enumerable.Range(0, columns).Select(j => target((j + 0.5) * width))];
        return x => heights.Select((height, j) => height * Column(x, weight, From(j, columns), To(j, columns))).Sum();
    }

    /// <summary>
    /// A bump over a rectangle: two columns, along x and along y, are 1 together on a cross and 2 where it crosses; a unit of a second layer tells the two apart.
    /// </summary>
    /// <param name="weight">Of the steps.</param>
    public static double Bump(double x, double y, double weight, (double From, double To) alongX, (double From, double To) alongY) =>
        Sigmoid(Threshold * (Column(x, weight, alongX.From, alongX.To) + Column(y, weight, alongY.From, alongY.To) - 1.5));

    /// <summary>A surface on the unit square as n x n bumps, each as high as the surface is in its middle.</summary>
    public static Func<double, double, double> Bumps(Func<double, double, double> target, int n)
    {
        double weight = Steepness * n;
        double[,] heights = new double[n, n];
        for (int k = 0; k < n * n; k++)
        {
            heights[k / n, k % n] = target((k / n + 0.5) / n, (k % n + 0.5) / n);
        }

        return (x, y) =>
        {
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    sum += heights[i, j] * Bump(x, y, weight, (From(i, n), To(i, n)), (From(j, n), To(j, n)));
                }
            }

            return sum;
        };
    }

    /// <summary>Units of <see cref="Bumps"/>: n + 1 steps along each axis, which bumps share, and a unit for each bump.</summary>
    public static int UnitsOfBumps(int n) => (2 * (n + 1)) + (n * n);

    /// <summary>The outermost columns reach beyond the interval, whose ends would else be half way down a step.</summary>
    private static double From(int j, int columns) => j == 0 ? -1.0 / columns : (double)j / columns;

    private static double To(int j, int columns) => j == columns - 1 ? 1 + (1.0 / columns) : (j + 1.0) / columns;
}
