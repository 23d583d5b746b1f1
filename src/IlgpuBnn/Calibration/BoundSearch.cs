using IlgpuBnn.Prediction;
namespace IlgpuBnn.Calibration;

/// <summary>Finds which targets' predictions end where their training rows do.</summary>
/// <remarks>
/// A network that has learnt how a plant dies goes on below zero where rows end; and one run that is predicted at minus half the range can make up most of
/// all squared errors. Whether a target has such an end, rows left out tell: each is predicted with outputs cut off at the extreme among the rows that those
/// particles were fitted to, and without. Of n rows the end is kept where n/2 ln(sum of squares without / with) is above 3: their errors are then twenty
/// times as likely, under Gaussian noise of their own size. A few rows, whose range new rows will leave, seldom say that much.
/// </remarks>
internal static class BoundSearch
{
    // ln of twenty.
    private const double LeastLogRatio = 3;

    /// <summary>[target].</summary>
    /// <param name="outputs">[particle, row, target], of the particles that left the row out.</param>
    /// <param name="targets">[row, target], NaN where missing.</param>
    /// <param name="extremes">Of all training rows.</param>
    /// <param name="foldOfRow">Of these.</param>
    public static OutputBounds[] Find(double[,,] outputs, double[,] targets, TargetExtremes extremes, int[] foldOfRow)
    {
        var limits = new OutputBounds[targets.GetLength(1)];
        Parallel.For(0, limits.Length, o =>
        {
            OutputBounds ends = extremes.OfAll(o);
            int rows = Enumerable.Range(0, foldOfRow.Length).Count(n => !double.IsNaN(targets[n, o]));
            double without = SumOfSquares(o, false, false);
            bool Better(double with) => 0.5 * rows * Math.Log(without / with) > LeastLogRatio;

            // Of a constant target every error would be cut off on one side.
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
