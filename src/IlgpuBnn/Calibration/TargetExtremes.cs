using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>Smallest and largest value of every target over all training rows, and without each fold.</summary>
internal sealed class TargetExtremes
{
    // [fold, target]; the last entry excludes no fold.
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

    /// <summary>Over the rows outside a fold; <see cref="OutputBounds.None"/> if they have no value.</summary>
    public OutputBounds Without(int fold, int target) => _without[fold, target];

    /// <summary>Over all rows.</summary>
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
