using ILGPU;
using ILGPU.Runtime;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Scratch memory of gradients: partial sums of chunks of rows and of pieces of weights.</summary>
internal sealed class GradientScratch : IDisposable
{
    // Weights of a piece, one group of threads each.
    private const int PieceWeights = 1024;

    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _partials;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _squares;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _counts;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _tailLogs;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _pieceSquares;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _pieceNotFinite;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _pieces;

    /// <param name="chunks">Chunks of rows whose sums are kept apart.</param>
    public GradientScratch(IlgpuDevice device, NetworkShape shape, int particles, int chunks)
    {
        Chunks = chunks;
        int[] table = PieceTable(shape);
        PieceCount = table.Length / Kernels.Pieces.Width;
        _pieces = device.UploadTable(table);
        _partials = chunks == 1 ? null : device.AllocateMemory<float>((long)chunks * particles * shape.Stride);
        _squares = device.AllocateMemory<float>((long)chunks * particles * shape.Outputs.Count);
        _counts = device.AllocateMemory<float>((long)chunks * particles * shape.Outputs.Count);
        _tailLogs = device.AllocateMemory<float>((long)chunks * particles * shape.Outputs.Count);
        _pieceSquares = device.AllocateMemory<float>((long)PieceCount * particles);
        _pieceNotFinite = device.AllocateMemory<float>((long)PieceCount * particles);
    }

    public int Chunks { get; }

    public int PieceCount { get; }

    public ArrayView<int> Pieces => _pieces.View;

    /// <summary>[Chunks, S, O].</summary>
    public ArrayView<float> Squares => _squares.View;

    /// <summary>[Chunks, S, O].</summary>
    public ArrayView<float> Counts => _counts.View;

    /// <summary>[Chunks, S, O].</summary>
    public ArrayView<float> TailLogs => _tailLogs.View;

    /// <summary>[S, pieces].</summary>
    public ArrayView<float> PieceSquares => _pieceSquares.View;

    /// <summary>[S, pieces].</summary>
    public ArrayView<float> PieceNotFinite => _pieceNotFinite.View;

    /// <summary>[Chunks, S, stride]; for a single chunk the gradients themselves.</summary>
    public ArrayView<float> Partials(ArrayView<float> gradients) => _partials?.View ?? gradients;

    public void Dispose()
    {
        IlgpuErrors.Release(_partials);
        IlgpuErrors.Release(_squares);
        IlgpuErrors.Release(_counts);
        IlgpuErrors.Release(_tailLogs);
        IlgpuErrors.Release(_pieceSquares);
        IlgpuErrors.Release(_pieceNotFinite);
        IlgpuErrors.Release(_pieces);
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
