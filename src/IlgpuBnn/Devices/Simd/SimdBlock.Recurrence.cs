using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <remarks>Steps one after the other; the weights' gradient is summed over all of them at the end, as a convolution's.</remarks>
internal sealed unsafe partial class SimdBlock<TSimd, V>
{
    public override void RecurrentForward(RecurrentTerm recurrent)
    {
        int units = recurrent.Units;
        Zero(recurrent.StateBefore(0), units);
        if (recurrent.IsLstm)
        {
            Zero(recurrent.CellBefore(0), units);
        }

        WeightView weights = Weights(recurrent.OfStates.WeightOffset, units, recurrent.Sums);
        float* bias = Theta + recurrent.OfStates.BiasOffset;
        for (int step = 0; step < recurrent.Steps; step++)
        {
            float* before = Unit(recurrent.StateBefore(step)), sums = Unit(recurrent.StateSumsAt(step));
            if (recurrent.IsLstm)
            {
                ProductKernel<TSimd, V>.Run<AddForward>(before, _stride, weights, bias, sums, _stride, 0, units, recurrent.Sums, _rows);
                Lstm(recurrent, step);
            }
            else
            {
                ProductKernel<TSimd, V>.Run<IdentityForward>(before, _stride, weights, bias, sums, _stride, 0, units, recurrent.Sums, _rows);
                Gru(recurrent, step);
            }
        }
    }

    public override void RecurrentBackward(RecurrentTerm recurrent)
    {
        var weights = new WeightView(Theta + recurrent.OfStates.WeightOffset, 1, recurrent.Sums);
        for (int step = recurrent.Steps - 1; step >= 0; step--)
        {
            if (step == recurrent.Steps - 1 || recurrent.StartsStretch(step + 1))
            {
                Zero(recurrent.Gradients, 2 * recurrent.Units);
            }

            if (recurrent.IsLstm)
            {
                LstmBackward(recurrent, step);
            }
            else
            {
                GruBackward(recurrent, step);
            }

            if (!recurrent.StartsStretch(step))
            {
                ProductKernel<TSimd, V>.Run<AddForward>(
                    Unit(recurrent.StateSumsAt(step)), _stride, weights, null, Unit(recurrent.Gradients), _stride, 0, recurrent.Sums, recurrent.Units, _rows);
            }
        }

        BackwardBiases(recurrent.OfStates);
        BackwardWeights(recurrent.OfStates);
    }

    private void Zero(int slot, int units) => new Span<float>(Unit(slot), units * (int)_stride).Clear();

