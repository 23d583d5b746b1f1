using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Means of each channel over the positions that a table names: pooling, resizing, copies. A thread is four rows of a channel at a position.</summary>
/// <remarks>Grid: (position, channel, row) x 1 x particles.</remarks>
internal static class FieldMean
{
    /// <summary>outputs = mean of the inputs that each reads.</summary>
    public static void Forward(FieldMeanArguments g)
    {
        int unit = (((Grid.IdxX * Group.DimX) + Group.IdxX) / g.Rows), row = (Grid.IdxX * Group.DimX) + Group.IdxX - (unit * g.Rows);
        int position = unit / g.Channels, channel = unit - (position * g.Channels);
        if (position >= g.Positions)
            return;
        ArrayView<Float4> inputs = UnitRows.Of(g.Inputs.Units, Grid.IdxZ), outputs = UnitRows.Of(g.Outputs.Units, Grid.IdxZ);
        int start = g.Starts[position], end = g.Starts[position + 1];
        Float4 sum = default;
        for (int k = start; k < end; k++)
            sum += inputs[FieldRows.At(g.Inputs, g.Pairs[2 * k], channel) + row];
        outputs[FieldRows.At(g.Outputs, position, channel) + row] = (1f / (end - start)) * sum;
    }

    /// <summary>Inputs become f'(z) times the gradients of the means that they are part of.</summary>
    public static void Backward(FieldMeanArguments g)
    {
        int unit = (((Grid.IdxX * Group.DimX) + Group.IdxX) / g.Rows), row = (Grid.IdxX * Group.DimX) + Group.IdxX - (unit * g.Rows);
        int position = unit / g.Channels, channel = unit - (position * g.Channels);
        if (position >= g.Positions)
            return;
        ArrayView<Float4> gradients = UnitRows.Of(g.Outputs.Units, Grid.IdxZ), before = UnitRows.Of(g.Inputs.Units, Grid.IdxZ);
        ArrayView<Float4> derivatives = UnitRows.Of(g.Derivatives, Grid.IdxZ);
        Float4 sum = default;
        for (int k = g.Starts[position]; k < g.Starts[position + 1]; k++)
        {
            int output = g.Pairs[2 * k];
            sum += (1f / (g.MeanStarts[output + 1] - g.MeanStarts[output])) * gradients[FieldRows.At(g.Outputs, output, channel) + row];
        }

        long at = FieldRows.At(g.Inputs, position, channel) + row;
        before[at] = Activations.Backward(g.Activation, sum, derivatives[at]);
    }
}

/// <summary>Arguments of <see cref="FieldMean"/>. Rows in Float4s.</summary>
/// <remarks>
/// Inputs, Outputs: fields of Channels; going backward, Outputs are gradients. Starts and Pairs: of the positions that a thread's reads or, backward, is read by. Positions:
/// of outputs, backward of inputs. MeanStarts: Starts of the outputs. Derivatives and Activation: of the inputs, backward only.
/// </remarks>
internal struct FieldMeanArguments
{
    public FieldRows Inputs;
    public FieldRows Outputs;
    public UnitRows Derivatives;
    public ArrayView<int> Starts;
    public ArrayView<int> Pairs;
    public ArrayView<int> MeanStarts;
    public int Channels;
    public int Positions;
    public int Rows;
    public int Activation;
}
