namespace IlgpuBnn.Devices;

/// <summary>Processes that compute one result together, each a part of it, such as the ranks of an MPI program.</summary>
/// <remarks>Every process calls the same operations in the same order, on one thread at a time.</remarks>
public interface IProcessGroup
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>K, the number of processes.</summary>
    int Size { get; }

    /// <summary>Puts the bytes of all processes one behind another, on each of them.</summary>
    /// <param name="own">As many on every process.</param>
    /// <param name="all">K times as many.</param>
    void AllGather(ReadOnlySpan<byte> own, Span<byte> all);

    /// <summary>Adds up the numbers of all processes, on each of them.</summary>
    /// <param name="own">As many on every process.</param>
    /// <param name="sums">As many; another place than <paramref name="own"/>.</param>
    void Sum(ReadOnlySpan<long> own, Span<long> sums);
}
