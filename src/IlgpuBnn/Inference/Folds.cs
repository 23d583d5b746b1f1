using MathNet.Numerics;

namespace IlgpuBnn.Inference;

/// <summary>Which rows each particle leaves out: particle s leaves out fold s mod <see cref="Count"/>, so that others' rows judge it.</summary>
internal sealed class Folds
{
    private readonly int[] _foldOfRow;

    /// <param name="rows">Rows to divide.</param>
    /// <param name="options">How many folds are wanted, the number of particles, the seed.</param>
    public Folds(int rows, TrainingOptions options)
    {
        _foldOfRow = new int[rows];
        Count = CountFor(rows, options);
        if (Count > 0)
        {
            int[] order = [.. Enumerable.Range(0, rows)];
            Combinatorics.SelectPermutationInplace(order, RandomStreams.Open(options.Seed, RandomStreams.Purpose.Folds));
            for (int i = 0; i < rows; i++)
            {
                _foldOfRow[order[i]] = i % Count;
            }
        }
    }

    /// <summary>At least 2, or 0 where nothing is left out.</summary>
    public int Count { get; }

    /// <summary>As many as wanted, but every fold has a row and is left out by two particles: one alone does not say how it might err.</summary>
    public static int CountFor(int rows, TrainingOptions options)
    {
        int count = options.Method == InferenceMethod.AnchoredEnsemble ? Math.Min(options.Folds, Math.Min(rows, options.Particles / 2)) : 0;
        return count < 2 ? 0 : count;
    }

    public int Of(int row) => _foldOfRow[row];

    public bool LeavesOut(int particle, int row) => Count > 0 && particle % Count == _foldOfRow[row];

    /// <summary>The k-th particle that leaves a row out.</summary>
    public int ParticleWithout(int row, int k) => _foldOfRow[row] + (k * Count);
}
