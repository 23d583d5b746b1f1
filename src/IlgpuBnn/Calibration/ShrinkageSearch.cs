using IlgpuBnn.Data;

namespace IlgpuBnn.Calibration;

/// <summary>Finds how far predictions must be drawn to the mean of the training rows, so that they are not worse than that mean.</summary>
/// <remarks>
/// Of inputs that say nothing of a target networks still learn something, and err by it on new rows. The factor lambda of outputs' deviations from the mean is
/// the regression slope of out-of-fold targets on out-of-fold predictions, as in Copas, "Regression, prediction and shrinkage" (1983), with the variance taken off
/// the predictors that the whole ensemble does not have. It is used where n/2 ln(sum of squares without / with) is above 3, n counting related rows once: the
/// errors are then twenty times as likely, and where it is 0.8 at most. A slope that is not twice its standard error is 0.
/// </remarks>
internal static class ShrinkageSearch
{
    private const double SmallestSlopeInErrors = 2;

    // A target that is predicted at all keeps its predictions: what little the slope of a few particles says then helps nobody.
    private const double MaxShrinkage = 0.8;

    /// <summary>[target], in [0, 1]; 1 for none.</summary>
    /// <param name="outOfFold">Of unbounded outputs.</param>
    /// <param name="rows">Those predicted.</param>
    /// <param name="particles">S, of the whole ensemble.</param>
    /// <param name="independent">Blocks of related rows among them.</param>
    public static double[] Find(OutOfFold outOfFold, Dataset rows, Standardisation scaling, int particles, int independent)
    {
        double related = (double)independent / rows.RowCount;
        return [.. Enumerable.Range(0, rows.TargetCount).Select(Of)];

        double Of(int o)
        {
            double products = 0, squares = 0, surplus = 0, total = 0;
            int count = 0;
            for (int n = 0; n < rows.RowCount; n++)
            {
                double target = rows.Targets[n, o] - scaling.Mean[o];
                if (!double.IsNaN(target))
                {
                    (double mean, double variance) = outOfFold.Moments(n, o);
                    double predicted = mean - scaling.Mean[o];
                    count++;
                    products += predicted * target;
                    squares += predicted * predicted;
                    surplus += variance * ((1.0 / outOfFold.Particles) - (1.0 / particles));
                    total += target * target;
                }
            }

            double slope = products / squares, error = total - (products * slope), effective = related * count;
            if (!(squares > 0 && slope < 1 && Evidence.IsStrong(effective, total - (2 * products) + squares, error)))
            {
                return 1;
            }

            double standardError = Math.Sqrt(error / effective / squares);
            double shrinkage = slope < SmallestSlopeInErrors * standardError ? 0 : products / Math.Max(squares - surplus, products);
            return shrinkage <= MaxShrinkage ? shrinkage : 1;
        }
    }
}
