using System.Globalization;
using IlgpuBnn.Data;

namespace UciBenchmark;

/// <summary>A table, with the test rows of each split.</summary>
/// <param name="TestRows">[split][row], from 0.</param>
internal sealed record BenchmarkSet(string Name, Dataset Data, IReadOnlyList<int[]> TestRows)
{
    private const string SplitsSuffix = ".splits.txt";
    private const int LeastRows = 10;

    /// <summary>Names of the sets in a folder: every NAME.csv with a NAME.splits.txt.</summary>
    /// <exception cref="DataException">The folder is missing, or has no set.</exception>
    public static string[] Find(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DataException(folder, "there is no such folder or table. Give a table, or a folder with NAME.csv and NAME.splits.txt for each set.");
        }

        string[] names =
        [
            .. Directory.GetFiles(folder, "*" + SplitsSuffix).Select(path => Path.GetFileName(path)[..^SplitsSuffix.Length])
                .Where(name => File.Exists(Path.Combine(folder, name + ".csv"))).Order(StringComparer.Ordinal),
        ];
        return names.Length > 0 ? names : throw new DataException(folder, "there is no set in it: a set is NAME.csv with NAME.splits.txt beside it.");
    }

    /// <summary>Any table; a tenth of its rows, drawn anew for each split, are test rows.</summary>
    /// <param name="targets">Names or patterns; none for the last column.</param>
    /// <param name="exclude">Of the other columns those that are no inputs.</param>
    /// <exception cref="DataException">The file is missing or invalid, or has too few rows.</exception>
    public static BenchmarkSet Read(string path, string[] targets, string[] exclude, int splits)
    {
        CsvTable table = CsvTable.Read(path);
        Dataset data = Dataset.FromTable(table, targets.Length > 0 ? targets : [table.ColumnNames[^1]], exclude: exclude);
        if (data.RowCount < LeastRows)
        {
            throw new DataException(path, $"there are {data.RowCount} rows; a tenth of them tests. Give at least {LeastRows}.");
        }

        return new BenchmarkSet(Path.GetFileNameWithoutExtension(path), data, [.. Enumerable.Range(0, splits).Select(Drawn)]);

        int[] Drawn(int split)
        {
            int[] rows = [.. Enumerable.Range(0, data.RowCount)];
            new Random(split).Shuffle(rows);
            return rows[..(data.RowCount / 10)];
        }
    }

    /// <summary>A set of the folder, whose last column is the target.</summary>
    /// <exception cref="DataException">A file is missing or invalid.</exception>
    public static BenchmarkSet Read(string folder, string name)
    {
        CsvTable table = CsvTable.Read(Path.Combine(folder, name + ".csv"));
        Dataset data = Dataset.FromTable(table, [table.ColumnNames[^1]]);
        string splits = Path.Combine(folder, name + SplitsSuffix);
        if (!File.Exists(splits))
        {
            throw new DataException(splits, "the file is missing. Write a line per split: the numbers of its test rows, from 0.");
        }

        string[] lines = [.. File.ReadLines(splits).Where(line => line.Trim().Length > 0)];
        return lines.Length > 0
            ? new BenchmarkSet(name, data, [.. lines.Select((line, i) => Rows(line, splits, i + 1, data.RowCount))])
            : throw new DataException(splits, "the file is empty. Write a line per split: the numbers of its test rows, from 0.");
    }

    /// <summary>The two parts of a split, in the order of the table.</summary>
    public (Dataset Train, Dataset Test) Split(int split)
    {
        int[] test = TestRows[split];
        return (Data.SelectRows([.. Enumerable.Range(0, Data.RowCount).Except(test)]), Data.SelectRows(test));
    }

    private static int[] Rows(string line, string path, int number, int count)
    {
        var rows = new List<int>();
        foreach (string text in line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int row) || row >= count)
            {
                throw new DataException(path, $"line {number}: \"{text}\" is not a row. Give numbers from 0 to {count - 1}.");
            }

            rows.Add(row);
        }

        return rows.Distinct().Count() == rows.Count && rows.Count < count - 2
            ? [.. rows]
            : throw new DataException(path, $"line {number}: {rows.Count} of {count} rows, or a row twice. List each test row once, and leave at least 3 rows to train on.");
    }
}