    /// <summary>Where a step's mask is, null for none.</summary>
    private float* MaskOf(RecurrentTerm term, int step) => term.Mask is { } mask ? RowsOf(mask).At(step, mask.Channels - 1) : null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Lstm(RecurrentTerm term, int step)
    {
        nint gate = term.Units * (nint)_stride;
        float* mask = MaskOf(term, step), output = term.OutputsAt(step) < 0 ? null : Unit(term.OutputsAt(step));
        float* i = Unit(term.SumsAt(step)), f = i + gate, g = f + gate, o = g + gate;
        float* state = Unit(term.StateBefore(step)), cell = Unit(term.CellBefore(step));
        for (int unit = 0; unit < term.Units; unit++)
        {
            nint at = unit * (nint)_stride;
            for (int n = 0; n < _rows; n += TSimd.Width, at += TSimd.Width)
            {
                V input = TSimd.Load(i + at), forget = TSimd.Load(f + at), candidate = TSimd.Load(g + at), gateOut = TSimd.Load(o + at), cellBefore = TSimd.Load(cell + at);
                (V h, V c) = RecurrentCells<TSimd, V>.Lstm(ref input, ref forget, ref candidate, ref gateOut, cellBefore);
                if (mask != null)
                {
                    V absent = TSimd.GreaterThan(TSimd.Create(0f), TSimd.Load(mask + n));
                    (h, c) = (TSimd.Select(absent, TSimd.Load(state + at), h), TSimd.Select(absent, cellBefore, c));
                }

                TSimd.Store(i + at, input);
                TSimd.Store(f + at, forget);
                TSimd.Store(g + at, candidate);
                TSimd.Store(o + at, gateOut);
                TSimd.Store(state + gate + at, h);
                TSimd.Store(cell + gate + at, c);
                if (output != null)
                {
                    TSimd.Store(output + at, h);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gru(RecurrentTerm term, int step)
    {
        nint gate = term.Units * (nint)_stride;
        float* mask = MaskOf(term, step), output = term.OutputsAt(step) < 0 ? null : Unit(term.OutputsAt(step));
        float* r = Unit(term.SumsAt(step)), z = r + gate, c = z + gate, ofState = Unit(term.StateSumsAt(step)), state = Unit(term.StateBefore(step));
        for (int unit = 0; unit < term.Units; unit++)
        {
            nint at = unit * (nint)_stride;
            for (int n = 0; n < _rows; n += TSimd.Width, at += TSimd.Width)
            {
                V reset = TSimd.Add(TSimd.Load(r + at), TSimd.Load(ofState + at)), update = TSimd.Add(TSimd.Load(z + at), TSimd.Load(ofState + gate + at));
                V candidate = TSimd.Load(c + at), before = TSimd.Load(state + at);
                V h = RecurrentCells<TSimd, V>.Gru(ref reset, ref update, ref candidate, TSimd.Load(ofState + (2 * gate) + at), before);
                if (mask != null)
                {
                    h = TSimd.Select(TSimd.GreaterThan(TSimd.Create(0f), TSimd.Load(mask + n)), before, h);
                }

                TSimd.Store(r + at, reset);
                TSimd.Store(z + at, update);
                TSimd.Store(c + at, candidate);
                TSimd.Store(state + gate + at, h);
                if (output != null)
                {
                    TSimd.Store(output + at, h);
                }
            }
        }
    }

    /// <summary>Gates become the gradient of their sums; the gradients of state and cell after the step become those before it, as far as they do not go through sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LstmBackward(RecurrentTerm term, int step)
    {
        nint gate = term.Units * (nint)_stride;
        V one = TSimd.Create(1f), zero = TSimd.Create(0f);
        float* mask = MaskOf(term, step), output = term.OutputsAt(step) < 0 ? null : Unit(term.OutputsAt(step));
        float* i = Unit(term.SumsAt(step)), f = i + gate, g = f + gate, o = g + gate, cell = Unit(term.CellBefore(step)), ofState = Unit(term.Gradients), ofCell = ofState + gate;
        for (int unit = 0; unit < term.Units; unit++)
        {
            nint at = unit * (nint)_stride;
            for (int n = 0; n < _rows; n += TSimd.Width, at += TSimd.Width)
            {
                V input = TSimd.Load(i + at), forget = TSimd.Load(f + at), candidate = TSimd.Load(g + at), gateOut = TSimd.Load(o + at);
                V after = SimdMath<TSimd, V>.Tanh(TSimd.Load(cell + gate + at)), dState = TSimd.Load(ofState + at), held = TSimd.Load(ofCell + at);
                dState = output != null ? TSimd.Add(dState, TSimd.Load(output + at)) : dState;
                V through = TSimd.Multiply(dState, gateOut), dCell = TSimd.MultiplyAdd(through, TSimd.NegatedMultiplyAdd(after, after, one), held);
                V dOut = TSimd.Multiply(TSimd.Multiply(TSimd.Multiply(dState, after), gateOut), TSimd.Subtract(one, gateOut));
                V dIn = TSimd.Multiply(TSimd.Multiply(TSimd.Multiply(dCell, candidate), input), TSimd.Subtract(one, input));
                V dCandidate = TSimd.Multiply(TSimd.Multiply(dCell, input), TSimd.NegatedMultiplyAdd(candidate, candidate, one));
                V dForget = TSimd.Multiply(TSimd.Multiply(TSimd.Multiply(dCell, TSimd.Load(cell + at)), forget), TSimd.Subtract(one, forget));
                V directly = zero, dBefore = TSimd.Multiply(dCell, forget);
                if (mask != null)
                {
                    V absent = TSimd.GreaterThan(zero, TSimd.Load(mask + n));
                    (directly, dBefore) = (TSimd.Select(absent, dState, zero), TSimd.Select(absent, held, dBefore));
                    (dOut, dIn) = (TSimd.Select(absent, zero, dOut), TSimd.Select(absent, zero, dIn));
                    (dCandidate, dForget) = (TSimd.Select(absent, zero, dCandidate), TSimd.Select(absent, zero, dForget));
                }

                TSimd.Store(i + at, dIn);
                TSimd.Store(f + at, dForget);
                TSimd.Store(g + at, dCandidate);
                TSimd.Store(o + at, dOut);
                TSimd.Store(ofState + at, directly);
                TSimd.Store(ofCell + at, dBefore);
            }
        }
    }

    /// <summary>The same of a GRU, for the sums of the inputs and those of the state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GruBackward(RecurrentTerm term, int step)
    {
        nint gate = term.Units * (nint)_stride;
        V one = TSimd.Create(1f), zero = TSimd.Create(0f);
        float* mask = MaskOf(term, step), output = term.OutputsAt(step) < 0 ? null : Unit(term.OutputsAt(step));
        float* r = Unit(term.SumsAt(step)), z = r + gate, c = z + gate, own = Unit(term.StateSumsAt(step)), state = Unit(term.StateBefore(step)), ofState = Unit(term.Gradients);
        for (int unit = 0; unit < term.Units; unit++)
        {
            nint at = unit * (nint)_stride;
            for (int n = 0; n < _rows; n += TSimd.Width, at += TSimd.Width)
            {
                V reset = TSimd.Load(r + at), update = TSimd.Load(z + at), candidate = TSimd.Load(c + at), dState = TSimd.Load(ofState + at);
                dState = output != null ? TSimd.Add(dState, TSimd.Load(output + at)) : dState;
                V rest = TSimd.Subtract(one, update), dCandidate = TSimd.Multiply(TSimd.Multiply(dState, rest), TSimd.NegatedMultiplyAdd(candidate, candidate, one));
                V dUpdate = TSimd.Multiply(TSimd.Multiply(TSimd.Multiply(dState, TSimd.Subtract(TSimd.Load(state + at), candidate)), update), rest);
                V dReset = TSimd.Multiply(TSimd.Multiply(TSimd.Multiply(dCandidate, TSimd.Load(own + (2 * gate) + at)), reset), TSimd.Subtract(one, reset));
                V directly = TSimd.Multiply(dState, update);
                if (mask != null)
                {
                    V absent = TSimd.GreaterThan(zero, TSimd.Load(mask + n));
                    (directly, dCandidate) = (TSimd.Select(absent, dState, directly), TSimd.Select(absent, zero, dCandidate));
                    (dUpdate, dReset) = (TSimd.Select(absent, zero, dUpdate), TSimd.Select(absent, zero, dReset));
                }

                TSimd.Store(r + at, dReset);
                TSimd.Store(own + at, dReset);
                TSimd.Store(z + at, dUpdate);
                TSimd.Store(own + gate + at, dUpdate);
                TSimd.Store(c + at, dCandidate);
                TSimd.Store(own + (2 * gate) + at, TSimd.Multiply(dCandidate, reset));
                TSimd.Store(ofState + at, directly);
            }
        }
    }
}
