using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>One step of a recurrent layer, forward and back. A thread is four rows of a unit, with all of its gates.</summary>
/// <remarks>Grid: (unit, row) x 1 x particles. Threads of a row of units read the same states, or gradients of sums, from the cache.</remarks>
internal static class RecurrentStep
{
    /// <summary>Sums of the state before are added to those of the inputs; gates, cell and state follow.</summary>
    public static void Forward(RecurrentStepArguments g)
    {
        int unit = ((Grid.IdxX * Group.DimX) + Group.IdxX) / g.Rows, row = (Grid.IdxX * Group.DimX) + Group.IdxX - (unit * g.Rows);
        if (unit >= g.Units)
            return;
        ArrayView<Float4> sums = UnitRows.Of(g.Sums, Grid.IdxZ), states = UnitRows.Of(g.States, Grid.IdxZ);
        long at = ((long)unit * g.Sums.UnitStride) + row, gate = (long)g.Units * g.Sums.UnitStride;
        Float4 before = default;
        if (g.IsFirst != 0)
            states[at] = before;
        else
            before = states[at];

        Float4 first = OfState(g, states, unit, row, 0), second = OfState(g, states, unit, row, 1), third = OfState(g, states, unit, row, 2);
        Float4 after;
        if (g.IsLstm != 0)
        {
            ArrayView<Float4> cells = UnitRows.Of(g.Cells, Grid.IdxZ);
            Float4 cellBefore = default;
            if (g.IsFirst != 0)
                cells[at] = cellBefore;
            else
                cellBefore = cells[at];
            Float4 input = Sigmoid(sums[at] + first), forget = Sigmoid(sums[at + gate] + second + Float4.Of(1f, 1f, 1f, 1f)), candidate = Tanh(sums[at + (2 * gate)] + third);
            Float4 output = Sigmoid(sums[at + (3 * gate)] + OfState(g, states, unit, row, 3)), cell = (forget * cellBefore) + (input * candidate);
            after = output * Tanh(cell);
            cells[at + gate] = Held(g, row, cellBefore, cell);
            (sums[at], sums[at + gate]) = (input, forget);
            (sums[at + (2 * gate)], sums[at + (3 * gate)]) = (candidate, output);
        }
        else
        {
            ArrayView<Float4> stateSums = UnitRows.Of(g.StateSums, Grid.IdxZ);
            Float4 reset = Sigmoid(sums[at] + first), update = Sigmoid(sums[at + gate] + second), candidate = Tanh(sums[at + (2 * gate)] + (reset * third));
            after = candidate + (update * (before - candidate));
            stateSums[at + (2 * gate)] = third;
            (sums[at], sums[at + gate]) = (reset, update);
            sums[at + (2 * gate)] = candidate;
        }

        after = Held(g, row, before, after);
        states[at + gate] = after;
        if (g.HasOutputs != 0)
        {
            ArrayView<Float4> outputs = UnitRows.Of(g.Outputs, Grid.IdxZ);
            outputs[at] = after;
        }
    }

    /// <summary>Gates become the gradient of their sums; gradients of state and cell after the step become those before it, without what goes through these sums.</summary>
    public static void Backward(RecurrentStepArguments g)
    {
        int unit = ((Grid.IdxX * Group.DimX) + Group.IdxX) / g.Rows, row = (Grid.IdxX * Group.DimX) + Group.IdxX - (unit * g.Rows);
        if (unit >= g.Units)
            return;
        ArrayView<Float4> sums = UnitRows.Of(g.Sums, Grid.IdxZ), states = UnitRows.Of(g.States, Grid.IdxZ), gradients = UnitRows.Of(g.Gradients, Grid.IdxZ);
        ArrayView<Float4> stateSums = UnitRows.Of(g.StateSums, Grid.IdxZ);
        long at = ((long)unit * g.Sums.UnitStride) + row, gate = (long)g.Units * g.Sums.UnitStride;
        Float4 one = Float4.Of(1f, 1f, 1f, 1f), ofState = default, ofCell = default;
        if (g.IsFirst == 0)
        {
            // What goes through the sums of the next step, which its launch has left.
            ofState = gradients[at] + ThroughSums(g, stateSums, unit, row);
            ofCell = gradients[at + gate];
        }

        if (g.HasOutputs != 0)
        {
            ArrayView<Float4> outputs = UnitRows.Of(g.Outputs, Grid.IdxZ);
            ofState += outputs[at];
        }

        if (g.IsLstm != 0)
        {
            ArrayView<Float4> cells = UnitRows.Of(g.Cells, Grid.IdxZ);
            Float4 input = sums[at], forget = sums[at + gate], candidate = sums[at + (2 * gate)], output = sums[at + (3 * gate)], after = Tanh(cells[at + gate]);
            Float4 through = ofCell + (ofState * output * (one - (after * after)));
            sums[at] = Held(g, row, default, through * candidate * input * (one - input));
            sums[at + gate] = Held(g, row, default, through * cells[at] * forget * (one - forget));
            sums[at + (2 * gate)] = Held(g, row, default, through * input * (one - (candidate * candidate)));
            sums[at + (3 * gate)] = Held(g, row, default, ofState * after * output * (one - output));
            gradients[at] = Held(g, row, ofState, default);
            gradients[at + gate] = Held(g, row, ofCell, through * forget);
        }
        else
        {
            Float4 reset = sums[at], update = sums[at + gate], candidate = sums[at + (2 * gate)], rest = one - update;
            Float4 ofCandidate = Held(g, row, default, ofState * rest * (one - (candidate * candidate)));
            Float4 ofUpdate = Held(g, row, default, ofState * (states[at] - candidate) * update * rest);
            Float4 ofReset = ofCandidate * stateSums[at + (2 * gate)] * reset * (one - reset);
            (sums[at], sums[at + gate]) = (ofReset, ofUpdate);
            sums[at + (2 * gate)] = ofCandidate;
            (stateSums[at], stateSums[at + gate]) = (ofReset, ofUpdate);
            stateSums[at + (2 * gate)] = ofCandidate * reset;
            gradients[at] = Held(g, row, ofState, ofState * update);
        }
    }

