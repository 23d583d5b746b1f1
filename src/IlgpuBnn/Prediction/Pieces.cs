namespace IlgpuBnn.Prediction;

/// <summary>Cells, the rows times targets of a prediction in the order of their arrays, cut into pieces, each the work of one thread at a time.</summary>
internal static class Pieces
{
    /// <summary>Cells of a piece: those of tens of particles stay in the second-level cache.</summary>
    public const int Cells = 1024;

    /// <summary>Calls work(first, count) for every piece, in parallel if there are several; work writes only to its own cells.</summary>
    public static void ForEach(int cells, int pieceSize, Action<int, int> work)
    {
        int pieces = (cells + pieceSize - 1) / pieceSize;
        if (pieces > 1)
        {
            Parallel.For(0, pieces, Work);
        }
        else if (pieces == 1)
        {
            Work(0);
        }

        void Work(int piece) => work(piece * pieceSize, Math.Min(pieceSize, cells - (piece * pieceSize)));
    }
}
