using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>Points of the inputs' distributions, and how implausible they are.</summary>
/// <param name="Points">[point, input], of the unit cube.</param>
/// <param name="Values">[point]: implausibility, by the first wave that rules it out, or the largest of all waves.</param>
/// <param name="RuledOutBy">[point]: index of that wave; the number of waves where none does.</param>
/// <param name="Farthest">[point]: index of the observation that is farthest off.</param>
internal sealed record ImplausiblePoints(double[,] Points, double[] Values, int[] RuledOutBy, int[] Farthest)
{
    public int Count => Values.Length;

    /// <summary>Share of points that no wave up to this one rules out.</summary>
    public double ShareLeftBy(int wave) => RuledOutBy.Count(own => own > wave) / (double)Count;

    /// <summary>Those of some indices.</summary>
    public ImplausiblePoints At(int[] indices) => new(
        Dataset.CopyRows(Points, indices), [.. indices.Select(n => Values[n])], [.. indices.Select(n => RuledOutBy[n])], [.. indices.Select(n => Farthest[n])]);

    /// <summary>The first of those that only waves from this one on may rule out.</summary>
    public ImplausiblePoints LeftBefore(int wave, int most) => At([.. Enumerable.Range(0, Count).Where(n => RuledOutBy[n] >= wave).Take(most)]);

    /// <summary>[observation]: of the points ruled out the share where it is farthest off.</summary>
    /// <param name="waves">Their number.</param>
    public double[] SharesRuledOut(int observations, int waves)
    {
        var counts = new double[observations];
        foreach (int n in Enumerable.Range(0, Count).Where(n => RuledOutBy[n] < waves))
        {
            counts[Farthest[n]]++;
        }

        double all = Math.Max(1, counts.Sum());
        return [.. counts.Select(count => count / all)];
    }
}
