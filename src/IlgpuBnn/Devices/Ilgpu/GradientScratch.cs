using ILGPU;
using ILGPU.Runtime;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Scratch memory of gradients: partial sums of chunks of rows and of pieces of weights.</summary>
internal sealed class GradientScratch : IDisposable
{
    // Weights of a piece, one group of threads each.
    private const int PieceWeights = 1024;

    private readonly List<MemoryBuffer> _memory = [];

    /// <param name="chunks">Chunks of rows whose sums are kept apart.</param>
    public GradientScratch(IlgpuDevice device, NetworkShape shape, int particles, int chunks)
    {
        Chunks = chunks;
        int[] table = PieceTable(shape);
        PieceCount = table.Length / Kernels.Pieces.Width;
        Pieces = Keep(device.UploadTable(table));
        long sums = (long)chunks * particles * shape.Outputs.Count, pieces = (long)PieceCount * particles;
        Partials = Allocate((long)chunks * particles * shape.Stride);
        (Squares, Counts, LogTerms) = (Allocate(sums), Allocate(sums), Allocate(sums));
        (PieceSquares, PieceNotFinite) = (Allocate(pieces), Allocate(pieces));

        ArrayView<float> Allocate(long length) => Keep(device.AllocateMemory<float>(length));
    }

    public int Chunks { get; }

    public int PieceCount { get; }

    public ArrayView<int> Pieces { get; }

    /// <summary>[Chunks, S, O].</summary>
    public ArrayView<float> Squares { get; }

    /// <summary>[Chunks, S, O].</summary>
    public ArrayView<float> Counts { get; }

    /// <summary>[Chunks, S, O].</summary>
    public ArrayView<float> LogTerms { get; }

    /// <summary>[S, pieces].</summary>
    public ArrayView<float> PieceSquares { get; }

    /// <summary>[S, pieces].</summary>
    public ArrayView<float> PieceNotFinite { get; }

    /// <summary>[Chunks, S, stride], apart from the gradients: of these, threads read what others complete.</summary>
    public ArrayView<float> Partials { get; }

    public void Dispose() => _memory.ForEach(IlgpuErrors.Release);

    private ArrayView<T> Keep<T>(MemoryBuffer1D<T, Stride1D.Dense> memory)
        where T : unmanaged
    {
        _memory.Add(memory);
        return memory.View;
    }

    /// <summary>All weights, split where their precision changes.</summary>
    private static int[] PieceTable(NetworkShape shape)
    {
        var table = new List<int>();
        for (int g = 0; g < shape.WeightGroups.Count; g++)
        {
            AddPieces(table, shape.WeightGroups[g], shape.WeightPrecisionOffset + g);
        }

        if (table.Count == 0)
        {
            AddPieces(table, new WeightGroup(0, shape.WeightCount), Kernels.Pieces.NoPrecision);
        }

        return [.. table];
    }

    private static void AddPieces(List<int> table, WeightGroup group, int precision)
    {
        int end = group.Offset + group.Count;
        for (int start = group.Offset; start < end; start += PieceWeights)
        {
            table.AddRange([start, Math.Min(start + PieceWeights, end), precision]);
        }
    }
}
