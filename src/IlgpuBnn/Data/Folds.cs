using MathNet.Numerics;

namespace IlgpuBnn.Data;

/// <summary>Which rows each particle leaves out: particle s leaves out fold s mod <see cref="Count"/>, so that others' rows judge it.</summary>
internal sealed class Folds
{
    private readonly int[] _foldOfRow;

    /// <param name="rowCounts">
    /// Rows after each training, rising: rows that came later are dealt out among themselves, so that the ones before stay in their folds.
    /// </param>
    /// <param name="wanted">Folds, if there are rows and particles enough in the first training.</param>
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

    /// <summary>At least 2, or 0 where nothing is left out.</summary>
    public int Count { get; }

    /// <summary>As many as wanted, but every fold has a row and is left out by two particles: one alone does not say how it might err.</summary>
    public static int CountFor(int rows, int wanted, int particles)
    {
        int count = Math.Min(wanted, Math.Min(rows, particles / 2));
        return count < 2 ? 0 : count;
    }

    public int Of(int row) => _foldOfRow[row];

    public bool LeavesOut(int particle, int row) => Count > 0 && particle % Count == _foldOfRow[row];

    /// <summary>The k-th particle that leaves a row out.</summary>
    public int ParticleWithout(int row, int k) => _foldOfRow[row] + (k * Count);
}
