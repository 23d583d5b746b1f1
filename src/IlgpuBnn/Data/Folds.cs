using MathNet.Numerics;

namespace IlgpuBnn.Data;

/// <summary>Cross-validation folds: particle s is not fitted to the rows of fold s mod <see cref="Count"/>.</summary>
internal sealed class Folds
{
    private readonly int[] _foldOfRow;

    /// <param name="rowCounts">
    /// Rows after each training, rising. Rows added later are assigned among themselves, so that earlier rows stay in their folds.
    /// </param>
    /// <param name="wanted">Folds wanted; fewer if the first training has too few rows or particles.</param>
    public Folds(IReadOnlyList<int> rowCounts, int wanted, int particles, int seed)
    {
        _foldOfRow = new int[rowCounts[^1]];
        Count = CountFor(rowCounts[0], wanted, particles);
        for (int training = 0, first = 0; training < rowCounts.Count && Count > 0; first = rowCounts[training++])
        {
            int[] order = [.. Enumerable.Range(first, rowCounts[training] - first)];
            Combinatorics.SelectPermutationInplace(order, RandomStreams.Open(seed, RandomStreams.Purpose.Folds, training));
            for (int i = 0; i < order.Length; i++)
            {
                _foldOfRow[order[i]] = (first + i) % Count;
            }
        }
    }

    /// <summary>At least 2, or 0 without cross-validation.</summary>
    public int Count { get; }

    /// <summary>At most <paramref name="wanted"/>, so that every fold has a row and at least two particles without it, whose spread can be measured.</summary>
    public static int CountFor(int rows, int wanted, int particles)
    {
        int count = Math.Min(wanted, Math.Min(rows, particles / 2));
        return count < 2 ? 0 : count;
    }

    public int Of(int row) => _foldOfRow[row];

    public bool LeavesOut(int particle, int row) => Count > 0 && particle % Count == _foldOfRow[row];

    /// <summary>The k-th particle not fitted to a row.</summary>
    public int ParticleWithout(int row, int k) => _foldOfRow[row] + (k * Count);
}
