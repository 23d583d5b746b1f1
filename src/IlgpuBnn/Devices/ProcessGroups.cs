using System.Runtime.InteropServices;

namespace IlgpuBnn.Devices;

/// <summary>What processes exchange, in arrays of their own.</summary>
internal static class ProcessGroups
{
    /// <summary>The same number of values from each process: [process, value].</summary>
    public static T[] Exchange<T>(this IProcessGroup group, T[] own)
        where T : unmanaged
    {
        var all = new T[own.Length * group.Size];
        group.AllGather(MemoryMarshal.AsBytes<T>(own.AsSpan()), MemoryMarshal.AsBytes(all.AsSpan()));
        return all;
    }

    /// <summary>Results of independent runs, of which each process does every K-th: on each of them all results.</summary>
    /// <param name="group">Null for one process.</param>
    /// <param name="count">Runs.</param>
    /// <param name="write">A result as numbers.</param>
    /// <param name="read">Those numbers as a result.</param>
    public static T[] Runs<T>(this IProcessGroup? group, int count, Func<int, T> run, Func<T, double[]> write, Func<double[], T> read)
    {
        if (group is null)
        {
            return [.. Enumerable.Range(0, count).Select(run)];
        }

        var share = new ParticleShare(group.Rank, group.Size);
        double[][] own = [.. Enumerable.Range(0, share.CountOf(count)).Select(k => write(run(share.Particle(k))))];
        return [.. group.Gather(own, count).Select(read)];
    }

    /// <summary>Arrays of every process, of whatever lengths, in the order of the particles of <see cref="ParticleShare"/>.</summary>
    /// <param name="own">This process's.</param>
    /// <param name="count">Of all.</param>
    public static T[][] Gather<T>(this IProcessGroup group, T[][] own, int count)
        where T : unmanaged
    {
        int most = new ParticleShare(0, group.Size).CountOf(count);
        int[] lengths = group.Exchange<int>([.. Enumerable.Range(0, most).Select(k => k < own.Length ? own[k].Length : 0)]);
        T[][] all = [.. Enumerable.Range(0, count).Select(k => new T[lengths[(k % group.Size * most) + (k / group.Size)]])];
        int longest = Math.Max(1, lengths.Max());
        new ParticleExchange<T>(group, count, longest).Run(Read, Write);
        return all;

        // A piece may be of several arrays.
        void Read(Span<T> piece, long at)
        {
            for (int done = 0; done < piece.Length;)
            {
                Span<T> values = Part(own, at + done, piece.Length - done, out int length);
                values.CopyTo(piece[done..]);
                done += length;
            }
        }

        void Write(ReadOnlySpan<T> piece, long at)
        {
            for (int done = 0; done < piece.Length;)
            {
                Span<T> values = Part(all, at + done, piece.Length - done, out int length);
                piece.Slice(done, values.Length).CopyTo(values);
                done += length;
            }
        }

        // Of the array there what it has; length is of an array filled up to the longest.
        Span<T> Part(T[][] arrays, long at, int most, out int length)
        {
            (int array, int start) = ((int)(at / longest), (int)(at % longest));
            length = Math.Min(most, longest - start);
            return arrays[array].AsSpan(Math.Min(start, arrays[array].Length), Math.Clamp(arrays[array].Length - start, 0, length));
        }
    }
}
