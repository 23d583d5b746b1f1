using MathNet.Numerics;

namespace IlgpuBnn.Prediction;

/// <summary>The distribution of |X| for a normal X.</summary>
/// <remarks>
/// Tabulated, as the CRPS takes its mean for every pair of particles: a(z) = E|Z + z| has the derivatives a' = erf(z / sqrt 2) and a'' = 2 phi(z), and
/// five terms of the Taylor series at the nearest node are accurate to 1e-15.
/// </remarks>
internal static class FoldedNormal
{
    // From here on, a(z) equals z to the last bit.
    private const int LastNode = 8;

    private const int NodesPerUnit = 64;

    private static readonly (double Value, double Slope, double Density)[] _nodes =
        [.. Enumerable.Range(0, LastNode * NodesPerUnit + 1).Select(i => Node((double)i / NodesPerUnit))];

    /// <summary>E|X| of X ~ N(mean, standardDeviation^2); the standard deviation may be 0.</summary>
    public static double Mean(double mean, double standardDeviation)
    {
        double distance = Math.Abs(mean);
        // Negated so that NaN takes this branch too.
        if (!(distance < LastNode * standardDeviation)) return distance + 0 * standardDeviation;

        double z = distance / standardDeviation;
        int node = (int)(z * NodesPerUnit + 0.5);
        double t = (double)node / NodesPerUnit, d = z - t;
        (double value, double slope, double density) = _nodes[node];
        double curvature = 1 - d * (t / 3 - d * ((t * t - 1) / 12 - d * t * (t * t - 3) / 60));
        return standardDeviation * (value + d * (slope + d * density * curvature));
    }

    private static (double Value, double Slope, double Density) Node(double z)
    {
        double density = Constants.InvSqrt2Pi * Math.Exp(-0.5 * z * z);
        double slope = SpecialFunctions.Erf(z * Constants.Sqrt1Over2);
        return (2 * density + z * slope, slope, density);
    }
}
