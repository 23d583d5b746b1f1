namespace ILGPU.Execution;

/// <summary>
/// The threads that play a group's lanes. One runs at a time and hands the turn on at a barrier or at its end: so results do not
/// depend on timing, and a barrier that not all lanes reach shows at once. The order of the lanes changes from each barrier to the
/// next, from group to group and from launch to launch: where a barrier is missing, one of the orders is the wrong one.
/// </summary>
internal sealed class LaneCrew : IDisposable
{
    private readonly Lock _oneLaunch = new();
    private readonly List<Turn> _turns = [];
    private readonly AutoResetEvent _finished = new(false);
    private Lane[] _lanes = [];
    private bool[] _waitsAtBarrier = [];
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
                if (launch.GroupSize == 1)
                    RunAlone(launch);
                else
                    RunTogether(launch);
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
        _waitsAtBarrier[lane] = true;
        PassOn();
        _turns[lane].Wait(_lanes.Length);
        if (_fault is not null)
            throw new Abandoned();
    }

    public void Dispose()
    {
        _isClosed = true;
        foreach (Turn turn in _turns)
            turn.Give();
        _turns.Clear();
        _finished.Dispose();
    }

    private static void RunAlone(Launch launch)
    {
        var lane = new Lane(launch, 0, crew: null);
        for (; launch.Group >= 0; launch.Group--)
            lane.Run();
    }

    private void RunTogether(Launch launch)
    {
        int count = launch.GroupSize;
        _launch = launch;
        _lanes = [.. Enumerable.Range(0, count).Select(number => new Lane(launch, number, this))];
        _waitsAtBarrier = new bool[count];
        _fault = null;
        (_position, _phase) = (0, 0);
        while (_turns.Count < count)
            StartThread(_turns.Count);
        GiveTurn();
        _finished.WaitOne();
        if (_fault is not null)
            throw new Fault(_fault.Message, _fault);
    }

    private void StartThread(int lane)
    {
        var turn = new Turn();
        _turns.Add(turn);
        new Thread(() => Play(lane, turn)) { IsBackground = true, Name = $"ILGPU stand-in, lane {lane}" }.Start();
    }

    private void Play(int lane, Turn turn)
    {
        for (; ; )
        {
            turn.Wait(_lanes.Length);
            if (_isClosed)
            {
                turn.Dispose();
                return;
            }

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

            _waitsAtBarrier[lane] = false;
            PassOn();
        }
    }

    /// <summary>Gives the turn to whoever is next; called by the lane that has it, when it waits or has finished.</summary>
    private void PassOn()
    {
        if (_fault is null && ++_position == _lanes.Length)
            EndPhase();
        if (_fault is not null)
            Abandon();
        else if (_launch.Group < 0)
            _finished.Set();
        else
            GiveTurn();
    }

    /// <summary>All lanes have had their turn: they all wait, or have all finished the group, or do not agree.</summary>
    private void EndPhase()
    {
        int waiting = _waitsAtBarrier.Count(waits => waits);
        _position = 0;
        _phase++;
        if (waiting == 0)
            (_launch.Group, _phase) = (_launch.Group - 1, 0);
        else if (waiting < _lanes.Length)
            _fault = new Fault(Disagreement(waiting));
    }

    private void GiveTurn()
    {
        bool ascending = ((_phase + _launch.Group + _launch.Number) & 1) == 0;
        _turns[ascending ? _position : _lanes.Length - 1 - _position].Give();
    }

    /// <summary>Wakes the lanes that wait at a barrier, one by one, to be unwound; the last of them tells the host.</summary>
    private void Abandon()
    {
        int waiting = Array.IndexOf(_waitsAtBarrier, true);
        if (waiting < 0)
            _finished.Set();
        else
            _turns[waiting].Give();
    }

    private string Disagreement(int waiting)
    {
        Lane there = _lanes[Array.IndexOf(_waitsAtBarrier, true)], gone = _lanes[Array.IndexOf(_waitsAtBarrier, false)];
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
            for (int i = 0; i < (lanes <= FewLanes ? Yields : 1); i++)
            {
                if (Volatile.Read(ref _state) == Given)
                    break;
                Thread.Yield();
            }

            if (Interlocked.CompareExchange(ref _state, Asleep, None) == None)
                _wake.WaitOne();
            Volatile.Write(ref _state, None);
        }
    }
}
