namespace IlgpuBnn.Devices.Simd;

/// <summary>Threads that work off the items of jobs, with nothing allocated per job.</summary>
/// <remarks>
/// Parallel.For allocates and wakes its threads on every call; a training iteration has three jobs of some microseconds. Between jobs the threads spin
/// for a while, then sleep: for a shorter one after each sleep, for a longer one after each job that came in time. The caller works too, as lane 0. A second concurrent caller does its whole job alone: results depend on the items only.
/// </remarks>
internal sealed class WorkCrew : IDisposable
{
    private const int MostSpins = 200;
    private const int FewestSpins = 10;

    // Operations; a smaller job is done before a second thread has woken up.
    private const long SmallJob = 1 << 16;

    private readonly Lock _oneJob = new();

    // Not SemaphoreSlim, which spins once more, for longer than here.
    private readonly Semaphore _wake = new(0, int.MaxValue);
    private Action<int, int>? _work;
    private int _items;
    private int _next;
    private int _job;
    private int _open;
    private int _inside;
    private int _asleep;
    private Exception? _failure;
    private bool _stopped;

    public WorkCrew(int lanes)
    {
        Lanes = lanes;
        for (int lane = 1; lane < lanes; lane++)
        {
            int own = lane;
            new Thread(() => Serve(own)) { IsBackground = true, Name = $"IlgpuBnn {own}" }.Start();
        }
    }

    /// <summary>Threads, the caller included.</summary>
    public int Lanes { get; }

    /// <summary>Calls work(item, lane) for every item; each lane does one item at a time. Returns when all are done.</summary>
    /// <exception cref="ObjectDisposedException">The threads have been stopped.</exception>
    public void Run(int items, Action<int, int> work)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _stopped), typeof(Device));
        if (items <= 1 || Lanes == 1 || !_oneJob.TryEnter())
        {
            RunAlone(items, work);
            return;
        }

        try
        {
            Open(items, work);
            WorkOff(0);
            Close();
        }
        finally
        {
            _oneJob.Exit();
        }
    }

    /// <summary>The same; the caller alone does a job of few operations.</summary>
    public void Run(int items, long operations, Action<int, int> work)
    {
        if (operations < SmallJob)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _stopped), typeof(Device));
            RunAlone(items, work);
            return;
        }

        Run(items, work);
    }

    /// <summary>Stops the threads; a job at hand is ended by its caller, and none may follow.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _stopped, true);
        _wake.Release(Lanes);
    }

    private static void RunAlone(int items, Action<int, int> work)
    {
        for (int item = 0; item < items; item++)
        {
            work(item, 0);
        }
    }

    private void Open(int items, Action<int, int> work)
    {
        _work = work;
        _items = items;
        _next = 0;
        _failure = null;
        Interlocked.Increment(ref _job);
        Volatile.Write(ref _open, 1);
        Interlocked.MemoryBarrier();
        int asleep = Volatile.Read(ref _asleep);
        if (asleep > 0)
        {
            _wake.Release(asleep);
        }
    }

    private void Close()
    {
        Interlocked.Exchange(ref _open, 0);
        var spin = default(SpinWait);
        while (Volatile.Read(ref _inside) != 0)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        _work = null;
        if (_failure is { } failure)
        {
            throw new InvalidOperationException("Work on the CPU device failed: " + failure.Message, failure);
        }
    }

    private void Serve(int lane)
    {
        int done = 0, patience = MostSpins;
        while (AwaitJobAfter(done, ref patience))
        {
            Interlocked.Increment(ref _inside);
            if (Volatile.Read(ref _open) == 1)
            {
                done = Volatile.Read(ref _job);
                WorkOff(lane);
            }

            Interlocked.Decrement(ref _inside);
        }
    }

    /// <summary>False when the crew has been stopped.</summary>
    /// <param name="done">The last job.</param>
    /// <param name="patience">Spins before sleep.</param>
    private bool AwaitJobAfter(int done, ref int patience)
    {
        for (int spins = 0; !Volatile.Read(ref _stopped); spins++)
        {
            if (Volatile.Read(ref _open) == 1 && Volatile.Read(ref _job) != done)
            {
                patience = spins > 0 ? Math.Min(2 * patience, MostSpins) : patience;
                return true;
            }

            if (spins < patience)
            {
                Thread.SpinWait(8);
                continue;
            }

            Interlocked.Increment(ref _asleep);
            if (Volatile.Read(ref _open) != 1 || Volatile.Read(ref _job) == done)
            {
                _wake.WaitOne();
            }

            Interlocked.Decrement(ref _asleep);
            patience = Math.Max(patience / 2, FewestSpins);
            spins = -1;
        }

        return false;
    }

    private void WorkOff(int lane)
    {
        try
        {
            Action<int, int> work = _work!;
            for (int item = Interlocked.Increment(ref _next) - 1; item < _items; item = Interlocked.Increment(ref _next) - 1)
            {
                work(item, lane);
            }
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }
}
