using System.Runtime.InteropServices;
using System.Text;

namespace IlgpuBnn.Mpi;

/// <summary>The few functions of an MPI library that are needed: of Open MPI, of MPICH and its family (Intel MPI, MVAPICH, Cray MPICH), or of any by the binary interface of MPI 5.</summary>
/// <remarks>
/// Handles are addresses of exported symbols with Open MPI, 32-bit constants with MPICH's family, which shares one binary interface (https://www.mpich.org/abi/), and small
/// constants in the standard's own (MPI 5.0, chapter 20; https://github.com/mpi-forum/mpi-abi-stubs). All fit a register, of which each library reads what is its own.
/// </remarks>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The environment variable that names the library's file where none is found.</summary>
    public const string Variable = "ILGPUBNN_MPI";

    // What the file of a library with the standard's interface is called.
    private const string AbiName = "libmpi_abi";

    private const int LongestVersion = 8192;

    private static readonly string[] _openMpiNames = ["libmpi.so.40", "libmpi.so.80", "libmpi.40.dylib"];
    private static readonly string[] _mpichNames = ["libmpich.so.12", "libmpi.so.12", "libmpi_cray.so.12", "libmpi.12.dylib"];
    private static readonly string[] _anyNames = ["libmpi.so", "libmpich.so"];
    private static readonly string[] _abiNames = [$"{AbiName}.so.0", $"{AbiName}.so", $"{AbiName}.dylib"];

    // MPI_THREAD_SERIALIZED.
    private readonly int _serialized = 2;
    private readonly nint _world;
    private readonly nint _byte;
    private readonly nint _long;
    private readonly nint _sum;
    private readonly delegate* unmanaged[Cdecl]<void*, void*, int, int*, int> _init;
    private readonly delegate* unmanaged[Cdecl]<nint, int*, int> _rank;
    private readonly delegate* unmanaged[Cdecl]<nint, int*, int> _size;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, int> _allGather;
    private readonly delegate* unmanaged[Cdecl]<void*, void*, int, nint, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged[Cdecl]<nint, int, int> _abort;
    private readonly delegate* unmanaged[Cdecl]<int> _finalize;

    private MpiLibrary(nint library, bool hasAbi)
    {
        if (hasAbi)
        {
            (_world, _byte, _long, _sum, _serialized) = (0x101, 0x247, 0x258, 0x21, 2048);
        }
        else if (IsOpenMpi(library))
        {
            (_world, _byte) = (NativeLibrary.GetExport(library, "ompi_mpi_comm_world"), NativeLibrary.GetExport(library, "ompi_mpi_byte"));
            (_long, _sum) = (NativeLibrary.GetExport(library, "ompi_mpi_int64_t"), NativeLibrary.GetExport(library, "ompi_mpi_op_sum"));
        }
        else
        {
            (_world, _byte, _long, _sum) = (0x44000000, 0x4c00010d, 0x4c00083a, 0x58000003);
        }

        _init = (delegate* unmanaged[Cdecl]<void*, void*, int, int*, int>)NativeLibrary.GetExport(library, "MPI_Init_thread");
        _rank = (delegate* unmanaged[Cdecl]<nint, int*, int>)NativeLibrary.GetExport(library, "MPI_Comm_rank");
        _size = (delegate* unmanaged[Cdecl]<nint, int*, int>)NativeLibrary.GetExport(library, "MPI_Comm_size");
        _allGather = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, int>)NativeLibrary.GetExport(library, "MPI_Allgather");
        _allReduce = (delegate* unmanaged[Cdecl]<void*, void*, int, nint, nint, nint, int>)NativeLibrary.GetExport(library, "MPI_Allreduce");
        _abort = (delegate* unmanaged[Cdecl]<nint, int, int>)NativeLibrary.GetExport(library, "MPI_Abort");
        _finalize = (delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "MPI_Finalize");
        Version = VersionOf((delegate* unmanaged[Cdecl]<byte*, int*, int>)NativeLibrary.GetExport(library, "MPI_Get_library_version"));
    }

    /// <summary>The library's own words, one line.</summary>
    public string Version { get; }

    /// <summary>Loads the library that belongs to the launcher.</summary>
    /// <exception cref="MpiException">None is found.</exception>
    public static MpiLibrary Load(MpiLauncher launcher)
    {
        string? given = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(given))
        {
            return NativeLibrary.TryLoad(given, out nint named) ? new MpiLibrary(named, HasAbi(given))
                : throw new MpiException($"{Variable} names {given}, which cannot be loaded. Give the file of an MPI library, such as /usr/lib/x86_64-linux-gnu/libmpi.so.40.");
        }

        string[] names = launcher.IsOpenMpi switch
        {
            true => [.. _openMpiNames, .. _anyNames, .. _abiNames],
            false => [.. _mpichNames, .. _anyNames, .. _abiNames],
            _ => [.. _openMpiNames, .. _mpichNames, .. _anyNames, .. _abiNames],
        };
        foreach (string name in names)
        {
            // A library of the other family would make a world of one process of each. Whose one of the standard's interface is shows in the number of processes.
            if (NativeLibrary.TryLoad(name, out nint library) && (HasAbi(name) || (launcher.IsOpenMpi ?? IsOpenMpi(library)) == IsOpenMpi(library)))
            {
                return new MpiLibrary(library, HasAbi(name));
            }
        }

        throw new MpiException(
            $"{launcher.Name} started this as one of {(launcher.Size > 0 ? $"{launcher.Size}" : "several")} processes, and no MPI library of its kind is found ({string.Join(", ", names)}). Install it or put its folder in "
            + $"LD_LIBRARY_PATH, name its file in {Variable}, or start one process.");
    }

    /// <exception cref="MpiException">It failed.</exception>
    public (int Rank, int Size) Initialise()
    {
        int provided = 0, rank = 0, size = 0;
        Require(_init(null, null, _serialized, &provided), "MPI_Init_thread");
        Require(_rank(_world, &rank), "MPI_Comm_rank");
        Require(_size(_world, &size), "MPI_Comm_size");
        return (rank, size);
    }

    /// <exception cref="MpiException">It failed.</exception>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        fixed (byte* from = own, to = all)
        {
            Require(_allGather(from, own.Length, _byte, to, own.Length, _byte, _world), "MPI_Allgather");
        }
    }

    /// <exception cref="MpiException">It failed.</exception>
    public void Sum(ReadOnlySpan<long> own, Span<long> sums)
    {
        fixed (long* from = own, to = sums)
        {
            Require(_allReduce(from, to, own.Length, _long, _sum, _world), "MPI_Allreduce");
        }
    }

    /// <summary>Ends all processes.</summary>
    public void Abort(int exitCode) => _abort(_world, exitCode);

    public void Complete() => _finalize();

    private static bool HasAbi(string file) => Path.GetFileName(file).StartsWith(AbiName, StringComparison.Ordinal);

    private static bool IsOpenMpi(nint library) => NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _);

    private static string VersionOf(delegate* unmanaged[Cdecl]<byte*, int*, int> get)
    {
        var text = new byte[LongestVersion];
        int length = 0;
        fixed (byte* bytes = text)
        {
            // One of the few that may be called before MPI_Init.
            Require(get(bytes, &length), "MPI_Get_library_version");
        }

        return Encoding.ASCII.GetString(text, 0, Math.Clamp(length, 0, LongestVersion)).Split('\n', ',')[0].Trim('\0', ' ');
    }

    private static void Require(int code, string function)
    {
        if (code != 0)
        {
            throw new MpiException($"{function} failed with code {code}. The launcher's own messages may say why.");
        }
    }
}
