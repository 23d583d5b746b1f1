namespace IlgpuBnn.Devices;

/// <summary>Which positions of one field each position of another reads, and by which tap of a filter.</summary>
/// <remarks>Padding, strides, pooling and resizing are all said here once, so that no device's loop knows of them.</remarks>
internal sealed class FieldMap
{
    /// <param name="down">[output row, tap]: the row of the inputs, -1 for none.</param>
    /// <param name="across">[output column, tap]: the same of columns.</param>
    /// <param name="height">Rows of the inputs.</param>
    /// <param name="width">Columns of the inputs.</param>
    public FieldMap(int[,] down, int[,] across, int height, int width)
    {
        int tapsAcross = across.GetLength(1);
        (Inputs, Outputs, Taps) = (height * width, down.GetLength(0) * across.GetLength(0), down.GetLength(1) * tapsAcross);
        var links = new List<FieldLink>();
        for (int output = 0; output < Outputs; output++)
        {
            int row = output / across.GetLength(0), column = output % across.GetLength(0);
            for (int tap = 0; tap < Taps; tap++)
            {
                int fromRow = down[row, tap / tapsAcross], fromColumn = across[column, tap % tapsAcross];
                if (fromRow >= 0 && fromColumn >= 0)
                {
                    links.Add(new FieldLink((fromRow * width) + fromColumn, output, tap));
                }
            }
        }

        ByOutput = FieldLinks.Of(links, Outputs, link => link.Output, link => (link.Input, link.Tap));
        ByTap = FieldLinks.Of(links, Taps, link => link.Tap, link => (link.Input, link.Output));
        ByInput = FieldLinks.Of(ByTapLinks(), Inputs, link => link.Input, link => (link.Output, link.Tap));
    }

    private FieldLink[] ByTapLinks() =>
    [
        .. Enumerable.Range(0, Taps).SelectMany(tap => Enumerable.Range(ByTap.Starts[tap], ByTap.CountOf(tap))
            .Select(k => new FieldLink(ByTap.Pairs[2 * k], ByTap.Pairs[(2 * k) + 1], tap))),
    ];

    /// <summary>Positions that are read.</summary>
    public int Inputs { get; }

    /// <summary>Positions that read.</summary>
    public int Outputs { get; }

    /// <summary>Of a filter.</summary>
    public int Taps { get; }

    /// <summary>Of each output: input and tap, by tap.</summary>
    public FieldLinks ByOutput { get; }

    /// <summary>Of each input: output and tap, by tap, then by output.</summary>
    public FieldLinks ByInput { get; }

    /// <summary>Of each tap: input and output, by output.</summary>
    public FieldLinks ByTap { get; }
}

/// <summary>Pairs of numbers in groups, one after the other.</summary>
/// <param name="Starts">[groups + 1]: first pair of each group. Pinned.</param>
/// <param name="Pairs">[pairs, 2]. Pinned.</param>
internal sealed record FieldLinks(int[] Starts, int[] Pairs)
{
    public int CountOf(int group) => Starts[group + 1] - Starts[group];

    /// <summary>Groups keep the order of the links, which are counted rather than sorted: there may be millions.</summary>
    public static FieldLinks Of(IReadOnlyList<FieldLink> links, int groups, Func<FieldLink, int> group, Func<FieldLink, (int First, int Second)> pair)
    {
        int[] starts = GC.AllocateArray<int>(groups + 1, pinned: true), pairs = GC.AllocateArray<int>(2 * links.Count, pinned: true), next = new int[groups];
        foreach (FieldLink link in links)
        {
            starts[group(link) + 1]++;
        }

        for (int g = 0; g < groups; g++)
        {
            starts[g + 1] += starts[g];
            next[g] = starts[g];
        }

        foreach (FieldLink link in links)
        {
            int at = 2 * next[group(link)]++;
            (pairs[at], pairs[at + 1]) = pair(link);
        }

        return new FieldLinks(starts, pairs);
    }
}

/// <summary>A position that reads another, and the tap by which.</summary>
internal readonly record struct FieldLink(int Input, int Output, int Tap);
