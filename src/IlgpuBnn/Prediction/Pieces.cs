namespace IlgpuBnn.Prediction;

/// <summary>Splits the cells of a prediction (rows x targets, in array order) into pieces for threads.</summary>
internal static class Pieces
{
    /// <summary>Cells of a piece: for tens of particles it stays in the second-level cache.</summary>
    public const int Cells = 1024;

    /// <summary>Calls work(first, count) for every piece, in parallel if there are several.</summary>
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
