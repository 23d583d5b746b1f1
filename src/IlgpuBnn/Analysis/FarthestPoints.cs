using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>Points that are spread over others: again and again the one farthest from all that are there (Gonzalez 1985).</summary>
internal static class FarthestPoints
{
    // Below it an input does not vary.
    private const double Rounding = 1e-12;

    /// <summary>Chooses points, each once, until there are none left.</summary>
    /// <param name="nearest">[point]: squared distance to the nearest that is there; infinite for none. Changed.</param>
    /// <param name="squared">From a chosen point, the first index, to another one.</param>
    /// <returns>Their indices, and how far each was from those before it, squared.</returns>
    public static IEnumerable<(int Index, double Squared)> Choose(double[] nearest, Func<int, int, double> squared)
    {
        for (int left = nearest.Length; left > 0; left--)
        {
            int next = Array.IndexOf(nearest, nearest.Max());
            yield return (next, nearest[next]);
            Parallel.For(0, nearest.Length, n => nearest[n] = Math.Min(nearest[n], squared(next, n)));

            // Where all the others are at places taken, too.
            nearest[next] = -1;
        }
    }

    /// <summary>Some of many points: the one nearest to their mean, then the farthest ones, in standard deviations of the points.</summary>
    /// <param name="points">[point, dimension].</param>
    /// <param name="count">As many, or all points that differ if these are fewer.</param>
    /// <returns>[chosen, dimension], in the order of choice.</returns>
    public static double[,] Spread(double[,] points, int count)
    {
        int all = points.GetLength(0), width = points.GetLength(1);
        if (all == 0)
        {
            return points;
        }

        double[] mean = new double[width], scale = new double[width];
        for (int d = 0; d < width; d++)
        {
            double sum = 0, squares = 0;
            for (int n = 0; n < all; n++)
            {
                sum += points[n, d];
                squares += points[n, d] * points[n, d];
            }

            mean[d] = sum / all;
            double variance = (squares / all) - (mean[d] * mean[d]);
            scale[d] = variance > Rounding ? 1 / variance : 0;
        }

        double[] nearest = [.. Enumerable.Repeat(double.MaxValue, all)];
        nearest[Enumerable.Range(0, all).MinBy(n => Squared(n, d => mean[d]))] = double.PositiveInfinity;
        return Dataset.CopyRows(
            points,
            [.. Choose(nearest, (taken, n) => Squared(n, d => points[taken, d])).TakeWhile(own => own.Squared > 0).Take(count).Select(own => own.Index)]);

        double Squared(int n, Func<int, double> other)
        {
            double sum = 0;
            for (int d = 0; d < width; d++)
            {
                double apart = points[n, d] - other(d);
                sum += apart * apart * scale[d];
            }

            return sum;
        }
    }
}
