namespace IlgpuBnn.Reference;

/// <summary>A gradient that needs only the function: (f(x + step) - f(x - step)) / (2 step), one coordinate at a time.</summary>
public static class CentralDifference
{
    /// <param name="function">Must not keep or change its argument.</param>
    /// <param name="at">The point.</param>
    /// <param name="step">About 1e-5 for values and curvatures near 1: truncation and rounding balance there.</param>
    public static double[] Gradient(Func<double[], double> function, double[] at, double step)
    {
        double[] gradient = new double[at.Length];
        double[] moved = [.. at];
        for (int i = 0; i < at.Length; i++)
        {
            moved[i] = at[i] + step;
            double above = function(moved);
            moved[i] = at[i] - step;
            double below = function(moved);
            moved[i] = at[i];
            gradient[i] = (above - below) / (2 * step);
        }
        return gradient;
    }
}
