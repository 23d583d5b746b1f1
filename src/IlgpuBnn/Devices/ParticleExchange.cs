using System.Runtime.InteropServices;

namespace IlgpuBnn.Devices;

/// <summary>Copies values from an offset on.</summary>
internal delegate void ReadValues<T>(Span<T> destination, long offset);

/// <summary>Copies values to an offset.</summary>
internal delegate void WriteValues<T>(ReadOnlySpan<T> source, long offset);

/// <summary>Puts what each process has of its particles in the order of all, on every process. Allocates nothing once it is made.</summary>
/// <typeparam name="T">Of the values.</typeparam>
internal sealed class ParticleExchange<T>
    where T : unmanaged
{
    private const int PieceBytes = 1 << 26;

    private readonly IProcessGroup _group;
    private readonly int _particles;
    private readonly int _stride;
    private readonly int _most;
    private readonly int _rows;
    private readonly int _columns;
    private readonly T[] _own;
    private readonly T[] _all;

    /// <param name="particles">S, of all processes.</param>
    /// <param name="stride">Values of each.</param>
    /// <param name="pieceBytes">What all processes send at a time, unless that is less than a value of each.</param>
    public ParticleExchange(IProcessGroup group, int particles, int stride, int pieceBytes = PieceBytes)
    {
        (_group, _particles, _stride) = (group, particles, stride);
        _most = new ParticleShare(0, group.Size).CountOf(particles);
        (_rows, _columns) = PieceOf(group.Size, _most, stride, pieceBytes);
        (_own, _all) = (new T[_rows * _columns], new T[group.Size * _rows * _columns]);
    }

    /// <summary>Values that are held besides the particles' own.</summary>
    public static long LengthOf(int processes, int particles, int stride)
    {
        (int rows, int columns) = PieceOf(processes, new ParticleShare(0, processes).CountOf(particles), stride, PieceBytes);
        return (processes + 1L) * rows * columns;
    }

    /// <param name="read">Values of this process's particles, [particle of the share, stride].</param>
    /// <param name="write">Values of all, [S, stride].</param>
    public void Run(ReadValues<T> read, WriteValues<T> write)
    {
        var share = new ParticleShare(_group.Rank, _group.Size);
        int count = share.CountOf(_particles);
        for (int first = 0; first < _most; first += _rows)
        {
            for (int start = 0; start < _stride; start += _columns)
            {
                // Of several rows all columns are sent.
                int rows = Math.Min(_rows, _most - first), columns = Math.Min(_columns, _stride - start), length = rows * columns;
                if (first < count)
                {
                    // A process with a particle less sends what nobody reads.
                    read(_own.AsSpan(0, Math.Min(rows, count - first) * columns), ((long)first * _stride) + start);
                }

                _group.AllGather(MemoryMarshal.AsBytes<T>(_own.AsSpan(0, length)), MemoryMarshal.AsBytes(_all.AsSpan(0, _group.Size * length)));
                for (int row = 0; row < rows; row++)
                {
                    for (int rank = 0; rank < _group.Size; rank++)
                    {
                        int particle = new ParticleShare(rank, _group.Size).Particle(first + row);
                        if (particle < _particles)
                        {
                            write(_all.AsSpan((rank * length) + (row * columns), columns), ((long)particle * _stride) + start);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Rows and columns of a piece.</summary>
    private static (int Rows, int Columns) PieceOf(int processes, int most, int stride, int bytes)
    {
        int length = Math.Max(1, bytes / processes / Marshal.SizeOf<T>());
        return length >= stride ? (Math.Min(length / stride, most), stride) : (1, length);
    }
}
