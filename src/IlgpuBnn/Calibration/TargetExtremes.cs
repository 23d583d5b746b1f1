using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>Smallest and largest value of every target, among all training rows and among those that a fold's particles were fitted to.</summary>
internal sealed class TargetExtremes
{
    // [fold, target]; the last of the folds is none.
    private readonly OutputBounds[,] _without;

    /// <param name="targets">[row, target], NaN where missing.</param>
    /// <param name="folds">Of the same rows.</param>
    public TargetExtremes(double[,] targets, Folds folds)
    {
        int count = targets.GetLength(1);
        _without = new OutputBounds[folds.Count + 1, count];
        for (int o = 0; o < count; o++)
        {
            for (int fold = 0; fold <= folds.Count; fold++)
            {
                _without[fold, o] = Among(Enumerable.Range(0, targets.GetLength(0)).Where(n => folds.Of(n) != fold).Select(n => targets[n, o]));
            }
        }
    }

    /// <summary>Among the rows that are not in a fold; no limits where those have no value.</summary>
    public OutputBounds Without(int fold, int target) => _without[fold, target];

    /// <summary>Among all rows.</summary>
    public OutputBounds OfAll(int target) => _without[_without.GetLength(0) - 1, target];

    private static OutputBounds Among(IEnumerable<double> values)
    {
        (double smallest, double largest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values.Where(double.IsFinite))
        {
            (smallest, largest) = (Math.Min(smallest, value), Math.Max(largest, value));
        }

        return smallest <= largest ? new OutputBounds(smallest, largest) : OutputBounds.None;
    }
}
