namespace ILGPU.Execution;

/// <summary>
/// Runs the lanes of a launch's groups. One lane runs at a time and hands the turn on at a barrier or at its end: so results do not
/// depend on timing, and a barrier that not all lanes reach shows at once. The order of the lanes changes from each barrier to the
/// next, from group to group and from launch to launch: where a barrier is missing, one of the orders is the wrong one.
/// </summary>
/// <remarks>
/// A lane that waits at a barrier keeps its thread, and another thread goes on; lanes that never wait all run on the launch's thread.
/// Whoever has the turn may read and write every field: handing it on makes the next one see them.
/// </remarks>
internal sealed class LaneCrew : IDisposable
{
    private readonly Lock _oneLaunch = new();
    private readonly Turn _finished = new();
    private readonly List<Turn> _threads = [];
    private readonly Stack<Turn> _idle = [];
    private readonly List<Turn> _atBarrier = [];
    private Lane[] _lanes = [];
    private bool[] _waits = [];
    private Launch _launch = null!;
    private Exception? _fault;
    private int _position, _phase;
    private bool _isClosed;

    /// <summary>Unwinds a lane that waits at a barrier when another has failed. No failure of its own.</summary>
    internal sealed class Abandoned : Exception;

    public void Run(Launch launch)
    {
        lock (_oneLaunch)
        {
            try
            {
                Begin(launch);
                RunLanes(idle: null);
                _finished.Wait(_lanes.Length);
                if (_fault is not null)
                    throw new Fault(_fault.Message, _fault);
            }
            finally
            {
                launch.Dispose();
            }
        }
    }

    /// <summary>Called by the lane that has the turn; returns when all lanes have come to a barrier.</summary>
    public void Barrier(int lane)
    {
        _waits[lane] = true;
        Advance();
        if (_fault is null && _phase == 0)
            IdleThread().Give();
        else
            WakeNext();
        _atBarrier[lane].Wait(_lanes.Length);
        if (_fault is not null)
            throw new Abandoned();
    }

    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        foreach (Turn thread in _threads)
            thread.Give();
        foreach (Turn turn in _atBarrier)
            turn.Dispose();
        _finished.Dispose();
    }

    private void Begin(Launch launch)
    {
        int count = launch.GroupSize;
        _launch = launch;
        _lanes = [.. Enumerable.Range(0, count).Select(number => new Lane(launch, number, this))];
        _waits = new bool[count];
        _fault = null;
        (_position, _phase) = (0, 0);
        while (_atBarrier.Count < count)
            _atBarrier.Add(new Turn());
    }

    /// <summary>Runs the lanes whose turn comes while none waits, groups on end; then hands the turn to one that waits.</summary>
    private void RunLanes(Turn? idle)
    {
        do
        {
            int lane = Next();
            try
            {
                _lanes[lane].Run();
            }
            catch (Abandoned)
            {
            }
            catch (Fault fault)
            {
                _fault ??= fault;
            }

            _waits[lane] = false;
            Advance();
        }
        while (_fault is null && _phase == 0 && _launch.Group >= 0);

        // Before the turn is out of hand.
        if (idle is not null)
            _idle.Push(idle);
        WakeNext();
    }

    /// <summary>Goes on to the lane after this one, to the next phase, or to the next group.</summary>
    private void Advance()
    {
        if (_fault is not null || ++_position < _lanes.Length)
            return;
        int waiting = _waits.Count(waits => waits);
        (_position, _phase) = (0, _phase + 1);
        if (waiting == 0)
            (_launch.Group, _phase) = (_launch.Group - 1, 0);
        else if (waiting < _lanes.Length)
            _fault = new Fault(Disagreement(waiting));
    }

    /// <summary>The lane whose turn it is.</summary>
    private int Next()
    {
        bool ascending = ((_phase + _launch.Group + _launch.Number) & 1) == 0;
        return ascending ? _position : _lanes.Length - 1 - _position;
    }

    /// <summary>Gives the turn to the lane at a barrier that is next; after a fault to each in turn, to unwind; to the host when none is left.</summary>
    private void WakeNext()
    {
        int lane = _fault is null && _phase > 0 ? Next() : Array.IndexOf(_waits, true);
        (lane < 0 ? _finished : _atBarrier[lane]).Give();
    }

    private Turn IdleThread()
    {
        if (_idle.TryPop(out Turn? idle))
            return idle;
        var turn = new Turn();
        _threads.Add(turn);
        new Thread(() => Work(turn)) { IsBackground = true, Name = $"ILGPU stand-in {_threads.Count}" }.Start();
        return turn;
    }

    private void Work(Turn turn)
    {
        for (; ; )
        {
            turn.Wait(_lanes.Length);
            if (_isClosed)
            {
                turn.Dispose();
                return;
            }

            RunLanes(turn);
        }
    }

    private string Disagreement(int waiting)
    {
        Lane there = _lanes[Array.IndexOf(_waits, true)], gone = _lanes[Array.IndexOf(_waits, false)];
        return $"{_launch.Kernel}, group {there.GroupIndex}: {waiting} of {_lanes.Length} lanes, {there.Index} the first, wait at a barrier " +
            $"that the others, {gone.Index} the first, do not reach: they have finished.";
    }

    /// <summary>Lets one thread wait until it is given the turn.</summary>
    private sealed class Turn : IDisposable
    {
        private const int None = 0, Given = 1, Asleep = 2;
        private const int FewLanes = 4, Yields = 20;
        private readonly AutoResetEvent _wake = new(false);
        private int _state;

        public void Dispose() => _wake.Dispose();

        public void Give()
        {
            if (Interlocked.Exchange(ref _state, Given) == Asleep)
                _wake.Set();
        }

        /// <summary>In a small group the turn comes back within a microsecond or two: sooner than a thread can sleep and wake.</summary>
        public void Wait(int lanes)
        {
            for (int i = 0; i < (lanes <= FewLanes ? Yields : 1) && Volatile.Read(ref _state) != Given; i++)
                Thread.Yield();
            if (Interlocked.CompareExchange(ref _state, Asleep, None) == None)
                _wake.WaitOne();
            Volatile.Write(ref _state, None);
        }
    }
}
