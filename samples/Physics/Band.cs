using IlgpuBnn;

namespace Physics;

/// <summary>A field along points: mean over particles, and an interval.</summary>
internal sealed record Band(double[] Mean, double[] Lower, double[] Upper)
{
    /// <param name="points">[row][coordinate].</param>
    /// <param name="change">Of each particle's value, such as the logarithm. Default none.</param>
    public static Band Of(EquationEnsemble ensemble, double[][] points, int field, double level, Func<double, double>? change = null)
    {
        var table = new double[points.Length, points[0].Length];
        for (int k = 0; k < table.Length; k++)
        {
            table[k / points[0].Length, k % points[0].Length] = points[k / points[0].Length][k % points[0].Length];
        }

        double[,,] values = ensemble.Predict(table);
        double[] mean = new double[points.Length], lower = new double[points.Length], upper = new double[points.Length];
        for (int row = 0; row < points.Length; row++)
        {
            double[] own = [.. Enumerable.Range(0, values.GetLength(0)).Select(s => change is null ? values[s, row, field] : change(values[s, row, field]))];
            (mean[row], (lower[row], upper[row])) = (own.Average(), EquationEnsemble.Interval(own, level));
        }

        return new Band(mean, lower, upper);
    }

    /// <summary>How many true values lie inside.</summary>
    public int Inside(double[] truth) => truth.Where((own, row) => own >= Lower[row] && own <= Upper[row]).Count();
}
