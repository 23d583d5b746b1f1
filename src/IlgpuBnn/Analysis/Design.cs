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

/// <summary>The first runs of a simulator, before there is a model.</summary>
public static class Design
{
    private const int Candidates = 1000;

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
