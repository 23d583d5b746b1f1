using IlgpuBnn.Prediction;
namespace IlgpuBnn.Calibration;

/// <summary>Selects the targets whose predictions are clamped to the range of the training targets.</summary>
/// <remarks>
/// A network that has learnt a steep decline extrapolates below zero, and a single such run can dominate the squared errors. Each out-of-fold row is
/// predicted with outputs clamped to the extremes of the rows its particles were fitted to, and without. For n rows a bound is kept if
/// n/2 ln(sum of squares without / with) exceeds 3, a likelihood ratio of about twenty under Gaussian noise. Small samples, whose range new rows will
/// exceed, seldom reach it.
/// </remarks>
internal static class BoundSearch
{
    /// <param name="outputs">[particle, row, target], of the particles not fitted to the row.</param>
    /// <param name="targets">[row, target], NaN where missing.</param>
    /// <param name="extremes">Of all training rows.</param>
    /// <param name="foldOfRow">Fold of each of these rows.</param>
    /// <returns>[target].</returns>
    public static OutputBounds[] Find(double[,,] outputs, double[,] targets, TargetExtremes extremes, int[] foldOfRow)
    {
        var limits = new OutputBounds[targets.GetLength(1)];
        Parallel.For(0, limits.Length, o =>
        {
            OutputBounds ends = extremes.OfAll(o);
            int rows = Enumerable.Range(0, foldOfRow.Length).Count(n => !double.IsNaN(targets[n, o]));
            double without = SumOfSquares(o, false, false);
            bool Better(double with) => Evidence.IsStrong(rows, without, with);

            // A constant target would have every error clamped away.
            limits[o] = ends.Lower == ends.Upper
                ? OutputBounds.None
                : ends.Keep(Better(SumOfSquares(o, true, false)), Better(SumOfSquares(o, false, true)));
        });
        return limits;

        double SumOfSquares(int o, bool lower, bool upper)
        {
            double sum = 0;
            for (int n = 0; n < foldOfRow.Length; n++)
            {
                OutputBounds own = extremes.Without(foldOfRow[n], o).Keep(lower, upper);
                double mean = 0;
                for (int k = 0; k < outputs.GetLength(0); k++)
                {
                    mean += own.Clamp(outputs[k, n, o]) / outputs.GetLength(0);
                }

                sum += double.IsNaN(targets[n, o]) ? 0 : (targets[n, o] - mean) * (targets[n, o] - mean);
            }

            return sum;
        }
    }
}
