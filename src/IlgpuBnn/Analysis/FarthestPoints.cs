using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>Points that are spread over others.</summary>
internal static class FarthestPoints
{
    /// <summary>Chooses the point nearest to the middle, then again and again the one farthest from those chosen (Gonzalez 1985), in standard deviations of the points.</summary>
    /// <param name="points">[point, dimension].</param>
    /// <param name="count">As many, or all points that differ if these are fewer.</param>
    /// <returns>[chosen, dimension], in the order of choice.</returns>
    public static double[,] Choose(double[,] points, int count)
    {
        int all = points.GetLength(0), width = points.GetLength(1);
        double[] mean = new double[width], scale = new double[width], distance = new double[all];
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
            scale[d] = variance > 1e-12 ? 1 / variance : 0;
        }

        for (int n = 0; n < all; n++)
        {
            distance[n] = Squared(n, mean);
        }

        var chosen = new List<int>();
        int next = Array.IndexOf(distance, all == 0 ? 0 : distance.Min());
        Array.Fill(distance, double.PositiveInfinity);
        while (chosen.Count < Math.Min(count, all) && distance[next] > 0)
        {
            double[] own = [.. Enumerable.Range(0, width).Select(d => points[next, d])];
            chosen.Add(next);
            for (int n = 0; n < all; n++)
            {
                distance[n] = Math.Min(distance[n], Squared(n, own));
            }

            next = Array.IndexOf(distance, distance.Max());
        }

        return Dataset.CopyRows(points, [.. chosen]);

        double Squared(int n, double[] other)
        {
            double sum = 0;
            for (int d = 0; d < width; d++)
            {
                sum += (points[n, d] - other[d]) * (points[n, d] - other[d]) * scale[d];
            }

            return sum;
        }
    }
}
