using IlgpuBnn.Analysis;

namespace IlgpuBnn.Tests.Analysis;

/// <summary>Functions whose indices are known exactly (docs/maths.md, "Sensitivity").</summary>
internal static class KnownFunctions
{
    private static readonly double[] _weights = [0, 1, 4.5, 9, 99, 99, 99, 99];

    public static readonly double[] IshigamiFirst = [0.3139, 0.4424, 0], IshigamiTotal = [0.5576, 0.4424, 0.2437];

    public static readonly double[] SobolGFirst = [0.7162, 0.1790, 0.0237, 0.0072, 0.0001, 0.0001, 0.0001, 0.0001];

    public static readonly double[] SobolGTotal = [0.7871, 0.2422, 0.0343, 0.0105, 0.0001, 0.0001, 0.0001, 0.0001];

    public const double IshigamiVariance = 13.8446;

    public static double Ishigami(double[] x) => Math.Sin(x[0]) + (7 * Math.Pow(Math.Sin(x[1]), 2)) + (0.1 * Math.Pow(x[2], 4) * Math.Sin(x[0]));

    public static double SobolG(double[] x) => Enumerable.Range(0, 8).Aggregate(1.0, (product, i) => product * (Math.Abs((4 * x[i]) - 2) + _weights[i]) / (1 + _weights[i]));

    public static Surrogate IshigamiSurrogate(double scale = 1, double shift = 0) =>
        Of(3, new Uniform(-Math.PI, Math.PI), x => (scale * Ishigami(x)) + shift);

    public static Surrogate SobolGSurrogate(double scale = 1, double shift = 0) => Of(8, new Uniform(0, 1), x => (scale * SobolG(x)) + shift);

    /// <summary>A surrogate of one particle per function, of equally distributed inputs, without noise.</summary>
    public static Surrogate Of(int inputs, InputDistribution distribution, params Func<double[], double>[] particles) => new(
        new InputDistributions([.. Enumerable.Range(0, inputs).Select(i => $"x{i}")], [.. Enumerable.Repeat(distribution, inputs)]),
        ["y"],
        particles.Length,
        rows =>
        {
            var result = new double[particles.Length, rows.GetLength(0), 1];
            for (int row = 0; row < rows.GetLength(0); row++)
            {
                double[] x = [.. Enumerable.Range(0, inputs).Select(i => rows[row, i])];
                for (int s = 0; s < particles.Length; s++)
                {
                    result[s, row, 0] = particles[s](x);
                }
            }

            return result;
        },
        (rows, _) => new double[rows.GetLength(0), 1]);
}
