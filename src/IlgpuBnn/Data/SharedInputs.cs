namespace IlgpuBnn.Data;

/// <summary>A table whose rows come in sets that differ in one or two inputs only, as the time steps of one run do.</summary>
/// <param name="Sets">How many sets there are.</param>
/// <param name="Rows">In sets of at least <see cref="SmallestSet"/>.</param>
/// <param name="Varying">The inputs that differ within a set.</param>
/// <param name="Shared">All others.</param>
/// <param name="AllRows">Of the table.</param>
internal sealed record SharedInputs(int Sets, int Rows, IReadOnlyList<string> Varying, IReadOnlyList<string> Shared, int AllRows)
{
    /// <summary>Fewer rows are no set: designs repeat a setting or two by chance.</summary>
    private const int SmallestSet = 3;

    // A table of two or three such sets is a factor with two or three levels.
    private const int FewestSets = 5;

    // Pairs of inputs to leave out, times rows: a second or so.
    private const long MostWork = 200_000_000;

    /// <summary>The pattern, if at least half of the rows follow one; that with the fewest inputs that differ, and the most sets.</summary>
    /// <remarks>A full factorial design of three inputs or more, where every input takes its turn to differ, is none.</remarks>
    public static SharedInputs? Find(Dataset data, CancellationToken cancellation = default)
    {
        int inputs = data.InputCount;
        if (inputs < 2 || data.RowCount < FewestSets * SmallestSet)
        {
            return null;
        }

        ulong[][] hashes = [.. Enumerable.Range(0, inputs).Select(i => HashesOf(data.Inputs, i))];
        ulong[] all = [.. Enumerable.Range(0, data.RowCount).Select(row => hashes.Aggregate(0UL, (sum, own) => sum + own[row]))];
        SharedInputs[] single = [.. Enumerable.Range(0, inputs).Select(i => Without([i])).OfType<SharedInputs>()];
        if (single.Length > 0)
        {
            return single.Length == inputs && inputs > 2 ? null : single.MaxBy(pattern => pattern.Sets);
        }

        if (inputs < 4 || (long)inputs * inputs / 2 * data.RowCount > MostWork)
        {
            return null;
        }

        return Enumerable.Range(0, inputs).SelectMany(i => Enumerable.Range(i + 1, inputs - i - 1).Select(j => Without([i, j]))).OfType<SharedInputs>()
            .MaxBy(pattern => pattern.Sets);

        SharedInputs? Without(int[] varying)
        {
            cancellation.ThrowIfCancellationRequested();
            var sizes = new Dictionary<ulong, int>();
            for (int row = 0; row < all.Length; row++)
            {
                ulong rest = all[row];
                foreach (int i in varying)
                {
                    rest -= hashes[i][row];
                }

                sizes[rest] = sizes.GetValueOrDefault(rest) + 1;
            }

            int[] sets = [.. sizes.Values.Where(size => size >= SmallestSet)];
            return sets.Length >= FewestSets && 2 * sets.Sum() >= all.Length
                ? new SharedInputs(
                    sets.Length, sets.Sum(), [.. varying.Select(i => data.InputNames[i])],
                    [.. Enumerable.Range(0, inputs).Except(varying).Select(i => data.InputNames[i])], all.Length)
                : null;
        }
    }

    /// <summary>What the owner of the table should know and do.</summary>
    public string Warning()
    {
        string shared = ColumnSelection.List(Shared), all = string.Join(",", Shared.Concat(Varying));
        return $"{Rows} of {AllRows} rows come in {Sets} sets that share all inputs but {string.Join(" and ", Varying)}, as the time steps of a run do. If the rows "
            + "of a set are related, scores and intervals hold for these sets only, and new ones are predicted worse than is said here. Name the column that "
            + $"tells the sets apart with --group (in a program: groups of a Dataset); if there is none: --inputs \"{all}\" --group \"{shared.Replace(", ", ",", StringComparison.Ordinal)}\".";
    }

    /// <summary>A number per row; equal values have equal ones, sums of different values are as good as never equal.</summary>
    private static ulong[] HashesOf(double[,] inputs, int column) => [.. Enumerable.Range(0, inputs.GetLength(0)).Select(row =>
        RandomStreams.Mix((ulong)BitConverter.DoubleToInt64Bits(inputs[row, column] + 0.0) + RandomStreams.Mix((ulong)column + 1)))];
}
