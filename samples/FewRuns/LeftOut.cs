using IlgpuBnn.Data;

namespace FewRuns;

/// <summary>A table of which the lowest fifth of an input is kept from all trainings.</summary>
/// <param name="Pool">Rows to draw training rows from.</param>
/// <param name="Within">Test rows like them.</param>
/// <param name="Below">Test rows with an input lower than in any of them.</param>
internal sealed record LeftOut(string Input, Dataset Pool, Dataset Within, Dataset Below)
{
    /// <param name="all">All rows.</param>
    /// <param name="isTest">Of each row, whether it is a test row wherever it lies.</param>
    /// <param name="input">Whose lowest fifth no training row has.</param>
    /// <exception cref="DataException">There is no such input, or no row is left.</exception>
    public static LeftOut Of(Dataset all, Func<int, bool> isTest, string input)
    {
        int column = all.InputNames.ToList().IndexOf(input);
        if (column < 0)
        {
            throw new DataException(all.SourceName, $"there is no input \"{input}\" (--left-out). The inputs are {string.Join(", ", all.InputNames)}.");
        }

        double[] values = [.. Enumerable.Range(0, all.RowCount).Select(row => all.Inputs[row, column])];
        double least = values.Min() + (0.2 * (values.Max() - values.Min()));
        Dataset Rows(Func<int, bool> wanted) => all.SelectRows([.. Enumerable.Range(0, all.RowCount).Where(wanted)]);
        return new(input, Rows(row => values[row] >= least && !isTest(row)), Rows(row => values[row] >= least && isTest(row)), Rows(row => values[row] < least));
    }

    public override string ToString() =>
        $"{Pool.SourceName}: {Pool.RowCount} rows to draw from, with {Input} above its lowest fifth; {Within.RowCount} others like them and {Below.RowCount} of the lowest fifth as test rows";
}
