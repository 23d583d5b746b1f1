using MathNet.Numerics;

namespace IlgpuBnn.Data;

/// <summary>
/// Folds of the rows for cross-validation: particle s leaves out fold s mod <see cref="Count"/>. Related rows share a fold (<see cref="RelatedRows"/>), so that
/// no particle is judged by a row whose twin it was fitted to.
/// </summary>
internal sealed class Folds
{
    private readonly int[] _foldOfRow;

    /// <param name="rowCounts">
    /// Rows after each training, rising: rows that came later join the fold of those they are related to, or are dealt out among themselves, so that the
    /// ones before stay in their folds.
    /// </param>
    /// <param name="wanted">Folds, if there are rows and particles enough in the first training.</param>
    /// <param name="related">Which rows are; null for none.</param>
    public Folds(IReadOnlyList<int> rowCounts, int wanted, int particles, int seed, RelatedRows? related = null, CancellationToken cancellation = default)
    {
        _foldOfRow = new int[rowCounts[^1]];
        related ??= RelatedRows.None;
        Count = wanted < 2 ? 0 : CountFor(related.Blocks(0, rowCounts[0], cancellation).Count, wanted, particles);
        var size = new int[Count];
        for (int training = 0, first = 0; training < rowCounts.Count && Count > 0; first = rowCounts[training++])
        {
            IReadOnlyList<RowBlock> blocks = related.Blocks(first, rowCounts[training], cancellation);
            foreach (RowBlock block in blocks.Where(block => block.Earlier is not null))
            {
                Put(block, _foldOfRow[block.Earlier!.Value]);
            }

            int[] order = [.. Enumerable.Range(0, blocks.Count)];
            Combinatorics.SelectPermutationInplace(order, RandomStreams.Open(seed, RandomStreams.Purpose.Folds, training));

            cancellation.ThrowIfCancellationRequested();

            // Large blocks first, so that folds come out about equal; the order of equals is that of the permutation.
            foreach (RowBlock block in order.Select(k => blocks[k]).Where(block => block.Earlier is null).OrderByDescending(block => block.Rows.Count))
            {
                Put(block, Array.IndexOf(size, size.Min()));
            }
        }

        void Put(RowBlock block, int fold)
        {
            size[fold] += block.Rows.Count;
            foreach (int row in block.Rows)
            {
                _foldOfRow[row] = fold;
            }
        }
    }

    /// <summary>At least 2, or 0 without cross-validation.</summary>
    public int Count { get; }

    /// <summary>As many as wanted, but every fold has a block of rows and is left out by two particles: one alone does not say how it might err.</summary>
    public static int CountFor(int blocks, int wanted, int particles)
    {
        int count = Math.Min(wanted, Math.Min(blocks, particles / 2));
        return count < 2 ? 0 : count;
    }

    public int Of(int row) => _foldOfRow[row];

    public bool LeavesOut(int particle, int row) => Count > 0 && particle % Count == _foldOfRow[row];

    /// <summary>The fold that a particle leaves out.</summary>
    public int LeftOutBy(int particle) => particle % Count;

    /// <summary>The k-th particle not fitted to a row.</summary>
    public int ParticleWithout(int row, int k) => _foldOfRow[row] + (k * Count);
}
