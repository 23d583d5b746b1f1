using System.Numerics;
using IlgpuBnn.Data;
using MathNet.Numerics;

namespace IlgpuBnn.Analysis;

/// <summary>How the points of a design are spread.</summary>
public enum DesignKind
{
    /// <summary>A scrambled Sobol sequence: every number of points is even, most so powers of two, and more can follow.</summary>
    Sobol,

    /// <summary>Of 1,000 random Latin hypercubes the one whose closest two points are farthest apart.</summary>
    LatinHypercube,
}

/// <summary>Runs of a simulator that need no model: the first ones, and more beside those that are there.</summary>
public static class Design
{
    private const int Candidates = 1000;

    // For each further run, and in all.
    private const int CandidatesPerRun = 32, FewestCandidates = 1024, MostCandidates = 1 << 16;

    /// <summary>Points that fill the inputs' joint distribution evenly.</summary>
    /// <param name="runs">At least 1.</param>
    /// <param name="seed">The same seed gives the same design.</param>
    /// <returns>[run, input], raw units.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="runs"/> is below 1.</exception>
    public static double[,] Create(InputDistributions inputs, int runs, DesignKind kind = DesignKind.Sobol, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        int dimensions = inputs.Names.Count;
        return inputs.At(kind == DesignKind.Sobol ? SobolSequence.Points(runs, dimensions, seed) : BestLatinHypercube(runs, dimensions, seed));
    }

    /// <summary>More points beside runs that are there: one by one, the one of many Sobol points that is farthest from all others.</summary>
    /// <remarks>
    /// Distances are between probabilities, and go round the ends: from 0.95 to 0.05 it is 0.1. Plain distances would draw most points to the edges, where nothing is
    /// beyond them.
    /// </remarks>
    /// <param name="existing">The runs that are there: [run, input], raw units.</param>
    /// <param name="runs">Between 1 and 65,536.</param>
    /// <param name="seed">The same seed gives the same points.</param>
    /// <returns>[run, input], raw units: the further runs alone.</returns>
    /// <exception cref="ArgumentException"><paramref name="existing"/> has not a finite number in a column per input.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="runs"/> is out of range.</exception>
    public static double[,] Extend(InputDistributions inputs, double[,] existing, int runs, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(runs, MostCandidates);
        int width = inputs.Names.Count, known = existing.GetLength(0);
        if (existing.GetLength(1) != width || existing.Cast<double>().Any(value => !double.IsFinite(value)))
        {
            throw new ArgumentException($"The runs that are there must have a finite number in each of {width} columns, the inputs.", nameof(existing));
        }

        int count = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp((long)CandidatesPerRun * runs, FewestCandidates, MostCandidates));
        double[,] candidates = inputs.At(SobolSequence.Points(count, width, seed)), places = Places(inputs, candidates), others = Places(inputs, existing);
        var nearest = new double[count];
        Parallel.For(0, count, n => nearest[n] = Enumerable.Range(0, known).Select(row => Squared(others, row, places, n)).Append(double.PositiveInfinity).Min());
        int[] chosen = [.. FarthestPoints.Choose(nearest, (taken, n) => Squared(places, taken, places, n)).Take(runs).Select(own => own.Index)];
        return Dataset.CopyRows(candidates, chosen);
    }

    /// <summary>[row, input]: probabilities of values.</summary>
    private static double[,] Places(InputDistributions inputs, double[,] values)
    {
        var places = new double[values.GetLength(0), inputs.Names.Count];
        Parallel.For(0, values.GetLength(0), row =>
        {
            for (int i = 0; i < inputs.Names.Count; i++)
            {
                places[row, i] = inputs.Distributions[i].Probability(values[row, i]);
            }
        });
        return places;
    }

    /// <summary>Squared distance, round the ends.</summary>
    private static double Squared(double[,] places, int row, double[,] others, int other)
    {
        double sum = 0;
        for (int i = 0; i < places.GetLength(1); i++)
        {
            double apart = Math.Abs(places[row, i] - others[other, i]);
            apart = Math.Min(apart, 1 - apart);
            sum += apart * apart;
        }

        return sum;
    }

    private static double[,] BestLatinHypercube(int runs, int dimensions, int seed)
    {
        var distances = new double[Candidates];
        Parallel.For(0, Candidates, k => distances[k] = ClosestDistance(LatinHypercube(runs, dimensions, seed, k)));
        return LatinHypercube(runs, dimensions, seed, Array.IndexOf(distances, distances.Max()));
    }

    private static double[,] LatinHypercube(int runs, int dimensions, int seed, int candidate)
    {
        Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Designs, candidate);
        var points = new double[runs, dimensions];
        for (int d = 0; d < dimensions; d++)
        {
            int[] order = Combinatorics.GeneratePermutation(runs, random);
            for (int n = 0; n < runs; n++)
            {
                points[n, d] = (order[n] + random.NextDouble()) / runs;
            }
        }

        return points;
    }

    /// <summary>Squared, between the two closest points.</summary>
    private static double ClosestDistance(double[,] points)
    {
        double closest = double.PositiveInfinity;
        for (int a = 0; a < points.GetLength(0); a++)
        {
            for (int b = 0; b < a; b++)
            {
                double distance = 0;
                for (int d = 0; d < points.GetLength(1); d++)
                {
                    distance += (points[a, d] - points[b, d]) * (points[a, d] - points[b, d]);
                }

                closest = Math.Min(closest, distance);
            }
        }

        return closest;
    }
}
