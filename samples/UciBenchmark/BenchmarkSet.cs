using System.Globalization;
using IlgpuBnn.Data;

namespace UciBenchmark;

/// <summary>A table whose last column is the target, and the test rows of each of its splits.</summary>
internal sealed class BenchmarkSet
{
    private const string SplitsSuffix = ".splits.txt";

    private BenchmarkSet(string name, Dataset data, int[][] testRows)
    {
        (Name, Data, TestRows) = (name, data, testRows);
    }

    public string Name { get; }

    public Dataset Data { get; }

    /// <summary>[split][row], from 0.</summary>
    public IReadOnlyList<int[]> TestRows { get; }

    /// <summary>Names of the sets in a folder: every NAME.csv that has a NAME.splits.txt.</summary>
    /// <exception cref="DataException">There is no such folder, or no set in it.</exception>
    public static string[] Find(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DataException(folder, "there is no such folder. Give one that holds NAME.csv and NAME.splits.txt for each set.");
        }

        string[] names =
        [
            .. Directory.GetFiles(folder, "*" + SplitsSuffix).Select(path => Path.GetFileName(path)[..^SplitsSuffix.Length])
                .Where(name => File.Exists(Path.Combine(folder, name + ".csv"))).Order(StringComparer.Ordinal),
        ];
        return names.Length > 0 ? names : throw new DataException(folder, "there is no set in it: a set is NAME.csv with NAME.splits.txt beside it.");
    }

    /// <exception cref="DataException">A file is missing, or what it holds cannot be used.</exception>
    public static BenchmarkSet Read(string folder, string name)
    {
        CsvTable table = CsvTable.Read(Path.Combine(folder, name + ".csv"));
        Dataset data = Dataset.FromTable(table, [table.ColumnNames[^1]]);
        string splits = Path.Combine(folder, name + SplitsSuffix);
        if (!File.Exists(splits))
        {
            throw new DataException(splits, "the file is missing. It has a line for each split: the numbers of its test rows, from 0.");
        }

        string[] lines = [.. File.ReadLines(splits).Where(line => line.Trim().Length > 0)];
        return lines.Length > 0
            ? new BenchmarkSet(name, data, [.. lines.Select((line, i) => Rows(line, splits, i + 1, data.RowCount))])
            : throw new DataException(splits, "the file is empty. Give a line for each split: the numbers of its test rows, from 0.");
    }

    /// <summary>The two parts of a split, rows in the order of the table.</summary>
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
                throw new DataException(path, $"line {number}: \"{text}\" is no row; there are {count}, numbered from 0.");
            }

            rows.Add(row);
        }

        return rows.Distinct().Count() == rows.Count && rows.Count < count - 2
            ? [.. rows]
            : throw new DataException(path, $"line {number}: it has {rows.Count} of {count} rows, some perhaps twice. Name each test row once, and leave rows to train on.");
    }
}
