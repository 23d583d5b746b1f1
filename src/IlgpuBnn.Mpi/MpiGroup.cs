using IlgpuBnn.Devices;

namespace IlgpuBnn.Mpi;

/// <summary>The processes that mpirun, mpiexec or srun started, for <see cref="BayesianNetwork.FitInGroup"/>.</summary>
/// <remarks>One in a process, as MPI starts once and ends once. Calls are for one thread at a time.</remarks>
public sealed class MpiGroup : IProcessGroup, IDisposable
{
    private readonly MpiLibrary _library;
    private bool _ended;

    private MpiGroup(MpiLibrary library, int rank, int size) => (_library, Rank, Size) = (library, rank, size);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>The library's own words, such as "Open MPI v4.1.4".</summary>
    public string Library => _library.Version;

    /// <summary>Joins the processes that a launcher started. Where this process is alone, no MPI library is touched.</summary>
    /// <returns>Null where this process is alone.</returns>
    /// <exception cref="MpiException">There is no library of the launcher's kind, or the library knows another number of processes than the launcher.</exception>
    public static MpiGroup? Join() => MpiLauncher.Find() is { } launcher ? Join(launcher) : null;

    internal static MpiGroup Join(MpiLauncher launcher)
    {
        MpiLibrary library = MpiLibrary.Load(launcher);
        (int rank, int size) = library.Initialise();
        return size == launcher.Size || (launcher.Size == 0 && rank == launcher.Rank)
            ? new MpiGroup(library, rank, size)
            : throw new MpiException(
                $"{launcher.Name} started {(launcher.Size > 0 ? $"{launcher.Size} processes" : $"this as process {launcher.Rank}")}, and the MPI library found ({library.Version}) knows {size}: it does not belong to the launcher. Use the launcher of this "
                + $"library, or name the launcher's library in {MpiLibrary.Variable}.");
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="all"/> has not K times as many bytes.</exception>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        if (all.Length != (long)own.Length * Size)
        {
            throw new ArgumentException($"There is room for {all.Length} bytes, and {Size} processes send {own.Length} each. Give a span of {(long)own.Length * Size}.", nameof(all));
        }

        _library.AllGather(own, all);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="sums"/> has another length.</exception>
    public void Sum(ReadOnlySpan<long> own, Span<long> sums)
    {
        if (sums.Length != own.Length)
        {
            throw new ArgumentException($"There is room for {sums.Length} sums of {own.Length} numbers. Give a span of {own.Length}.", nameof(sums));
        }

        _library.Sum(own, sums);
    }

    /// <summary>Ends all processes of the group.</summary>
    /// <param name="exitCode">Of the program, as far as the launcher passes it on.</param>
    public void Abort(int exitCode) => _library.Abort(exitCode);

    /// <summary>Leaves the group; every process must.</summary>
    public void Dispose()
    {
        if (!_ended)
        {
            _ended = true;
            _library.Complete();
        }
    }
}
