using IlgpuBnn.Data;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>A number that is not known exactly: its median, and the ends of an interval of about 90 %; infinite where there is no end.</summary>
public readonly record struct Estimate(double Median, double Lower, double Upper);

/// <summary>How an error falls with the number of rows: a n^-b + c, as draws of what a few measured errors leave open.</summary>
/// <remarks>
/// Of b beforehand N(0.5, 0.25^2) between 0.05 and 1.5; of c nothing with probability 1/2, otherwise any share of the error with the most rows. The level is free; scatter is
/// that of the repeats. Beyond the most rows b is taken to change by N(-0.1, 0.15^2): curves mostly flatten (chosen on runs of a land model, docs/accuracy.md).
/// </remarks>
public sealed class PowerLaw
{
    private const int Draws = 4000, Exponents = 60, Floors = 19;
    private const double PriorExponent = 0.5, PriorDeviation = 0.25, SmallestExponent = 0.05, LargestExponent = 1.5, Drift = -0.1, DriftDeviation = 0.15;

    private readonly double _most;
    private readonly (double Level, double Exponent, double Floor, double Drift)[] _draws;

    private PowerLaw(double most, (double Level, double Exponent, double Floor, double Drift)[] draws) => (_most, _draws) = (most, draws);

    /// <summary>b: between the sizes that were measured.</summary>
    public Estimate Exponent => Summary(_draws.Select(own => own.Exponent));

    /// <summary>Probability of a floor c of at least a tenth of the error with the most rows.</summary>
    public double ProbabilityOfFloor => _draws.Count(own => own.Floor >= 0.1) / (double)Draws;

    /// <summary>The error, as an average over tables and unseen rows, with a number of rows.</summary>
    public Estimate ErrorAt(double rows)
    {
        double distance = Math.Log(rows / _most);
        return Summary(_draws.Select(own => own.Level * (((1 - own.Floor) * Math.Exp(-Bent(own, rows > _most) * distance)) + own.Floor)));
    }

    /// <summary>The number of rows with which the error falls to a value; infinite where the floor is above it.</summary>
    public Estimate RowsFor(double error) => Summary(_draws.Select(own =>
    {
        double wanted = error / own.Level;
        return wanted <= own.Floor ? double.PositiveInfinity : _most * Math.Pow((wanted - own.Floor) / (1 - own.Floor), -1 / Bent(own, wanted < 1));
    }));

    /// <param name="sizes">Rising, at least 2.</param>
    /// <param name="logErrors">[size]: of all repeats together.</param>
    /// <param name="repeats">[repeat, size]: jackknife pseudo-values of them; at least 2.</param>
    internal static PowerLaw Fit(IReadOnlyList<int> sizes, double[] logErrors, double[,] repeats, int seed)
    {
        int count = sizes.Count, repeatCount = repeats.GetLength(0);
        (double ofRepeats, double rest) = Variances(repeats);
        double[] distances = [.. sizes.Select(size => Math.Log(size / (double)sizes[^1]))];
        int freedom = repeatCount * (count - 1);
        var grid = new List<(double Weight, double Level, double Exponent, double Floor)>();
        for (int e = 0; e < Exponents; e++)
        {
            for (int f = 0; f <= Floors; f++)
            {
                double exponent = SmallestExponent + ((LargestExponent - SmallestExponent) * (e + 0.5) / Exponents), floor = f / (Floors + 1.0);
                double[] residuals = [.. logErrors.Select((own, k) => own - Math.Log(((1 - floor) * Math.Exp(-exponent * distances[k])) + floor))];
                double squares = repeatCount * residuals.PopulationVariance() * count, prior = (exponent - PriorExponent) / PriorDeviation;
                double weight = (-0.5 * prior * prior) - (0.5 * freedom * Math.Log(rest + squares)) + Math.Log(f == 0 ? 0.5 : 0.5 / Floors);
                grid.Add((weight, residuals.Average(), exponent, floor));
            }
        }

        double best = grid.Max(own => own.Weight);
        double[] cumulative = [.. grid.Select(own => Math.Exp(own.Weight - best))];
        for (int k = 1; k < cumulative.Length; k++)
        {
            cumulative[k] += cumulative[k - 1];
        }

        double level = Math.Sqrt(ofRepeats / repeatCount);
        Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Draws);
        return new PowerLaw(sizes[^1], [.. Enumerable.Range(0, Draws).Select(_ =>
        {
            int at = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
            (double Weight, double Level, double Exponent, double Floor) own = grid[Math.Min(at < 0 ? ~at : at, grid.Count - 1)];
            return (Math.Exp(own.Level + (level * StudentT.Sample(random, 0, 1, repeatCount - 1))), own.Exponent, own.Floor, Normal.Sample(random, Drift, DriftDeviation));
        })]);
    }

    /// <summary>Of the repeats' means over sizes, and the sum of squares of what neither repeat nor size explains.</summary>
    private static (double OfRepeats, double Unexplained) Variances(double[,] values)
    {
        int repeats = values.GetLength(0), sizes = values.GetLength(1);
        double[] ofRepeat = [.. Enumerable.Range(0, repeats).Select(r => Enumerable.Range(0, sizes).Average(k => values[r, k]))];
        double[] ofSize = [.. Enumerable.Range(0, sizes).Select(k => Enumerable.Range(0, repeats).Average(r => values[r, k]))];
        double mean = ofRepeat.Average(), rest = 0;
        for (int r = 0; r < repeats; r++)
        {
            for (int k = 0; k < sizes; k++)
            {
                rest += Math.Pow(values[r, k] - ofRepeat[r] - ofSize[k] + mean, 2);
            }
        }

        return (ofRepeat.Variance(), Math.Max(rest, double.Epsilon));
    }

    private static double Bent((double Level, double Exponent, double Floor, double Drift) own, bool isBeyond) =>
        Math.Max(own.Exponent + (isBeyond ? own.Drift : 0), SmallestExponent / 2);

    private static Estimate Summary(IEnumerable<double> draws)
    {
        double[] sorted = [.. draws.Order()];
        return new Estimate(sorted[sorted.Length / 2], sorted[sorted.Length / 20], sorted[sorted.Length - 1 - (sorted.Length / 20)]);
    }
}
