using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <remarks>Vectors hold units; what they write beyond the last is the next step's, which is computed later.</remarks>
internal sealed unsafe partial class SimdRowBlock<TSimd, V>
{
    // [particle, state]: of each recurrent layer in turn its state and cell; nothing where each row begins anew.
    private readonly SimdBuffer _states = Cleared((long)particles * states);
    private SimdBuffer _stateSums = new(0);
    private int _stateAt;

    public void ClearStates() => _states.Clear();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RecurrentForward(RecurrentTerm recurrent)
    {
        int units = recurrent.Units, sums = recurrent.Sums;
        if (_stateSums.Length < sums)
        {
            _stateSums = new SimdBuffer(sums);
        }

        bool isLstm = recurrent.IsLstm;
        float* all = _units.Address, own = _stateSums.Address;
        Begin(recurrent);
        for (int step = 0; step < recurrent.Steps; step++)
        {
            float* before = all + recurrent.StateBefore(step), after = before + units;
            if (IsAbsent(recurrent, step))
            {
                Copy(before, after, units);
                if (isLstm)
                {
                    Copy(all + recurrent.CellBefore(step), all + recurrent.CellBefore(step + 1), units);
                }
            }
            else
            {
                Products<IdentityForward, WholeProduct>(
                    default, before, 1, units, Theta + recurrent.OfStates.WeightOffset, Theta + recurrent.OfStates.BiasOffset, own, sums);
                float* ofInputs = all + recurrent.SumsAt(step);
                if (isLstm)
                {
                    Lstm(ofInputs, own, all + recurrent.CellBefore(step), after, units);
                }
                else
                {
                    Gru(ofInputs, own, before, after, units);
                }
            }

            if (recurrent.OutputsAt(step) is >= 0 and var output)
            {
                Copy(after, all + output, units);
            }
        }

        Keep(recurrent);
    }

    private static SimdBuffer Cleared(long length)
    {
        var buffer = new SimdBuffer(length);
        buffer.Clear();
        return buffer;
    }

    /// <summary>State and cell before the first step: zero, or those after the row before.</summary>
    private void Begin(RecurrentTerm recurrent)
    {
        int units = recurrent.Units;
        float* all = _units.Address;
        if (states > 0)
        {
            Copy(_states.Address + _stateAt, all + recurrent.StateBefore(0), units);
        }
        else
        {
            new Span<float>(all + recurrent.StateBefore(0), units).Clear();
        }

        if (recurrent.IsLstm && states > 0)
        {
            Copy(_states.Address + _stateAt + units, all + recurrent.CellBefore(0), units);
        }
        else if (recurrent.IsLstm)
        {
            new Span<float>(all + recurrent.CellBefore(0), units).Clear();
        }
    }

    /// <summary>For the next row.</summary>
    private void Keep(RecurrentTerm recurrent)
    {
        if (states == 0)
        {
            return;
        }

        Copy(_units.Address + recurrent.StateBefore(recurrent.Steps), _states.Address + _stateAt, recurrent.Units);
        if (recurrent.IsLstm)
        {
            Copy(_units.Address + recurrent.CellBefore(recurrent.Steps), _states.Address + _stateAt + recurrent.Units, recurrent.Units);
        }

        _stateAt += 2 * recurrent.Units;
    }

    private static void Copy(float* from, float* to, int units) => new Span<float>(from, units).CopyTo(new Span<float>(to, units));

    private bool IsAbsent(RecurrentTerm term, int step)
    {
        if (term.Mask is not { } mask)
        {
            return false;
        }

        float* values = InputOf(mask.Units, out nint unit);
        return values[(((mask.Channels - 1) * mask.ChannelStep) + (step * mask.PositionStep)) * unit] < 0f;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lstm(float* ofInputs, float* ofState, float* cell, float* after, int units)
    {
        for (int j = 0; j < units; j += TSimd.Width)
        {
            V input = Sum(ofInputs, ofState, j), forget = Sum(ofInputs, ofState, units + j), candidate = Sum(ofInputs, ofState, (2 * units) + j);
            V output = Sum(ofInputs, ofState, (3 * units) + j);
            (V h, V c) = RecurrentCells<TSimd, V>.Lstm(ref input, ref forget, ref candidate, ref output, TSimd.Load(cell + j));
            TSimd.Store(after + j, h);
            TSimd.Store(cell + units + j, c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gru(float* ofInputs, float* ofState, float* before, float* after, int units)
    {
        for (int j = 0; j < units; j += TSimd.Width)
        {
            V reset = Sum(ofInputs, ofState, j), update = Sum(ofInputs, ofState, units + j), candidate = TSimd.Load(ofInputs + (2 * units) + j);
            TSimd.Store(after + j, RecurrentCells<TSimd, V>.Gru(ref reset, ref update, ref candidate, TSimd.Load(ofState + (2 * units) + j), TSimd.Load(before + j)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Sum(float* a, float* b, int at) => TSimd.Add(TSimd.Load(a + at), TSimd.Load(b + at));
}
