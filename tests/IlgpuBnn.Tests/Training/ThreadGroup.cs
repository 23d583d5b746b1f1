using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace IlgpuBnn.Tests.Training;

/// <summary>Threads of the tests' own process as a group of processes.</summary>
internal sealed class ThreadGroup : IDisposable
{
    private readonly Barrier _meeting;
    private readonly byte[][] _parts;
    private readonly CancellationTokenSource _broken = new();

    private ThreadGroup(int size) => (_meeting, _parts) = (new Barrier(size), new byte[size][]);

    /// <summary>Runs on every member at once; where one fails, the others are let go.</summary>
    /// <returns>Result or exception of each.</returns>
    public static (T? Result, Exception? Failure)[] Run<T>(int size, Func<IProcessGroup, T> work)
    {
        using var group = new ThreadGroup(size);
        var ends = new (T?, Exception?)[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                ends[rank] = (work(new Member(group, rank)), null);
            }
            catch (Exception exception)
            {
                ends[rank] = (default, exception);
                group._broken.Cancel();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return ends;
    }

    /// <summary>The results, where none failed.</summary>
    public static T[] Results<T>(int size, Func<IProcessGroup, T> work)
    {
        (T? Result, Exception? Failure)[] ends = Run(size, work);
        if (ends.Select(end => end.Failure).FirstOrDefault(failure => failure is not null and not OperationCanceledException) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return [.. ends.Select(end => end.Result!)];
    }

    public void Dispose()
    {
        _meeting.Dispose();
        _broken.Dispose();
    }

    private sealed class Member(ThreadGroup group, int rank) : IProcessGroup
    {
        public int Rank => rank;

        public int Size => group._parts.Length;

        public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
        {
            group._parts[rank] = own.ToArray();
            group._meeting.SignalAndWait(group._broken.Token);
            Assert.All(group._parts, part => Assert.Equal(group._parts[rank].Length, part.Length));
            group._parts.SelectMany(part => part).ToArray().CopyTo(all);
            group._meeting.SignalAndWait(group._broken.Token);
        }

        public void Sum(ReadOnlySpan<long> own, Span<long> sums)
        {
            var all = new long[own.Length * Size];
            AllGather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(all.AsSpan()));
            sums.Clear();
            for (int k = 0; k < all.Length; k++)
            {
                sums[k % own.Length] += all[k];
            }
        }
    }
}
