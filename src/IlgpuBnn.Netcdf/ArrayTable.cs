using System.Globalization;
using IlgpuBnn.Data;

namespace IlgpuBnn.Netcdf;

/// <summary>Arrays as a table: a row for each place along the sample dimension, a column for each place along the others.</summary>
internal static class ArrayTable
{
    // Of 8 bytes each, in memory together.
    private const long MaxCells = 1 << 27;
    private const int MaxShown = 10;

    /// <param name="sampleDimension">Null for the one that all arrays have.</param>
    /// <param name="key">A variable that stays a column even if it only counts rows.</param>
    /// <exception cref="DataException">There is no such dimension, or more than one could be meant; or there are no columns, or too many.</exception>
    public static TableSource Of(IArrayFile file, string path, string? sampleDimension, string? key)
    {
        List<string> notes = [.. file.Notes];
        (string samples, long rows) = SampleDimension(file, path, sampleDimension, notes);
        ArrayVariable[] variables = [.. file.Variables.Where(own => own.Dimensions.Any(dimension => dimension.Name == samples))];
        string[] without = [.. file.Variables.Except(variables).Select(own => own.Name)];
        if (without.Length > 0)
        {
            notes.Add($"variables without dimension {ShownText.Of(samples)} are left out: {ColumnSelection.List(without)}.");
        }

        RequireSize(path, variables, rows);
        List<Column> columns = [];
        foreach (ArrayVariable variable in variables)
        {
            Column[] own = [.. ColumnsOf(variable, samples, (int)rows)];
            if (variable.Name != key && variable.IsCoordinateOf(samples) && own is [{ Numbers: { } numbers }] && CountsRows(numbers))
            {
                notes.Add($"variable {ShownText.Of(variable.Name)} only counts rows: it is left out.");
            }
            else
            {
                columns.AddRange(own);
            }
        }

        if (columns.Count == 0 || rows == 0)
        {
            throw new DataException(path, $"there is nothing along dimension {ShownText.Of(samples)}. Name another one with --sample-dimension.");
        }

        return TableSource.OfRows(new RowText([.. columns.Select(own => own.Name)], (int)rows, (row, column) => columns[column].Cell(row)), [.. columns.Select(own => own.Units)], notes);
    }

    private static (string Name, long Size) SampleDimension(IArrayFile file, string path, string? wanted, List<string> notes)
    {
        // Of an unlimited dimension, variables may be written to different ends.
        Dictionary<string, long> all = file.Variables.SelectMany(own => own.Dimensions).GroupBy(own => own.Name).ToDictionary(own => own.Key, own => own.Max(dimension => dimension.Size));
        if (all.Count == 0)
        {
            throw new DataException(path, "there is no variable with a dimension. Give a file of arrays that have one for runs.");
        }

        if (wanted is null)
        {
            ArrayVariable[] data = [.. file.Variables.Where(own => !all.Keys.Any(own.IsCoordinateOf))];
            string[] common = [.. all.Keys.Where(name => data.Length > 0 && data.All(own => own.Dimensions.Any(dimension => dimension.Name == name)))];
            if (common is [var only])
            {
                notes.Add($"rows are along dimension {ShownText.Of(only)}, which all variables have.");
                return (only, all[only]);
            }

            string[] candidates = common.Length > 0 ? common : [.. all.Keys];
            throw new DataException(
                path, $"rows may be along dimension {string.Join(" or ", candidates.Take(MaxShown).Select(own => ShownText.Of(own)))}. Say which one is of runs, such as "
                    + $"--sample-dimension {ShownText.Of(candidates[0])}.");
        }

        return all.TryGetValue(wanted, out long size) ? (wanted, size) : throw new DataException(
            path, $"there is no dimension \"{ShownText.Of(wanted)}\".{ColumnSelection.Suggestion([.. all.Keys], wanted)} The dimensions are {ColumnSelection.List([.. all.Keys])}. Name one of "
                + "them with --sample-dimension.");
    }

    private static void RequireSize(string path, ArrayVariable[] variables, long rows)
    {
        double cells = 0;
        foreach (ArrayVariable variable in variables)
        {
            if (variable.Dimensions.GroupBy(own => own.Name).Any(own => own.Count() > 1))
            {
                throw new DataException(path, $"variable \"{ShownText.Of(variable.Name)}\" has a dimension twice. Leave it out of the file.");
            }

            cells += variable.Dimensions.Aggregate(1.0, (product, dimension) => product * dimension.Size);
        }

        if (cells > MaxCells || cells > (double)rows * CsvTableReader.MaxColumns)
        {
            throw new DataException(
                path, $"there would be {cells / Math.Max(rows, 1):0} columns of {rows} rows; at most {CsvTableReader.MaxColumns} columns and {MaxCells} cells are read. Write the variables that are "
                    + "needed to another file, such as with ncks -v.");
        }
    }

    private static IEnumerable<Column> ColumnsOf(ArrayVariable variable, string samples, int rows)
    {
        double[]? numbers = variable.Numbers?.Invoke();
        string[]? texts = variable.Texts?.Invoke();
        int axis = variable.Dimensions.Index().First(own => own.Item.Name == samples).Index, count = (int)(variable.Count / Math.Max(variable.Dimensions[axis].Size, 1));
        int[] sizes = [.. variable.Dimensions.Select(own => (int)own.Size)], steps = new int[sizes.Length];
        for (int k = sizes.Length - 1, step = 1; k >= 0; step *= sizes[k--])
        {
            steps[k] = step;
        }

        for (int column = 0; column < count; column++)
        {
            int first = 0, rest = column;
            string index = "";
            for (int k = sizes.Length - 1; k >= 0; k--)
            {
                if (k != axis)
                {
                    (rest, int at) = Math.DivRem(rest, sizes[k]);
                    first += at * steps[k];
                    index = index.Length == 0 ? $"{at}" : $"{at},{index}";
                }
            }

            string name = index.Length == 0 ? variable.Name : $"{variable.Name}[{index}]";
            int step = steps[axis], start = first, written = sizes[axis];
            yield return numbers is not null
                ? new Column(name, variable.Units, [.. Enumerable.Range(0, rows).Select(n => n < written ? variable.Unpacked(numbers[start + (n * step)]) : double.NaN)], null)
                : new Column(name, "", null, [.. Enumerable.Range(0, rows).Select(n => n < written ? texts![start + (n * step)] : "")]);
        }
    }

    private static bool CountsRows(double[] values) => values.Length > 1 && values[0] is 0 or 1 && Enumerable.Range(1, values.Length - 1).All(n => values[n] == values[n - 1] + 1);

    /// <param name="Numbers">[row], NaN where missing; null for texts.</param>
    private sealed record Column(string Name, string Units, double[]? Numbers, string[]? Texts)
    {
        public string Cell(int row) => Texts is not null ? Texts[row] : double.IsNaN(Numbers![row]) ? "" : Numbers[row].ToString("R", CultureInfo.InvariantCulture);
    }
}
