namespace IlgpuBnn.Data;

/// <summary>Mean and scale of each column, to convert between raw units and standard deviations.</summary>
/// <remarks>
/// Immutable. The scale is the population standard deviation (divisor n, as in scikit-learn's StandardScaler); NaN (missing) is ignored.
/// A column with at most one distinct value has scale 1 and becomes 0 everywhere.
/// </remarks>
public sealed class Standardisation
{
    private readonly double[] _mean;
    private readonly double[] _scale;

    /// <summary>Takes known means and scales, such as those stored with a model.</summary>
    /// <param name="mean">[column], raw units, finite.</param>
    /// <param name="scale">[column], raw units, positive and finite.</param>
    /// <param name="constantColumns">Names of the columns that did not vary. Default: none.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a value is out of range.</exception>
    public Standardisation(
        IReadOnlyList<double> mean,
        IReadOnlyList<double> scale,
        IReadOnlyList<string>? constantColumns = null)
    {
        if (mean.Count != scale.Count)
            throw new ArgumentException($"There are {mean.Count} means but {scale.Count} scales. Give one of each per column.");
        for (int column = 0; column < mean.Count; column++)
        {
            if (!double.IsFinite(mean[column]) || !double.IsFinite(scale[column]) || scale[column] <= 0)
            {
                throw new ArgumentException(
                    $"Column {column + 1} has mean {mean[column]} and scale {scale[column]}. "
                    + "Means must be finite, scales positive and finite.");
            }
        }
        _mean = [.. mean];
        _scale = [.. scale];
        ConstantColumns = [.. constantColumns ?? []];
    }

    /// <summary>That of some of the columns.</summary>
    internal Standardisation Select(IReadOnlyList<int> columns) => new([.. columns.Select(column => _mean[column])], [.. columns.Select(column => _scale[column])]);

    /// <summary>[column], raw units.</summary>
    public IReadOnlyList<double> Mean => _mean;

    /// <summary>[column], raw units, positive.</summary>
    public IReadOnlyList<double> Scale => _scale;

    /// <summary>Names of the columns with fewer than two distinct values, from which a network learns nothing.</summary>
    public IReadOnlyList<string> ConstantColumns { get; }

    /// <summary>Columns as they are.</summary>
    internal static Standardisation None(int columns) => new(new double[columns], [.. Enumerable.Repeat(1.0, columns)]);

    /// <summary>Computes mean and standard deviation of each column.</summary>
    /// <param name="values">[row, column], finite or NaN for missing.</param>
    /// <param name="columnNames">Names for <see cref="ConstantColumns"/>. Default: "column 1", "column 2", ...</param>
    /// <exception cref="ArgumentException">
    /// The number of names is not that of columns, or a column's standard deviation overflows a double.
    /// </exception>
    public static Standardisation Fit(double[,] values, IReadOnlyList<string>? columnNames = null)
    {
        int columns = values.GetLength(1);
        if (columnNames is not null && columnNames.Count != columns)
            throw new ArgumentException($"There are {columns} columns but {columnNames.Count} names. Give one name per column.");
        var mean = new double[columns];
        var scale = new double[columns];
        List<string> constant = [];
        for (int column = 0; column < columns; column++)
        {
            (mean[column], scale[column]) = Measure(values, column);
            if (scale[column] > 0) continue;
            scale[column] = 1;
            constant.Add(columnNames?[column] ?? $"column {column + 1}");
        }
        return new Standardisation(mean, scale, constant);
    }

    /// <summary>Mean and standard deviation of each channel of a field, over rows and positions alike: what is the same everywhere stays so.</summary>
    /// <param name="values">[row, channel x position], finite or NaN for missing.</param>
    /// <param name="channels">Divides the number of columns.</param>
    /// <exception cref="ArgumentException">A channel's standard deviation overflows a double.</exception>
    public static Standardisation FitChannels(double[,] values, int channels)
    {
        int rows = values.GetLength(0), positions = values.GetLength(1) / channels;
        var pooled = new double[rows * positions, channels];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < values.GetLength(1); column++)
            {
                pooled[(row * positions) + (column % positions), column / positions] = values[row, column];
            }
        }

        Standardisation own = Fit(pooled, [.. Enumerable.Range(1, channels).Select(channel => $"channel {channel}")]);
        return new Standardisation(Repeat(own.Mean), Repeat(own.Scale), own.ConstantColumns);

        double[] Repeat(IReadOnlyList<double> ofChannels) => [.. ofChannels.SelectMany(value => Enumerable.Repeat(value, positions))];
    }

    /// <summary>Raw units to standard deviations from the mean; NaN stays NaN.</summary>
    public double Standardise(double value, int column) => (value - _mean[column]) / _scale[column];

    /// <summary>[row, column], every value.</summary>
    public double[,] Standardise(double[,] values)
    {
        var result = new double[values.GetLength(0), values.GetLength(1)];
        for (int row = 0; row < values.GetLength(0); row++)
        {
            for (int column = 0; column < values.GetLength(1); column++) result[row, column] = Standardise(values[row, column], column);
        }
        return result;
    }

    /// <summary>Standard deviations from the mean to raw units; NaN stays NaN.</summary>
    public double Restore(double value, int column) => _mean[column] + _scale[column] * value;

    // Deviations from the column's first value, in units of the largest, lose no digits to a large mean, and their squares
    // neither overflow nor underflow; a constant column gives exactly 0.
    private static (double Mean, double Scale) Measure(double[,] values, int column)
    {
        double[] present = [.. Enumerable.Range(0, values.GetLength(0)).Select(row => values[row, column]).Where(v => !double.IsNaN(v))];
        if (present.Length == 0) return (0, 0);

        double origin = present[0];
        double unit = present.Max(v => Math.Abs(v - origin));
        if (unit == 0) return (origin, 0);

        double mean = present.Average(v => (v - origin) / unit);
        double variance = present.Average(v => Math.Pow((v - origin) / unit - mean, 2));
        return (origin + unit * mean, unit * Math.Sqrt(variance));
    }
}
