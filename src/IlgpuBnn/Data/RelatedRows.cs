using System.Runtime.InteropServices;

namespace IlgpuBnn.Data;

/// <summary>Rows that must not judge one another: those of one group, and those whose inputs are all the same.</summary>
internal sealed class RelatedRows
{
    private const int RowsBetweenChecks = 1 << 13;

    // [row]: numbers that related rows share; each entry is one kind of relation.
    private readonly int[][] _labels;

    private RelatedRows(params int[][] labels) => _labels = labels;

    public static RelatedRows None { get; } = new();

    public static RelatedRows Of(Dataset data, CancellationToken cancellation = default)
    {
        int[] repeats = LabelsOf(data.Inputs, cancellation);
        return data.Groups is { } groups ? new RelatedRows(repeats, [.. groups]) : new RelatedRows(repeats);
    }

    /// <summary>How many rows have the very inputs of an earlier one.</summary>
    public static int Repeats(Dataset data, CancellationToken cancellation = default) => data.RowCount - LabelsOf(data.Inputs, cancellation).Distinct().Count();

    /// <summary>[row]: the same number for related rows; null where all are independent.</summary>
    public static IReadOnlyList<int>? Numbers(Dataset data)
    {
        IReadOnlyList<RowBlock> blocks = Of(data).Blocks(0, data.RowCount);
        if (blocks.Count == data.RowCount)
        {
            return null;
        }

        var numbers = new int[data.RowCount];
        for (int b = 0; b < blocks.Count; b++)
        {
            blocks[b].Rows.ForEach(row => numbers[row] = b);
        }

        return numbers;
    }

    /// <summary>The rows from <paramref name="first"/> to <paramref name="end"/>, block by block, in the order of each block's first row.</summary>
    /// <remarks>Rows behind the end do not count: what a later training brings does not tie rows together that an earlier one held apart.</remarks>
    public IReadOnlyList<RowBlock> Blocks(int first, int end, CancellationToken cancellation = default)
    {
        int[] root = Roots(end, cancellation);
        var blocks = new Dictionary<int, RowBlock>();
        for (int row = first; row < end; row++)
        {
            CheckNowAndThen(row, cancellation);
            if (!blocks.TryGetValue(root[row], out RowBlock? block))
            {
                blocks[root[row]] = block = new RowBlock(root[row] < first ? root[row] : null, []);
            }

            block.Rows.Add(row);
        }

        return [.. blocks.Values];
    }

    /// <summary>For each row the first one that it is related to, directly or through others.</summary>
    private int[] Roots(int end, CancellationToken cancellation)
    {
        int[] parent = [.. Enumerable.Range(0, end)];
        foreach (int[] labels in _labels)
        {
            var firstWith = new Dictionary<int, int>();
            for (int row = 0; row < end; row++)
            {
                CheckNowAndThen(row, cancellation);
                if (!firstWith.TryAdd(labels[row], row))
                {
                    (int a, int b) = (Find(firstWith[labels[row]]), Find(row));
                    parent[Math.Max(a, b)] = Math.Min(a, b);
                }
            }
        }

        return [.. Enumerable.Range(0, end).Select(Find)];

        int Find(int row)
        {
            while (parent[row] != row)
            {
                row = parent[row] = parent[parent[row]];
            }

            return row;
        }
    }

    /// <summary>The same number for rows with the same inputs.</summary>
    private static int[] LabelsOf(double[,] inputs, CancellationToken cancellation)
    {
        var labels = new int[inputs.GetLength(0)];
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int row = 0; row < labels.Length; row++)
        {
            CheckNowAndThen(row, cancellation);

            // -0 is 0.
            double[] values = [.. Enumerable.Range(0, inputs.GetLength(1)).Select(i => inputs[row, i] + 0.0)];
            string key = new(MemoryMarshal.Cast<double, char>(values));
            if (!known.TryGetValue(key, out labels[row]))
            {
                known[key] = labels[row] = known.Count;
            }
        }

        return labels;
    }

    private static void CheckNowAndThen(int row, CancellationToken cancellation)
    {
        if (row % RowsBetweenChecks == 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }
}

/// <summary>Rows that stay together.</summary>
/// <param name="Earlier">A row of an earlier training that they belong to; null for none.</param>
/// <param name="Rows">At least one, rising.</param>
internal sealed record RowBlock(int? Earlier, List<int> Rows);