    /// <summary>Bias and weights' state of one gate.</summary>
    private static Float4 OfState(RecurrentStepArguments g, ArrayView<Float4> states, int unit, int row, int gate)
    {
        long count = (long)g.Gates * g.Units, weights = (Grid.IdxZ * (long)g.ParticleStride) + g.WeightOffset + (gate * (long)g.Units) + unit;
        float bias = g.Particles[weights + (g.Units * count)];
        Float4 sum = Float4.Of(bias, bias, bias, bias);
        if (g.IsFirst == 0)
        {
            for (int k = 0; k < g.Units; k++)
                sum += g.Particles[weights + (k * count)] * states[((long)k * g.States.UnitStride) + row];
        }

        return sum;
    }

    private static Float4 ThroughSums(RecurrentStepArguments g, ArrayView<Float4> stateSums, int unit, int row)
    {
        int count = g.Gates * g.Units;
        long weights = (Grid.IdxZ * (long)g.ParticleStride) + g.WeightOffset + (unit * (long)count), next = (long)count * g.StateSums.UnitStride;
        Float4 sum = default;
        for (int k = 0; k < count; k++)
            sum += g.Particles[weights + k] * stateSums[next + ((long)k * g.StateSums.UnitStride) + row];
        return sum;
    }

    /// <summary>Where there is no step, what was before it.</summary>
    private static Float4 Held(RecurrentStepArguments g, int row, Float4 before, Float4 after)
    {
        if (g.HasMask == 0)
            return after;
        ArrayView<Float4> masks = UnitRows.Of(g.Mask, Grid.IdxZ);
        Float4 mask = masks[row];
        return Float4.Of(
            mask.X < 0f ? before.X : after.X, mask.Y < 0f ? before.Y : after.Y, mask.Z < 0f ? before.Z : after.Z, mask.W < 0f ? before.W : after.W);
    }

    private static Float4 Sigmoid(Float4 x) => Float4.Of(KernelMath.Sigmoid(x.X), KernelMath.Sigmoid(x.Y), KernelMath.Sigmoid(x.Z), KernelMath.Sigmoid(x.W));

    private static Float4 Tanh(Float4 x) => Float4.Of(KernelMath.Tanh(x.X), KernelMath.Tanh(x.Y), KernelMath.Tanh(x.Z), KernelMath.Tanh(x.W));
}

/// <summary>Arguments of <see cref="RecurrentStep"/>. Rows in Float4s; of a step.</summary>
/// <remarks>
/// Sums: of the inputs [Gates, Units], then gates, then the sums' gradient. StateSums: of the state before, the same units for an LSTM; the next step's follow. States, Cells:
/// before the step; those after follow. Gradients: of state and cell [2, Units]. Outputs: of the step, where HasOutputs is not 0. Mask: negative where there is no step,
/// where HasMask is not 0. Particles: theta [S, ParticleStride], from WeightOffset on weights [Units, Gates, Units] and biases [Gates, Units]. IsFirst: nothing comes from the step
/// before; going back, from the one after.
/// </remarks>
internal struct RecurrentStepArguments
{
    public UnitRows Sums;
    public UnitRows StateSums;
    public UnitRows States;
    public UnitRows Cells;
    public UnitRows Gradients;
    public UnitRows Outputs;
    public UnitRows Mask;
    public ArrayView<float> Particles;
    public int ParticleStride;
    public int WeightOffset;
    public int Gates;
    public int Units;
    public int Rows;
    public int IsLstm;
    public int IsFirst;
    public int HasOutputs;
    public int HasMask;
}
