using MathNet.Numerics.Distributions;
using static System.Math;

namespace CoverageStudy;

/// <summary>
/// Twenty kinds of tables. Inputs x are uniform on [0, 1], e is standard normal, and f(x) = sin(2 pi x1) + 2 x2 x3, whose standard deviation is 0.83.
/// </summary>
internal static class Families
{
    public static readonly Family[] All =
    [
        // y = sin(2 pi x1) + x2^2
        Independent("smooth-2", 2, (x, _) => Sin(Tau * x[0]) + (x[1] * x[1])),

        // y = exp(-2 x1) cos(3 x2) + x3 x4 + (x5 - 0.5)^2 + 0.3 x6
        Independent("smooth-6", 6, (x, _) => (Exp(-2 * x[0]) * Cos(3 * x[1])) + (x[2] * x[3]) + Pow(x[4] - 0.5, 2) + (0.3 * x[5])),

        // y = max(0, x1 + x2 - 0.8) (1 + x3): a third of the rows have 0
        Independent("threshold", 3, (x, _) => Max(0, x[0] + x[1] - 0.8) * (1 + x[2])),

        // y = 2 [x1 > 0.4] + [x2 > 0.6] + x3
        Independent("step", 3, (x, _) => (x[0] > 0.4 ? 2 : 0) + (x[1] > 0.6 ? 1 : 0) + x[2]),

        // y = f(x) + 0.1 e
        Independent("noise-small", 3, (x, random) => F(x) + (0.1 * E(random))),

        // y = f(x) + e
        Independent("noise-large", 3, (x, random) => F(x) + E(random)),

        // y = (1 + 5 x1 + 3 x2^2) (1 + 0.15 e)
        Independent("times-normal", 3, (x, random) => (1 + (5 * x[0]) + (3 * x[1] * x[1])) * (1 + (0.15 * E(random)))),

        // y = (1 + 5 x1 + 3 x2^2) exp(0.5 e)
        Independent("times-lognormal", 3, (x, random) => (1 + (5 * x[0]) + (3 * x[1] * x[1])) * Exp(0.5 * E(random))),

        // y = f(x) + 0.3 t, t of Student's t with 2.5 degrees of freedom
        Independent("student-2.5", 3, (x, random) => F(x) + StudentT.Sample(random, 0, 0.3, 2.5)),

        // y = f(x) + 0.3 t, t of Student's t with 4 degrees of freedom
        Independent("student-4", 3, (x, random) => F(x) + StudentT.Sample(random, 0, 0.3, 4)),

        // Runs of 20 times t = 0 to 1: y = p1 exp(-3 p2 t) + p3 sin(pi t) + p4 p5 t + a + b t + 0.02 e; a ~ N(0, 0.15^2), b ~ N(0, 0.2^2) per run; not p6
        Groups("runs-over-time", 20, random =>
        {
            double[] p = Uniform(6, random);
            double a = 0.15 * E(random), b = 0.2 * E(random);
            return k =>
            {
                double t = k / 19.0;
                return ([.. p, t], (p[0] * Exp(-3 * p[1] * t)) + (p[2] * Sin(PI * t)) + (p[3] * p[4] * t) + a + (b * t) + (0.02 * E(random)));
            };
        }),

        // Groups of 5: y = f(x) + a + 0.2 e; a ~ N(0, 0.6^2) per group
        Groups("groups-of-5", 5, random =>
        {
            double a = 0.6 * E(random);
            return _ =>
            {
                double[] x = Uniform(3, random);
                return (x, F(x) + a + (0.2 * E(random)));
            };
        }),

        // 10 repeats of each x: y = sin(2 pi x1) + x2 + 0.3 e
        Repeats("repeats-10", 10, 2, (x, random) => Sin(Tau * x[0]) + x[1] + (0.3 * E(random))),

        // 5 repeats of each x: y = f(x) + 0.3 e
        Repeats("repeats-5", 5, 3, (x, random) => F(x) + (0.3 * E(random))),

        // y = 10^(4 x1 - x2 + 0.5 sin(2 pi x3) + 0.1 e): five decades
        Independent("lognormal", 3, (x, random) => Pow(10, (4 * x[0]) - x[1] + (0.5 * Sin(Tau * x[2])) + (0.1 * E(random)))),

        // y ~ Gamma with shape 2 and mean 0.5 + 4 x1 x2
        Independent("gamma", 3, (x, random) => Gamma.Sample(random, 2, 2 / (0.5 + (4 * x[0] * x[1])))),

        // y = round(3 x1 + 2 x2 + 0.2 e): about six values
        Independent("rounded", 2, (x, random) => Round((3 * x[0]) + (2 * x[1]) + (0.2 * E(random)))),

        // y ~ Poisson with mean exp(0.5 + 2 x1 - x2)
        Independent("poisson", 3, (x, random) => Poisson.Sample(random, Exp(0.5 + (2 * x[0]) - x[1]))),

        // y = f(x) + 0.2 e, with 20 inputs
        Independent("irrelevant-17", 20, (x, random) => F(x) + (0.2 * E(random))),

        // y = e, with 5 inputs
        Independent("pure-noise", 5, (_, random) => E(random)),
    ];

    private static double F(double[] x) => Sin(Tau * x[0]) + (2 * x[1] * x[2]);

    private static double E(Random random) => Normal.Sample(random, 0, 1);

    private static double[] Uniform(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];

    private static Family Independent(string name, int inputs, Func<double[], Random, double> target) => Repeats(name, 1, inputs, target);

    /// <summary>Inputs drawn once for so many rows. They are no group: who has the table sees which rows repeat each other.</summary>
    private static Family Repeats(string name, int repeats, int inputs, Func<double[], Random, double> target) => new(name, (rows, random) =>
        Collect(rows, repeats, () =>
        {
            double[] x = Uniform(inputs, random);
            return _ => (x, target(x, random));
        }));

    /// <summary>Each group draws what its rows share, and gives its rows by their place in the group.</summary>
    private static Family Groups(string name, int size, Func<Random, Func<int, (double[] X, double Y)>> open) => new(name, (rows, random) =>
        Collect(rows, size, () => open(random)) with { Groups = [.. Enumerable.Range(0, rows).Select(row => row / size)] });

    /// <summary>The last group is smaller where the rows end.</summary>
    private static Table Collect(int rows, int size, Func<Func<int, (double[] X, double Y)>> open)
    {
        var drawn = new List<(double[] X, double Y)>(rows);
        while (drawn.Count < rows)
        {
            Func<int, (double[] X, double Y)> row = open();
            for (int k = 0; k < size && drawn.Count < rows; k++)
            {
                drawn.Add(row(k));
            }
        }

        var inputs = new double[rows, drawn[0].X.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < inputs.GetLength(1); i++)
            {
                inputs[row, i] = drawn[row].X[i];
            }
        }

        return new Table(inputs, [.. drawn.Select(row => row.Y)], null);
    }
}
